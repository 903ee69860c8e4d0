// RequestDiff: in which places a request differs from a recorded one, as a list that a report prints and a program
// reads.
//
// Works on the JSON of any provider, by JSON pointer; two bodies are equal here exactly where the normal form says so.
// Arrays are aligned, so that a message put in between is told as such and the ones behind it are not. Nothing is
// harmless yet: texts are the model's and the user's own.
#ifndef REPRISE_MATCH_REQUEST_DIFF_H_
#define REPRISE_MATCH_REQUEST_DIFF_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/match/text_place.h"
#include "reprise/exchange.h"
#include "reprise/matching.h"

namespace reprise::match {

// A pointer leads through the asked body, to where something is or is missing now; only that of an array's element that
// is gone ends with the index it had.
struct RequestDifference {
  enum class Kind { kChanged, kAdded, kRemoved, kMoved };  // added: asked now, not recorded
  Kind kind = Kind::kChanged;
  std::string part;     // "body", "header", "query", "path", "method", "endpoint", "format", "auth"
  std::string pointer;  // in the body: JSON pointer; header or query: the name
  std::string label;    // whom it concerns, where a body says it: `message 2 of 3 (user)`, `tool "get_time"`; or empty
  std::string recorded, asked;    // values on one line, cut; strings in quotes; empty where there is none
  std::optional<TextPlace> text;  // of two strings
};

struct RequestDiff {
  std::vector<RequestDifference> differences;  // most telling first: who and where, then the body in its order
  std::size_t more = 0;                        // beyond those listed
};

// What is listed at most.
inline constexpr std::size_t kMaxDifferences = 40;
// Arrays whose differing middle has more than this many pairs are compared place by place, not aligned.
inline constexpr std::size_t kMaxAlignedPairs = 40'000;

// `recorded` as the cassette has it, `asked` as it came. Cost: linear in both bodies, but for aligning arrays.
RequestDiff DiffRequests(const Request& recorded, int recorded_auth, const Request& asked, int asked_auth,
                         const Rules& rules);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_REQUEST_DIFF_H_
