// What every adapter's fuzz target checks. Any bytes as a reply and as a request: the bytes stay, they read the same
// twice, what is said is UTF-8, and what was read of a request can be written again or is refused.
#ifndef REPRISE_TESTS_FUZZ_ADAPTER_FUZZ_H_
#define REPRISE_TESTS_FUZZ_ADAPTER_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "lib/format/adapter.h"
#include "lib/wire/json_text.h"

namespace reprise::format {

inline void Check(bool holds) {
  if (!holds) std::abort();
}

inline void CheckReply(const Adapter& adapter, const Request& request, int status) {
  Reply reply;
  reply.status = status;
  reply.body = request.body;
  adapter.ReadReply(request, reply);
  Check(reply.body == request.body);
  for (const std::string* text : {&reply.text, &reply.refusal, &reply.reasoning}) Check(wire::IsUtf8(*text));
  for (const ToolCall& call : reply.tool_calls) Check(wire::IsUtf8(call.arguments));
  Check(status < 400 || !reply.error.empty());
  Check(reply.choices.empty() || (reply.choices.size() > 1 && reply.choices[0] == reply.text));
  Reply again = reply;
  adapter.ReadReply(request, again);
  Check(again.text == reply.text && again.error == reply.error && again.tool_calls.size() == reply.tool_calls.size());
  Check(again.continuation == reply.continuation);
  // What goes back is JSON, or the request is refused.
  ChatRequest chat;
  chat.model = "m";
  chat.parameters = {{"max_tokens", "1"}};
  chat.turns = {{"user", "u", {}, "", {}}, {"assistant", reply.text, reply.tool_calls, "", reply.continuation}};
  if (const auto written = adapter.Write(chat, "http://h"); written.ok())
    Check(wire::JsonTree::Parse(written->body).ok());
}

// What the adapter reads of a request that it wrote from what it had read; nothing where it read or wrote none.
inline std::optional<Prompt> CheckRequest(const Adapter& adapter, const Request& request, const char* base_url) {
  const auto prompt = adapter.ReadRequest(request);
  if (!prompt) return std::nullopt;
  ChatRequest chat;
  chat.model = "m";
  chat.stream = prompt->stream;
  for (const auto& message : prompt->messages) {
    const bool model = message.role == "model";  // Gemini's word
    chat.turns.push_back({model ? "assistant" : message.role, message.text, {}, ""});
  }
  chat.parameters = prompt->parameters;
  const auto written = adapter.Write(chat, base_url);
  if (!written.ok()) return std::nullopt;  // nothing said, or what has no words in this format
  Check(wire::IsUtf8(written->body) && adapter.Recognises(*written));
  const auto read = adapter.ReadRequest(*written);
  Check(read.has_value() && read->model == "m" && read->stream == prompt->stream);
  return read;
}

inline void FuzzAdapter(const Adapter& adapter, const char* url, const char* base_url, const std::uint8_t* data,
                        std::size_t size) {
  Request request;
  request.method = "POST";
  request.url = url;
  request.body.assign(reinterpret_cast<const char*>(data), size);
  (void)adapter.Recognises(request);
  for (const int status : {200, 500}) CheckReply(adapter, request, status);
  (void)CheckRequest(adapter, request, base_url);
}

}  // namespace reprise::format

#endif  // REPRISE_TESTS_FUZZ_ADAPTER_FUZZ_H_
