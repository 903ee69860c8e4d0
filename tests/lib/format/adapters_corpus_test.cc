// Every exchange of the corpus with a model whose format we know: recognised, and read as a walker reads it that shares
// no code with the adapters; and what was recorded means the same however its bytes are cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "lib/wire/sse.h"
#include "tests/conformance/same_meaning.h"
#include "tests/lib/format/corpus_exchanges.h"

namespace reprise::format {
namespace {

using Json = nlohmann::ordered_json;

// The format that a URL tells of, by expressions.
std::string FormatByUrl(const Request& request) {
  static const std::pair<std::regex, std::string> kKnown[] = {
      {std::regex("[^?#]*/chat/completions([?#].*)?"), "openai.chat"},
      {std::regex("[^?#]*/v1/messages([?#].*)?"), "anthropic.messages"},
      {std::regex("[^?#]*/publishers/anthropic/models/[^/?]*:(stream)?[rR]awPredict([?#].*)?"), "anthropic.messages"},
      {std::regex("[^?#]*:(generateContent|streamGenerateContent)([?#].*)?"), "gemini.generate"},
      {std::regex("[^?#]*/api/chat([?#].*)?"), "ollama.chat"},
      {std::regex("[^?#]*/api/generate([?#].*)?"), "ollama.generate"}};
  if (request.method != "POST") return "http";
  for (const auto& [expression, format] : kKnown)
    if (std::regex_match(request.url, expression)) return format;
  return "http";
}

// What a simple-minded reader sees.
struct Seen {
  bool streamed = false;
  std::string text, thoughts, calls, finish, model;  // names of calls, one a line
};

void TakeModel(const Json& holder, const char* name, Seen& seen) {
  if (seen.model.empty() && holder.contains(name) && holder[name].is_string()) seen.model = holder[name];
  if (seen.model.rfind("models/", 0) == 0) seen.model.erase(0, 7);
}

void LookAtAnthropic(const Json& event, Seen& seen) {
  const auto look = [&](const Json& block) {
    const std::string type = block.value("type", "");
    if (type == "text") seen.text += block.value("text", "");
    if (type == "thinking") seen.thoughts += block.value("thinking", "");
    if (type == "tool_use") seen.calls += block.value("name", "") + "\n";
  };
  const std::string type = event.value("type", "");
  TakeModel(type == "message_start" ? event["message"] : event, "model", seen);
  if (type == "message")
    for (const Json& each : event["content"]) look(each);
  if (type == "content_block_start") look(event["content_block"]);
  if (type == "content_block_delta") {
    seen.text += event["delta"].value("text", "");
    seen.thoughts += event["delta"].value("thinking", "");
  }
  for (const Json& holder : {event, event.value("delta", Json::object())}) {
    if (holder.contains("stop_reason") && holder["stop_reason"].is_string()) seen.finish = holder["stop_reason"];
  }
}

void LookAtGemini(const Json& chunk, Seen& seen) {
  TakeModel(chunk, "modelVersion", seen);
  for (const Json& candidate : chunk.value("candidates", Json::array())) {
    if (candidate.value("index", 0) != 0) continue;
    if (candidate.contains("finishReason") && candidate["finishReason"].is_string())
      seen.finish = candidate["finishReason"];
    for (const Json& part : candidate.value("content", Json::object()).value("parts", Json::array())) {
      (part.value("thought", false) ? seen.thoughts : seen.text) += part.value("text", "");
      if (part.contains("functionCall")) seen.calls += part["functionCall"].value("name", "") + "\n";
    }
  }
}

void LookAtOllama(const Json& line, Seen& seen) {
  const Json message = line.value("message", Json::object());
  TakeModel(line, "model", seen);
  seen.text += message.value("content", "") + line.value("response", "");
  seen.thoughts += message.value("thinking", "") + line.value("thinking", "");
  for (const Json& call : message.value("tool_calls", Json::array()))
    seen.calls += call["function"].value("name", "") + "\n";
  seen.finish = line.value("done_reason", seen.finish);
}

Seen LookAt(const std::string& format, const std::string& body) {
  Seen seen;
  const auto look = [&](const Json& value) {
    if (!value.is_object()) return;
    if (format == "anthropic.messages") LookAtAnthropic(value, seen);
    if (format == "gemini.generate") LookAtGemini(value, seen);
    if (format == "ollama.chat" || format == "ollama.generate") LookAtOllama(value, seen);
  };
  const Json whole = Json::parse(body, nullptr, false);
  seen.streamed = whole.is_discarded() || whole.is_array();
  if (whole.is_object()) look(whole);
  if (whole.is_array())
    for (const Json& each : whole) look(each);
  if (!whole.is_discarded()) return seen;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\n', at), body.size());
    std::string line = body.substr(at, end - at);
    at = end + 1;
    if (line.rfind("data:", 0) == 0) line.erase(0, 5);
    look(Json::parse(line, nullptr, false));
  }
  return seen;
}

// All texts that a human would say stand in a prompt: members "text", "content" and "prompt" that are strings.
void TextsIn(const Json& value, const std::string& name, std::vector<std::string>& out) {
  if (value.is_string() && (name == "text" || name == "content" || name == "prompt" || name == "system")) {
    out.push_back(value);
  } else if (value.is_structured()) {
    for (const auto& [key, child] : value.items()) {
      if (key == "thinking" || key == "source" || key == "functionResponse" || key == "toolResponse" ||
          key == "input" || key == "args")
        continue;
      if (child.is_object() &&
          (child.value("thought", false) || child.value("type", "").find("_tool_result") != std::string::npos))
        continue;
      TextsIn(child, value.is_array() ? name : key, out);
    }
  }
}

bool IsKnown(const std::string& format) { return format != "http" && format != "openai.chat"; }

TEST(AdaptersCorpus, EveryExchangeWithAKnownFormatIsRecognisedByItsUrl) {
  const std::vector<Recorded> all = CorpusExchanges("");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  std::map<std::string, int> counts;
  for (const Recorded& recorded : all) {
    const Request& request = recorded.exchange.request;
    EXPECT_EQ(request.format, FormatByUrl(request)) << recorded.place << ' ' << request.url;
    ++counts[request.format];
  }
  for (const auto& [format, count] : counts) std::printf("%s %d\n", format.c_str(), count);
  EXPECT_GE(counts["anthropic.messages"], 60);
  EXPECT_GE(counts["gemini.generate"], 60);
  EXPECT_GE(counts["ollama.chat"], 5);
  EXPECT_GE(counts["ollama.generate"], 4);
  EXPECT_GE(counts["openai.chat"], 250);
}

TEST(AdaptersCorpus, NoTextOfAReplyIsLost) {
  const std::vector<Recorded> all = CorpusExchanges("");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  std::map<std::string, std::map<std::string, int>> counts;
  for (const Recorded& recorded : all) {
    const std::string& format = recorded.exchange.request.format;
    if (!IsKnown(format)) continue;
    SCOPED_TRACE(recorded.place);
    const Reply& reply = recorded.exchange.reply;
    if (const Json body = Json::parse(recorded.exchange.request.body, nullptr, false);
        body.is_object() && body.contains("model")) {
      EXPECT_EQ(reply.model.asked, body["model"].get<std::string>());
    }
    if (reply.status >= 400) {
      EXPECT_NE(reply.error, "");
      ++counts[format]["errors"];
      continue;
    }
    const Seen seen = LookAt(format, reply.body);
    ++counts[format][seen.streamed ? "streams" : "whole"];
    EXPECT_EQ(reply.text, seen.text);
    EXPECT_EQ(reply.reasoning, seen.thoughts);
    if (!seen.finish.empty()) {
      EXPECT_EQ(reply.finish_reason, seen.finish);
    }
    std::string calls;
    for (const ToolCall& call : reply.tool_calls) {
      calls += call.name + "\n";
      EXPECT_TRUE(nlohmann::json::accept(call.arguments)) << call.arguments;
    }
    EXPECT_EQ(calls, seen.calls);
    EXPECT_EQ(reply.model.answered, seen.model);
  }
  for (const auto& [format, kinds] : counts)
    for (const auto& [kind, count] : kinds) std::printf("%s %s %d\n", format.c_str(), kind.c_str(), count);
}

TEST(AdaptersCorpus, NoTextOfARequestIsLost) {
  const std::vector<Recorded> all = CorpusExchanges("");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  int texts = 0;
  for (const Recorded& recorded : all) {
    const Request& request = recorded.exchange.request;
    if (!IsKnown(request.format)) continue;
    SCOPED_TRACE(recorded.place);
    const std::optional<Prompt> prompt = FindAdapter(request.format)->ReadRequest(request);
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) continue;
    ASSERT_TRUE(prompt.has_value());
    EXPECT_NE(prompt->model, "");
    std::string said;
    for (const Message& message : prompt->messages) {
      EXPECT_NE(message.role, "");
      EXPECT_TRUE(body.contains(Json::json_pointer(message.pointer))) << message.pointer;
      said += message.text + "\n";
    }
    std::vector<std::string> expected;
    for (const char* part : {"messages", "contents", "system", "systemInstruction", "prompt"})
      if (body.contains(part)) TextsIn(body[part], part, expected);
    for (const std::string& text : expected) EXPECT_THAT(said, ::testing::HasSubstr(text));
    texts += static_cast<int>(expected.size());
  }
  std::printf("%d texts\n", texts);
  EXPECT_GE(texts, 300);
}

