#include "lib/wire/canonical_json.h"

#include <algorithm>
#include <cstdlib>

namespace reprise::wire {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void AppendUnicodeEscape(unsigned unit, std::string& out) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 15];
}

// `digits` is a magnitude without leading zeros ("" is zero). Adds or takes away `delta`; the result may change sign.
struct SignedDecimal {
  bool negative = false;
  std::string digits;
};

std::string AddMagnitudes(std::string a, std::string_view b) {
  if (a.size() < b.size()) a.insert(0, b.size() - a.size(), '0');
  int carry = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t at = a.size() - 1 - i;
    const int sum = (a[at] - '0') + (i < b.size() ? b[b.size() - 1 - i] - '0' : 0) + carry;
    a[at] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
    if (carry == 0 && i >= b.size()) break;
  }
  if (carry != 0) a.insert(0, 1, '1');
  return a;
}

// a >= b.
std::string SubtractMagnitudes(std::string a, std::string_view b) {
  int borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t at = a.size() - 1 - i;
    int difference = (a[at] - '0') - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0) - borrow;
    borrow = difference < 0 ? 1 : 0;
    if (borrow != 0) difference += 10;
    a[at] = static_cast<char>('0' + difference);
    if (borrow == 0 && i >= b.size()) break;
  }
  a.erase(0, std::min(a.find_first_not_of('0'), a.size()));
  return a;
}

bool Less(std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

SignedDecimal Add(SignedDecimal a, std::int64_t delta) {
  const bool negative = delta < 0;
  const std::string b = delta == 0 ? "" : std::to_string(negative ? -delta : delta);
  if (a.negative == negative || a.digits.empty())
    return {negative && !b.empty(), AddMagnitudes(std::move(a.digits), b)};
  if (b.empty()) return a;
  if (Less(a.digits, b)) return {negative, SubtractMagnitudes(b, a.digits)};
  std::string digits = SubtractMagnitudes(std::move(a.digits), b);
  return {a.negative && !digits.empty(), std::move(digits)};
}

struct Member {
  std::string_view plain;  // the name where it has no escapes
  std::string decoded;     // else
  std::uint32_t value;
  std::string_view name() const { return decoded.empty() ? plain : std::string_view(decoded); }
};

class Writer {
 public:
  Writer(const JsonTree& tree, const PointerPatterns& ignore, std::string& out)
      : tree_(tree), ignore_(ignore), out_(out) {}

  bool Value(std::uint32_t node, const PointerPatterns::Active& active, std::size_t depth) {
    switch (tree_.Kind(node)) {
      case JsonKind::kNull:
      case JsonKind::kFalse:
      case JsonKind::kTrue: out_ += tree_.Raw(node); return true;
      case JsonKind::kNumber: out_ += CanonicalNumber(tree_.Raw(node)); return true;
      case JsonKind::kString: String(tree_.Raw(node)); return true;
      case JsonKind::kArray: return Array(node, active, depth);
      case JsonKind::kObject: return Object(node, active, depth);
    }
    return false;
  }

 private:
  // A token without a backslash holds no control character either, so it is canonical as it stands.
  void String(std::string_view raw) {
    if (raw.find('\\') == std::string_view::npos)
      out_ += raw;
    else
      AppendCanonicalString(DecodeJsonString(raw), out_);
  }

  // A child of which `segment` is the name or index. Ignored children are written too, then taken back: a duplicate
  // name inside them still counts.
  bool Child(std::uint32_t value, std::string_view segment, const PointerPatterns::Active& active, std::size_t depth,
             bool* ignored) {
    *ignored = false;
    if (active.empty()) return Value(value, active, depth + 1);
    return Value(value, ignore_.Step(active, depth, segment, ignored), depth + 1);
  }

  bool Array(std::uint32_t node, const PointerPatterns::Active& active, std::size_t depth) {
    out_ += '[';
    bool first = true;
    std::size_t index = 0;
    for (std::uint32_t child = tree_.First(node); child < tree_.End(node); child = tree_.node(child).next, ++index) {
      const std::size_t before = out_.size();
      if (!first) out_ += ',';
      bool ignored = false;
      if (!Child(child, active.empty() ? std::string() : std::to_string(index), active, depth, &ignored)) return false;
      if (ignored)
        out_.resize(before);
      else
        first = false;
    }
    out_ += ']';
    return true;
  }

  bool Object(std::uint32_t node, const PointerPatterns::Active& active, std::size_t depth) {
    std::vector<Member> members;
    for (std::uint32_t name = tree_.First(node); name < tree_.End(node);) {
      const std::string_view raw = tree_.Raw(name);
      Member member;
      member.plain = raw.substr(1, raw.size() - 2);
      if (member.plain.find('\\') != std::string_view::npos) member.decoded = DecodeJsonString(raw);
      member.value = tree_.node(name).next;
      name = tree_.node(member.value).next;
      members.push_back(std::move(member));
    }
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.name() < b.name(); });
    out_ += '{';
    bool first = true;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0 && members[i].name() == members[i - 1].name()) return false;
      const std::size_t before = out_.size();
      if (!first) out_ += ',';
      if (members[i].decoded.empty()) {
        out_ += '"';
        out_ += members[i].plain;
        out_ += '"';
      } else {
        AppendCanonicalString(members[i].decoded, out_);
      }
      out_ += ':';
      bool ignored = false;
      if (!Child(members[i].value, members[i].name(), active, depth, &ignored)) return false;
      if (ignored)
        out_.resize(before);
      else
        first = false;
    }
    out_ += '}';
    return true;
  }

  const JsonTree& tree_;
  const PointerPatterns& ignore_;
  std::string& out_;
};

