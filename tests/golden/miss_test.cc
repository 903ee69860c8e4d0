// What a miss says, as a human approved it, and the probe for the field's first complaint: replay that stays green
// after the request changed. One chat exchange is recorded; each change, one at a time, is a miss that names what
// changed.
#include "lib/match/miss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/match/matcher.h"
#include "tests/support/approved.h"
#include "tests/support/memory_cassette.h"

namespace reprise::match {
namespace {

using ::reprise::testing::IsApproved;
using ::reprise::testing::MemoryCassette;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kChat[] = R"({
  "model": "gpt-4o-mini-2024-07-18",
  "messages": [
    {"role": "system", "content": "You are a geography teacher. Answer in one sentence."},
    {"role": "user", "content": "What is the capital of Italy?"},
    {"role": "assistant", "content": "The capital of Italy is Rome."},
    {"role": "user", "content": "What is the capital of France?"}
  ],
  "tools": [
    {"type": "function", "function": {"name": "lookup", "description": "Looks a place up in the atlas.",
      "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}},
    {"type": "function", "function": {"name": "distance", "description": "Distance between two places in km.",
      "parameters": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}}}}
  ],
  "temperature": 0.7,
  "seed": 42,
  "max_tokens": 300
})";

Request Chat(std::string body) {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = "https://api.openai.com/v1/chat/completions";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  return request;
}

std::string With(std::string_view part, std::string_view other) {
  std::string body = kChat;
  const std::size_t at = body.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  EXPECT_EQ(body.find(part, at + 1), std::string::npos) << part << " stands there twice";
  return body.replace(at, part.size(), other);
}

constexpr char kRepair[] = "REPRISE_MODE=record REPRISE_ACCEPT=1 ./chat_test --gtest_filter=Chat.AsksTwice";

// The text of the miss, or "" for a hit.
std::string MissOf(MemoryCassette& cassette, const Request& request, const MatchOptions& options = {},
                   const std::string& lane = "main", Cursors cursors = {}, int auth = 0) {
  const auto matcher = Matcher::Open(cassette, options);
  if (!matcher.ok()) return matcher.status().ToString();
  Asked asked;
  asked.request = &request;
  asked.key = KeyOf(request, auth, options.rules);
  asked.lane = lane;
  asked.auth = auth;
  asked.session = "Chat.AsksTwice";
  asked.number = 3;
  const Result<Exchange> exchange = (*matcher)->Take(asked, cursors);
  return exchange.ok() ? "" : WithRepair(exchange.status().reason(), kRepair);
}

struct Change {
  const char* name;
  const char* part;
  const char* other;
  const char* said;  // what the miss must name
};

class FalseGreenProbe : public ::testing::TestWithParam<Change> {};

TEST_P(FalseGreenProbe, AChangedRequestIsAMissThatNamesTheChange) {
  MemoryCassette cassette;
  cassette.Record(Chat(kChat), "Paris.");
  EXPECT_EQ(MissOf(cassette, Chat(kChat)), "") << "the control: the same request is answered";
  const std::string text = MissOf(cassette, Chat(With(GetParam().part, GetParam().other)));
  EXPECT_THAT(text, HasSubstr("differs in one place"));
  EXPECT_THAT(text, HasSubstr(GetParam().said));
  EXPECT_TRUE(IsApproved(std::string("miss_") + GetParam().name, text));
}

constexpr char kDistance[] = R"(,
    {"type": "function", "function": {"name": "distance", "description": "Distance between two places in km.",
      "parameters": {"type": "object", "properties": {"from": {"type": "string"}, "to": {"type": "string"}}}}})";

INSTANTIATE_TEST_SUITE_P(
    Changes, FalseGreenProbe,
    ::testing::Values(
        Change{"snapshot", "gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-11-20", "body /model   the model, character 18"},
        Change{"temperature", "0.7", "0.8", "body /temperature\n      recorded  0.7\n      asked     0.8"},
        Change{"seed", "42", "43", "body /seed\n      recorded  42\n      asked     43"},
        Change{"max_tokens", "300", "400", "body /max_tokens\n      recorded  300\n      asked     400"},
        Change{"system_text", "one sentence", "two sentences", "message 1 of 4 (system), character 40"},
        Change{"tool", kDistance, "", "tool \"distance\", is not there any more"},
        Change{"tool_description", "in the atlas", "in the index", "tool \"lookup\", character 25: \"atlas.\" is now"},
        Change{"earlier_message", "is Rome", "is Roma", "message 3 of 4 (assistant), character 28"},
        Change{"one_character", "of France", "of Frnace", "message 4 of 4 (user), character 26: \"France?\" is now"}),
    [](const auto& change) { return std::string(change.param.name); });

