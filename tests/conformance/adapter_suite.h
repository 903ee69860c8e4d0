// What every adapter must do, as one suite. An adapter joins with a sample in adapter_samples.h and a line in
// adapters_test.cc.
#ifndef REPRISE_TESTS_CONFORMANCE_ADAPTER_SUITE_H_
#define REPRISE_TESTS_CONFORMANCE_ADAPTER_SUITE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "lib/format/adapter.h"
#include "lib/wire/json_text.h"
#include "lib/wire/sse.h"
#include "tests/conformance/adapter_samples.h"
#include "tests/conformance/same_meaning.h"

namespace reprise::format {

inline void PrintTo(const AdapterSample& sample, std::ostream* out) { *out << sample.adapter; }
inline std::string NameOfSample(const ::testing::TestParamInfo<AdapterSample>& info) {
  std::string out;
  for (const char c : info.param.adapter) {
    if (c != '.') out.push_back(c);
  }
  return out;
}

// Where one piece of a stream ends and the next begins: after an empty line, or after a line where there is none.
inline std::vector<std::size_t> PieceEnds(const std::string& streamed) {
  const std::string end = streamed.find("\r\n\r\n") != std::string::npos ? "\r\n\r\n"
                          : streamed.find("\n\n") != std::string::npos   ? "\n\n"
                                                                         : "\n";
  std::vector<std::size_t> out;
  for (std::size_t at = streamed.find(end); at != std::string::npos; at = streamed.find(end, at + 1))
    out.push_back(at + end.size());
  return out;
}

inline std::string WithLineEnds(const std::string& text, const std::string& line_end) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i] == '\n' ? line_end : std::string(1, text[i]);
  }
  return out;
}

class AdapterSuite : public ::testing::TestWithParam<AdapterSample> {
 protected:
  const Adapter& adapter() const { return *FindAdapter(GetParam().adapter); }

  static ChatRequest Chat() {
    ChatRequest chat;
    chat.model = "some-model-2025-01-01";
    chat.turns = {{"system", "Be brief.", {}, ""}, {"user", "Say \"Zürich\"\n\tand 🙂.", {}, ""}};
    chat.parameters = GetParam().parameters;
    return chat;
  }

  Reply Read(const std::string& body, int status = 200) const {
    const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
    Reply reply;
    reply.status = status;
    reply.body = body;
    if (request.ok()) adapter().ReadReply(*request, reply);
    return reply;
  }
};

TEST_P(AdapterSuite, IsFoundByItsName) {
  ASSERT_NE(FindAdapter(GetParam().adapter), nullptr);
  EXPECT_EQ(adapter().name(), GetParam().adapter);
}

TEST_P(AdapterSuite, RecognisesAndReadsBackWhatItWrites) {
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->format, adapter().name());
  EXPECT_EQ(request->url.rfind(GetParam().base_url, 0), 0u) << request->url;
  EXPECT_TRUE(adapter().Recognises(*request));
  EXPECT_EQ(RecogniseAdapter(*request), &adapter());
  const std::optional<Prompt> prompt = adapter().ReadRequest(*request);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->model, Chat().model);
  EXPECT_FALSE(prompt->stream);
  ASSERT_EQ(prompt->messages.size(), 2u);
  EXPECT_EQ(prompt->messages[0].role, "system");
  EXPECT_EQ(prompt->messages[0].text, Chat().turns[0].text);
  EXPECT_EQ(prompt->messages[1].text, Chat().turns[1].text);
  EXPECT_EQ(prompt->parameters.size(), GetParam().parameters.size());
}

TEST_P(AdapterSuite, ReadsBackThatAStreamWasAskedFor) {
  ChatRequest chat = Chat();
  chat.stream = true;
  const Result<Request> request = adapter().Write(chat, GetParam().base_url);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(adapter().Recognises(*request));
  EXPECT_TRUE(adapter().ReadRequest(*request)->stream);
  EXPECT_EQ(adapter().ReadRequest(*request)->model, chat.model);
}

TEST_P(AdapterSuite, PointersOfMessagesNameThemInTheBody) {
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  const nlohmann::json body = nlohmann::json::parse(request->body);
  const std::optional<Prompt> prompt = adapter().ReadRequest(*request);
  ASSERT_FALSE(prompt->messages.empty());
  for (const Message& message : prompt->messages) {
    const nlohmann::json::json_pointer pointer(message.pointer);
    ASSERT_TRUE(body.contains(pointer)) << message.pointer;
    EXPECT_THAT(body[pointer].dump(), ::testing::HasSubstr(nlohmann::json(message.text).dump()));
  }
}

