#include "lib/wire/mask.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/wire/headers.h"
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

bool Holds(std::string_view text, std::string_view needle) {
  return !needle.empty() && ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

// The part of the base64 of a longer text that depends on `secret` alone, when `skip` bytes (modulo 3) stand before
// it: characters made of its neighbours' bits are left away.
std::string Base64Core(std::string_view secret, std::size_t skip) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string padded(skip, '\0');
  padded += secret;
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : padded) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += kAlphabet[(bits >> count) & 63];
    }
  }
  return out.substr(skip == 0 ? 0 : skip == 1 ? 2 : 3);
}

// Undoes \uXXXX (as UTF-8) and the short escapes wherever they stand, quotes or no quotes around them.
std::string UndoJsonEscapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'u' && i + 4 < text.size()) {
      unsigned value = 0;
      bool hex = true;
      for (std::size_t k = 1; k <= 4; ++k) {
        const char d = text[i + k];
        const int digit = d >= '0' && d <= '9'                 ? d - '0'
                          : (d | 32) >= 'a' && (d | 32) <= 'f' ? (d | 32) - 'a' + 10
                                                               : -1;
        hex = hex && digit >= 0;
        value = value * 16 + static_cast<unsigned>(digit < 0 ? 0 : digit);
      }
      // Credentials are ASCII; anything else only has to stay out of the way.
      if (hex) {
        out += value < 0x80 ? static_cast<char>(value) : '\x01';
        i += 4;
        continue;
      }
    }
    out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
  }
  return out;
}

class SecretSearch {
 public:
  explicit SecretSearch(std::string_view secret) {
    needles_.emplace_back(secret);
    for (std::size_t skip = 0; skip < 3; ++skip) {
      const std::string core = Base64Core(secret, skip);
      needles_.push_back(core);
      std::string url = core;
      std::replace(url.begin(), url.end(), '+', '-');
      std::replace(url.begin(), url.end(), '/', '_');
      if (url != core) needles_.push_back(url);
    }
  }

  // JSON within JSON (the arguments of a tool call) doubles its backslashes, so they are undone up to three times.
  bool In(std::string_view text) const {
    if (Plain(text)) return true;
    std::string now(text);
    for (int depth = 0; depth < 3; ++depth) {
      const bool json = now.find('\\') != std::string::npos, percent = now.find('%') != std::string::npos;
      if (!json && !percent) return false;
      if (percent && Plain(PercentDecode(now))) return true;
      if (!json) return false;
      now = UndoJsonEscapes(now);
      if (Plain(now)) return true;
    }
    return now.find('%') != std::string::npos && Plain(PercentDecode(now));
  }

 private:
  bool Plain(std::string_view text) const {
    return std::any_of(needles_.begin(), needles_.end(), [&](const std::string& n) { return Holds(text, n); });
  }

  std::vector<std::string> needles_;
};

}  // namespace

bool IsCredentialParameter(std::string_view name) { return Contains(kCredentialParameters, LowerAscii(name)); }

std::vector<std::string> MaskRequest(Request& request, const Rules& rules) {
  std::vector<std::string> paths;
  request.headers = StoredRequestHeaders(request.headers, rules.match_headers);
  const std::string url = request.url;  // the parts are views; the original keeps them alive while we write
  const UrlParts parts = SplitUrl(url);
  const auto hide = [&](std::string_view part) {
    std::fill_n(request.url.begin() + static_cast<std::ptrdiff_t>(OffsetIn(url, part)), part.size(), '*');
  };
  if (!parts.userinfo.empty()) {
    hide(parts.userinfo);
    Note(paths, "/request/url@");
  }
  if (parts.query) {
    for (const QueryParameter& parameter : SplitQuery(*parts.query)) {
      if (!IsCredentialParameter(PercentDecode(parameter.name)) || !parameter.value || parameter.value->empty())
        continue;
      hide(*parameter.value);
      Note(paths, "/request/url?" + NormalisePercent(parameter.name));
    }
  }
  return paths;
}

std::vector<std::string> MaskReply(Reply& reply) {
  std::vector<std::string> paths;
  for (Header& header : reply.headers) {
    const std::string name = LowerAscii(header.name);
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

std::optional<std::string> StoresValue(const Exchange& exchange, std::string_view secret) {
  if (secret.size() < kMinSecretBytes) return std::nullopt;
  const SecretSearch search(secret);
  const Request& request = exchange.request;
  if (search.In(request.url)) return "/request/url";
  for (const Header& header : request.headers)
    if (search.In(header.name) || search.In(header.value)) return "/request/headers/" + LowerAscii(header.name);
  if (search.In(request.body)) return "/request/body";
  for (const Header& header : exchange.reply.headers)
    if (search.In(header.name) || search.In(header.value)) return "/reply/headers/" + LowerAscii(header.name);
  if (exchange.reply.reason && search.In(*exchange.reply.reason)) return "/reply/reason";
  for (const Header& trailer : exchange.reply.trailers)
    if (search.In(trailer.name) || search.In(trailer.value)) return "/reply/trailers/" + LowerAscii(trailer.name);
  if (search.In(exchange.reply.body)) return "/reply/body";
  for (const std::string* name : {&exchange.lane, &request.endpoint, &request.format, &request.method,
                                  &exchange.model.asked, &exchange.model.answered, &exchange.model.pin})
    if (search.In(*name)) return "/";
  if (search.In(exchange.unknown)) return "/";
  return std::nullopt;
}

}  // namespace reprise::wire
