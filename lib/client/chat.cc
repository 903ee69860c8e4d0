#include "reprise/chat.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace reprise {
namespace {

// As JSON text. Bytes of 0x80 and above stand as they are: whether they are UTF-8 is told by whoever writes the
// request.
std::string Quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string Array(const std::vector<std::string>& elements) {
  std::string out = "[";
  for (const std::string& element : elements) {
    if (out.size() > 1) out += ',';
    out += element;
  }
  return out += ']';
}

template <typename T>
std::string Shortest(T value) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end.ptr);
}

std::string TurnAsJson(const Chat::Turn& turn) {
  std::string out = "{\"role\":" + Quote(turn.role) + ",\"content\":" + Quote(turn.text);
  if (!turn.tool_calls.empty()) {
    std::vector<std::string> calls;
    for (const ToolCall& call : turn.tool_calls) {
      calls.push_back("{\"id\":" + Quote(call.id) + ",\"type\":\"function\",\"function\":{\"name\":" +
                      Quote(call.name) + ",\"arguments\":" + Quote(call.arguments) + "}}");
    }
    out += ",\"tool_calls\":" + Array(calls);
  }
  if (!turn.tool_call_id.empty()) out += ",\"tool_call_id\":" + Quote(turn.tool_call_id);
  if (!turn.continuation.empty()) out += ",\"continuation\":" + turn.continuation;
  return out += '}';
}

}  // namespace

namespace internal {

std::string Spell(std::int64_t value) { return Shortest(value); }
std::string Spell(std::uint64_t value) { return Shortest(value); }
std::string Spell(double value) { return std::isfinite(value) ? Shortest(value) : std::string(); }
std::string Spell(float value) { return std::isfinite(value) ? Shortest(value) : std::string(); }

}  // namespace internal

Chat::Chat(std::string endpoint_and_model) : endpoint_(OpenAi) {
  const std::size_t slash = endpoint_and_model.find('/');
  if (slash == std::string::npos) {
    model_ = std::move(endpoint_and_model);
    return;
  }
  // By name only: settings may say more of it than is built in.
  endpoint_ = Endpoint(endpoint_and_model.substr(0, slash));
  model_ = endpoint_and_model.substr(slash + 1);
}

Chat& Chat::Say(std::string role, std::string text) {
  turns_.push_back({std::move(role), std::move(text), {}, {}, {}});
  return *this;
}

Chat& Chat::Assistant(std::string text, std::vector<ToolCall> calls) {
  turns_.push_back({"assistant", std::move(text), std::move(calls), {}, {}});
  return *this;
}

Chat& Chat::Assistant(const Reply& reply) {
  turns_.push_back({"assistant", reply.text, reply.tool_calls, {}, reply.continuation});
  return *this;
}

Chat& Chat::ToolResult(std::string call_id, std::string text) {
  turns_.push_back({"tool", std::move(text), {}, std::move(call_id), {}});
  return *this;
}

Chat& Chat::Set(const char* name, internal::Number value) {
  if (value.text.empty() && status_.ok()) {
    status_ = Status(ErrorKind::kUsage, std::string("parameter \"") + name + "\"", "is not a finite number",
                     "JSON has no spelling for infinities and NaN; give a number");
  }
  return Param(name, std::move(value.text));
}

Chat& Chat::Stop(const std::string& text) {
  stop_.push_back(Quote(text));
  return Param("stop", Array(stop_));
}

Chat& Chat::Stream(bool stream) {
  stream_ = stream;
  return *this;
}

Chat& Chat::Logprobs(internal::Number top) {
  Param("logprobs", "true");
  return top.text == "0" ? *this : Set("top_logprobs", std::move(top));
}

Chat& Chat::Tool(const std::string& name, const std::string& description, const std::string& json_schema) {
  tools_.push_back("{\"type\":\"function\",\"function\":{\"name\":" + Quote(name) +
                   ",\"description\":" + Quote(description) + ",\"parameters\":" + json_schema + "}}");
  return Param("tools", Array(tools_));
}

Chat& Chat::ToolChoice(const std::string& choice) {
  if (choice == "auto" || choice == "none" || choice == "required") return Param("tool_choice", Quote(choice));
  return Param("tool_choice", "{\"type\":\"function\",\"function\":{\"name\":" + Quote(choice) + "}}");
}

Chat& Chat::Param(std::string name, std::string json) {
  for (auto& [n, value] : parameters_) {
    if (n != name) continue;
    value = std::move(json);
    return *this;
  }
  parameters_.emplace_back(std::move(name), std::move(json));
  return *this;
}

Chat& Chat::Credential(std::string secret) {
  credential_ = std::move(secret);
  return *this;
}

std::string Chat::ToJson() const {
  std::vector<std::string> messages;
  for (const Turn& turn : turns_) messages.push_back(TurnAsJson(turn));
  std::string out = "{\"model\":" + Quote(model_) + ",\"messages\":" + Array(messages);
  for (const auto& [name, json] : parameters_) out += ',' + Quote(name) + ':' + json;
  if (stream_) out += ",\"stream\":true";
  return out += '}';
}

}  // namespace reprise
