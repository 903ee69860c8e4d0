// Any bytes: the parser refuses them, or its spans lie in order inside the text and its strings decode and parse again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/wire/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::wire::JsonKind;
  using reprise::wire::JsonTree;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tree = JsonTree::Parse(text, 64);
  if (!tree.ok()) return 0;
  std::uint64_t begin = 0;
  for (std::uint32_t i = 0; i < tree->nodes().size(); ++i) {
    const auto& node = tree->node(i);
    if (node.begin < begin || node.end <= node.begin || node.end > size || node.next <= i) std::abort();
    if (node.next > tree->nodes().size()) std::abort();
    begin = node.begin;
    if (node.kind != JsonKind::kString) continue;
    const std::string decoded = tree->String(i);
    if (!reprise::wire::IsUtf8(decoded)) continue;  // a lone surrogate has no spelling in UTF-8
    const std::string quoted = reprise::wire::QuoteJson(decoded);
    if (reprise::wire::DecodeJsonString(quoted) != decoded) std::abort();
  }
  (void)tree->HasDuplicateNames();
  return 0;
}