TEST_P(AdapterSuite, RefusesWhatItCannotSay) {
  const auto refuses = [&](const ChatRequest& chat, const char* why) {
    const Result<Request> request = adapter().Write(chat, GetParam().base_url);
    ASSERT_FALSE(request.ok()) << why;
    EXPECT_EQ(request.status().kind(), ErrorKind::kUsage);
    EXPECT_THAT(request.status().ToString(), ::testing::HasSubstr(why));
    EXPECT_FALSE(request.status().next().empty()) << "and says what to do";
  };
  ChatRequest bad = Chat();
  bad.model.clear();
  refuses(bad, "names no model");
  bad = Chat();
  bad.turns.clear();
  refuses(bad, "says nothing");
  bad = Chat();
  bad.turns[1].text = "\xff";
  refuses(bad, "turn 2 (user): its text is not UTF-8");
  bad = Chat();
  bad.parameters.emplace_back("unheard_of", "auto");
  refuses(bad, "parameter \"unheard_of\": its value is not JSON");
  bad.parameters.back() = {"model", "\"m\""};
  refuses(bad, "is written by the request itself");
}

TEST_P(AdapterSuite, WritesTheSameBytesForTheSameRequestAndOthersForAnother) {
  const auto body = [&](const ChatRequest& chat) { return adapter().Write(chat, GetParam().base_url)->body; };
  EXPECT_EQ(body(Chat()), body(Chat()));
  ChatRequest other = Chat();
  other.turns[1].text += " ";
  EXPECT_NE(body(other), body(Chat()));
  other = Chat();
  other.parameters[0].second = "43";
  EXPECT_NE(body(other), body(Chat()));
}

TEST_P(AdapterSuite, WritesJsonWithoutDuplicateNames) {
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  ASSERT_TRUE(request.ok());
  const auto tree = wire::JsonTree::Parse(request->body);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_FALSE(tree->HasDuplicateNames());
}

TEST_P(AdapterSuite, CarriesACredentialInAHeaderOnly) {
  const Header header = adapter().Credential("sk-secret", "");
  EXPECT_THAT(header.value, ::testing::HasSubstr("sk-secret"));
  EXPECT_FALSE(header.name.empty());
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  for (const Header& written : request->headers) EXPECT_NE(written.name, header.name);
}

TEST_P(AdapterSuite, WholeAndStreamedGiveOneValue) {
  const Reply whole = Read(GetParam().whole);
  ExpectSameMeaning(Read(GetParam().streamed), whole);
  EXPECT_EQ(Read(GetParam().streamed).continuation, whole.continuation);
  EXPECT_EQ(whole.text, GetParam().text);
  EXPECT_EQ(whole.tool_calls.size(), GetParam().calls_tools ? 1u : 0u);
  ASSERT_EQ(whole.logprobs.size(), GetParam().tells_logprobs ? 1u : 0u);
  for (const TokenLogprob& token : whole.logprobs) {
    EXPECT_EQ(token.token, "Grü");
    EXPECT_EQ(token.logprob, -0.25);
    EXPECT_THAT(token.top, ::testing::ElementsAre(::testing::Pair("Hi", -2.5)));
  }
  EXPECT_EQ(whole.model.asked, Chat().model);
  EXPECT_FALSE(whole.model.answered.empty());
  EXPECT_EQ(whole.reasoning, GetParam().reasoning);
  EXPECT_EQ(whole.finish_reason, GetParam().finish);
  EXPECT_EQ(whole.usage.prompt_tokens, GetParam().usage.prompt_tokens);
  EXPECT_EQ(whole.usage.completion_tokens, GetParam().usage.completion_tokens);
  EXPECT_EQ(whole.usage.total_tokens, GetParam().usage.total_tokens);
  EXPECT_EQ(whole.error, "");
}

TEST_P(AdapterSuite, EveryTwinGivesOneValue) {
  for (const AdapterSample::Twin& twin : GetParam().twins) {
    SCOPED_TRACE(twin.what);
    const Reply whole = Read(twin.whole);
    ExpectSameMeaning(Read(twin.streamed), whole);
    EXPECT_EQ(Read(twin.streamed).continuation, whole.continuation);
    EXPECT_FALSE(whole.text.empty() && whole.tool_calls.empty() && whole.refusal.empty() && whole.error.empty());
  }
}

