// Canonical JSON: one text for each JSON value, so that equal values have equal texts and different values different
// ones (FORMAT.md, "Normal form 1"). Close to RFC 8785, but exact: numbers are decimals, never doubles, and a lone
// surrogate is kept.
//
//   no white space; members sorted by the bytes of their decoded names; arrays in order
//   number   digits without leading or trailing zeros, then `e` and the power of ten unless that is 0:
//            300 -> 3e2, 0.70 -> 7e-1, 42 -> 42, and 0, 0.0, 0e9, -0 -> 0
//   string   \" \\ \n \r \t, other control characters \u00xx, a lone surrogate \udxxx; everything else as UTF-8
#ifndef REPRISE_WIRE_CANONICAL_JSON_H_
#define REPRISE_WIRE_CANONICAL_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/wire/json_text.h"

namespace reprise::wire {

// JSON pointers with "*" for any one member or element, taken apart once. One that does not begin with "/" is dropped:
// nothing is left out by a slip of the pen (Rules::FromJson refuses it with a sentence).
class PointerPatterns {
 public:
  PointerPatterns() = default;
  explicit PointerPatterns(const std::vector<std::string>& pointers);

  // A place in the patterns while a tree is walked: which of them still agree with the path so far.
  using Active = std::vector<std::uint32_t>;
  Active Start() const;
  // One step down. `named`: a pattern ends exactly here, so the value is left out.
  Active Step(const Active& active, std::size_t depth, std::string_view segment, bool* named) const;
  bool empty() const { return patterns_.empty(); }

 private:
  std::vector<std::vector<std::string>> patterns_;  // unescaped segments
};

// Appends the canonical text of the value at `node`, without what the patterns name. Returns false, with `out` in no
// useful state, when an object has two members of one name (also inside what is left out).
// Cost: O(n log n) in the text; recursion as deep as the tree, which its parser limits.
bool AppendCanonical(const JsonTree& tree, std::uint32_t node, const PointerPatterns& ignore, std::string& out);

// `token` is a JSON number. Exponents of any length are fine: no memory is spent on them beyond their own digits.
std::string CanonicalNumber(std::string_view token);

// `text` is UTF-8 with lone surrogates in their three-byte form, as JsonTree::String gives it. Adds the quotes.
void AppendCanonicalString(std::string_view text, std::string& out);
// The same for any bytes, such as a header's: one that is no UTF-8 is written as the lone surrogate \udcxx.
void AppendCanonicalBytes(std::string_view bytes, std::string& out);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_CANONICAL_JSON_H_
