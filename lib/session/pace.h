// Pace: when the pieces of a recorded reply go out over HTTP, and where it is cut into pieces.
#ifndef REPRISE_SESSION_PACE_H_
#define REPRISE_SESSION_PACE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::session {

// The settings `pace` and `resplit`.
struct Pace {
  bool by_step = false;  // each piece when the test says so
  double factor = 0;     // of the recorded waits; 0: at once
  bool resplit = false;  // cut anew, at places that follow from `seed` and the reply's key
  std::uint64_t seed = 0;
  bool chosen = false;  // the seed was drawn just now: it is worth telling
};

// "now", "recorded", "x0.5" (half the recorded waits), "step".
Status ParsePace(std::string_view text, Pace* pace);
// "off", a number, "random".
Status ParseResplit(std::string_view text, Pace* pace);

struct Piece {
  std::uint64_t bytes = 0;
  std::uint32_t after_ms = 0;  // after the piece before it; the first: after the request
  bool operator==(const Piece& o) const { return bytes == o.bytes && after_ms == o.after_ms; }
};

// The pieces of a reply's body. Cut anew, its bytes still come when they came: each piece with its last byte.
std::vector<Piece> PiecesOf(const Reply& reply, const Pace& pace);

}  // namespace reprise::session

#endif  // REPRISE_SESSION_PACE_H_
