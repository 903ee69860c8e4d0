// Spelling: which word was meant.
#ifndef REPRISE_BASE_SPELLING_H_
#define REPRISE_BASE_SPELLING_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::base {

// Edits that turn one word into the other: insert, remove, replace, swap of neighbours (optimal string alignment).
// By bytes; O(length * length).
std::size_t EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" when none is near enough to be what was meant: at most a third of the letters
// may differ (one at least), or `word` begins the candidate.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

// `"replya" is no mode; did you mean "replay"? Good ones: replay, record`: the reason of a status. `what` is the noun.
std::string NoSuchWord(std::string_view word, std::string_view what, const std::vector<std::string>& good);

}  // namespace reprise::base

#endif  // REPRISE_BASE_SPELLING_H_
