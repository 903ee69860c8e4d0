// Exact comparisons: text and bytes. Pure functions, linear in what is compared.
#ifndef REPRISE_COMPARE_EXACT_H_
#define REPRISE_COMPARE_EXACT_H_

#include <string_view>

#include "reprise/comparison.h"

namespace reprise::compare {

// Rule "exact text". The one difference is the first: its place ("line 2, column 14, word 9", from 1, columns in
// characters), windows of the two texts around it, and in the note the first word that differs.
Verdict CompareText(std::string_view expected, std::string_view got);

// Rule "bytes". The place is "byte 512" (from 0), the windows are text where the bytes are, else hex.
Verdict CompareBytes(std::string_view expected, std::string_view got);

}  // namespace reprise::compare

#endif  // REPRISE_COMPARE_EXACT_H_
