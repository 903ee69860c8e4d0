// Miss: what is said when no recording answers a request. The text is for a human, at most some 50 lines, everything
// that a model or a user wrote made harmless; the command that repairs it is the caller's to add (`WithRepair`).
#ifndef REPRISE_MATCH_MISS_H_
#define REPRISE_MATCH_MISS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/match/matcher.h"
#include "lib/match/nearest.h"

namespace reprise::match {

// `POST /v1/chat/completions   model "tiny-1"`: a request on one line, credentials left out, harmless. With `words`,
// the beginning of its last text follows.
std::string RequestLine(const Request& request, bool words);

// Nothing was recorded for this request. `path` names the cassette.
std::string NoMatchText(const Asked& asked, const std::string& path, const Nearest& nearest, const Rules& rules);
// Everything recorded for it has been served: `takes` of them.
std::string UsedUpText(const Asked& asked, const std::string& path, std::uint32_t takes);
// The recording cannot say which of two replies comes first.
std::string OverlapsText(const Asked& asked, const std::string& path, std::uint32_t take);

// "If the change is meant:" and the one command; the text itself where there is none.
std::string WithRepair(std::string text, std::string_view command);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_MISS_H_
