#include "lib/base/spelling.h"

#include <gtest/gtest.h>

namespace reprise::base {
namespace {

TEST(Spelling, CountsInsertedRemovedReplacedAndSwappedLetters) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("replay", "replay"), 0u);
  EXPECT_EQ(EditDistance("repaly", "replay"), 1u);
  EXPECT_EQ(EditDistance("recrd", "record"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(Spelling, NamesTheNearestWordOrNone) {
  const std::vector<std::string> words{"accept", "audit", "export", "ls", "reject", "show"};
  EXPECT_EQ(NearestWord("adit", words), "audit");
  EXPECT_EQ(NearestWord("sl", words), "ls");
  EXPECT_EQ(NearestWord("exp", words), "export");  // a beginning
  EXPECT_EQ(NearestWord("deploy", words), "");
  EXPECT_EQ(NearestWord("", words), "");
  EXPECT_EQ(NearestWord(std::string(1 << 20, 'x'), words), "");
}

}  // namespace
}  // namespace reprise::base
