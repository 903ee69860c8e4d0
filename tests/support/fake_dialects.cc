#include "tests/support/fake_dialects.h"

#include <nlohmann/json.hpp>

#include "tests/support/fake_chat.h"
#include "tests/support/text_generator.h"

namespace reprise::support {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kJson[] = "application/json";
constexpr char kEvents[] = "text/event-stream; charset=utf-8";

// What fake_chat said, taken apart.
struct Said {
  std::string model, text, finish;
  Json calls = Json::array();  // id, name, arguments as an object
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
};

void Copy(const Json& from, const char* name, Json& to, const char* as) {
  if (from.contains(name)) to[as] = from[name];
}

Json Function(const Json& name, const Json& description, const Json& schema) {
  Json function = {{"name", name}, {"description", description}, {"parameters", schema}};
  return {{"type", "function"}, {"function", std::move(function)}};
}

Json Call(const Json& id, const Json& name, const Json& arguments) {
  Json function = {{"name", name}, {"arguments", arguments.dump()}};
  return {{"id", id}, {"type", "function"}, {"function", std::move(function)}};
}

Json Turn(const std::string& role, const std::string& text) { return {{"role", role}, {"content", text}}; }

// ---- Requests, said in OpenAI's words

Json FromAnthropic(const Json& request) {
  Json out = {{"model", request.at("model")}, {"messages", Json::array()}};
  Json& messages = out["messages"];
  if (request.contains("system")) messages.push_back(Turn("system", request["system"].dump()));
  for (const Json& message : request.at("messages")) {
    Json turn = Turn(message.at("role"), "");
    std::string text;
    if (message.at("content").is_string()) text = message["content"];
    for (const Json& block : message["content"].is_array() ? message["content"] : Json::array()) {
      const std::string type = block.at("type");
      if (type == "text") text += block.at("text").get<std::string>();
      if (type == "tool_use") turn["tool_calls"].push_back(Call(block.at("id"), block.at("name"), block.at("input")));
      if (type == "tool_result") {
        turn["role"] = "tool";
        turn["tool_call_id"] = block.at("tool_use_id");
        text += block.value("content", "");
      }
    }
    turn["content"] = text;
    messages.push_back(std::move(turn));
  }
  Copy(request, "max_tokens", out, "max_tokens");
  Copy(request, "temperature", out, "temperature");
  Copy(request, "stop_sequences", out, "stop");
  for (const Json& tool : request.value("tools", Json::array()))
    out["tools"].push_back(Function(tool.at("name"), tool.value("description", ""), tool.at("input_schema")));
  if (request.contains("tool_choice") && request["tool_choice"].value("type", "") == "none")
    out["tool_choice"] = "none";
  return out;
}

std::string PartsText(const Json& content, Json& turn) {
  std::string text;
  for (const Json& part : content.at("parts")) {
    text += part.value("text", "");
    if (part.contains("functionCall")) {
      const Json& call = part["functionCall"];
      turn["tool_calls"].push_back(Call(call.value("id", ""), call.at("name"), call.value("args", Json::object())));
    }
    if (part.contains("functionResponse")) {
      turn["role"] = "tool";
      text += part["functionResponse"].at("response").dump();
    }
  }
  return text;
}

Json FromGemini(const Json& request, const std::string& model) {
  Json out = {{"model", model}, {"messages", Json::array()}};
  const auto add = [&out](const std::string& role, const Json& content) {
    Json turn = Turn(role == "model" ? "assistant" : role, "");
    turn["content"] = PartsText(content, turn);
    out["messages"].push_back(std::move(turn));
  };
  if (request.contains("systemInstruction")) add("system", request["systemInstruction"]);
  for (const Json& content : request.at("contents")) add(content.value("role", "user"), content);
  const Json config = request.value("generationConfig", Json::object());
  Copy(config, "maxOutputTokens", out, "max_tokens");
  Copy(config, "temperature", out, "temperature");
  Copy(config, "seed", out, "seed");
  Copy(config, "stopSequences", out, "stop");
  for (const Json& tool : request.value("tools", Json::array())) {
    for (const Json& function : tool.value("functionDeclarations", Json::array()))
      out["tools"].push_back(Function(function.at("name"), function.value("description", ""),
                                      function.value("parametersJsonSchema", Json::object())));
  }
  return out;
}

Json FromOllama(const Json& request, bool chat) {
  Json out = {{"model", request.at("model")}, {"messages", Json::array()}};
  if (request.contains("system")) out["messages"].push_back(Turn("system", request["system"]));
  if (!chat) out["messages"].push_back(Turn("user", request.at("prompt")));
  for (const Json& message : chat ? request.at("messages") : Json::array()) {
    Json turn = Turn(message.at("role"), message.value("content", ""));
    for (const Json& call : message.value("tool_calls", Json::array()))
      turn["tool_calls"].push_back(
          Call(call.value("id", ""), call.at("function").at("name"), call["function"].at("arguments")));
    out["messages"].push_back(std::move(turn));
  }
  const Json options = request.value("options", Json::object());
  Copy(options, "num_predict", out, "max_tokens");
  Copy(options, "temperature", out, "temperature");
  Copy(options, "seed", out, "seed");
  Copy(options, "stop", out, "stop");
  Copy(request, "tools", out, "tools");
  return out;
}

Said Ask(const Json& request, std::uint64_t salt) {
  const ChatAnswer answer = AnswerChat(request.dump(), salt);
  const Json body = Json::parse(answer.body);
  if (answer.status != 200) throw std::invalid_argument(body.at("error").at("message").get<std::string>());
  Said said;
  const Json& choice = body.at("choices").at(0);
  const Json& message = choice.at("message");
  said.model = body.at("model");
  if (message.at("content").is_string()) said.text = message["content"];
  said.finish = choice.at("finish_reason");
  for (const Json& call : message.value("tool_calls", Json::array())) {
    said.calls.push_back({{"id", call.at("id")},
                          {"name", call.at("function").at("name")},
                          {"arguments", Json::parse(call["function"].at("arguments").get<std::string>())}});
  }
  said.prompt_tokens = body.at("usage").at("prompt_tokens");
  said.completion_tokens = body["usage"].at("completion_tokens");
  return said;
}

// ---- Answers, said in the provider's words

std::string Event(const Json& event) {
  return "event: " + event.at("type").get<std::string>() + "\ndata: " + event.dump() + "\n\n";
}

Json AnthropicMessage(const Said& said) {
  return {{"id", NewId("msg_")},      {"type", "message"},
          {"role", "assistant"},      {"model", said.model},
          {"content", Json::array()}, {"stop_reason", nullptr},
          {"stop_sequence", nullptr}, {"usage", {{"input_tokens", said.prompt_tokens}, {"output_tokens", 1}}}};
}

void SayAnthropic(const Said& said, DialectAnswer& answer) {
  const std::string stop = said.finish == "length"       ? "max_tokens"
                           : said.finish == "tool_calls" ? "tool_use"
                                                         : "end_turn";
  Json blocks = Json::array();
  if (!said.text.empty()) blocks.push_back({{"type", "text"}, {"text", said.text}});
  for (const Json& call : said.calls)
    blocks.push_back({{"type", "tool_use"}, {"id", call["id"]}, {"name", call["name"]}, {"input", call["arguments"]}});
  Json message = AnthropicMessage(said);
  if (!answer.stream) {
    message["content"] = blocks;
    message["stop_reason"] = stop;
    message["usage"]["output_tokens"] = said.completion_tokens;
    answer.body = message.dump();
    return;
  }
  answer.content_type = kEvents;
  const auto say = [&answer](const Json& event) { answer.pieces.push_back(Event(event)); };
  say({{"type", "message_start"}, {"message", message}});
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    Json opened = blocks[i];
    const bool text = opened["type"] == "text";
    opened[text ? "text" : "input"] = text ? Json("") : Json::object();
    say({{"type", "content_block_start"}, {"index", i}, {"content_block", opened}});
    if (i == 0) say(Json::object({{"type", "ping"}}));
    for (const std::string& token : SplitIntoTokens(text ? said.text : blocks[i]["input"].dump(1))) {
      Json delta = {{"type", text ? "text_delta" : "input_json_delta"}, {text ? "text" : "partial_json", token}};
      say({{"type", "content_block_delta"}, {"index", i}, {"delta", delta}});
    }
    say({{"type", "content_block_stop"}, {"index", i}});
  }
  Json end = {{"stop_reason", stop}, {"stop_sequence", nullptr}};
  Json usage = Json::object({{"output_tokens", said.completion_tokens}});
  say({{"type", "message_delta"}, {"delta", end}, {"usage", usage}});
  say(Json::object({{"type", "message_stop"}}));
}

