// Three texts, cut at the bytes 0x00: refused, or merged so that nothing is invented: without a conflict the result can
// be merged again, and a side that changed nothing takes over the other.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/cassette/merge.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::cassette::MergeTexts;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string_view texts[3];
  for (std::string_view& text : texts) {
    const std::size_t end = rest.find('\0');
    text = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  const auto merged = MergeTexts(texts[0], texts[1], texts[2]);
  const auto mirrored = MergeTexts(texts[0], texts[2], texts[1]);
  if (merged.ok() != mirrored.ok()) std::abort();
  if (!merged.ok()) return 0;
  if (merged->conflicts.size() != mirrored->conflicts.size()) std::abort();
  if (MergeTexts(texts[0], texts[0], texts[1])->text != texts[1]) std::abort();
  if (texts[1] == texts[2] || texts[1] == texts[0] || texts[2] == texts[0] || !merged->conflicts.empty()) return 0;
  // A merged text is a cassette: it can be a side of the next merge.
  const auto again = MergeTexts(texts[1], merged->text, texts[2]);
  if (!again.ok()) std::abort();
  return 0;
}
