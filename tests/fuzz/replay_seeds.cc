// Feeds a fuzz function without libFuzzer, so that every compiler and every plain test run visits the seeds: each file
// of the folder as it is, cut short, and with bytes changed. The order is fixed, the number of inputs bounded.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kPlacesPerSeed = 200;
constexpr std::size_t kMaxSeedBytes = std::size_t{1} << 16;  // larger seeds are visited whole, not mutated

std::size_t inputs = 0;

// A heap block of exactly this size, so that a sanitizer sees a read past the end.
void Feed(const std::string& bytes) {
  const auto block = std::make_unique<std::uint8_t[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(block.get(), bytes.data(), bytes.size());
  LLVMFuzzerTestOneInput(block.get(), bytes.size());
  ++inputs;
}

void FeedSeed(const std::string& seed) {
  Feed(seed);
  if (seed.empty() || seed.size() > kMaxSeedBytes) return;
  const std::size_t step = seed.size() / kPlacesPerSeed + 1;
  for (std::size_t at = 0; at < seed.size(); at += step) {
    Feed(seed.substr(0, at));
    std::string changed = seed;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    Feed(changed);
    changed[at] = static_cast<char>(at % 2 == 0 ? 0xff : 0x00);
    Feed(changed);
    Feed(seed.substr(at) + seed.substr(0, at));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER-OF-SEEDS\n", argv[0]);
    return 2;
  }
  const auto files = reprise::base::FindFiles(argv[1], {""});
  if (!files.ok() || files->empty()) {
    std::fprintf(stderr, "no seeds in %s; a fuzz target has at least one\n", argv[1]);
    return 1;
  }
  Feed("");
  for (const std::string& path : *files) {
    const auto bytes = reprise::base::ReadFile(path);
    if (!bytes.ok()) {
      std::fprintf(stderr, "%s\n", bytes.status().ToString().c_str());
      return 1;
    }
    FeedSeed(*bytes);
  }
  std::printf("%zu seeds, %zu inputs\n", files->size(), inputs);
  return 0;
}