Json GeminiChunk(const Said& said, const Json& parts, bool last) {
  Json content = {{"parts", parts}, {"role", "model"}};
  Json candidate = {{"content", content}, {"index", 0}};
  if (last) candidate["finishReason"] = said.finish == "length" ? "MAX_TOKENS" : "STOP";
  Json usage = {{"promptTokenCount", said.prompt_tokens}};
  if (last) usage["candidatesTokenCount"] = said.completion_tokens;
  usage["totalTokenCount"] = said.prompt_tokens + (last ? said.completion_tokens : 0);
  return {{"candidates", Json::array({candidate})}, {"usageMetadata", usage}, {"modelVersion", said.model}};
}

void SayGemini(const Said& said, DialectAnswer& answer) {
  Json calls = Json::array();
  for (const Json& call : said.calls) {
    Json function = {{"name", call["name"]}, {"args", call["arguments"]}};
    calls.push_back(Json::object({{"functionCall", function}}));
  }
  const std::string id = NewId("");
  const auto dump = [&id](Json chunk) {
    chunk["responseId"] = id;
    return chunk.dump();
  };
  const auto text_part = [](const std::string& text) { return Json::object({{"text", text}}); };
  if (!answer.stream) {
    Json parts = calls;
    if (!said.text.empty()) parts.insert(parts.begin(), text_part(said.text));
    answer.body = dump(GeminiChunk(said, parts, true));
    return;
  }
  answer.content_type = "text/event-stream";
  for (const std::string& token : SplitIntoTokens(said.text))
    answer.pieces.push_back("data: " + dump(GeminiChunk(said, Json::array({text_part(token)}), false)) + "\r\n\r\n");
  if (calls.empty()) calls.push_back(text_part(""));
  answer.pieces.push_back("data: " + dump(GeminiChunk(said, calls, true)) + "\r\n\r\n");
}

