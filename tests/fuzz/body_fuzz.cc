// Any bytes as a body: what is stored gives them back, and is the JSON it says it is. And any text as the members of a
// body: it is refused, or makes no more bytes than the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/wire/body.h"
#include "lib/wire/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::wire;  // NOLINT
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const StoredBody stored = StoreBody(bytes, 64);
  const auto restored = RestoreBody(stored, size, 64);
  if (!restored.ok() || restored->bytes != bytes) std::abort();
  if (restored->pieces != PiecesOf(bytes, stored.shape)) std::abort();
  if (stored.shape != BodyShape::kEmpty && !JsonTree::Parse(stored.value, 67).ok()) std::abort();
  if (size == 0) return 0;
  static constexpr const char* kSpaces[] = {"",        "spaced",  "comma",   "colon", "indent1",
                                            "indent2", "indent3", "indent4", "tab",   "odd"};
  StoredBody outside;
  outside.shape = static_cast<BodyShape>(data[0] % 6);
  outside.space = kSpaces[data[0] / 6 % 10];
  outside.value = bytes.substr(1);
  const auto made = RestoreBody(outside, 10000, 64);
  if (made.ok() && made->bytes.size() > 10000) std::abort();
  return 0;
}
