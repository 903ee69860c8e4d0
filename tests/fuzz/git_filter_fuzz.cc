// Any bytes from git, or as a file on its way through the filter. The first byte chooses: '0' a stream of the protocol,
// which is served or refused; otherwise a file: what is cleaned and smudged is cleaned to the same again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "lib/cli/git_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] != '0') {
    const auto text = cli::CleanCassette(bytes, "fuzz");
    if (!text.ok()) return 0;
    // Text that begins like a frame comes of frames within frames only; no recorder writes it.
    const std::string smudged = cli::SmudgeCassette(*text, "fuzz");
    if (smudged != *text && cli::CleanCassette(smudged, "fuzz").value() != *text) std::abort();
    return 0;
  }
  std::string said;
  const Status served = cli::ServeGitFilter(
      [&](char* to, std::size_t most) {
        const std::size_t n = std::min({most, bytes.size(), std::size_t{7}});
        std::memcpy(to, bytes.data(), n);
        bytes.remove_prefix(n);
        return static_cast<long>(n);
      },
      [&](std::string_view out) {
        said += out;
        return Status();
      },
      [](const Status&) {}, {1 << 16});
  // Whatever came, what we say are whole packets.
  for (std::string_view rest = said; !rest.empty();) {
    if (rest.size() < 4) std::abort();
    const unsigned long length = std::strtoul(std::string(rest.substr(0, 4)).c_str(), nullptr, 16);
    if (length != 0 && (length < 4 || length > rest.size())) std::abort();
    rest.remove_prefix(std::max<unsigned long>(length, 4));
  }
  (void)served;
  return 0;
}
