// A text generator for tests and demos: sentences that read as an answer, the same for the same seed on every machine.
//
// It knows nothing; it picks words from short lists and a topic from the prompt. What matters is that equal seeds give
// equal text and that different seeds nearly always differ. No state, no clock; any thread.
#ifndef REPRISE_TESTS_SUPPORT_TEXT_GENERATOR_H_
#define REPRISE_TESTS_SUPPORT_TEXT_GENERATOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::support {

// A seed from bytes (FNV-1a, 64 bits).
std::uint64_t SeedOf(std::string_view bytes);

// Numbers from a seed (splitmix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next();
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(Next() % n); }

 private:
  std::uint64_t state_;
};

// An answer to `prompt`: a few sentences, or as many bullets as a prompt like "in 3 bullets" asks for.
std::string GenerateAnswer(std::string_view prompt, std::uint64_t seed);

// The pieces in which such a text is "generated": words with the blank before them, punctuation, halves of long words.
// Joined they are the text; no piece ends inside a UTF-8 character.
std::vector<std::string> SplitIntoTokens(std::string_view text);

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_TEXT_GENERATOR_H_
