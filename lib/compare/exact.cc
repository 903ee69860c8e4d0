#include "lib/compare/exact.h"

#include <algorithm>
#include <string>

#include "lib/wire/json_text.h"

namespace reprise::compare {
namespace {

constexpr std::size_t kBefore = 30, kAfter = 50;  // characters of a window on each side of the place
constexpr std::size_t kHexBytes = 16;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Length of what both begin with, not ending inside a character.
std::size_t CommonPrefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t n = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<long>(most), b.begin()).first - a.begin());
  const auto inside = [](std::string_view text, std::size_t at) {
    return at < text.size() && IsContinuation(text[at]);
  };
  while (n > 0 && (inside(a, n) || inside(b, n))) --n;
  return n;
}

std::size_t Characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), IsContinuation));
}

std::string Window(std::string_view text, std::size_t at) {
  std::size_t begin = at, end = at;
  for (std::size_t n = 0; n < kBefore && begin > 0; ++n) do
      --begin;
    while (begin > 0 && IsContinuation(text[begin]));
  for (std::size_t n = 0; n < kAfter && end < text.size(); ++n) do
      ++end;
    while (end < text.size() && IsContinuation(text[end]));
  std::string out = begin > 0 ? "…" : "";
  out.append(text.substr(begin, end - begin));
  if (end < text.size()) out += "…";
  return out;
}

bool IsBoundary(std::string_view text, std::size_t at) { return at >= text.size() || IsSpace(text[at]); }

// The word that a place is in, or, with `next`, the one that begins after it; "" when there is none.
std::string_view WordAt(std::string_view text, std::size_t at, bool next) {
  std::size_t begin = at;
  if (next)
    while (begin < text.size() && IsSpace(text[begin])) ++begin;
  else
    while (begin > 0 && !IsSpace(text[begin - 1])) --begin;
  std::size_t end = begin;
  while (end < text.size() && !IsSpace(text[end])) ++end;
  return text.substr(begin, end - begin);
}

bool SayTheSameWords(std::string_view a, std::string_view b) {
  while (true) {
    const std::string_view word_a = WordAt(a, 0, true), word_b = WordAt(b, 0, true);
    if (word_a != word_b) return false;
    if (word_a.empty()) return true;
    a.remove_prefix(static_cast<std::size_t>(word_a.data() - a.data()) + word_a.size());
    b.remove_prefix(static_cast<std::size_t>(word_b.data() - b.data()) + word_b.size());
  }
}

std::string Place(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  std::size_t word = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!IsSpace(before[i]) && (i + 1 == before.size() || IsSpace(before[i + 1]))) ++word;
  if (before.empty() || IsSpace(before.back())) ++word;
  return "line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) + ", column " +
         std::to_string(1 + Characters(before.substr(line_start))) + ", word " + std::to_string(word);
}

std::string Told(std::string_view word) { return word.empty() ? "nothing" : "\"" + std::string(word) + "\""; }

std::string Hex(std::string_view bytes, std::size_t at) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes.substr(at, kHexBytes)) {
    if (!out.empty()) out += ' ';
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  if (at + kHexBytes < bytes.size()) out += " …";
  return out;
}

}  // namespace

Verdict CompareText(std::string_view expected, std::string_view got) {
  Verdict verdict;
  verdict.rule = "exact text";
  if (expected == got) return verdict;
  verdict.kind = Verdict::Kind::kFail;
  const std::size_t at = CommonPrefix(expected, got);
  verdict.differences.push_back({Place(got, at), Window(expected, at), Window(got, at)});
  // Where a word has ended in both, it is the next that differs.
  const bool next = IsBoundary(expected, at) && IsBoundary(got, at);
  const std::string_view expected_word = WordAt(expected, at, next), got_word = WordAt(got, at, next);
  if (SayTheSameWords(expected, got))
    verdict.note = "the texts differ in white space";
  else
    verdict.note = "first word that differs: expected " + Told(expected_word) + ", got " + Told(got_word);
  return verdict;
}

Verdict CompareBytes(std::string_view expected, std::string_view got) {
  Verdict verdict;
  verdict.rule = "bytes";
  if (expected == got) return verdict;
  verdict.kind = Verdict::Kind::kFail;
  const bool text = wire::IsUtf8(expected) && wire::IsUtf8(got);
  const std::size_t at = CommonPrefix(expected, got);
  verdict.differences.push_back({"byte " + std::to_string(at), text ? Window(expected, at) : Hex(expected, at),
                                 text ? Window(got, at) : Hex(got, at)});
  if (expected.size() != got.size())
    verdict.note = std::to_string(expected.size()) + " bytes expected, " + std::to_string(got.size()) + " bytes got";
  return verdict;
}

}  // namespace reprise::compare
