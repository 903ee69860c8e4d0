#include "lib/wire/placeholders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "lib/wire/pattern.h"

namespace reprise::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kUuid[] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const std::string kOne = "11111111-aaaa-4bbb-8ccc-000000000001";
const std::string kTwo = "22222222-aaaa-4bbb-8ccc-000000000002";
const std::string kSix = "66666666-aaaa-4bbb-8ccc-000000000006";

Rules Uuids() {
  Rules rules;
  rules.placeholders["uuid"] = kUuid;
  return rules;
}

Request Post(const std::string& body, const std::string& url = "https://h/v1/chat") {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  return request;
}

std::string Key(const Request& request, const Rules& rules = Uuids()) { return KeyOf(request, 0, rules); }

TEST(Placeholders, ATokenIsNoPartOfTheKeyAndEverythingElseIs) {
  const auto about = [](const std::string& id, const std::string& rest) {
    return Post("{\"messages\":[{\"content\":\"run " + id + rest + "\"}]}");
  };
  EXPECT_EQ(Key(about(kOne, ".")), Key(about(kTwo, ".")));
  EXPECT_NE(Key(about(kOne, ".")), Key(about(kOne, "!")));
  EXPECT_NE(Key(about(kOne, ".")), Key(about("no id", ".")));
  EXPECT_NE(Key(about(kOne, "."), {}), Key(about(kTwo, "."), {}));
}

TEST(Placeholders, EqualTokensHaveEqualOrdinals) {
  const auto pair = [](const std::string& a, const std::string& b) {
    return Post("{\"b\":\"" + a + "\",\"a\":\"" + b + "\"}");
  };
  EXPECT_EQ(Key(pair(kOne, kOne)), Key(pair(kTwo, kTwo)));
  EXPECT_EQ(Key(pair(kOne, kTwo)), Key(pair(kTwo, kOne)));
  EXPECT_NE(Key(pair(kOne, kOne)), Key(pair(kOne, kTwo)));
}

TEST(Placeholders, TheOrderOfMembersGivesNoOrdinals) {
  EXPECT_EQ(Key(Post("{\"a\":\"" + kOne + "\",\"b\":[\"" + kTwo + "\",\"" + kOne + "\"]}")),
            Key(Post("{\"b\":[\"" + kSix + "\",\"" + kTwo + "\"],\"a\":\"" + kTwo + "\"}")));
}

TEST(Placeholders, WhatIsIgnoredGivesNoOrdinals) {
  Rules rules = Uuids();
  rules.ignore_body = {"/a"};
  EXPECT_EQ(Key(Post("{\"a\":\"" + kOne + "\",\"b\":\"" + kTwo + "\",\"c\":\"" + kOne + "\"}"), rules),
            Key(Post("{\"a\":\"x\",\"b\":\"" + kSix + "\",\"c\":\"" + kTwo + "\"}"), rules));
}

TEST(Placeholders, ATextThatSpellsAPlaceholderIsNotOne) {
  EXPECT_NE(Key(Post("{\"a\":\"[uuid-1]\"}")), Key(Post("{\"a\":\"" + kOne + "\"}")));
  EXPECT_NE(Key(Post("{\"a\":\"[[uuid-1]\"}")), Key(Post("{\"a\":\"[" + kOne + "\"}")));
  EXPECT_NE(Key(Post("[uuid-1]")), Key(Post(kOne)));
  EXPECT_NE(Key(Post("{}", "https://h/[uuid-1]")), Key(Post("{}", "https://h/" + kOne)));
}

TEST(Placeholders, TheModelIsNeverAToken) {
  Rules rules;
  rules.placeholders["day"] = "\\d{4}-\\d\\d-\\d\\d";
  EXPECT_NE(Key(Post(R"({"model":"gpt-4o-mini-2024-07-18"})"), rules),
            Key(Post(R"({"model":"gpt-4o-mini-2025-01-01"})"), rules));
  EXPECT_EQ(Key(Post(R"({"x":{"model":"on 2024-07-18"}})"), rules),
            Key(Post(R"({"x":{"model":"on 2025-01-01"}})"), rules));
  const std::string path = "https://h/models/gemini-2024-07-18:generate";
  EXPECT_NE(Key(Post("{}", path), rules), Key(Post("{}", "https://h/models/gemini-2025-01-01:generate"), rules));
}

