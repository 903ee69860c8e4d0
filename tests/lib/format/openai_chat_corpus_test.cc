// Every chat exchange of the corpus, read by the adapter and by a reader that shares no code with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/format/openai_chat.h"
#include "tests/conformance/same_meaning.h"
#include "tests/lib/format/corpus_exchanges.h"

namespace reprise::format {
namespace {

using Json = nlohmann::ordered_json;

// What a simple-minded client sees: the contents of choice 0 in a row, and the arguments of all its tool calls.
struct Seen {
  std::string text, arguments, finish;
};

void Look(const Json& chunk, const char* where, Seen& seen) {
  if (!chunk.is_object() || !chunk.contains("choices") || !chunk["choices"].is_array()) return;
  for (const Json& choice : chunk["choices"]) {
    if (choice.value("index", 0) != 0) continue;
    if (choice.contains("finish_reason") && choice["finish_reason"].is_string()) seen.finish = choice["finish_reason"];
    if (!choice.contains(where) || !choice[where].is_object()) continue;
    const Json& said = choice[where];
    if (said.contains("content") && said["content"].is_string()) seen.text += said["content"].get<std::string>();
    if (!said.contains("tool_calls") || !said["tool_calls"].is_array()) continue;
    for (const Json& call : said["tool_calls"]) {
      if (call.contains("function")) seen.arguments += call["function"].value("arguments", "");
    }
  }
}

Seen LookAt(const std::string& body, bool* streamed) {
  Seen seen;
  const Json whole = Json::parse(body, nullptr, false);
  *streamed = whole.is_discarded();
  if (!*streamed) {
    Look(whole, "message", seen);
    return seen;
  }
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    const std::string line = body.substr(at, end - at);
    at = end + 1;
    if (line.rfind("data: ", 0) == 0) Look(Json::parse(line.substr(6), nullptr, false), "delta", seen);
  }
  return seen;
}

// Does the corpus hold something that the simple-minded client cannot see, such as parts or transcripts?
bool IsPlain(const std::string& body) {
  for (const char* odd : {"\"transcript\"", "\"function_call\":{\"name\"", "\"content\":{", "\"content\": {",
                          "\"content\":[", "\"content\": [", "\"custom\""}) {
    if (body.find(odd) != std::string::npos) return false;
  }
  return true;
}

TEST(OpenAiChatCorpus, EveryExchangeReadsAsASimpleClientReadsIt) {
  const std::vector<Recorded> all = CorpusExchanges("openai.chat");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  int whole = 0, streams = 0, failures = 0, compared = 0;
  for (const Recorded& recorded : all) {
    SCOPED_TRACE(recorded.place);
    const Reply& reply = recorded.exchange.reply;
    const std::optional<Prompt> prompt = OpenAiChat().ReadRequest(recorded.exchange.request);
    ASSERT_TRUE(prompt.has_value());
    EXPECT_NE(prompt->model, "");
    EXPECT_FALSE(prompt->messages.empty());
    EXPECT_EQ(reply.model.asked, prompt->model);
    if (reply.status >= 400) {
      EXPECT_NE(reply.error, "");
      ++failures;
      continue;
    }
    EXPECT_FALSE(reply.text.empty() && reply.tool_calls.empty() && reply.refusal.empty() && reply.error.empty());
    bool streamed = false;
    const Seen seen = LookAt(reply.body, &streamed);
    ++(streamed ? streams : whole);
    EXPECT_EQ(reply.finish_reason, seen.finish);
    if (!IsPlain(reply.body)) continue;
    ++compared;
    EXPECT_EQ(reply.text, seen.text);
    std::string arguments;
    for (const ToolCall& call : reply.tool_calls) {
      EXPECT_NE(call.name, "");
      arguments += call.arguments;
    }
    EXPECT_EQ(arguments, seen.arguments);
  }
  std::printf("%zu exchanges: %d whole, %d streamed, %d errors; %d compared in full\n", all.size(), whole, streams,
              failures, compared);
  EXPECT_GE(all.size(), 250u);
  EXPECT_GE(streams, 50);
  EXPECT_GE(compared, 240);
}

// A whole reply said again as a stream: each text in pieces, tool calls by index, usage behind.
std::string AsStream(const Json& whole) {
  std::string out;
  const auto emit = [&](const Json& choices, const Json& more) {
    Json chunk = whole;
    chunk.erase("usage");
    chunk["object"] = "chat.completion.chunk";
    chunk["choices"] = choices;
    chunk.update(more);
    out += "data: " + chunk.dump(-1, ' ', out.size() % 2 == 0) + "\r\n\r\n";
  };
  for (const Json& choice : whole["choices"]) {
    const auto piece = [&](Json delta, Json finish) {
      emit(Json::array({{{"index", choice.value("index", 0)}, {"delta", std::move(delta)}, {"finish_reason", finish}}}),
           Json::object());
    };
    Json message = choice["message"];
    for (const char* text : {"content", "refusal", "reasoning_content", "reasoning"}) {
      if (!message.contains(text) || !message[text].is_string()) continue;
      if (std::string(text).rfind("reasoning", 0) == 0) message.erase("reasoning_details");  // the same once more
      const std::string all = message[text];
      for (std::size_t at = 0; at < all.size();) {
        std::size_t end = std::min(at + 7, all.size());
        while (end < all.size() && (static_cast<unsigned char>(all[end]) & 0xC0) == 0x80) ++end;
        Json delta = {{text, all.substr(at, end - at)}};
        piece(delta, nullptr);
        at = end;
      }
      message.erase(text);
    }
    std::size_t index = 0;
    if (message.contains("tool_calls") && message["tool_calls"].is_array()) {
      for (Json& call : message["tool_calls"]) call["index"] = index++;
    }
    piece(message, choice.value("finish_reason", Json()));
    if (choice.contains("logprobs")) {
      emit(Json::array(
               {{{"index", choice.value("index", 0)}, {"delta", Json::object()}, {"logprobs", choice["logprobs"]}}}),
           Json::object());
    }
  }
  Json usage = {{"usage", whole.value("usage", Json())}};
  emit(Json::array(), usage);
  return out + "data: [DONE]\r\n\r\n";
}

TEST(OpenAiChatCorpus, AWholeReplySaidAsAStreamMeansTheSame) {
  const std::vector<Recorded> all = CorpusExchanges("openai.chat");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  int compared = 0;
  for (const Recorded& recorded : all) {
    SCOPED_TRACE(recorded.place);
    const Json whole = Json::parse(recorded.exchange.reply.body, nullptr, false);
    if (!whole.is_object() || !whole.contains("choices") || whole["choices"].empty()) continue;
    Reply streamed;
    streamed.status = 200;
    streamed.body = AsStream(whole);
    OpenAiChat().ReadReply(recorded.exchange.request, streamed);
    ExpectSameMeaning(streamed, recorded.exchange.reply);
    ++compared;
  }
  EXPECT_GE(compared, 130);
}

}  // namespace
}  // namespace reprise::format
