#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reprise/matching.h"

namespace reprise {
namespace {

using ::testing::HasSubstr;

TEST(Rules, EqualRulesGiveEqualText) {
  Rules a, b;
  a.ignore_body = {"/b", "/a", "/b"};
  b.ignore_body = {"/a", "/b"};
  a.match_headers = {"X-Mine"};
  b.match_headers = {"x-mine"};
  EXPECT_EQ(a.ToJson(), R"({"ignore_body":["/a","/b"],"match_headers":["x-mine"]})");
  EXPECT_EQ(a.ToJson(), b.ToJson());
  EXPECT_TRUE(a == b);
  b.ignore_query = {"t"};
  EXPECT_FALSE(a == b);
  EXPECT_EQ(Rules().ToJson(), "{}");
}

TEST(Rules, ComeBackFromTheirText) {
  Rules rules;
  rules.ignore_body = {"/metadata", "/messages/*/name", "/a~1b/~0"};
  rules.ignore_query = {"trace \"id\""};
  rules.match_headers = {"x-mine"};
  const Result<Rules> back = Rules::FromJson(rules.ToJson());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(*back == rules);
}

TEST(Rules, AMisspelledRuleIsAnErrorThatNamesIt) {
  const auto error = [](const char* json) { return Rules::FromJson(json).status().ToString(); };
  EXPECT_THAT(error(R"({"ignore_bodies":["/a"]})"), HasSubstr("there is no rule named \"ignore_bodies\""));
  EXPECT_THAT(error(R"({"ignore_body":"/a"})"), HasSubstr("ignore_body is not a list"));
  EXPECT_THAT(error(R"({"ignore_query":[7]})"), HasSubstr("holds 7, which is no string"));
  EXPECT_THAT(error(R"({"ignore_body":["seed"]})"), HasSubstr("\"seed\", which is no JSON pointer"));
  EXPECT_THAT(error(R"({"ignore_body":[""]})"), HasSubstr("no JSON pointer below the body"));
  EXPECT_THAT(error(R"({"ignore_body":["/a~b"]})"), HasSubstr("Write \"~0\" for \"~\""));
  EXPECT_THAT(error(R"({"match_headers":["Authorization"]})"), HasSubstr("holds a credential"));
  EXPECT_THAT(error(R"({"ignore_query":["a"],"ignore_query":["b"]})"), HasSubstr("twice"));
  EXPECT_THAT(error("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error("{"), HasSubstr("expected a member name"));
}

}  // namespace
}  // namespace reprise
