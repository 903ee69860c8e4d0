// Golden: a value that a test computed, against the file in which a human accepted it.
//
//   NAME.txt, NAME.json   the accepted value
//   NAME.txt.key          key of the exchange it came from (64 hex digits), where that is known
//   NAME.txt.new, NAME.txt.key.new   what the last run computed, waiting for `reprise accept`
//
// A golden is never made or changed by a test run. Where there is none yet, or it differs, a pending file is left,
// which lies beside it or in a folder that mirrors the source tree. When test and golden agree again, a pending file
// that waits there is removed.
#ifndef REPRISE_COMPARE_GOLDEN_H_
#define REPRISE_COMPARE_GOLDEN_H_

#include <string>
#include <string_view>

#include "reprise/comparison.h"
#include "reprise/result.h"

namespace reprise::compare {

inline constexpr std::string_view kKeyEnding = ".key";

struct GoldenQuestion {
  std::string path;     // of the accepted file
  std::string pending;  // where the pending file goes, PATH.new or elsewhere; empty: nothing is written
  bool json = false;    // compared by value, and written with indentation
  std::string actual;
  std::string key;  // of the exchange the value came from; empty: not known
};

struct GoldenAnswer {
  // kStale: it differs, and was accepted for another request, so the difference says nothing about the answer.
  enum class Kind { kPass, kFail, kStale, kMissing } kind = Kind::kPass;
  Verdict verdict;
  // It passed, but was accepted for another request; accepting the pending file says that it holds for this one too.
  bool passed_for_another_request = false;
  std::string text;  // of the pending file: the value, indented if it is JSON
};

// Errors: a file that cannot be read or written, a value that is no JSON where JSON was asked for.
Result<GoldenAnswer> JudgeGolden(const GoldenQuestion& question);

}  // namespace reprise::compare

#endif  // REPRISE_COMPARE_GOLDEN_H_
