// Pattern: a regular expression a user wrote (PCRE2's syntax, over UTF-8), matched within a bound.
//
// The only door to PCRE2. No callouts, no \C, no code made at run time; a search that takes more steps than its bound
// is given up and finds nothing, so a pattern of the kind `(a+)+$` costs milliseconds and not a test run. Compiled
// patterns are shared and kept; any thread.
#ifndef REPRISE_WIRE_PATTERN_H_
#define REPRISE_WIRE_PATTERN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reprise/result.h"

namespace reprise::wire {

class Pattern {
 public:
  // Of one search, and for each byte of the text; PCRE2 counts calls of its inner match function.
  static constexpr std::uint32_t kMaxSteps = 100'000, kMaxStepsPerByte = 16;
  static constexpr std::size_t kMaxBytes = 1000;  // of the pattern

  // An error names the place in the pattern and what is wrong with it.
  static Result<std::shared_ptr<const Pattern>> Compile(const std::string& text);
  virtual ~Pattern() = default;

  struct Span {
    std::size_t begin = 0, end = 0;
  };
  // The first match that is not empty at or after `from`, a character's beginning; nothing also where it was given up.
  // `text` must be UTF-8 (RFC 3629).
  virtual std::optional<Span> Find(std::string_view text, std::size_t from) const = 0;
  bool MatchesWhole(std::string_view text) const {
    const std::optional<Span> span = Find(text, 0);
    return span && span->begin == 0 && span->end == text.size();
  }
};

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_PATTERN_H_