TEST_P(AdapterSuite, AReplyGoesBackWithAllThatItsProviderWants) {
  if (!GetParam().calls_tools) return;
  for (const std::string& body : {GetParam().whole, GetParam().streamed}) {
    const Reply reply = Read(body);
    ChatRequest chat = Chat();
    chat.turns.push_back({"assistant", reply.text, reply.tool_calls, "", reply.continuation});
    chat.turns.push_back({"tool", "3", {}, reply.tool_calls.at(0).id});
    const Result<Request> own = adapter().Write(chat, GetParam().base_url);
    ASSERT_TRUE(own.ok()) << own.status();
    EXPECT_THAT(own->body, ::testing::HasSubstr(GetParam().goes_back));
    chat.turns[2].continuation = R"({"somebody.else":[{"type":"riddle"}]})";
    const Result<Request> others = adapter().Write(chat, GetParam().base_url);
    ASSERT_TRUE(others.ok()) << others.status();
    EXPECT_THAT(others->body, ::testing::HasSubstr(GetParam().goes_back_plain));
    EXPECT_THAT(others->body, ::testing::Not(::testing::HasSubstr("riddle")));
    chat.turns[2].continuation = "{";
    EXPECT_THAT(adapter().Write(chat, GetParam().base_url).status().ToString(),
                ::testing::HasSubstr("turn 3 (assistant): its continuation is not JSON"));
  }
}

TEST_P(AdapterSuite, AStreamCutAnywhereCanStillBeATurn) {
  const std::string& streamed = GetParam().streamed;
  for (std::size_t length = 0; GetParam().calls_tools && length < streamed.size(); ++length) {
    ChatRequest chat = Chat();
    chat.turns.push_back({"assistant", "So far", {}, "", Read(streamed.substr(0, length)).continuation});
    ASSERT_TRUE(adapter().Write(chat, GetParam().base_url).ok()) << length;
  }
}

TEST_P(AdapterSuite, OddStreamsSayWhatTheySay) {
  for (const AdapterSample::Odd& odd : GetParam().odd) {
    const Reply reply = Read(odd.body, odd.status);
    EXPECT_EQ(reply.text, odd.text) << odd.what;
    EXPECT_EQ(reply.error, odd.error) << odd.what;
  }
}

TEST_P(AdapterSuite, LineEndsBlanksAndAByteOrderMarkDoNotCount) {
  const std::string& streamed = GetParam().streamed;
  const Reply expected = Read(streamed);
  for (const std::string& body :
       {"\xEF\xBB\xBF" + streamed, "\n\n" + streamed, "\r\n  \r\n" + streamed, WithLineEnds(streamed, "\r\n"),
        WithLineEnds(streamed, "\n"), WithLineEnds(streamed, "\r"), streamed + "\n\n",
        streamed.substr(0, streamed.find_last_not_of("\r\n") + 1)}) {
    SCOPED_TRACE(body.substr(0, 30));
    ExpectSameMeaning(Read(body), expected);
  }
  for (const char* before : {"\xEF\xBB\xBF", "  \n\n\t", "\xEF\xBB\xBF \r\n"}) {
    ExpectSameMeaning(Read(before + GetParam().whole + "\n"), Read(GetParam().whole));
  }
}

TEST_P(AdapterSuite, WhatSaysNothingMayStandBetweenAnyTwoPieces) {
  const std::string& streamed = GetParam().streamed;
  const Reply expected = Read(streamed);
  ASSERT_FALSE(GetParam().idle.empty());
  for (const std::string& idle : GetParam().idle) {
    SCOPED_TRACE(idle);
    std::vector<std::size_t> places = PieceEnds(streamed);
    places.insert(places.begin(), 0);
    for (const std::size_t place : places) {
      std::string body = streamed;
      body.insert(place, idle);
      ExpectSameMeaning(Read(body), expected);
    }
  }
}

TEST_P(AdapterSuite, ABrokenPieceIsLostAndNoOther) {
  const std::string& streamed = GetParam().streamed;
  const bool events = streamed.find("data:") != std::string::npos;
  for (const std::string broken : {"{\"a\": [1, }", "{]", "\"text", "{\"text\": \"\x80\"}", "\xff\xfe"}) {
    std::string body = streamed;
    body.insert(PieceEnds(streamed)[0], (events ? "data: " : "") + broken + (events ? "\n\n" : "\n"));
    SCOPED_TRACE(broken);
    ExpectSameMeaning(Read(body), Read(streamed));
  }
}

TEST_P(AdapterSuite, BytesThatAreNoUtf8CostACharacterAndNoMore) {
  for (std::string body : {GetParam().streamed, GetParam().whole}) {
    const std::size_t at = body.find("Gr\xC3\xBC");
    ASSERT_NE(at, std::string::npos) << "the sample says Grüezi";
    body.erase(at + 3, 1);  // half of ü is left
    std::string expected = GetParam().text;
    expected.replace(expected.find("\xC3\xBC"), 2, "\xEF\xBF\xBD");
    EXPECT_EQ(Read(body).text, expected);
  }
}