void SayOllama(const Said& said, bool chat, DialectAnswer& answer) {
  const auto line = [&](const std::string& text, bool last) {
    Json out = {{"model", said.model}, {"created_at", "2026-01-01T00:00:00." + NewId("").substr(0, 1) + "1Z"}};
    if (chat)
      out["message"] = {{"role", "assistant"}, {"content", text}};
    else
      out["response"] = text;
    out["done"] = last;
    if (!last) return out;
    for (const Json& call : chat ? said.calls : Json::array()) {
      Json function = {{"name", call["name"]}, {"arguments", call["arguments"]}};
      out["message"]["tool_calls"].push_back({{"id", call["id"]}, {"function", function}});
    }
    out["done_reason"] = said.finish == "length" ? "length" : "stop";
    out["prompt_eval_count"] = said.prompt_tokens;
    out["eval_count"] = said.completion_tokens;
    return out;
  };
  if (!answer.stream) {
    answer.body = line(said.text, true).dump();
    return;
  }
  answer.content_type = "application/x-ndjson";
  for (const std::string& token : SplitIntoTokens(said.text)) answer.pieces.push_back(line(token, false).dump() + "\n");
  answer.pieces.push_back(line("", true).dump() + "\n");
}

}  // namespace

std::string ErrorIn(Dialect dialect, int status, const std::string& detail) {
  Json out;
  if (dialect == Dialect::kAnthropic) {
    Json error = {{"type", status == 429 ? "rate_limit_error" : "invalid_request_error"}, {"message", detail}};
    out = {{"type", "error"}, {"error", error}, {"request_id", NewId("req_")}};
  } else if (dialect == Dialect::kGemini) {
    Json error = {{"code", status}, {"message", detail}};
    error["status"] = status == 429 ? "RESOURCE_EXHAUSTED" : "INVALID_ARGUMENT";
    out["error"] = error;
  } else {
    out["error"] = detail;
  }
  return out.dump(dialect == Dialect::kGemini ? 2 : -1, ' ', false, Json::error_handler_t::replace);
}

std::string ErrorPiece(Dialect dialect, int status, const std::string& detail) {
  const std::string body = ErrorIn(dialect, status, detail);
  if (dialect == Dialect::kAnthropic) return "event: error\ndata: " + body + "\n\n";
  return body + "\n";  // Gemini's is plain JSON too, over several lines
}

DialectAnswer AnswerIn(Dialect dialect, const std::string& path, std::string_view request_body, std::uint64_t salt) {
  DialectAnswer answer;
  answer.content_type = kJson;
  try {
    const Json request = Json::parse(request_body);
    Json asked;
    if (dialect == Dialect::kAnthropic) {
      (void)request.at("max_tokens");
      asked = FromAnthropic(request);
      answer.stream = request.value("stream", false);
    } else if (dialect == Dialect::kGemini) {
      const std::size_t begin = path.rfind('/') + 1, end = path.rfind(':');
      asked = FromGemini(request, path.substr(begin, end - begin));
      answer.stream = path.compare(end, 7, ":stream") == 0;
    } else {
      asked = FromOllama(request, dialect == Dialect::kOllamaChat);
      answer.stream = request.value("stream", true);
    }
    answer.model = asked.at("model");
    const Said said = Ask(asked, salt);
    if (dialect == Dialect::kAnthropic) SayAnthropic(said, answer);
    if (dialect == Dialect::kGemini) SayGemini(said, answer);
    if (dialect == Dialect::kOllamaChat) SayOllama(said, true, answer);
    if (dialect == Dialect::kOllamaGenerate) SayOllama(said, false, answer);
  } catch (const std::exception& error) {  // no JSON, a member that is missing or of another type
    answer.status = 400;
    answer.stream = false;
    answer.body = ErrorIn(dialect, 400, error.what());
  }
  return answer;
}

}  // namespace reprise::support