TEST(Placeholders, PathSegmentsQueryAndDeclaredHeadersCount) {
  Rules rules = Uuids();
  rules.match_headers = {"x-run"};
  const auto request = [](const std::string& id) {
    Request out = Post("{\"a\":\"" + id + "\"}", "https://h/threads/" + id + "/runs?trace=x" + id + "&key=secret");
    out.headers.push_back({"X-Run", "r-" + id});
    out.trailers.push_back({"X-Run", "end-" + id});
    return out;
  };
  EXPECT_EQ(Key(request(kOne), rules), Key(request(kTwo), rules));
  std::vector<std::string> names;
  for (const Token& token : TokensOf(request(kOne), rules)) names.push_back(token.name + "=" + token.value);
  EXPECT_THAT(names, ElementsAre("uuid-1=" + kOne));
  Request mixed = request(kOne);
  mixed.headers.back().value = "r-" + kTwo;
  EXPECT_NE(Key(mixed, rules), Key(request(kOne), rules));
  mixed = request(kOne);
  mixed.trailers.back().value = "end-" + kTwo;
  EXPECT_NE(Key(mixed, rules), Key(request(kOne), rules));
  EXPECT_EQ(WithoutTokens(request(kOne), rules, TokenSpelling::kForReading).url,
            "https://h/threads/[uuid-1]/runs?trace=x[uuid-1]&key=secret");
}

TEST(Placeholders, ABodyOfOtherTextCountsToo) {
  Request one = Post("run " + kOne), two = Post("run " + kTwo);
  one.headers = two.headers = {{"Content-Type", "text/plain"}};
  EXPECT_EQ(Key(one), Key(two));
  one.headers = two.headers = {{"Content-Type", "multipart/form-data; boundary=" + kSix}};
  const auto part = [](const std::string& id) { return "--" + kSix + "\r\n\r\n" + id + "\r\n--" + kSix + "--\r\n"; };
  one.body = part(kOne);
  two.body = part(kTwo);
  EXPECT_EQ(Key(one), Key(two));
  two.body = part(kTwo + "!");
  EXPECT_NE(Key(one), Key(two));
}

Exchange Recorded(const std::string& id, const std::string& reply) {
  Exchange exchange;
  exchange.request = Post("{\"a\":\"" + id + "\"}");
  exchange.reply.body = reply;
  return exchange;
}

std::string Back(const std::string& now, Exchange recorded) {
  WriteTokensBack(Post("{\"a\":\"" + now + "\"}"), Uuids(), recorded);
  return recorded.reply.body;
}

TEST(Placeholders, TheReplySaysTheTokenOfNow) {
  EXPECT_EQ(Back(kTwo, Recorded(kOne, "{ \"text\" : \"\\u00e9 for " + kOne + "\\n\", \"n\": 1.0 }")),
            "{ \"text\" : \"\\u00e9 for " + kTwo + "\\n\", \"n\": 1.0 }");
  EXPECT_EQ(Back(kTwo, Recorded(kOne, "plain " + kOne + ", " + kOne)), "plain " + kTwo + ", " + kTwo);
  EXPECT_EQ(Back(kTwo, Recorded(kOne, "{\"text\":\"\\u0031" + kOne.substr(1) + "\"}")), "{\"text\":\"" + kTwo + "\"}");
  EXPECT_EQ(Back(kOne, Recorded(kOne, "plain " + kOne)), "plain " + kOne);
}

TEST(Placeholders, TwoTokensThatChangedPlacesAreNotMixedUp) {
  Exchange recorded;
  recorded.request = Post("{\"a\":\"" + kOne + "\",\"b\":\"" + kTwo + "\"}");
  recorded.reply.body = kOne + " then " + kTwo;
  WriteTokensBack(Post("{\"a\":\"" + kTwo + "\",\"b\":\"" + kOne + "\"}"), Uuids(), recorded);
  EXPECT_EQ(recorded.reply.body, kTwo + " then " + kOne);
}

TEST(Placeholders, AStreamIsCutAgainWhereItWasCut) {
  const auto delta = [](const std::string& text) {
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n";
  };
  const std::string end = "data: [DONE]\n\n";
  const std::string other = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"-\"}}]}\n\n";
  Exchange recorded =
      Recorded(kOne, delta("Id 1111") + other + delta(kOne.substr(4, 20)) + delta(kOne.substr(24) + ".") + end);
  EXPECT_EQ(Back(kTwo, recorded),
            delta("Id 2222") + other + delta(kTwo.substr(4, 20)) + delta(kTwo.substr(24) + ".") + end);
}

