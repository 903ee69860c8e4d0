#include "lib/format/gemini_generate.h"
#include "tests/fuzz/adapter_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::format::FuzzAdapter(reprise::format::GeminiGenerate(), "http://h/v1beta/models/m:streamGenerateContent",
                               "http://h", data, size);
  return 0;
}
