#include "lib/wire/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::wire {
namespace {

using ::testing::HasSubstr;

TEST(JsonText, KeepsSpellingOrderAndRepeats) {
  const std::string text = R"( {"b":1.0,"a":[1e-05,"\u00e9"],"b":null} )";
  const auto tree = JsonTree::Parse(text);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->Raw(tree->Member(0, "b")), "1.0");
  const auto array = tree->Member(0, "a");
  EXPECT_EQ(tree->Size(array), 2u);
  EXPECT_EQ(tree->Raw(tree->First(array)), "1e-05");
  EXPECT_EQ(tree->String(tree->node(tree->First(array)).next), "é");
  EXPECT_EQ(tree->Size(0), 3u);
  EXPECT_TRUE(tree->HasDuplicateNames());
}

TEST(JsonText, RefusesWhatRfc8259Refuses) {
  for (const char* bad :
       {"",      " ",   "{",   "[1,]",           "{\"a\":1,}", "01",           "1.", ".5",    "+1",
        "-",     "1e",  "nul", "\"\t\"",         "\"\\x\"",    "\"\\u12g4\"",  "\"", "[1 2]", "{\"a\" 1}",
        "{1:2}", "1 2", "'a'", "\xEF\xBB\xBF{}", "\"\xFF\"",   "\"\xC0\x80\"", "NaN"}) {
    EXPECT_FALSE(JsonTree::Parse(bad).ok()) << bad;
  }
}

TEST(JsonText, NamesThePlaceOfAnError) {
  EXPECT_THAT(JsonTree::Parse("{\"a\":1,\"b\" 2}").status().ToString(), HasSubstr("expected ':' at byte 11"));
}

TEST(JsonText, DepthIsLimitedWithoutRecursion) {
  EXPECT_TRUE(JsonTree::Parse(std::string(512, '[') + std::string(512, ']')).ok());
  EXPECT_THAT(JsonTree::Parse(std::string(513, '[') + std::string(513, ']')).status().ToString(),
              HasSubstr("too deeply"));
  EXPECT_TRUE(JsonTree::Parse(std::string(1'000'000, '[') + std::string(1'000'000, ']'), 1 << 30).ok());
}

TEST(JsonText, DecodesSurrogatePairsAndKeepsLoneOnes) {
  EXPECT_EQ(DecodeJsonString(R"("\ud83d\ude00")"), "😀");
  EXPECT_EQ(DecodeJsonString(R"("\ud83dx")"), "\xED\xA0\xBDx");
  EXPECT_EQ(DecodeJsonString(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
}

TEST(JsonText, QuotedTextDecodesToItself) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "é漢😀";
  const std::string quoted = QuoteJson(all);
  ASSERT_TRUE(JsonTree::Parse(quoted).ok());
  EXPECT_EQ(DecodeJsonString(quoted), all);
}

}  // namespace
}  // namespace reprise::wire
