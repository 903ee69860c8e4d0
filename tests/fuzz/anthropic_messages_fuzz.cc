#include "lib/format/anthropic_messages.h"
#include "tests/fuzz/adapter_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::format::FuzzAdapter(reprise::format::AnthropicMessages(), "https://h/v1/messages", "https://h", data, size);
  return 0;
}
