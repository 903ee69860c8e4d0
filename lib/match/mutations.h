// Mutations: a recorded request, changed in one place at a time. What `reprise audit` asks replay about.
//
// On purpose this shares no code with the normal form, its JSON parser, its URL and header rules: a mistake made twice
// would not be seen. The generator works on raw bytes with a walker of its own and makes only changes that are another
// value under JSON's own meaning, so each one must be noticed.
//
// In a JSON body, for each value, by kind:
//   string        one character replaced: the first, the middle, the last (fewer when shorter); empty: one put in
//   number        without fraction: raised by 1; with fraction: that, and its last digit; with exponent: last digit of
//                 the mantissa, and the exponent raised by 1 (only the former when the mantissa is zero)
//   true, false   flipped;  null   false in its place
//   object        each member removed; one member added
//   array         each element removed; each doubled; each two neighbours swapped, where they are certainly unequal
// In any other body: a byte replaced at the beginning, middle and end, the last one removed, one added; empty: one put
// in. In the URL: path characters replaced (first, middle, last); each query parameter's value changed, its name
// changed, the parameter removed; one added. Method, endpoint, format, auth alias: another one. Each header of the
// allow list and of `match_headers`: characters of its value replaced, the header removed; `accept` only where it
// selects a stream.
#ifndef REPRISE_MATCH_MUTATIONS_H_
#define REPRISE_MATCH_MUTATIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::match {

struct Mutation {
  enum class Kind { kValue, kRemoved, kAdded, kDoubled, kSwapped };
  Kind kind = Kind::kValue;
  std::string part;                   // "body", "path", "query", "header", "method", "endpoint", "format", "auth"
  std::vector<std::string> segments;  // in a JSON body: the names and indexes on the way; of an added member, its own
  std::string name;                   // of the query parameter or header
  std::string what;                   // for a human: "last character replaced"
};

// The mutation, and the request it makes. Returns false to stop.
using MutationVisitor = std::function<bool(const Mutation&, const Request&, int auth)>;

// Calls `visit` for the mutations whose number (from 0, in a fixed order) `chosen` accepts. `masked` is that of the
// exchange: query parameters in it are credentials, whose part the auth alias plays, and are left alone.
// Returns the number of all mutations there are, chosen or not.
std::uint64_t ForEachMutation(const Request& request, int auth, const std::vector<std::string>& masked,
                              const std::vector<std::string>& match_headers,
                              const std::function<bool(std::uint64_t)>& chosen, const MutationVisitor& visit);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_MUTATIONS_H_
