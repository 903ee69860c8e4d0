#include "lib/compare/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/compare/normalised.h"

namespace reprise::compare {
namespace {

using ::testing::HasSubstr;

Reply Said(const std::string& text, const std::string& body) {
  Reply reply;
  reply.status = 200;
  reply.body = body;
  reply.text = text;
  reply.model.answered = "tiny-1";
  reply.fingerprint = "fp_1";
  return reply;
}

TEST(CompareReplies, EqualBytesPassByBytes) {
  const Verdict verdict = CompareReplies(Said("a", "{}"), Said("a", "{}"));
  EXPECT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.rule, "bytes");
}

TEST(CompareReplies, EqualTextInOtherBytesPassesByText) {
  const Verdict verdict = CompareReplies(Said("a", "{\"id\":1}"), Said("a", "{\"id\":2}"));
  EXPECT_TRUE(verdict.ok());
  EXPECT_EQ(verdict.rule, "text");
}

TEST(CompareReplies, AnotherTextFailsAndNamesTheWord) {
  const Verdict verdict = CompareReplies(Said("the old fox", "1"), Said("the new fox", "2"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::kFail);
  EXPECT_THAT(verdict.note, HasSubstr("expected \"old\", got \"new\""));
}

TEST(CompareReplies, AnotherTextOfAnotherModelIsStale) {
  Reply live = Said("the new fox", "2");
  live.model.answered = "tiny-2";
  const Verdict verdict = CompareReplies(Said("the old fox", "1"), live);
  EXPECT_EQ(verdict.kind, Verdict::Kind::kStale);
  EXPECT_THAT(verdict.note, HasSubstr("model \"tiny-1\" answered then, \"tiny-2\" answers now"));
  Reply refreshed = Said("the new fox", "2");
  refreshed.fingerprint = "fp_2";
  EXPECT_EQ(CompareReplies(Said("the old fox", "1"), refreshed).kind, Verdict::Kind::kStale);
}

TEST(CompareReplies, StatusEndAndToolCallsCount) {
  Reply limited = Said("", "{\"error\":{}}");
  limited.status = 429;
  limited.error = "slow down";
  EXPECT_FALSE(CompareReplies(Said("a", "1"), limited).ok());
  Reply broken = Said("a", "1 and");
  broken.end = BrokenEnd{"reset", 1};
  EXPECT_FALSE(CompareReplies(Said("a", "1"), broken).ok());
  Reply calls = Said("a", "2");
  calls.tool_calls.push_back({"id", "lookup", "{}"});
  EXPECT_THAT(CompareReplies(Said("a", "1"), calls).differences.back().place, HasSubstr("number of tool calls"));
}

TEST(CompareReplies, BytesJudgeWhatNoAdapterUnderstood) {
  Reply recorded, live;
  recorded.status = live.status = 200;
  recorded.body = "opaque 1";
  live.body = "opaque 2";
  const Verdict verdict = CompareReplies(recorded, live);
  EXPECT_FALSE(verdict.ok());
  EXPECT_EQ(verdict.rule, "bytes");
}

TEST(CompareReplies, AChoiceMoreOrLessIsADifference) {
  Reply recorded = Said("a", "1"), live = Said("a", "2");
  recorded.choices = {"a", "b", "c"};
  for (const std::vector<std::string>& choices : {std::vector<std::string>(), std::vector<std::string>{"a", "b"}}) {
    live.choices = choices;
    const Verdict verdict = CompareReplies(recorded, live);
    EXPECT_EQ(verdict.kind, Verdict::Kind::kFail);
    ASSERT_EQ(verdict.differences.size(), 1u);
    EXPECT_EQ(verdict.differences[0].place, "number of choices");
    EXPECT_FALSE(CompareReplies(live, recorded).ok());
  }
  live.choices = {"a", "b", "d"};
  EXPECT_FALSE(CompareReplies(recorded, live).ok());
}

TEST(NormalisedReply, LeavesOutVolatileFieldsOfBodiesAndOfEvents) {
  const std::vector<std::string> fields = {"/id", "/created"};
  Reply a = Said("", R"({"id":"1","created":5,"n":1.0})"), b = Said("", R"({"n":1,"id":"2","created":6})");
  EXPECT_EQ(NormalisedReply(a, fields), NormalisedReply(b, fields));
  EXPECT_NE(NormalisedReply(a, {"/id"}), NormalisedReply(b, {"/id"}));
  a.body = "data: {\"id\":\"1\",\"t\":\"x\"}\n\ndata: [DONE]\n\n";
  b.body = "data: {\"id\":\"2\",\"t\":\"x\"}\n\ndata: [DONE]\n\n";
  EXPECT_EQ(NormalisedReply(a, fields), NormalisedReply(b, fields));
  b.body = "data: {\"id\":\"2\",\"t\":\"y\"}\n\ndata: [DONE]\n\n";
  EXPECT_NE(NormalisedReply(a, fields), NormalisedReply(b, fields));
}

TEST(NormalisedReply, StatusContentTypeAndBreaksCountAndOtherHeadersDoNot) {
  Reply a = Said("", "x"), b = a;
  b.headers = {{"Date", "today"}};
  EXPECT_EQ(NormalisedReply(a, {}), NormalisedReply(b, {}));
  b.headers.push_back({"content-TYPE", "text/plain"});
  EXPECT_NE(NormalisedReply(a, {}), NormalisedReply(b, {}));
  b = a;
  b.status = 500;
  EXPECT_NE(NormalisedReply(a, {}), NormalisedReply(b, {}));
  b = a;
  b.end = BrokenEnd{"reset", 1};
  EXPECT_NE(NormalisedReply(a, {}), NormalisedReply(b, {}));
}

}  // namespace
}  // namespace reprise::compare