TEST(Placeholders, ChunksContentLengthAndBreakMoveWithTheBytes) {
  Rules rules;
  rules.placeholders["run"] = "run-[0-9]+";
  Exchange recorded;
  recorded.request = Post(R"({"a":"run-123456"})");
  recorded.reply.body = "Hello run-123456, bye";
  recorded.reply.headers = {{"Content-Length", "21"}, {"x-run", "run-123456"}};
  recorded.reply.cuts = {8, 1, 1, 1, 10};
  recorded.reply.ms = {5, 1, 1, 1, 2};
  recorded.reply.end = BrokenEnd{"reset", 21};
  WriteTokensBack(Post(R"({"a":"run-1"})"), rules, recorded);
  const Reply& reply = recorded.reply;
  EXPECT_EQ(reply.body, "Hello run-1, bye");
  EXPECT_EQ(reply.headers, (Headers{{"Content-Length", "16"}, {"x-run", "run-1"}}));
  EXPECT_EQ(std::accumulate(reply.cuts.begin(), reply.cuts.end(), std::uint64_t{0}), 16u);
  EXPECT_EQ(reply.cuts.size(), reply.ms.size());
  EXPECT_EQ(std::accumulate(reply.ms.begin(), reply.ms.end(), 0u), 10u);
  EXPECT_THAT(reply.cuts, Not(::testing::Contains(0u)));
  EXPECT_EQ(reply.end->after, 16u);
}

TEST(Placeholders, ARuleSaysWhatIsWrongWithIt) {
  const auto refused = [](const std::string& json) {
    const Result<Rules> rules = Rules::FromJson(json);
    return rules.ok() ? "accepted" : rules.status().ToString();
  };
  EXPECT_EQ(refused(R"({"placeholders":{"uuid":"[0-9a-f]{8}-[0-9a-f]{4}"}})"), "accepted");
  EXPECT_THAT(refused(R"({"placeholders":{"uuid":"[0-9"}})"), HasSubstr("at byte 4"));
  EXPECT_THAT(refused(R"({"placeholders":{"all":".+"}})"), HasSubstr("hide what is asked"));
  EXPECT_THAT(refused(R"({"placeholders":{"word":"\\w+"}})"), HasSubstr("hide what is asked"));
  EXPECT_THAT(refused(R"({"placeholders":{"digit":"\\d"}})"), HasSubstr("hide what is asked"));
  EXPECT_THAT(refused(R"({"placeholders":{"A b":"x{9}"}})"), HasSubstr("a-z"));
  EXPECT_THAT(refused(R"({"placeholders":["x"]})"), HasSubstr("no object"));
  EXPECT_THAT(refused(R"({"placeholders":{"uuid":7}})"), HasSubstr("no string"));
  EXPECT_EQ(Rules::FromJson(R"({"placeholders":{"b":"x{9}","a":"y{9}"},"ignore_query":["q"]})")->ToJson(),
            R"({"ignore_query":["q"],"placeholders":{"a":"y{9}","b":"x{9}"}})");
}

TEST(Placeholders, ExceptionsOfTheScannerGiveNoOtherKeys) {
  const Result<Rules> rules = Rules::FromJson(R"({"allow_secret":["jwt /reply/body","env.A_KEY /request/url"]})");
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_TRUE(rules->GiveKeysOf({}));
  EXPECT_FALSE(*rules == Rules());
  EXPECT_FALSE(Uuids().GiveKeysOf({}));
  for (const char* bad : {R"({"allow_secret":["credential /reply/body"]})", R"({"allow_secret":["jwtt /reply/body"]})",
                          R"({"allow_secret":["jwt"]})", R"({"allow_secret":["jwt reply"]})"})
    EXPECT_FALSE(Rules::FromJson(bad).ok()) << bad;
}

TEST(Pattern, AMatchThatTakesTooLongIsGivenUp) {
  const auto pattern = Pattern::Compile("(a+)+$");
  ASSERT_TRUE(pattern.ok());
  EXPECT_EQ((*pattern)->Find(std::string(64, 'a') + "!", 0), std::nullopt);
  EXPECT_TRUE((*pattern)->Find("aaa", 0));
}

TEST(Placeholders, ATextThatIsNoUtf8HasNoTokens) {
  Request one = Post("\xFF" + kOne), two = Post("\xFF" + kTwo);
  one.headers = two.headers = {{"Content-Type", "application/octet-stream"}};
  EXPECT_NE(Key(one), Key(two));
  EXPECT_NE(Key(Post("{\"a\":\"\\ud800" + kOne + "\"}")), Key(Post("{\"a\":\"\\ud800" + kTwo + "\"}")));
}

TEST(Placeholders, TextFullOfTokensCostsNoMoreThanItsLength) {
  Rules rules;
  rules.placeholders["number"] = "[0-9]{6}";
  std::string text, other;
  for (int i = 0; i < 20'000; ++i) {
    text += "run " + std::to_string(100'000 + i) + ", ";
    other += "run " + std::to_string(200'000 + i) + ", ";
  }
  Exchange recorded;
  recorded.request = Post("{\"a\":\"" + text + "\"}");
  recorded.reply.body = "{\"said\":\"" + text + "\"}";
  WriteTokensBack(Post("{\"a\":\"" + other + "\"}"), rules, recorded);
  EXPECT_EQ(recorded.reply.body.substr(0, 30), "{\"said\":\"run 200000, run 20000");
}

}  // namespace
}  // namespace reprise::wire
