// Header fields: looking up, and the two allow lists (what is part of the key, what reaches the disk).
#ifndef REPRISE_WIRE_HEADERS_H_
#define REPRISE_WIRE_HEADERS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::wire {

// Field names are ASCII and have no case (RFC 9110, 5.1).
std::string LowerAscii(std::string_view text);
bool EqualNoCase(std::string_view a, std::string_view b);

// First field of that name, or null.
const Header* FindHeader(const Headers& headers, std::string_view name);
// Values of all fields of that name, trimmed, joined by ", " (RFC 9110, 5.3); nothing when there is none.
std::optional<std::string> HeaderValue(const Headers& headers, std::string_view name);
std::string_view TrimSpace(std::string_view text);

// `type/subtype; name=value`, taken apart (RFC 9110, 8.3.1). Names and type in lower case, quotes undone.
struct MediaType {
  std::string type;  // "application/json"
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string_view Parameter(std::string_view name) const;  // "" when absent
  bool IsJson() const;                                      // application/json, text/json, anything/...+json
};
MediaType ParseMediaType(std::string_view value);

// Does a header of this name hold a credential? Such a header is never stored, never part of a key, and cannot be
// declared with `match_headers`.
bool IsCredentialHeader(std::string_view name);

// Request headers that take part in the key: content-type, accept (where it selects a stream), anthropic-version,
// anthropic-beta, openai-beta, and `match_headers`. Sorted by name, names in lower case, values as in
// "Normal form 1". `keep_boundary`: the body was not taken apart by its boundary, so it stays part of content-type.
std::vector<std::pair<std::string, std::string>> MatchedHeaders(const Headers& headers,
                                                                const std::vector<std::string>& match_headers,
                                                                bool keep_boundary);

// Fields after a request's body that count and reach the disk: those that `match_headers` names.
Headers CountedTrailers(const Headers& trailers, const std::vector<std::string>& match_headers);

// Request headers that reach the disk: those above, accept and content-encoding whatever they say. Values, order and
// letter case as they came.
Headers StoredRequestHeaders(const Headers& headers, const std::vector<std::string>& match_headers);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_HEADERS_H_
