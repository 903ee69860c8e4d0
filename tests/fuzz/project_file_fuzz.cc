// Any bytes as reprise.json: they are refused with a sentence that names the file, or they resolve to settings, or
// those clash and a sentence says so.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/session/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::session;  // NOLINT: a test
  const auto file = ParseProjectFile(std::string_view(reinterpret_cast<const char*>(data), size), "/src/reprise.json");
  if (!file.ok()) {
    if (file.status().object() != "/src/reprise.json" || file.status().reason().empty()) std::abort();
    return 0;
  }
  const auto settings = Settings::Resolve({}, &*file, "");
  if (!settings.ok()) {
    if (settings.status().reason().empty()) std::abort();
    return 0;
  }
  for (const auto& [name, endpoint] : file->endpoints)
    (void)settings->ResolveEndpoint({name, "", "", ""}, [](const std::string&) { return std::string(); }).ok();
  return 0;
}
