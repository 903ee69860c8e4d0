// Keys that look like those of providers, made anew from a seed: none of them was ever issued, and none stands in a
// file.
#ifndef REPRISE_TESTS_SUPPORT_CANARY_KEYS_H_
#define REPRISE_TESTS_SUPPORT_CANARY_KEYS_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace reprise::support {

class CanaryKeys {
 public:
  explicit CanaryKeys(std::uint64_t seed) : random_(seed) {}

  // A key and the rule that must know it.
  struct Key {
    std::string rule, value;
  };
  static std::size_t shapes();  // how many different ones
  Key Of(std::size_t shape);

  // `length` characters of `alphabet`, as random as a key.
  std::string Any(std::size_t length, const std::string& alphabet);
  // An exact value of no shape at all: 24 characters.
  std::string Value();

  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }

 private:
  std::mt19937_64 random_;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_CANARY_KEYS_H_
