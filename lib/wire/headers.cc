#include "lib/wire/headers.h"

#include <algorithm>
#include <array>

namespace reprise::wire {
namespace {

constexpr std::array kMatched = {"accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta"};
constexpr std::array kStoredToo = {"accept", "content-encoding"};
constexpr std::array kCredentials = {"api-key",
                                     "authorization",
                                     "cookie",
                                     "ocp-apim-subscription-key",
                                     "proxy-authorization",
                                     "set-cookie",
                                     "x-amz-security-token",
                                     "x-api-key",
                                     "x-auth-token",
                                     "x-goog-api-key",
                                     "x-goog-iam-authorization-token"};

template <typename List>
bool Contains(const List& list, std::string_view lower_name) {
  return std::find(list.begin(), list.end(), lower_name) != list.end();
}

bool IsDeclared(const std::vector<std::string>& match_headers, std::string_view name) {
  return std::any_of(match_headers.begin(), match_headers.end(),
                     [&](const std::string& declared) { return EqualNoCase(declared, name); });
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string QuoteUnlessToken(const std::string& text) {
  if (IsToken(text)) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Media types have no case, and for JSON `charset=utf-8` says nothing (RFC 8259, 11: no charset is defined). For
// other types it is not the default everywhere, so it stays.
std::string NormalContentType(std::string_view value, bool keep_boundary) {
  MediaType media = ParseMediaType(value);
  std::string out = media.type;
  std::sort(media.parameters.begin(), media.parameters.end());
  for (const auto& [name, text] : media.parameters) {
    if (name == "boundary" && !keep_boundary) continue;
    const bool charset = name == "charset";
    if (charset && media.IsJson() && EqualNoCase(text, "utf-8")) continue;
    out += "; " + name + "=" + QuoteUnlessToken(charset ? LowerAscii(text) : text);
  }
  return out;
}

}  // namespace

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool EqualNoCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && LowerAscii(a) == LowerAscii(b);
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

const Header* FindHeader(const Headers& headers, std::string_view name) {
  for (const Header& header : headers)
    if (EqualNoCase(header.name, name)) return &header;
  return nullptr;
}

std::optional<std::string> HeaderValue(const Headers& headers, std::string_view name) {
  std::optional<std::string> out;
  for (const Header& header : headers) {
    if (!EqualNoCase(header.name, name)) continue;
    if (out)
      *out += ", ";
    else
      out.emplace();
    *out += TrimSpace(header.value);
  }
  return out;
}

std::string_view MediaType::Parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

bool MediaType::IsJson() const {
  return type == "application/json" || type == "text/json" ||
         (type.size() > 5 && type.compare(type.size() - 5, 5, "+json") == 0);
}

MediaType ParseMediaType(std::string_view value) {
  MediaType out;
  std::size_t at = value.find(';');
  out.type = LowerAscii(TrimSpace(value.substr(0, at)));
  while (at < value.size()) {
    ++at;  // the semicolon
    const std::size_t begin = at;
    while (at < value.size() && value[at] != ';' && value[at] != '=') ++at;
    std::string name = LowerAscii(TrimSpace(value.substr(begin, at - begin)));
    std::string text;
    if (at < value.size() && value[at] == '=') {
      ++at;
      if (at < value.size() && value[at] == '"') {
        for (++at; at < value.size() && value[at] != '"'; ++at) {
          if (value[at] == '\\' && at + 1 < value.size()) ++at;
          text += value[at];
        }
        const std::size_t after = std::min(at + 1, value.size());
        at = std::min(value.find(';', after), value.size());
        text += TrimSpace(value.substr(after, at - after));
      } else {
        const std::size_t from = at;
        at = std::min(value.find(';', at), value.size());
        text = TrimSpace(value.substr(from, at - from));
      }
    }
    if (!name.empty() || !text.empty()) out.parameters.emplace_back(std::move(name), std::move(text));
  }
  return out;
}

bool IsCredentialHeader(std::string_view name) { return Contains(kCredentials, LowerAscii(name)); }

std::vector<std::pair<std::string, std::string>> MatchedHeaders(const Headers& headers,
                                                                const std::vector<std::string>& match_headers,
                                                                bool keep_boundary) {
  std::vector<std::string> names;
  for (const Header& header : headers) {
    std::string name = LowerAscii(header.name);
    if (IsCredentialHeader(name)) continue;
    if (Contains(kMatched, name) || IsDeclared(match_headers, name)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::pair<std::string, std::string>> out;
  for (std::string& name : names) {
    std::string value = *HeaderValue(headers, name);
    if (name == "content-type") {
      value = NormalContentType(value, keep_boundary);
    } else if (name == "accept") {
      // Only a stream is a different thing to ask for; else SDKs send what they like ("*/*", "application/json").
      if (!IsDeclared(match_headers, name) && LowerAscii(value).find("text/event-stream") == std::string::npos)
        continue;
      value = LowerAscii(value);
    }
    out.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

Headers CountedTrailers(const Headers& trailers, const std::vector<std::string>& match_headers) {
  Headers out;
  for (const Header& trailer : trailers) {
    const std::string name = LowerAscii(trailer.name);
    if (!IsCredentialHeader(name) && IsDeclared(match_headers, name)) out.push_back(trailer);
  }
  return out;
}

Headers StoredRequestHeaders(const Headers& headers, const std::vector<std::string>& match_headers) {
  Headers out;
  for (const Header& header : headers) {
    const std::string name = LowerAscii(header.name);
    if (IsCredentialHeader(name)) continue;
    if (Contains(kMatched, name) || Contains(kStoredToo, name) || IsDeclared(match_headers, name))
      out.push_back(header);
  }
  return out;
}

}  // namespace reprise::wire
