#include "lib/format/adapter.h"

#include "lib/format/openai_chat.h"

namespace reprise::format {
namespace {

// Every adapter, the more special before the more general.
const Adapter* const* Adapters(std::size_t* count) {
  static const Adapter* const adapters[] = {&OpenAiChat()};
  *count = sizeof adapters / sizeof adapters[0];
  return adapters;
}

}  // namespace

const Adapter* FindAdapter(std::string_view name) {
  std::size_t count = 0;
  const Adapter* const* adapters = Adapters(&count);
  for (std::size_t i = 0; i < count; ++i) {
    if (adapters[i]->name() == name) return adapters[i];
  }
  return nullptr;
}

const Adapter* RecogniseAdapter(const Request& request) {
  std::size_t count = 0;
  const Adapter* const* adapters = Adapters(&count);
  for (std::size_t i = 0; i < count; ++i) {
    if (adapters[i]->Recognises(request)) return adapters[i];
  }
  return nullptr;
}

}  // namespace reprise::format
