// URLs as bytes: the parts of an absolute URL, its query parameters, and RFC 3986 spelling (section 6.2.2).
#ifndef REPRISE_WIRE_URL_H_
#define REPRISE_WIRE_URL_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::wire {

// Views into the URL, which must outlive them. A text without "://" is all path and query. A fragment is dropped: it
// is never sent.
struct UrlParts {
  std::string_view scheme;    // "https"; may be empty
  std::string_view userinfo;  // "user:password"; may be empty
  std::string_view host;      // with port
  std::string_view path;      // as written; may be empty
  std::optional<std::string_view> query;
};
UrlParts SplitUrl(std::string_view url);

// One "name=value" between two '&'. No '=': no value, which is not the same as an empty one.
struct QueryParameter {
  std::string_view name;
  std::optional<std::string_view> value;
};
// In order, repeats and empty ones kept: "a=1&&a" has three.
std::vector<QueryParameter> SplitQuery(std::string_view query);

// Undoes %XX wherever two hex digits follow; other bytes stand, "+" too.
std::string PercentDecode(std::string_view text);
// Everything but unreserved characters (RFC 3986, 2.3) as "%XX".
std::string PercentEncode(std::string_view text);

// RFC 3986, 6.2.2.1 and 6.2.2.2, and nothing else: hex digits in capitals, unreserved characters plain; and what a URI
// may not hold at all (controls, space, bytes from 0x80, "<>\^`{|}) written %XX. "+" is not "%20", "[" is not "%5B".
std::string NormalisePercent(std::string_view text);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_URL_H_