TEST(MissText, NamesTheNearestOfThoseLeft) {
  MemoryCassette cassette;
  cassette.Record(Chat(R"({"model":"tiny-1","messages":[{"role":"user","content":"What is the capital of Spain?"}]})"),
                  "Madrid.");
  cassette.Record(Chat(R"({"model":"tiny-1","messages":[{"role":"user","content":"Name three rivers of Peru."}]})"),
                  "...");
  cassette.Record(Chat(R"({"model":"tiny-1","messages":[{"role":"user","content":"What is the capital of Frnace?"}]})"),
                  "Paris.");
  Cursors cursors;
  cursors.Advance("main", KeyOf(Chat(R"({"model":"tiny-1","messages":[{"role":"user","content":)"
                                     R"("What is the capital of Spain?"}]})"),
                                0, {}));
  const std::string text = MissOf(
      cassette, Chat(R"({"model":"tiny-1","messages":[{"role":"user","content":"What is the capital of France?"}]})"),
      {}, "main", cursors);
  EXPECT_THAT(text, HasSubstr("Nearest of 2 left in Chat/AsksTwice.reprise:\n  exchange 3   differs in one place"));
  EXPECT_TRUE(IsApproved("miss_nearest", text));
}

TEST(MissText, SaysWhatIsNewWhatIsGoneAndWhatMoved) {
  MemoryCassette cassette;
  cassette.Record(Chat(kChat), "Paris.");
  std::string body = With(R"("seed": 42,)", R"("top_p": 0.5,)");
  const std::string answer = R"({"role": "assistant", "content": "The capital of Italy is Rome."})";
  body.insert(body.find(answer), R"({"role": "user", "content": "And its rivers?"}, )");
  Request request = Chat(body);
  request.headers.push_back({"OpenAI-Beta", "assistants=v2"});
  request.url += "?api-version=2024-10-21";
  EXPECT_TRUE(IsApproved("miss_many_places", MissOf(cassette, request, {}, "main", {}, 1)));
}

TEST(MissText, AllTakesUsedUpSaysSo) {
  MemoryCassette cassette;
  cassette.Record(Chat(kChat), "Paris.");
  cassette.Record(Chat(kChat), "Paris!");
  Cursors cursors;
  cursors.Advance("main", KeyOf(Chat(kChat), 0, {}));
  cursors.Advance("main", KeyOf(Chat(kChat), 0, {}));
  EXPECT_TRUE(IsApproved("miss_used_up", MissOf(cassette, Chat(kChat), {}, "main", cursors)));
}

TEST(MissText, AnotherLaneIsNamed) {
  MemoryCassette cassette;
  cassette.Record(Chat(kChat), "Paris.", "worker-1");
  EXPECT_TRUE(IsApproved("miss_lane", MissOf(cassette, Chat(kChat))));
}

TEST(MissText, OverlapsNameTheLaneCall) {
  MemoryCassette cassette;
  Exchange exchange;
  exchange.request = Chat(kChat);
  exchange.key = KeyOf(exchange.request, 0, {});
  exchange.overlaps = true;
  cassette.Append(exchange);
  EXPECT_TRUE(IsApproved("miss_overlaps", MissOf(cassette, Chat(kChat))));
}

TEST(MissText, AnEmptyCassetteIsCalledEmpty) {
  MemoryCassette cassette;
  EXPECT_TRUE(IsApproved("miss_empty", MissOf(cassette, Chat(kChat))));
}

TEST(MissText, AnEditedCassetteIsToldFromAChangedRequest) {
  MemoryCassette cassette;
  Exchange exchange;
  exchange.request = Chat(kChat);
  exchange.key = std::string(64, '0');
  cassette.Append(exchange);
  EXPECT_TRUE(IsApproved("miss_stale_key", MissOf(cassette, Chat(kChat))));
}

