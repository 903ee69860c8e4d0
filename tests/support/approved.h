// Approved: a text that our code writes for a human, compared with a file that a human has read.
//
//   EXPECT_TRUE(IsApproved("miss_one_character", text));     // tests/golden/approved/miss_one_character.txt
//
// A text that differs fails with both, line by line from the first that differs. REPRISE_APPROVE=1 writes the files
// anew, to be read in `git diff`.
#ifndef REPRISE_TESTS_SUPPORT_APPROVED_H_
#define REPRISE_TESTS_SUPPORT_APPROVED_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "lib/base/file_system.h"

namespace reprise::testing {

// Compares with a file anywhere.
inline ::testing::AssertionResult IsApprovedAt(const std::string& path, const std::string& text) {
  if (const char* approve = std::getenv("REPRISE_APPROVE"); approve != nullptr && std::string(approve) == "1") {
    const Status written = base::WriteFileAtomically(path, text);
    if (!written.ok()) return ::testing::AssertionFailure() << written;
    return ::testing::AssertionSuccess();
  }
  const Result<std::string> approved = base::ReadFile(path);
  if (!approved.ok()) return ::testing::AssertionFailure() << "no approved text " << path << "; the text is\n" << text;
  if (*approved == text) return ::testing::AssertionSuccess();
  std::size_t line = 1, begin = 0;
  for (std::size_t i = 0; i < text.size() && i < approved->size() && text[i] == (*approved)[i]; ++i)
    if (text[i] == '\n') ++line, begin = i + 1;
  return ::testing::AssertionFailure() << path << " differs from line " << line << "\napproved:\n"
                                       << approved->substr(begin) << "\nnow:\n"
                                       << text.substr(begin)
                                       << "\nIf the change is meant: REPRISE_APPROVE=1, run again, read git diff";
}

inline ::testing::AssertionResult IsApproved(const std::string& name, const std::string& text) {
  return IsApprovedAt(std::string(REPRISE_SOURCE_DIR) + "/tests/golden/approved/" + name + ".txt", text);
}

}  // namespace reprise::testing

#endif  // REPRISE_TESTS_SUPPORT_APPROVED_H_
