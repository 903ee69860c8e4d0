// Any text: what is printed of it holds no secret that the search knows, and a value planted in it is found.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/base/base64.h"
#include "lib/wire/secret_search.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16384) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string value = "kL9-plain_Value+12/3=";
  reprise::wire::SecretSearch search;
  search.AddValue(value, "credential");

  const std::string safe = search.Withhold(text);
  Require(search.RulesIn(safe).empty());
  Require(search.Withhold(safe) == safe);

  reprise::Exchange exchange;
  const std::size_t at = text.size() / 2;
  exchange.reply.body = text.substr(0, at) + value + text.substr(at);
  exchange.request.url = text;
  Require(!search.In(exchange).empty());
  (void)reprise::wire::LooksSecret(exchange);
  // Not after a backslash or a percent sign, which would take its first letters for an escape.
  exchange.reply.body = text.substr(0, at) + "\n" + reprise::base::EncodeBase64("u:" + value) + "\n" + text.substr(at);
  exchange.request.url.clear();
  Require(!search.In(exchange).empty());
  search.Withhold(exchange);
  Require(search.In(exchange).empty());
  return 0;
}