TEST(MissText, WhatIsNewInEveryRunIsSuggestedAsARule) {
  MemoryCassette cassette;
  cassette.Record(Chat(R"({"model":"m","messages":[{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","content":"Hi"}]})"),
                  "r");
  EXPECT_TRUE(IsApproved(
      "miss_random_value",
      MissOf(cassette,
             Chat(R"({"model":"m","messages":[{"id":"0e37df36-f698-11e6-8dd4-cb9ced3df976","content":"Hi"}]})"))));
}

TEST(MissText, ARandomWordInsideATextIsNoReasonToIgnoreTheText) {
  MemoryCassette cassette;
  cassette.Record(Chat(R"({"model":"m","messages":[{"content":"It is 2026-11-24T10:00:00Z. Say hi."}]})"), "r");
  const std::string text =
      MissOf(cassette, Chat(R"({"model":"m","messages":[{"content":"It is 2026-11-25T09:12:33Z. Say hi."}]})"));
  EXPECT_THAT(text, Not(HasSubstr("ignore_body")));
  EXPECT_TRUE(IsApproved("miss_random_word", text));
}

TEST(MissText, ARandomValueBesideAnotherChangeIsNoReasonForAHint) {
  MemoryCassette cassette;
  cassette.Record(Chat(R"({"seed":1,"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"})"), "r");
  EXPECT_THAT(MissOf(cassette, Chat(R"({"seed":2,"id":"0e37df36-f698-11e6-8dd4-cb9ced3df976"})")),
              Not(HasSubstr("new in every run")));
}

TEST(MissText, ASnapshotWithADateIsNotRandom) {
  MemoryCassette cassette;
  cassette.Record(Chat(R"({"model":"gpt-4o-2024-08-06","messages":[]})"), "r");
  EXPECT_THAT(MissOf(cassette, Chat(R"({"model":"gpt-4o-2024-11-20","messages":[]})")), Not(HasSubstr("new in every")));
}

TEST(MissText, RulesInForceAreNamed) {
  MatchOptions options;
  options.rules.ignore_body = {"/seed"};
  CassetteHead head;
  head.rules = options.rules;
  MemoryCassette cassette(head);
  cassette.Record(Chat(kChat), "Paris.");
  EXPECT_EQ(MissOf(cassette, Chat(With("42", "43")), options), "");
  EXPECT_THAT(MissOf(cassette, Chat(With("300", "301")), options),
              HasSubstr("Rules in force: {\"ignore_body\":[\"/seed\"]}"));
}

TEST(MissText, HostileTextIsMadeHarmless) {
  MemoryCassette cassette;
  cassette.Record(Chat(R"({"model":"m\u001b[2J","messages":[{"role":"us\u202eer","content":"a\n::error::b\u0007"}]})"),
                  "r");
  const std::string text = MissOf(
      cassette, Chat(R"({"model":"m\u001b[2J","messages":[{"role":"us\u202eer","content":"a\n::error::c\u009b1m"}]})"));
  for (const char* bad : {"\x1b", "\u202e", "\x07", "\n::error", "\u009b"}) EXPECT_THAT(text, Not(HasSubstr(bad)));
  EXPECT_TRUE(IsApproved("miss_hostile", text));
}

TEST(MissText, IsNeverMoreThanSixtyLinesOfBoundedLength) {
  MemoryCassette cassette;
  const auto body = [](char fill) {
    std::string out = R"({"model":"m","messages":[)";
    for (int i = 0; i < 300; ++i)
      out += (i > 0 ? "," : "") + std::string(R"({"role":"user","content":"same words here )") +
             std::string(5000, fill) + std::to_string(i) + "\"}";
    return out + "]}";
  };
  for (int i = 0; i < 5; ++i) cassette.Record(Chat(body(static_cast<char>('a' + i))), "r");
  const std::string text = MissOf(cassette, Chat(body('x')));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 60);
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    EXPECT_LT(end - begin, 600u) << text.substr(begin, end - begin);
    begin = end + 1;
  }
}

TEST(MissText, BigCassettesAreComparedUpToABound) {
  MemoryCassette cassette;
  for (std::uint64_t i = 0; i < kMaxLookedAt + 5; ++i) cassette.Record(Chat("{\"n\":" + std::to_string(i) + "}"), "r");
  EXPECT_THAT(MissOf(cassette, Chat("{\"n\":-1}")),
              HasSubstr("(Only the first 10000 exchanges of 10005 were compared.)"));
}

}  // namespace
}  // namespace reprise::match
