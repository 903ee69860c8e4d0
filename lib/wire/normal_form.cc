#include "lib/wire/normal_form.h"

#include <algorithm>

#include "lib/base/hash.h"
#include "lib/wire/canonical_json.h"
#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/mask.h"
#include "lib/wire/placeholders.h"
#include "lib/wire/url.h"

namespace reprise {
namespace wire {
namespace {

// The member "body" of bytes that have no structure we know.
std::string Opaque(std::string_view bytes) {
  return "{\"bytes\":" + CanonicalNumber(std::to_string(bytes.size())) + ",\"sha256\":\"" + base::Sha256Hex(bytes) +
         "\"}";
}

std::string MultipartBody(const std::vector<std::string_view>& parts) {
  std::string out = "{\"multipart\":[";
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i > 0 ? "," : "") + Opaque(parts[i]);
  return out + "]}";
}

// Nothing when the body is not JSON, or has a name twice: which of the two a server takes is its own affair, so such a
// body is told apart by its bytes.
std::optional<std::string> JsonBody(const Request& request, const Rules& rules) {
  if (!IsReadAsJson(request)) return std::nullopt;
  const Result<JsonTree> tree = JsonTree::Parse(request.body);
  if (!tree.ok()) return std::nullopt;
  std::string out = "{\"json\":";
  out.reserve(request.body.size() + 16);
  if (!AppendCanonical(*tree, 0, PointerPatterns(rules.ignore_body), out)) return std::nullopt;
  return out + '}';
}

std::vector<std::pair<std::string, std::optional<std::string>>> NormalQuery(std::string_view query,
                                                                            const Rules& rules) {
  std::vector<std::pair<std::string, std::optional<std::string>>> out;
  for (const QueryParameter& parameter : SplitQuery(query)) {
    const std::string name = PercentDecode(parameter.name);
    // The auth alias speaks for credentials.
    if (parameter.value && !parameter.value->empty() && IsCredentialParameter(name)) continue;
    if (std::find(rules.ignore_query.begin(), rules.ignore_query.end(), name) != rules.ignore_query.end()) continue;
    std::optional<std::string> value;
    if (parameter.value) value = NormalisePercent(*parameter.value);
    out.emplace_back(NormalisePercent(parameter.name), std::move(value));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

}  // namespace

bool IsReadAsJson(const Request& request) {
  const std::optional<std::string> type = HeaderValue(request.headers, "content-type");
  const MediaType media = ParseMediaType(type.value_or(""));
  if (media.IsJson()) return true;
  if (!media.type.empty() && media.type != "application/x-www-form-urlencoded") return false;
  const std::size_t begin = request.body.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && (request.body[begin] == '{' || request.body[begin] == '[');
}

std::optional<std::vector<std::string_view>> SplitMultipart(std::string_view body, std::string_view boundary) {
  if (boundary.empty() || boundary.size() > 70) return std::nullopt;  // RFC 2046's limit
  const std::string first = "--" + std::string(boundary), delimiter = "\r\n" + first;
  if (body.substr(0, first.size()) != first || body.substr(first.size(), 2) != "\r\n") return std::nullopt;
  std::vector<std::string_view> parts;
  std::size_t begin = first.size() + 2;
  for (std::size_t at = body.find(delimiter, begin); at != std::string_view::npos;) {
    const std::size_t after = at + delimiter.size();
    const std::string_view next = body.substr(after, 2);
    if (next != "--" && next != "\r\n") {  // a longer word that begins like the boundary
      at = body.find(delimiter, at + 1);
      continue;
    }
    parts.push_back(body.substr(begin, at - begin));
    begin = after + 2;
    if (next == "--") {
      parts.push_back(body.substr(begin));
      return parts;
    }
    at = body.find(delimiter, begin);
  }
  return std::nullopt;
}

NormalParts PartsOf(const Request& request, const Rules& rules) {
  if (!rules.placeholders.empty()) {
    Rules rest = rules;
    rest.placeholders.clear();
    return PartsOf(WithoutTokens(request, rules, TokenSpelling::kForKey), rest);
  }
  NormalParts out;
  const UrlParts url = SplitUrl(request.url);
  out.path = NormalisePercent(url.path);
  if (out.path.empty() && !url.scheme.empty()) out.path = "/";  // RFC 3986, 6.2.3
  if (url.query) out.query = NormalQuery(*url.query, rules);

  bool keep_boundary = true;
  const MediaType media = ParseMediaType(HeaderValue(request.headers, "content-type").value_or(""));
  if (media.type.compare(0, 10, "multipart/") == 0) {
    if (const auto parts = SplitMultipart(request.body, media.Parameter("boundary"))) {
      keep_boundary = false;
      out.body = MultipartBody(*parts);
    }
  } else if (std::optional<std::string> json = JsonBody(request, rules)) {
    out.body = std::move(*json);
  }
  if (out.body.empty()) out.body = Opaque(request.body);
  Headers fields = request.headers;
  for (Header& trailer : CountedTrailers(request.trailers, rules.match_headers)) fields.push_back(std::move(trailer));
  out.headers = MatchedHeaders(fields, rules.match_headers, keep_boundary);
  return out;
}

}  // namespace wire

std::string NormalForm(const Request& request, int auth, const Rules& rules) {
  const wire::NormalParts parts = wire::PartsOf(request, rules);
  // Members sorted by name, as in any canonical JSON.
  std::string out = "{\"auth\":" + wire::CanonicalNumber(std::to_string(auth)) + ",\"body\":" + parts.body;
  const auto member = [&out](std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    wire::AppendCanonicalBytes(value, out);
  };
  member("endpoint", request.endpoint);
  member("format", request.format);
  out += ",\"headers\":[";
  for (std::size_t i = 0; i < parts.headers.size(); ++i) {
    out += i > 0 ? ",[" : "[";
    wire::AppendCanonicalBytes(parts.headers[i].first, out);
    out += ',';
    wire::AppendCanonicalBytes(parts.headers[i].second, out);
    out += ']';
  }
  out += ']';
  member("method", request.method);
  out += ",\"normal\":" + std::to_string(kNormalForm);
  member("path", parts.path);
  out += ",\"query\":[";
  for (std::size_t i = 0; i < parts.query.size(); ++i) {
    out += i > 0 ? ",[" : "[";
    wire::AppendCanonicalBytes(parts.query[i].first, out);
    if (parts.query[i].second) {
      out += ',';
      wire::AppendCanonicalBytes(*parts.query[i].second, out);
    }
    out += ']';
  }
  return out + "]}";
}

std::string KeyOf(const Request& request, int auth, const Rules& rules) {
  return base::Sha256Hex(NormalForm(request, auth, rules));
}

}  // namespace reprise
