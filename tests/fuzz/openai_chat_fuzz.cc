// Any bytes as a reply and as a request: the adapter keeps the bytes, reads the same twice, says UTF-8 where it says
// anything, and what it reads of a request it can write again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/format/openai_chat.h"
#include "lib/wire/json_text.h"

namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const reprise::format::Adapter& adapter = reprise::format::OpenAiChat();
  reprise::Request request;
  request.method = "POST";
  request.url = "http://h/v1/chat/completions";
  request.body.assign(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 500}) {
    reprise::Reply reply;
    reply.status = status;
    reply.body = request.body;
    adapter.ReadReply(request, reply);
    Check(reply.body == request.body);
    for (const std::string* text : {&reply.text, &reply.refusal, &reply.reasoning}) {
      Check(reprise::wire::IsUtf8(*text));
    }
    for (const reprise::ToolCall& call : reply.tool_calls) Check(reprise::wire::IsUtf8(call.arguments));
    Check(status < 400 || !reply.error.empty());
    Check(reply.choices.empty() || (reply.choices.size() > 1 && reply.choices[0] == reply.text));
    reprise::Reply again = reply;
    adapter.ReadReply(request, again);
    Check(again.text == reply.text && again.error == reply.error && again.tool_calls.size() == reply.tool_calls.size());
  }
  const auto prompt = adapter.ReadRequest(request);
  if (!prompt) return 0;
  reprise::format::ChatRequest chat;
  chat.model = "m";
  chat.stream = prompt->stream;
  for (const auto& message : prompt->messages) chat.turns.push_back({message.role, message.text, {}, ""});
  chat.parameters = prompt->parameters;
  const auto written = adapter.Write(chat, "http://h/v1");
  if (!written.ok()) return 0;  // nothing said, or a lone surrogate, which UTF-8 cannot say
  const auto read = adapter.ReadRequest(*written);
  Check(read.has_value() && read->messages.size() == prompt->messages.size());
  for (std::size_t i = 0; i < read->messages.size(); ++i) {
    Check(read->messages[i].text == prompt->messages[i].text && read->messages[i].role == prompt->messages[i].role);
  }
  return 0;
}
