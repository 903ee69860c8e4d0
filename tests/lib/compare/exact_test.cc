#include "lib/compare/exact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/report/verdict_text.h"

namespace reprise::compare {
namespace {

using ::testing::HasSubstr;

TEST(ExactText, EqualTextsPass) {
  const Verdict verdict = CompareText("same\n", "same\n");
  EXPECT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.rule, "exact text");
  EXPECT_TRUE(verdict.differences.empty());
}

TEST(ExactText, ADifferenceHasItsLineColumnAndWord) {
  const Verdict verdict = CompareText("one two\nthree fuor five", "one two\nthree four five");
  ASSERT_EQ(verdict.kind, Verdict::Kind::kFail);
  ASSERT_EQ(verdict.differences.size(), 1u);
  EXPECT_EQ(verdict.differences[0].place, "line 2, column 8, word 4");
  EXPECT_EQ(verdict.note, "first word that differs: expected \"fuor\", got \"four\"");
}

TEST(ExactText, ColumnsCountCharactersAndWindowsEndBetweenThem) {
  std::string expected, got;
  for (int i = 0; i < 100; ++i) expected += "é";
  got = expected;
  expected += "ä" + got;
  got += "ö" + got;
  const Verdict verdict = CompareText(expected, got);
  ASSERT_EQ(verdict.differences.size(), 1u);
  EXPECT_THAT(verdict.differences[0].place, HasSubstr("column 101"));
  const std::string& window = verdict.differences[0].expected;
  EXPECT_EQ(window.find("…"), 0u);
  EXPECT_THAT(window, HasSubstr("éäé"));
  EXPECT_EQ(window.size(), 2 * 3 + 2 * (30 + 50u));  // two ellipses, 80 characters of two bytes
}

TEST(ExactText, ATextThatEndsEarlySaysSo) {
  EXPECT_EQ(CompareText("a b", "a b c").note, "first word that differs: expected nothing, got \"c\"");
  EXPECT_EQ(CompareText("", "x").differences[0].place, "line 1, column 1, word 1");
  EXPECT_FALSE(CompareText("x", "").ok());
}

TEST(ExactText, TextsThatDifferInSpaceOnlyAreToldSo) {
  EXPECT_EQ(CompareText("a  b", "a b").note, "the texts differ in white space");
  EXPECT_FALSE(CompareText("a\n", "a").ok());
}

TEST(ExactBytes, TheFirstByteThatDiffersIsNamed) {
  EXPECT_TRUE(CompareBytes(std::string("\0a", 2), std::string("\0a", 2)).ok());
  const Verdict verdict = CompareBytes(std::string("\x00\xff\x01", 3), std::string("\x00\xfe\x01\x02", 4));
  ASSERT_EQ(verdict.differences.size(), 1u);
  EXPECT_EQ(verdict.differences[0].place, "byte 1");
  EXPECT_EQ(verdict.differences[0].expected, "ff 01");
  EXPECT_EQ(verdict.note, "3 bytes expected, 4 bytes got");
}

TEST(VerdictText, WhatAModelSaidIsMadeHarmless) {
  Verdict verdict = CompareText("safe", "\x1b[2Jevil \xe2\x80\xae");
  const std::string text = report::VerdictText(verdict);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("FAIL by exact text"));
  EXPECT_THAT(text, HasSubstr("\\x1b[2Jevil"));
}

}  // namespace
}  // namespace reprise::compare