// Length of the sequence that begins with this byte, by the byte alone.
std::size_t SequenceLength(unsigned char c) { return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4; }

// One character below U+0080.
void AppendAscii(char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      if (static_cast<unsigned char>(c) < 0x20)
        AppendUnicodeEscape(static_cast<unsigned char>(c), out);
      else
        out += c;
  }
}

}  // namespace

PointerPatterns::PointerPatterns(const std::vector<std::string>& pointers) {
  for (const std::string& pointer : pointers) {
    if (pointer.empty() || pointer[0] != '/') continue;
    std::vector<std::string> segments;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
      if (pointer[i] == '/') {
        segments.emplace_back();
      } else if (pointer[i] == '~' && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
        segments.back() += pointer[++i] == '0' ? '~' : '/';
      } else {
        segments.back() += pointer[i];
      }
    }
    patterns_.push_back(std::move(segments));
  }
}

PointerPatterns::Active PointerPatterns::Start() const {
  Active all(patterns_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  return all;
}

PointerPatterns::Active PointerPatterns::Step(const Active& active, std::size_t depth, std::string_view segment,
                                              bool* named) const {
  Active next;
  for (const std::uint32_t i : active) {
    const std::vector<std::string>& pattern = patterns_[i];
    if (pattern[depth] != "*" && pattern[depth] != segment) continue;
    if (pattern.size() == depth + 1)
      *named = true;
    else
      next.push_back(i);
  }
  return next;
}

bool AppendCanonical(const JsonTree& tree, std::uint32_t node, const PointerPatterns& ignore, std::string& out) {
  return Writer(tree, ignore, out).Value(node, ignore.Start(), 0);
}

std::string CanonicalNumber(std::string_view token) {
  const bool negative = !token.empty() && token[0] == '-';
  if (negative) token.remove_prefix(1);
  const std::size_t e = token.find_first_of("eE");
  const std::string_view mantissa = token.substr(0, e);
  std::string digits;
  std::size_t fraction = 0;
  bool after_point = false;
  for (const char c : mantissa) {
    if (c == '.') {
      after_point = true;
      continue;
    }
    digits += c;
    if (after_point) ++fraction;
  }
  const std::size_t last = digits.find_last_not_of('0');
  if (last == std::string::npos) return "0";
  const std::size_t trailing = digits.size() - 1 - last;
  digits.resize(last + 1);
  digits.erase(0, digits.find_first_not_of('0'));

  SignedDecimal power;
  if (e != std::string_view::npos) {
    std::string_view exponent = token.substr(e + 1);
    power.negative = exponent[0] == '-';
    if (exponent[0] == '-' || exponent[0] == '+') exponent.remove_prefix(1);
    exponent.remove_prefix(std::min(exponent.find_first_not_of('0'), exponent.size()));
    power.digits = exponent;
    if (power.digits.empty()) power.negative = false;
  }
  power = Add(std::move(power), static_cast<std::int64_t>(trailing) - static_cast<std::int64_t>(fraction));

  std::string out = negative ? "-" : "";
  out += digits;
  if (!power.digits.empty()) {
    out += power.negative ? "e-" : "e";
    out += power.digits;
  }
  return out;
}

void AppendCanonicalString(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t length = SequenceLength(c);
    if (c < 0x80)
      AppendAscii(text[i], out);
    else if (c == 0xED && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0xA0)
      AppendUnicodeEscape(
          0xD000u | (static_cast<unsigned>(text[i + 1] & 0x3F) << 6) | static_cast<unsigned>(text[i + 2] & 0x3F), out);
    else
      out.append(text.substr(i, length));
    i += length;
  }
  out += '"';
}

void AppendCanonicalBytes(std::string_view bytes, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < bytes.size();) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = SequenceLength(c);
    if (c < 0x80) {
      AppendAscii(bytes[i], out);
    } else if (!IsUtf8(bytes.substr(i, length))) {
      AppendUnicodeEscape(0xDC00u | c, out);
      ++i;
      continue;
    } else {
      out.append(bytes.substr(i, length));
    }
    i += length;
  }
  out += '"';
}

}  // namespace reprise::wire
