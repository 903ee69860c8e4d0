#include "lib/compare/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/compare/json_diff.h"
#include "tests/support/temp_folder.h"

namespace reprise::compare {
namespace {

using ::testing::HasSubstr;
using Kind = GoldenAnswer::Kind;

class Golden : public ::testing::Test {
 protected:
  GoldenAnswer Judge(const std::string& actual, const std::string& key = "", bool json = false) {
    GoldenQuestion question;
    question.path = folder_ / (json ? "a.json" : "a.txt");
    question.pending = question.path + ".new";
    question.json = json;
    question.actual = actual;
    question.key = key;
    Result<GoldenAnswer> answer = JudgeGolden(question);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : GoldenAnswer();
  }

  support::TempFolder folder_;
};

TEST_F(Golden, ThatIsNotThereYetIsMissingAndLeavesAPendingFileWithItsKey) {
  EXPECT_EQ(Judge("Bonjour", "k1").kind, Kind::kMissing);
  EXPECT_FALSE(folder_.Has("a.txt"));
  EXPECT_EQ(folder_.Read("a.txt.new"), "Bonjour");
  EXPECT_EQ(folder_.Read("a.txt.key.new"), "k1\n");
  EXPECT_EQ(Judge("Bonjour", "k1").kind, Kind::kMissing) << "a second run is no acceptance";
}

TEST_F(Golden, ThatIsEqualPassesAndTakesAStalePendingFileAway) {
  folder_.Write("a.txt", "Bonjour");
  folder_.Write("a.txt.new", "Salut");
  folder_.Write("a.txt.key.new", "k0\n");
  EXPECT_EQ(Judge("Bonjour", "k1").kind, Kind::kPass);
  EXPECT_FALSE(folder_.Has("a.txt.new"));
  EXPECT_FALSE(folder_.Has("a.txt.key.new"));
  EXPECT_EQ(folder_.Read("a.txt"), "Bonjour");
  EXPECT_FALSE(folder_.Has("a.txt.key")) << "a run accepts nothing, no key either";
}

TEST_F(Golden, ThatDiffersFailsAndIsLeftAsItWas) {
  folder_.Write("a.txt", "Bonjour Ada");
  folder_.Write("a.txt.key", "k1\n");
  const GoldenAnswer answer = Judge("Bonjour Bob", "k1");
  EXPECT_EQ(answer.kind, Kind::kFail);
  EXPECT_EQ(answer.verdict.kind, Verdict::Kind::kFail);
  EXPECT_THAT(answer.verdict.note, HasSubstr("expected \"Ada\", got \"Bob\""));
  EXPECT_EQ(folder_.Read("a.txt"), "Bonjour Ada");
  EXPECT_EQ(folder_.Read("a.txt.new"), "Bonjour Bob");
}

TEST_F(Golden, OfAnotherRequestIsStaleWhereItDiffers) {
  folder_.Write("a.txt", "Bonjour Ada");
  folder_.Write("a.txt.key", "k1\n");
  const GoldenAnswer answer = Judge("Bonjour Bob", "k2");
  EXPECT_EQ(answer.kind, Kind::kStale);
  EXPECT_EQ(answer.verdict.kind, Verdict::Kind::kStale);
  EXPECT_EQ(folder_.Read("a.txt.key"), "k1\n");
  EXPECT_EQ(folder_.Read("a.txt.key.new"), "k2\n");
}

TEST_F(Golden, OfAnotherRequestPassesWhereItIsEqualAndAsksToBeAcceptedForThisOne) {
  folder_.Write("a.txt", "Bonjour");
  folder_.Write("a.txt.key", "k1\n");
  const GoldenAnswer answer = Judge("Bonjour", "k2");
  EXPECT_EQ(answer.kind, Kind::kPass);
  EXPECT_TRUE(answer.passed_for_another_request);
  EXPECT_EQ(folder_.Read("a.txt.new"), "Bonjour");
  EXPECT_EQ(folder_.Read("a.txt.key.new"), "k2\n");
}

TEST_F(Golden, WithoutAPlaceForPendingFilesNothingIsWritten) {
  GoldenQuestion question;
  question.path = folder_ / "a.txt";
  question.actual = "x";
  EXPECT_EQ(JudgeGolden(question)->kind, Kind::kMissing);
  folder_.Write("a.txt", "y");
  EXPECT_EQ(JudgeGolden(question)->kind, Kind::kFail);
  EXPECT_FALSE(folder_.Has("a.txt.new"));
}

TEST_F(Golden, InJsonIsComparedByValueAndWrittenWithIndentation) {
  EXPECT_EQ(Judge(R"({"b":1,"a":[1,2]})", "", true).kind, Kind::kMissing);
  EXPECT_EQ(folder_.Read("a.json.new"), "{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
  folder_.Write("a.json", R"({"a": [1.0, 2], "b": 1e0})");
  EXPECT_EQ(Judge(R"({"b":1,"a":[1,2]})", "", true).kind, Kind::kPass);
  const GoldenAnswer answer = Judge(R"({"b":1,"a":[1,3],"c":true})", "", true);
  EXPECT_EQ(answer.kind, Kind::kFail);
  ASSERT_EQ(answer.verdict.differences.size(), 2u);
  EXPECT_EQ(answer.verdict.differences[0].place, "/a/1");
  EXPECT_EQ(answer.verdict.differences[1].place, "/c");
  EXPECT_EQ(answer.verdict.differences[1].expected, "nothing");
}

TEST_F(Golden, AValueThatIsNoJsonIsAnErrorWhereJsonWasAskedFor) {
  GoldenQuestion question;
  question.path = folder_ / "a.json";
  question.json = true;
  question.actual = "{";
  EXPECT_THAT(JudgeGolden(question).status().ToString(), HasSubstr("the value is no JSON"));
}

TEST_F(Golden, AFolderInItsPlaceIsAnError) {
  folder_.Write("a.txt/inside", "x");
  GoldenQuestion question;
  question.path = folder_ / "a.txt";
  question.actual = "x";
  EXPECT_THAT(JudgeGolden(question).status().ToString(), HasSubstr("is a folder"));
}

TEST(CompareJson, KindsNamesAndLengthsCount) {
  EXPECT_TRUE(CompareJson("[1, {\"a/b\": \"\\u00e9\"}]", "[1.0,{\"a/b\":\"\xc3\xa9\"}]").ok());
  EXPECT_EQ(CompareJson("{\"a/b\":1}", "{\"a/b\":\"1\"}").differences[0].place, "/a~1b");
  EXPECT_EQ(CompareJson("[1]", "[1,2]").differences[0].place, "/1");
  EXPECT_EQ(CompareJson("null", "[]").differences[0].place, "the whole value");
  EXPECT_FALSE(CompareJson("{\"a\":null}", "{}").ok());
  std::string many_a = "[0", many_b = "[1";
  for (int i = 0; i < 50; ++i) {
    many_a += ",0";
    many_b += ",1";
  }
  const Verdict verdict = CompareJson(many_a + "]", many_b + "]");
  EXPECT_EQ(verdict.differences.size(), 10u);
  EXPECT_EQ(verdict.note, "51 places differ");
}

TEST(CompareJson, WhatIsNoPlainJsonIsComparedAsText) {
  EXPECT_EQ(CompareJson("{\"a\":1,\"a\":1}", "{\"a\":1}").rule, "exact text");
  EXPECT_TRUE(CompareJson("{", "{").ok());
}

}  // namespace
}  // namespace reprise::compare
