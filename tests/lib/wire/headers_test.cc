#include "lib/wire/headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Headers, AreFoundWhateverTheirCase) {
  const Headers headers = {{"X-A", " 1 "}, {"x-a", "2"}, {"Y", ""}};
  EXPECT_EQ(FindHeader(headers, "x-A")->value, " 1 ");
  EXPECT_EQ(FindHeader(headers, "z"), nullptr);
  EXPECT_EQ(HeaderValue(headers, "X-a"), "1, 2");
  EXPECT_EQ(HeaderValue(headers, "y"), "");
  EXPECT_EQ(HeaderValue(headers, "z"), std::nullopt);
}

TEST(Headers, MediaTypesAreTakenApart) {
  const MediaType media = ParseMediaType(R"(Multipart/Form-Data ; Boundary="a;\"b" ; x = y;; z)");
  EXPECT_EQ(media.type, "multipart/form-data");
  EXPECT_THAT(media.parameters, ElementsAre(Pair("boundary", "a;\"b"), Pair("x", "y"), Pair("z", "")));
  EXPECT_TRUE(ParseMediaType("application/vnd.api+json; v=1").IsJson());
  EXPECT_TRUE(ParseMediaType("Application/JSON").IsJson());
  EXPECT_FALSE(ParseMediaType("application/jsonl").IsJson());
  EXPECT_FALSE(ParseMediaType("+json").IsJson());
}

TEST(Headers, OnlyTheAllowListTakesPartInTheKey) {
  const Headers headers = {
      {"User-Agent", "x"},          {"Authorization", "Bearer k"}, {"OpenAI-Beta", "assistants=v2"},
      {"anthropic-version", "1"},   {"X-Stainless-Arch", "x64"},   {"Anthropic-Beta", "b"},
      {"X-Mine", "Kept As It Is "}, {"Content-Length", "12"},      {"Accept", "*/*"}};
  EXPECT_THAT(MatchedHeaders(headers, {"x-mine"}, true),
              ElementsAre(Pair("anthropic-beta", "b"), Pair("anthropic-version", "1"),
                          Pair("openai-beta", "assistants=v2"), Pair("x-mine", "Kept As It Is")));
}

TEST(Headers, AcceptCountsWhereItSelectsAStream) {
  EXPECT_THAT(MatchedHeaders({{"Accept", "application/json"}}, {}, true), IsEmpty());
  EXPECT_THAT(MatchedHeaders({{"Accept", "Text/Event-Stream"}}, {}, true),
              ElementsAre(Pair("accept", "text/event-stream")));
  EXPECT_THAT(MatchedHeaders({{"Accept", "application/json"}}, {"accept"}, true),
              ElementsAre(Pair("accept", "application/json")));
}

TEST(Headers, ContentTypeIsTakenWithoutWhatSaysNothing) {
  const auto normal = [](const char* value, bool keep = false) {
    return MatchedHeaders({{"Content-Type", value}}, {}, keep)[0].second;
  };
  EXPECT_EQ(normal("Application/JSON; Charset=UTF-8"), "application/json");
  EXPECT_EQ(normal("application/json;charset=\"utf-8\""), "application/json");
  EXPECT_EQ(normal("application/json; charset=latin1"), "application/json; charset=latin1");
  EXPECT_EQ(normal("text/plain; charset=UTF-8"), "text/plain; charset=utf-8");
  EXPECT_EQ(normal("multipart/form-data; boundary=xyz"), "multipart/form-data");
  EXPECT_EQ(normal("multipart/form-data; boundary=xyz", true), "multipart/form-data; boundary=xyz");
  EXPECT_EQ(normal("a/b; y=\"1; x=2\""), "a/b; y=\"1; x=2\"");
}

TEST(Headers, ACredentialCannotBeDeclaredIntoTheKeyNorOntoTheDisk) {
  const Headers headers = {{"Authorization", "Bearer k"}, {"X-API-Key", "k"}, {"Cookie", "k"}};
  EXPECT_THAT(MatchedHeaders(headers, {"authorization", "x-api-key", "cookie"}, true), IsEmpty());
  EXPECT_THAT(StoredRequestHeaders(headers, {"authorization", "x-api-key", "cookie"}), IsEmpty());
}

TEST(Headers, OnlyTheAllowListReachesTheDiskAsItCame) {
  const Headers headers = {{"Accept", "*/*"},
                           {"User-Agent", "x"},
                           {"Content-Type", "multipart/form-data; boundary=B"},
                           {"X-Mine", "1"},
                           {"content-encoding", "gzip"}};
  EXPECT_EQ(StoredRequestHeaders(headers, {"X-MINE"}), (Headers{{"Accept", "*/*"},
                                                                {"Content-Type", "multipart/form-data; boundary=B"},
                                                                {"X-Mine", "1"},
                                                                {"content-encoding", "gzip"}}));
}

}  // namespace
}  // namespace reprise::wire
