#include "lib/format/ollama.h"
#include "lib/wire/json_objects.h"
#include "tests/fuzz/adapter_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace format = reprise::format;
  format::FuzzAdapter(format::OllamaChat(), "http://h/api/chat", "http://h", data, size);
  format::FuzzAdapter(format::OllamaGenerate(), "http://h/api/generate", "http://h", data, size);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  std::size_t end = 0;  // objects stand in order and do not overlap
  for (const std::string_view object : reprise::wire::JsonObjectsIn(body)) {
    const std::size_t begin = static_cast<std::size_t>(object.data() - body.data());
    format::Check(begin >= end && object.size() >= 2 && object.front() == '{' && object.back() == '}');
    end = begin + object.size();
  }
  return 0;
}
