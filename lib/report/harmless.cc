#include "lib/report/harmless.h"

#include <algorithm>
#include <cstdint>

namespace reprise::report {
namespace {

// One code point of UTF-8 (RFC 3629) at `at`; size 0 when the byte there begins none.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;
};

CodePoint Decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
  if (size == 0 || lead > 0xF4 || at + size > text.size()) return {};
  std::uint32_t value = lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = value << 6 | (byte(at + i) & 0x3F);
  }
  if ((size == 3 && value < 0x800) || (size == 4 && value < 0x10000) || value > 0x10FFFF) return {};
  if (value >= 0xD800 && value <= 0xDFFF) return {};
  return {value, size};
}

bool Between(std::uint32_t c, std::uint32_t low, std::uint32_t high) { return c >= low && c <= high; }

// Characters that act instead of printing. Sources: Unicode 15 chapters 23.1, 23.2 (controls, bidi), 23.9 (tags).
bool Acts(std::uint32_t c) {
  if (c < 0x80) return c < 0x20 || c == 0x7F;
  return Between(c, 0x80, 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E || c == 0x200B || c == 0x200E ||
         c == 0x200F || Between(c, 0x2028, 0x202E) || Between(c, 0x2060, 0x206F) || c == 0xFEFF ||
         Between(c, 0xFFF9, 0xFFFB) || Between(c, 0xE0000, 0xE007F);
}

// White space that a runner trims before it looks for `::`.
bool IsBlank(std::uint32_t c) {
  return c == ' ' || c == '\t' || c == 0xA0 || c == 0x1680 || Between(c, 0x2000, 0x200A) || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

void AppendHex(std::string& out, std::uint32_t value, int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int i = digits - 1; i >= 0; --i) out += kDigits[value >> (4 * i) & 15];
}

void AppendEscape(std::string& out, std::uint32_t c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  if (c < 0x80) {
    out += "\\x";
    AppendHex(out, c, 2);
  } else if (c < 0x10000) {
    out += "\\u";
    AppendHex(out, c, 4);
  } else {
    out += "\\U";
    AppendHex(out, c, 8);
  }
}

bool StartsWith(std::string_view text, std::size_t at, std::string_view what) {
  return text.substr(at, what.size()) == what;
}

// `##[`, `##vso[`, `##teamcity[`: two hashes, letters, a bracket.
bool IsHashCommand(std::string_view text, std::size_t at) {
  if (!StartsWith(text, at, "##")) return false;
  std::size_t i = at + 2;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  while (i < text.size() && i < at + 34 && is_letter(text[i])) ++i;
  return i < text.size() && text[i] == '[';
}

// `one_line`: line feeds and tabs are escaped too. `max_chars` 0: no limit.
std::string MakeHarmless(std::string_view text, bool one_line, std::size_t max_chars) {
  std::string out;
  out.reserve(max_chars == 0 ? text.size() : std::min(text.size(), 4 * max_chars + 16));
  bool line_start = true;  // nothing but white space since the last line feed
  std::size_t printed = 0;
  std::size_t cut = 0;  // where `out` ends when one char less than the limit has been printed
  std::string piece;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = Decode(text, i);
    std::size_t width = 1;
    piece.clear();
    if (c.size == 0) {
      piece = "\\x";
      AppendHex(piece, static_cast<unsigned char>(text[i]), 2);
      width = 4;
      line_start = false;
      i += 1;
    } else {
      const bool line_feed = c.value == '\n' || (c.value == '\r' && StartsWith(text, i, "\r\n"));
      if (line_feed) i += c.value == '\r' ? 1 : 0;
      if (line_feed && !one_line) {
        piece = '\n';
        line_start = true;
      } else if (line_feed || (c.value != '\t' && Acts(c.value)) || (c.value == '\t' && one_line)) {
        AppendEscape(piece, line_feed ? '\n' : c.value);
        width = piece.size();
        line_start = false;
      } else {
        if (line_start && StartsWith(text, i, "::")) piece = '\\';
        if (c.value == '<' && (StartsWith(text, i, "<CTest") || StartsWith(text, i, "<DartMeasurement"))) {
          piece = "<\\";
        } else if (c.value == '#' && IsHashCommand(text, i)) {
          piece = "#\\";
        } else {
          piece.append(text.substr(i, c.size));
        }
        width = piece.size() > c.size ? 2 : 1;
        if (!IsBlank(c.value)) line_start = false;
      }
      i += c.size;
    }
    if (max_chars != 0 && printed + width > max_chars) {
      if (printed == max_chars) out.resize(cut);
      return out + "…";
    }
    if (printed < max_chars) cut = out.size();
    out += piece;
    printed += width;
  }
  return out;
}

std::size_t LongestRun(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string Harmless(std::string_view text) { return MakeHarmless(text, false, 0); }

std::string HarmlessLine(std::string_view text, std::size_t max_chars) { return MakeHarmless(text, true, max_chars); }

std::string HarmlessJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    const CodePoint c = Decode(json, i);
    if (c.size == 0) {
      out += "\\ufffd";
      i += 1;
      continue;
    }
    // Outside strings JSON has only ASCII, and its white space is harmless.
    if (!Acts(c.value) || c.value == '\n' || c.value == '\t' || c.value == '\r') {
      // `\u003c` and `\u0023` are `<` and `#` to a parser; these only occur inside strings.
      if (c.value == '<' && (StartsWith(json, i, "<CTest") || StartsWith(json, i, "<DartMeasurement"))) {
        out += "\\u003c";
      } else if (c.value == '#' && IsHashCommand(json, i)) {
        out += "\\u0023";
      } else {
        out.append(json.substr(i, c.size));
      }
    } else if (c.value < 0x10000) {
      out += "\\u";
      AppendHex(out, c.value, 4);
    } else {
      const std::uint32_t rest = c.value - 0x10000;
      out += "\\u";
      AppendHex(out, 0xD800 + (rest >> 10), 4);
      out += "\\u";
      AppendHex(out, 0xDC00 + (rest & 0x3FF), 4);
    }
    i += c.size;
  }
  return out;
}

std::string HarmlessHtml(std::string_view text) {
  std::string out;
  for (const char c : Harmless(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string MarkdownBlock(std::string_view text, std::string_view language) {
  const std::string inside = Harmless(text);
  const std::string fence(std::max<std::size_t>(3, LongestRun(inside, '`') + 1), '`');
  std::string out = fence;
  out.append(language).append("\n").append(inside);
  if (inside.empty() || inside.back() != '\n') out += '\n';
  return out.append(fence).append("\n");
}

std::string MarkdownCode(std::string_view text, std::size_t max_chars) {
  std::string inside;
  for (const char c : HarmlessLine(text, max_chars)) {
    if (c == '|') inside += '\\';
    inside += c;
  }
  const std::string fence(LongestRun(inside, '`') + 1, '`');
  // CommonMark takes one space off both sides when both are there.
  const bool pad = inside.empty() || inside.front() == '`' || inside.back() == '`' || inside.front() == ' ';
  const std::string space = pad ? " " : "";
  return fence + space + inside + space + fence;
}

}  // namespace reprise::report
