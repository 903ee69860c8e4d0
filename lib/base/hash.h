// Content addresses and credentials only ever meet SHA-256 (FIPS 180-4); fast hashes are not for files.
#ifndef REPRISE_BASE_HASH_H_
#define REPRISE_BASE_HASH_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace reprise::base {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(std::string_view bytes);
std::string Sha256Hex(std::string_view bytes);  // 64 lower-case hex digits
std::string ToHex(const Sha256Digest& digest);

// For what does not fit in memory. Not copyable; one thread at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Add(std::string_view bytes);
  Sha256Digest Digest();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reprise::base

#endif  // REPRISE_BASE_HASH_H_
