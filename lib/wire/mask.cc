#include "lib/wire/mask.h"

#include <algorithm>
#include <array>

#include "lib/base/base64.h"
#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/url.h"

namespace reprise::wire {
namespace {

constexpr std::array kCredentialParameters = {"access_token",
                                              "api-key",
                                              "api_key",
                                              "apikey",
                                              "auth_token",
                                              "key",
                                              "sig",
                                              "signature",
                                              "subscription-key",
                                              "token",
                                              "x-amz-credential",
                                              "x-amz-security-token",
                                              "x-amz-signature",
                                              "x-goog-credential",
                                              "x-goog-signature"};
constexpr std::array kAccountHeaders = {"anthropic-organization-id", "openai-organization", "openai-project"};

template <typename List>
bool Contains(const List& list, std::string_view lower_name) {
  return std::find(list.begin(), list.end(), lower_name) != list.end();
}

// Where a view into `whole` begins in it.
std::size_t OffsetIn(const std::string& whole, std::string_view part) {
  return static_cast<std::size_t>(part.data() - whole.data());
}

bool Note(std::vector<std::string>& paths, std::string path) {
  if (std::find(paths.begin(), paths.end(), path) != paths.end()) return false;
  paths.push_back(std::move(path));
  return true;
}

// "AWS4-HMAC-SHA256 Credential=AKIA.../20260101/us-east-1/bedrock/aws4_request, ..." -> "AKIA..."
std::string_view AccessKeyId(std::string_view scope) { return scope.substr(0, scope.find('/')); }

std::string_view FromAuthorization(std::string_view value) {
  value = TrimSpace(value);
  const std::size_t credential = value.find("Credential=");
  if (EqualNoCase(value.substr(0, 4), "AWS4") && credential != std::string_view::npos)
    return AccessKeyId(value.substr(credential + 11));
  const std::size_t space = value.find(' ');
  return space == std::string_view::npos ? value : TrimSpace(value.substr(space + 1));
}

// Members of a reply that hand out a credential (RFC 6749, 5.1, and what providers' key APIs call theirs).
constexpr std::array kSecretMembers = {"access_token", "api_key",     "apikey",        "client_secret",
                                       "id_token",     "private_key", "refresh_token", "secret_key"};

// Overwrites the characters of the string at `node`, quotes excluded; its length stays.
bool HideString(const JsonTree& tree, std::uint32_t node, std::string& body) {
  const std::size_t begin = tree.node(node).begin + 1, end = tree.node(node).end - 1;
  if (begin >= end) return false;
  std::fill(body.begin() + static_cast<std::ptrdiff_t>(begin), body.begin() + static_cast<std::ptrdiff_t>(end), '*');
  return true;
}

// Only of the outermost object: what lies deeper is what somebody says.
void MaskMembers(std::string& body, std::vector<std::string>& paths) {
  const std::string original = body;  // the tree is views into it
  const Result<JsonTree> tree = JsonTree::Parse(original);
  if (!tree.ok() || tree->Kind(0) != JsonKind::kObject) return;
  for (std::uint32_t name = tree->First(0); name < tree->End(0);) {
    const std::uint32_t value = tree->node(name).next;
    const std::string text = tree->String(name);
    if (tree->Kind(value) == JsonKind::kString && Contains(kSecretMembers, LowerAscii(text)) &&
        HideString(*tree, value, body))
      Note(paths, "/reply/body/" + text);
    name = tree->node(value).next;
  }
}

// Hides user info and credentials in the query of a URL; `place` is the URL's.
void MaskUrl(std::string& url, const std::string& place, std::vector<std::string>& paths) {
  const std::string original = url;  // the parts are views; this keeps them alive while we write
  const UrlParts parts = SplitUrl(original);
  const auto hide = [&](std::string_view part) {
    std::fill_n(url.begin() + static_cast<std::ptrdiff_t>(OffsetIn(original, part)), part.size(), '*');
  };
  if (!parts.userinfo.empty()) {
    hide(parts.userinfo);
    Note(paths, place + "@");
  }
  if (!parts.query) return;
  for (const QueryParameter& parameter : SplitQuery(*parts.query)) {
    if (!IsCredentialParameter(PercentDecode(parameter.name)) || !parameter.value || parameter.value->empty()) continue;
    hide(*parameter.value);
    Note(paths, place + "?" + NormalisePercent(parameter.name));
  }
}

}  // namespace

bool IsCredentialParameter(std::string_view name) { return Contains(kCredentialParameters, LowerAscii(name)); }

std::vector<std::string> MaskRequest(Request& request, const Rules& rules) {
  std::vector<std::string> paths;
  request.headers = StoredRequestHeaders(request.headers, rules.match_headers);
  request.trailers = CountedTrailers(request.trailers, rules.match_headers);
  MaskUrl(request.url, "/request/url", paths);
  return paths;
}

std::vector<std::string> MaskReply(Reply& reply, std::string_view format) {
  std::vector<std::string> paths;
  if (format == "http") MaskMembers(reply.body, paths);
  for (Header& header : reply.headers) {
    const std::string name = LowerAscii(header.name);
    if (name == "location") {
      MaskUrl(header.value, "/reply/headers/location", paths);
      continue;
    }
    std::size_t begin = 0, end = header.value.size();
    if (name == "set-cookie") {
      end = std::min(header.value.find(';'), end);
      begin = header.value.find('=');
      if (begin == std::string::npos || begin >= end) continue;
      ++begin;
    } else if (!Contains(kAccountHeaders, name)) {
      continue;
    }
    if (begin >= end) continue;
    std::fill(header.value.begin() + static_cast<std::ptrdiff_t>(begin),
              header.value.begin() + static_cast<std::ptrdiff_t>(end), '*');
    Note(paths, "/reply/headers/" + name);
  }
  return paths;
}

std::string CredentialOf(const Request& request) {
  std::vector<std::string> found;
  for (const Header& header : request.headers) {
    const std::string name = LowerAscii(header.name);
    // A session cookie is state, not who asks; it changes from reply to reply.
    if (!IsCredentialHeader(name) || name == "cookie" || name == "set-cookie" || name == "x-amz-security-token")
      continue;
    const bool scheme = name == "authorization" || name == "proxy-authorization";
    found.emplace_back(scheme ? FromAuthorization(header.value) : TrimSpace(header.value));
  }
  const UrlParts parts = SplitUrl(request.url);
  if (!parts.userinfo.empty()) found.emplace_back(parts.userinfo);
  if (parts.query) {
    bool scoped = false;  // a signed URL: its scope names the key, the signature changes with each request
    std::vector<std::string> values;
    for (const QueryParameter& parameter : SplitQuery(*parts.query)) {
      const std::string name = LowerAscii(PercentDecode(parameter.name));
      if (!IsCredentialParameter(name)) continue;
      const std::string value = PercentDecode(parameter.value.value_or(""));
      if (name == "x-amz-credential" || name == "x-goog-credential") {
        scoped = true;
        found.emplace_back(AccessKeyId(value));
      } else {
        values.push_back(value);
      }
    }
    if (!scoped) found.insert(found.end(), values.begin(), values.end());
  }
  found.erase(std::remove(found.begin(), found.end(), ""), found.end());
  // The order of headers is not the credential's.
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::string out;
  for (const std::string& one : found) out += (out.empty() ? "" : "\n") + one;
  return out;
}

std::vector<std::string> CredentialValues(const Request& request) {
  std::vector<std::string> out;
  const auto add = [&out](std::string_view value) {
    value = TrimSpace(value);
    if (!value.empty() && std::find(out.begin(), out.end(), value) == out.end()) out.emplace_back(value);
  };
  const std::string joined = CredentialOf(request);
  for (std::size_t begin = 0; begin < joined.size();) {
    const std::size_t end = std::min(joined.find('\n', begin), joined.size());
    add(std::string_view(joined).substr(begin, end - begin));
    begin = end + 1;
  }
  for (const Header& header : request.headers) {
    const std::string name = LowerAscii(header.name);
    if (name == "cookie") {
      for (std::size_t begin = 0; begin < header.value.size();) {
        const std::size_t end = std::min(header.value.find(';', begin), header.value.size());
        const std::string_view pair = std::string_view(header.value).substr(begin, end - begin);
        if (const std::size_t equals = pair.find('='); equals != std::string_view::npos) add(pair.substr(equals + 1));
        begin = end + 1;
      }
    } else if (name == "x-amz-security-token") {
      add(header.value);
    } else if (IsCredentialHeader(name) && EqualNoCase(std::string_view(header.value).substr(0, 6), "basic ")) {
      const auto decoded = base::DecodeLenientBase64(TrimSpace(std::string_view(header.value).substr(6)));
      if (decoded && decoded->find(':') != std::string::npos)
        add(std::string_view(*decoded).substr(decoded->find(':') + 1));
    }
  }
  const UrlParts parts = SplitUrl(request.url);
  if (const std::size_t colon = parts.userinfo.find(':'); colon != std::string_view::npos)
    add(PercentDecode(parts.userinfo.substr(colon + 1)));
  if (parts.query)
    for (const QueryParameter& parameter : SplitQuery(*parts.query))
      if (IsCredentialParameter(PercentDecode(parameter.name)) && parameter.value) add(PercentDecode(*parameter.value));
  return out;
}

}  // namespace reprise::wire
