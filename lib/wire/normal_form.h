// The normal form in its parts, for those who compare requests rather than hash them. The text of it and its meaning:
// FORMAT.md, "Normal form 1". A released normal form is never changed, only superseded by one with another number.
#ifndef REPRISE_WIRE_NORMAL_FORM_H_
#define REPRISE_WIRE_NORMAL_FORM_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/matching.h"

namespace reprise::wire {

struct NormalParts {
  std::string path;
  // Sorted by name; parameters of one name keep their order. No value is not an empty value.
  std::vector<std::pair<std::string, std::optional<std::string>>> query;
  std::vector<std::pair<std::string, std::string>> headers;  // sorted by name
  std::string body;                                          // the value of member "body", canonical JSON
};
NormalParts PartsOf(const Request& request, const Rules& rules);

// Is the body read as JSON? Yes where the content type says so; also without a content type and under
// application/x-www-form-urlencoded (what curl -d says of everything) when it begins like an object or array, which no
// form does. That it then parses, and has no name twice, is another matter.
bool IsReadAsJson(const Request& request);

// The parts of a multipart body (their headers included), and last what stands after the closing delimiter. Nothing
// when `body` does not begin with the delimiter and end by it, or spells it in an unusual way (bare LF, padding): the
// split must say all but the boundary, so that equal splits mean equal bodies (RFC 2046, 5.1.1). Views into `body`.
std::optional<std::vector<std::string_view>> SplitMultipart(std::string_view body, std::string_view boundary);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_NORMAL_FORM_H_