TEST(AdaptersCorpus, EveryStreamCutAt200RandomPlacesMeansTheSame) {
  const std::vector<Recorded> all = CorpusExchanges("");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  constexpr std::uint64_t kSeed = 20261125;
  std::mt19937_64 random(kSeed);
  std::map<std::string, int> counts;
  for (const Recorded& recorded : all) {
    const std::string& body = recorded.exchange.reply.body;
    const Adapter* adapter = FindAdapter(recorded.exchange.request.format);
    if (adapter == nullptr || body.size() < 2 || nlohmann::json::accept(body)) continue;
    SCOPED_TRACE(recorded.place);
    std::vector<std::size_t> cuts = {0, body.size()};
    for (int i = 0; i < 200; ++i) cuts.push_back(random() % body.size());
    std::sort(cuts.begin(), cuts.end());
    Reply reply = recorded.exchange.reply;
    reply.cuts.clear();
    wire::SseParser parser;
    std::vector<wire::SseEvent> events;
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      if (cuts[i] == cuts[i - 1]) continue;
      reply.cuts.push_back(cuts[i] - cuts[i - 1]);
      parser.Feed(std::string_view(body).substr(cuts[i - 1], cuts[i] - cuts[i - 1]), events);
    }
    if (auto last = parser.Finish()) events.push_back(*std::move(last));
    const std::vector<wire::SseEvent> whole = wire::ParseSse(body);
    ASSERT_EQ(events.size(), whole.size());
    for (std::size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i].data, whole[i].data) << i;
    adapter->ReadReply(recorded.exchange.request, reply);
    ExpectSameMeaning(reply, recorded.exchange.reply);
    ++counts[std::string(adapter->name())];
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
  for (const auto& [format, count] : counts) std::printf("%s %d streams\n", format.c_str(), count);
  EXPECT_GE(counts["anthropic.messages"], 15);
  EXPECT_GE(counts["gemini.generate"], 15);
  EXPECT_GE(counts["openai.chat"], 50);
}

