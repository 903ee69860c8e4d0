#include "lib/format/adapter.h"

#include "lib/format/anthropic_messages.h"
#include "lib/format/gemini_generate.h"
#include "lib/format/ollama.h"
#include "lib/format/openai_chat.h"

namespace reprise::format {

// The more special before the more general.
const std::vector<const Adapter*>& AllAdapters() {
  static const std::vector<const Adapter*> adapters = {&OpenAiChat(), &AnthropicMessages(), &GeminiGenerate(),
                                                       &OllamaChat(), &OllamaGenerate()};
  return adapters;
}

std::string AdapterNames() {
  std::string out;
  for (const Adapter* adapter : AllAdapters()) out += (out.empty() ? "" : ", ") + std::string(adapter->name());
  return out;
}

const Adapter* FindAdapter(std::string_view name) {
  for (const Adapter* adapter : AllAdapters())
    if (adapter->name() == name) return adapter;
  return nullptr;
}

const Adapter* RecogniseAdapter(const Request& request) {
  for (const Adapter* adapter : AllAdapters())
    if (adapter->Recognises(request)) return adapter;
  return nullptr;
}

}  // namespace reprise::format
