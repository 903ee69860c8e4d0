// The modes, as one table, read once when a session opens. Nothing else in reprise compares modes; it asks the row.
#ifndef REPRISE_SESSION_MODE_H_
#define REPRISE_SESSION_MODE_H_

#include <string>
#include <string_view>

#include "reprise/result.h"

namespace reprise::session {

enum class Mode { kReplay, kRecord, kExtend, kVerify, kLive };

// What a mode means (the table of the README). Each member is a column.
struct ModeRow {
  Mode mode;
  std::string_view name;
  bool reads;   // the cassette is read; only extend does without one that exists
  bool writes;  // exchanges are recorded: into a new cassette, or into NAME.new beside an existing one
  enum class Upstream { kNever, kWhenMissing, kAlways } upstream;
  bool unmatched_fails;                                    // a request with no recording is a failure of the test
  enum class Unused { kFailure, kNote, kNothing } unused;  // a recording that nobody asked for
  bool compares;                                           // the live reply is judged against the recorded one
};

const ModeRow& RowOf(Mode mode);
// "replay", "record", ... A misspelled one is an error with the list of good ones and the nearest of them.
Result<Mode> ParseMode(std::string_view name);

}  // namespace reprise::session

#endif  // REPRISE_SESSION_MODE_H_
