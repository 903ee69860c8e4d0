// Merge: two texts of a cassette that were changed from a common one become one, exchange by exchange (FORMAT.md,
// section 13).
//
// An exchange is known by its lane, its key and which take of that key it is. What one side added, changed or removed
// is taken over; what both sides did alike is taken once; what they did differently is a conflict, and both stand in
// the text between the markers that git uses, whole records each. Two clocks of one exchange are no conflict: the later
// stays. A cassette whose sides disagree on the rules that its keys are made with conflicts in its head.
#ifndef REPRISE_CASSETTE_MERGE_H_
#define REPRISE_CASSETTE_MERGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::cassette {

struct MergeOptions {
  int marker_size = 7;  // git's conflict-marker-size
  std::string ours = "ours", theirs = "theirs";
};

struct Merged {
  std::string text;
  std::vector<std::string> conflicts;  // "the head", "exchange 8ee89711330c of lane main", in the order of the text
};

// `base` is empty when both sides added the file. An error names the text ("ours", "theirs" or "base") that is none of
// a cassette, and the line. Linear, but for maps of the keys.
Result<Merged> MergeTexts(std::string_view base, std::string_view ours, std::string_view theirs,
                          const MergeOptions& options = {});

// Two texts between the markers; what stands for a file whose sides cannot be merged by exchange.
std::string ConflictOf(std::string_view ours, std::string_view theirs, const MergeOptions& options);

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_MERGE_H_
