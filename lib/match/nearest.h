// Nearest: the recorded exchanges that a request without a recording resembles most, and in what they differ.
//
// Likeness is that of meaning: words of messages and values of parameters, each with its place, whatever the provider
// calls them. Bounded: at most kMaxLookedAt exchanges and kMaxBytesLookedAt of request bodies are read, in file order;
// of each body at most kSketch words count; only the best few are compared in full.
#ifndef REPRISE_MATCH_NEAREST_H_
#define REPRISE_MATCH_NEAREST_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lib/match/matcher.h"
#include "lib/match/request_diff.h"
#include "reprise/cassette.h"

namespace reprise::match {

inline constexpr std::uint64_t kMaxLookedAt = 10'000;
inline constexpr std::uint64_t kMaxBytesLookedAt = std::uint64_t{64} << 20;
inline constexpr std::size_t kSketch = 8'192;

struct Near {
  std::uint64_t number = 0;  // of the exchange in its cassette, from 1
  std::string lane;
  bool used = false;      // served already
  bool same_key = false;  // the very request asked for, but in another lane
  double likeness = 0;    // 0 to 1, of the bodies
  RequestDiff diff;       // empty though the key differs: the cassette's key is not that of its request
};

struct Nearest {
  std::vector<Near> near;       // best first; at most three
  std::uint64_t looked_at = 0;  // exchanges
  std::uint64_t total = 0;      // in the cassette
  std::uint64_t left = 0;       // not served yet
};

// `key_of` gives the key an exchange counts under (its own, or computed anew under other rules). `withhold`, where
// there is one, takes secrets out of what is compared in full, since differences quote it; `asked` has been through it.
// One scan.
Result<Nearest> FindNearest(CassetteReader& reader, const std::function<std::string(const Exchange&)>& key_of,
                            const Asked& asked, const Cursors& cursors, const Rules& rules,
                            const std::function<void(Request&)>& withhold = {});

}  // namespace reprise::match

#endif  // REPRISE_MATCH_NEAREST_H_
