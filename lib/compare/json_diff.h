// Two JSON texts compared by value: member order, white space and spelling of numbers and strings do not count.
#ifndef REPRISE_COMPARE_JSON_DIFF_H_
#define REPRISE_COMPARE_JSON_DIFF_H_

#include <cstddef>
#include <string_view>

#include "reprise/comparison.h"

namespace reprise::compare {

// Rule "JSON by value". Differences are JSON pointers (RFC 6901), the first `limit` of them; the note says how many
// there are. Strings that differ are shown around the place where they part. A text that is no JSON, or has two members
// of one name, is compared as text.
Verdict CompareJson(std::string_view expected, std::string_view got, std::size_t limit = 10);

}  // namespace reprise::compare

#endif  // REPRISE_COMPARE_JSON_DIFF_H_
