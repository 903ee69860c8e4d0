// Any bytes as a reply and as a request in the OpenAI chat format; what it reads of a request it can write again.
#include "lib/format/openai_chat.h"
#include "tests/fuzz/adapter_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace format = reprise::format;
  const format::Adapter& adapter = format::OpenAiChat();
  format::FuzzAdapter(adapter, "http://h/v1/chat/completions", "http://h/v1", data, size);
  reprise::Request request;
  request.url = "http://h/v1/chat/completions";
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto prompt = adapter.ReadRequest(request);
  const auto read = format::CheckRequest(adapter, request, "http://h/v1");
  if (!read) return 0;
  format::Check(read->messages.size() == prompt->messages.size());
  for (std::size_t i = 0; i < read->messages.size(); ++i) {
    format::Check(read->messages[i].text == prompt->messages[i].text &&
                  read->messages[i].role == prompt->messages[i].role);
  }
  return 0;
}