TEST_P(AdapterSuite, WhereTheBytesWereCutDoesNotCount) {
  const std::string& streamed = GetParam().streamed;
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  const Reply expected = Read(streamed);
  std::vector<wire::SseEvent> all = wire::ParseSse(streamed);
  for (std::size_t cut = 0; cut <= streamed.size(); ++cut) {
    Reply reply;
    reply.status = 200;
    reply.body = streamed;
    reply.cuts = {cut, streamed.size() - cut};
    adapter().ReadReply(*request, reply);
    ExpectSameMeaning(reply, expected);
    wire::SseParser parser;
    std::vector<wire::SseEvent> events;
    parser.Feed(std::string_view(streamed).substr(0, cut), events);
    parser.Feed(std::string_view(streamed).substr(cut), events);
    if (auto last = parser.Finish()) events.push_back(*last);
    ASSERT_EQ(events.size(), all.size()) << cut;
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(events[i].data, all[i].data) << cut;
  }
}

TEST_P(AdapterSuite, ReadingKeepsTheBytesAndMayBeRepeated) {
  Reply once = Read(GetParam().streamed);
  EXPECT_EQ(once.body, GetParam().streamed);
  Reply twice = once;
  adapter().ReadReply(*adapter().Write(Chat(), GetParam().base_url), twice);
  ExpectSameMeaning(twice, once);
  Reply other = Read(GetParam().failure, 429);
  other.status = 200;
  other.body = once.body;  // what was read before leaves no trace
  adapter().ReadReply(*adapter().Write(Chat(), GetParam().base_url), other);
  ExpectSameMeaning(other, once);
}

TEST_P(AdapterSuite, AStreamCutAnywhereSaysABeginning) {
  const std::string& streamed = GetParam().streamed;
  for (std::size_t length = 0; length < streamed.size(); ++length) {
    const Reply reply = Read(streamed.substr(0, length));
    ASSERT_EQ(GetParam().text.rfind(reply.text, 0), 0u) << length;
    ASSERT_EQ(reply.error, "") << length;
  }
}

TEST_P(AdapterSuite, AWholeReplyCutAnywhereSaysNothing) {
  const std::string& whole = GetParam().whole;
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    ASSERT_EQ(Read(whole.substr(0, length)).text, "") << length;
  }
}

TEST_P(AdapterSuite, AFailureHasTheProvidersMessage) {
  const Reply reply = Read(GetParam().failure, 429);
  EXPECT_EQ(reply.error, GetParam().failure_message);
  EXPECT_EQ(reply.text, "");
  EXPECT_EQ(Read(GetParam().failure, 200).error, GetParam().failure_message);
  EXPECT_EQ(Read("{\"detail\":\"Not Found\"}", 404).error, "Not Found") << "of a framework in between";
  EXPECT_EQ(Read("<html>Bad gateway</html>", 502).error, "HTTP 502: <html>Bad gateway</html>");
  EXPECT_NE(Read("", 500).error, "");
}

TEST_P(AdapterSuite, BytesThatAreNoReplyLeaveTheMeaningEmpty) {
  std::string deep(100000, '['), objects;
  for (int i = 0; i < 50000; ++i) objects += "{\"a\":";
  for (const std::string& body : {std::string(), std::string("\0\xff\xfe", 3), std::string("null"), std::string("[]"),
                                  std::string("\x1f\x8b\x08"), std::string("{\"choices\":{}}"),
                                  std::string("{\"content\":7,\"candidates\":[[]],\"message\":[]}"),
                                  std::string("data: 7\n\ndata: []\n\ndata: [DONE]\n\n"), deep, objects}) {
    const Reply reply = Read(body);
    EXPECT_EQ(reply.text, "");
    EXPECT_TRUE(reply.tool_calls.empty());
    EXPECT_EQ(reply.model.asked, Chat().model);
  }
}

TEST_P(AdapterSuite, NamesVolatileFieldsAsPointers) {
  ASSERT_FALSE(GetParam().volatile_fields.empty());
  EXPECT_THAT(adapter().VolatileFields(), ::testing::IsSupersetOf(GetParam().volatile_fields));
  for (const std::string& pointer : adapter().VolatileFields()) EXPECT_EQ(pointer.front(), '/') << pointer;
}

TEST_P(AdapterSuite, RefusesABaseUrlThatIsNone) {
  for (const char* url : {"", "nowhere", "file:///etc/passwd"}) {
    EXPECT_EQ(adapter().Write(Chat(), url).status().kind(), ErrorKind::kUsage) << url;
  }
}

}  // namespace reprise::format

#endif  // REPRISE_TESTS_CONFORMANCE_ADAPTER_SUITE_H_
