#include "lib/wire/url.h"

namespace reprise::wire {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that "%XX" at `i` stands for, or -1.
int Escaped(std::string_view text, std::size_t i) {
  if (text[i] != '%' || i + 2 >= text.size()) return -1;
  const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool IsUnreserved(int c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool MayStand(unsigned char c) {
  return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
}

void AppendEscaped(unsigned char c, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out += '%';
  out += kDigits[c >> 4];
  out += kDigits[c & 15];
}

}  // namespace

UrlParts SplitUrl(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  const std::size_t question = url.find('?');
  if (question != std::string_view::npos) parts.query = url.substr(question + 1);
  url = url.substr(0, question);
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos || url.find('/') < colon) {
    parts.path = url;
    return parts;
  }
  parts.scheme = url.substr(0, colon);
  url.remove_prefix(colon + 3);
  const std::size_t slash = url.find('/');
  parts.host = url.substr(0, slash);
  if (slash != std::string_view::npos) parts.path = url.substr(slash);
  const std::size_t at = parts.host.rfind('@');
  if (at != std::string_view::npos) {
    parts.userinfo = parts.host.substr(0, at);
    parts.host.remove_prefix(at + 1);
  }
  return parts;
}

std::vector<QueryParameter> SplitQuery(std::string_view query) {
  std::vector<QueryParameter> out;
  for (;;) {
    const std::size_t end = query.find('&');
    const std::string_view one = query.substr(0, end);
    const std::size_t equals = one.find('=');
    QueryParameter parameter{one.substr(0, equals), std::nullopt};
    if (equals != std::string_view::npos) parameter.value = one.substr(equals + 1);
    out.push_back(parameter);
    if (end == std::string_view::npos) return out;
    query.remove_prefix(end + 1);
  }
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = Escaped(text, i);
    if (byte < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(byte);
      i += 2;
    }
  }
  return out;
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(static_cast<unsigned char>(c)))
      out += c;
    else
      AppendEscaped(static_cast<unsigned char>(c), out);
  }
  return out;
}

std::string NormalisePercent(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = Escaped(text, i);
    if (byte >= 0) {
      if (IsUnreserved(byte))
        out += static_cast<char>(byte);
      else
        AppendEscaped(static_cast<unsigned char>(byte), out);
      i += 2;
    } else if (MayStand(static_cast<unsigned char>(text[i]))) {
      out += text[i];
    } else {
      AppendEscaped(static_cast<unsigned char>(text[i]), out);
    }
  }
  return out;
}

}  // namespace reprise::wire