// ---- A whole reply said again as a stream

std::vector<std::string> Pieces(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(at + 7, text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

std::string AnthropicStream(const Json& whole) {
  std::string out;
  const auto emit = [&](const Json& event) {
    out +=
        "event: " + event["type"].get<std::string>() + "\ndata: " + event.dump(-1, ' ', out.size() % 2 == 0) + "\n\n";
  };
  Json start = whole;
  start["content"] = Json::array();
  start["stop_reason"] = nullptr;
  emit({{"type", "message_start"}, {"message", start}});
  std::size_t index = 0;
  for (Json block : whole["content"]) {
    const std::string type = block["type"];
    const auto delta = [&](const Json& said) {
      emit({{"type", "content_block_delta"}, {"index", index}, {"delta", said}});
    };
    Json opened = block;
    if (type == "text") opened["text"] = "";
    if (type == "thinking") opened["thinking"] = "";
    if (type == "tool_use") opened["input"] = Json::object();
    emit({{"type", "content_block_start"}, {"index", index}, {"content_block", opened}});
    if (type == "text")
      for (const std::string& piece : Pieces(block["text"])) delta({{"type", "text_delta"}, {"text", piece}});
    if (type == "thinking")
      for (const std::string& piece : Pieces(block["thinking"]))
        delta({{"type", "thinking_delta"}, {"thinking", piece}});
    if (type == "tool_use")
      for (const std::string& piece : Pieces(block["input"].dump(1)))
        delta({{"type", "input_json_delta"}, {"partial_json", piece}});
    emit({{"type", "content_block_stop"}, {"index", index++}});
    emit({{"type", "ping"}});
  }
  Json end = {{"stop_reason", whole.value("stop_reason", Json())}};
  if (whole.contains("stop_details")) end["stop_details"] = whole["stop_details"];
  emit({{"type", "message_delta"}, {"delta", end}, {"usage", whole.value("usage", Json::object())}});
  emit({{"type", "message_stop"}});
  return out;
}

std::string GeminiStream(const Json& whole) {
  std::string out;
  const auto emit = [&](const Json& chunk) { out += "data: " + chunk.dump(-1, ' ', out.size() % 2 == 0) + "\r\n\r\n"; };
  for (const Json& candidate : whole.value("candidates", Json::array())) {
    const auto part = [&](const Json& said) {
      const Json content = {{"parts", Json::array({said})}};
      const Json one = {{"index", candidate.value("index", 0)}, {"content", content}};
      emit({{"candidates", Json::array({one})}});
    };
    for (Json said : candidate.value("content", Json::object()).value("parts", Json::array())) {
      if (!said.contains("text")) {
        part(said);
        continue;
      }
      for (const std::string& piece : Pieces(said["text"])) {
        said["text"] = piece;
        part(said);
      }
    }
  }
  Json end = whole;
  for (Json& candidate : end["candidates"]) candidate.erase("content");
  emit(end);
  return out;
}

std::string OllamaStream(const Json& whole) {
  std::string out;
  const auto emit = [&](const Json& line) { out += line.dump(-1, ' ', out.size() % 2 == 0) + "\n"; };
  Json end = whole;
  const auto cut = [&](Json& holder, const char* name, const auto& say) {
    if (!holder.is_object() || !holder.contains(name) || !holder[name].is_string()) return;
    for (const std::string& piece : Pieces(holder[name])) say(piece);
    holder[name] = "";
  };
  for (const char* name : {"thinking", "response"})
    cut(end, name, [&](const std::string& piece) { emit({{"model", end["model"]}, {name, piece}, {"done", false}}); });
  for (const char* name : {"thinking", "content"})
    cut(end["message"], name, [&](const std::string& piece) {
      emit({{"model", end["model"]}, {"message", {{name, piece}}}, {"done", false}});
    });
  emit(end);
  return out;
}

TEST(AdaptersCorpus, AWholeReplySaidAsAStreamMeansTheSame) {
  const std::vector<Recorded> all = CorpusExchanges("");
  if (all.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  std::map<std::string, int> counts;
  for (const Recorded& recorded : all) {
    const Exchange& exchange = recorded.exchange;
    if (!IsKnown(exchange.request.format) || exchange.reply.status != 200) continue;
    const Json whole = Json::parse(exchange.reply.body, nullptr, false);
    if (!whole.is_object() || whole.contains("error")) continue;
    SCOPED_TRACE(recorded.place);
    Reply streamed;
    streamed.status = 200;
    streamed.body = exchange.request.format == "anthropic.messages" ? AnthropicStream(whole)
                    : exchange.request.format == "gemini.generate"  ? GeminiStream(whole)
                                                                    : OllamaStream(whole);
    FindAdapter(exchange.request.format)->ReadReply(exchange.request, streamed);
    ExpectSameMeaning(streamed, exchange.reply);
    ++counts[exchange.request.format];
  }
  for (const auto& [format, count] : counts) std::printf("%s %d\n", format.c_str(), count);
  EXPECT_GE(counts["anthropic.messages"], 30);
  EXPECT_GE(counts["gemini.generate"], 30);
}

}  // namespace
}  // namespace reprise::format
