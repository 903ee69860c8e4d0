#include "lib/match/text_place.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace reprise::match {
namespace {

constexpr std::size_t kWindowChars = 96;
constexpr std::size_t kBeforePlace = 40;  // characters shown before it, in a long text
constexpr std::size_t kWordChars = 60;

bool IsTail(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Start of the character that holds byte `at`.
std::size_t CharBegin(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && begin < text.size() && IsTail(text[begin]) && at - begin < 3) --begin;
  return begin;
}

// Start of the character after the one at `at`.
std::size_t NextChar(std::string_view text, std::size_t at) {
  std::size_t next = at + 1;
  while (next < text.size() && IsTail(text[next]) && next - at < 4) ++next;
  return next;
}

std::size_t CountChars(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !IsTail(c); }));
}

std::uint32_t CodePointAt(std::string_view text, std::size_t at) {
  const auto a = static_cast<unsigned char>(text[at]);
  const std::size_t length = NextChar(text, at) - at;
  if (a < 0x80 || length == 1) return a;
  std::uint32_t value = a & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return value;
}

std::string Name(std::string_view text, std::size_t at) {
  if (at >= text.size()) return "the end";
  char name[16];
  std::snprintf(name, sizeof name, "U+%04X", CodePointAt(text, at));
  return name;
}

bool IsPlainAt(std::string_view text, std::size_t at) { return at < text.size() && text[at] > 0x20 && text[at] < 0x7F; }

// The word that holds byte `at`; empty where white space or the end stands.
std::string_view WordAt(std::string_view text, std::size_t at) {
  std::size_t begin = at, end = at;
  while (begin > 0 && !IsSpace(text[begin - 1])) --begin;
  while (end < text.size() && !IsSpace(text[end])) ++end;
  return text.substr(begin, end - begin);
}

std::string_view StripSpace(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

bool AllOf(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}

// Digits and dashes as in `shape`, where '9' stands for a digit and 'f' for a hex digit; a prefix of the text.
bool HasShape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == '9' ? !IsDigit(text[i]) : shape[i] == 'f' ? !IsHex(text[i]) : text[i] != shape[i]) return false;
  return true;
}

}  // namespace

std::string Window(std::string_view text, std::size_t from, std::size_t max) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < from && begin < text.size(); ++i) begin = NextChar(text, begin);
  std::size_t end = begin;
  for (std::size_t i = 0; i < max && end < text.size(); ++i) end = NextChar(text, end);
  std::string out = begin > 0 ? "…" : "";
  out += text.substr(begin, end - begin);
  if (end < text.size()) out += "…";
  return out;
}

TextPlace FindPlace(std::string_view recorded, std::string_view asked) {
  TextPlace out;
  const std::size_t shorter = std::min(recorded.size(), asked.size());
  std::size_t prefix = static_cast<std::size_t>(
      std::mismatch(recorded.begin(), recorded.begin() + static_cast<std::ptrdiff_t>(shorter), asked.begin()).first -
      recorded.begin());
  prefix = std::min(CharBegin(recorded, prefix), CharBegin(asked, prefix));
  std::size_t suffix = 0;
  while (suffix < shorter - prefix && recorded[recorded.size() - 1 - suffix] == asked[asked.size() - 1 - suffix])
    ++suffix;
  while (suffix > 0 && IsTail(recorded[recorded.size() - suffix])) --suffix;

  const std::size_t before = CountChars(recorded.substr(0, prefix));
  out.character = before + 1;
  if (!IsPlainAt(recorded, prefix) || !IsPlainAt(asked, prefix))
    out.code_points = Name(recorded, prefix) + ", now " + Name(asked, prefix);

  // The stretch that differs, widened to whole words.
  std::size_t begin = prefix, tail = suffix;
  const std::string_view a = recorded.substr(prefix, recorded.size() - suffix - prefix);
  const std::string_view b = asked.substr(prefix, asked.size() - suffix - prefix);
  const auto inside = [](std::string_view part, bool first) {
    return !part.empty() && !IsSpace(first ? part.front() : part.back());
  };
  const bool touches_left = inside(a, true) || inside(b, true);
  const bool touches_right = inside(a, false) || inside(b, false);
  if (touches_left)
    while (begin > 0 && !IsSpace(recorded[begin - 1])) --begin;
  if (touches_right)
    while (tail > 0 && !IsSpace(recorded[recorded.size() - tail])) --tail;
  const std::string_view recorded_words = StripSpace(recorded.substr(begin, recorded.size() - tail - begin));
  const std::string_view asked_words = StripSpace(asked.substr(begin, asked.size() - tail - begin));
  if (std::max(CountChars(recorded_words), CountChars(asked_words)) <= kWordChars) {
    out.recorded_word = recorded_words;
    out.asked_word = asked_words;
  } else {
    out.whole = false;
    out.recorded_word = Window(WordAt(recorded, prefix), 0, kWordChars);
    out.asked_word = Window(WordAt(asked, prefix), 0, kWordChars);
  }

  const bool is_short = std::max(CountChars(recorded), CountChars(asked)) <= kWindowChars;
  const std::size_t from = is_short || before <= kBeforePlace ? 0 : before - kBeforePlace;
  out.recorded_window = Window(recorded, from, kWindowChars);
  out.asked_window = Window(asked, from, kWindowChars);
  return out;
}

std::string_view LooksRandom(std::string_view word) {
  while (!word.empty() && !IsDigit(word.front()) && !IsLetter(word.front())) word.remove_prefix(1);
  while (!word.empty() && !IsDigit(word.back()) && !IsLetter(word.back())) word.remove_suffix(1);
  if (word.size() == 36 && HasShape(word, "ffffffff-ffff-ffff-ffff-ffffffffffff")) return "uuid";
  if (HasShape(word, "9999-99-99")) return word.size() == 10 ? "date" : "time";
  if (HasShape(word, "99:99:99")) return "time";
  // Seconds or milliseconds since 1970, from 2001 on, perhaps with a fraction.
  const std::string_view whole = word.substr(0, word.find('.'));
  if ((whole.size() == 10 || whole.size() == 13) && AllOf(whole, IsDigit) && (whole[0] == '1' || whole[0] == '2'))
    return "time";
  const bool digit = std::any_of(word.begin(), word.end(), IsDigit);
  const bool letter = std::any_of(word.begin(), word.end(), IsLetter);
  if (word.size() >= 8 && AllOf(word, IsHex) && digit && letter) return "hex id";
  // "call_8xWq2...": an id after a prefix that says what it names. Words of language have no digits inside.
  const std::string_view id = word.substr(word.find_last_of("_-") + 1);
  if (id.size() >= 12 && AllOf(id, [](char c) { return IsDigit(c) || IsLetter(c); }) &&
      std::count_if(id.begin(), id.end(), IsDigit) >= 2 && std::any_of(id.begin(), id.end(), IsLetter))
    return "id";
  return {};
}

}  // namespace reprise::match
