#include "lib/match/body_mutations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace reprise::match {
namespace {

using Kind = Mutation::Kind;

constexpr int kMaxDepth = 512;
constexpr char kAddedName[] = "reprise_audit";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// A decimal digit string, raised by one.
std::string RaiseByOne(std::string digits) {
  std::size_t i = digits.size();
  while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
  if (i == 0) return "1" + digits;
  ++digits[i - 1];
  return digits;
}

char OtherDigit(char digit) { return digit == '9' ? '0' : static_cast<char>(digit + 1); }

// Certainly not equal? Another library's judgement; where it cannot read one of them, no.
bool AreUnequal(std::string_view a, std::string_view b) {
  if (a == b) return false;
  const auto left = nlohmann::json::parse(a, nullptr, false), right = nlohmann::json::parse(b, nullptr, false);
  return !left.is_discarded() && !right.is_discarded() && left != right;
}

class Walker {
 public:
  Walker(std::string_view body, const std::function<bool(const BodyEdit&)>& visit) : body_(body), visit_(visit) {}

  bool Run() {
    Space();
    if (!Value(0)) return false;
    Space();
    return at_ == body_.size();
  }

 private:
  struct Span {
    std::size_t begin, end;  // a member with its name, an element
  };

  char Peek() const { return at_ < body_.size() ? body_[at_] : '\0'; }
  bool Eat(char c) {
    if (at_ >= body_.size() || body_[at_] != c) return false;
    ++at_;
    return true;
  }
  void Space() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }
  std::string_view Bytes(Span span) const { return body_.substr(span.begin, span.end - span.begin); }

  bool Tell(Kind kind, const char* what, std::size_t begin, std::size_t end, std::function<std::string()> text) {
    return visit_(BodyEdit{kind, &path_, what, begin, end, std::move(text)});
  }
  // The same for a child of the container at hand.
  bool TellOf(std::string segment, Kind kind, const char* what, std::size_t begin, std::size_t end,
              std::function<std::string()> text) {
    path_.push_back(std::move(segment));
    const bool go_on = Tell(kind, what, begin, end, std::move(text));
    path_.pop_back();
    return go_on;
  }

  bool Value(int depth) {
    switch (Peek()) {
      case '{': return depth < kMaxDepth && Object(depth);
      case '[': return depth < kMaxDepth && Array(depth);
      case '"': return String();
      case 't': return Word("true", "true became false", "false");
      case 'f': return Word("false", "false became true", "true");
      case 'n': return Word("null", "null became false", "false");
      default: return Number();
    }
  }

  bool Word(std::string_view word, const char* what, const char* other) {
    if (body_.substr(at_, word.size()) != word) return false;
    const std::size_t begin = at_;
    at_ += word.size();
    return Tell(Kind::kValue, what, begin, at_, [other] { return std::string(other); });
  }

  bool Number() {
    const std::size_t begin = at_;
    Eat('-');
    const std::size_t whole = at_;
    while (IsDigit(Peek())) ++at_;
    if (at_ == whole || (body_[whole] == '0' && at_ > whole + 1)) return false;
    const std::size_t whole_end = at_;
    if (Eat('.')) {
      const std::size_t fraction = at_;
      while (IsDigit(Peek())) ++at_;
      if (at_ == fraction) return false;
    }
    const std::size_t mantissa_end = at_;
    std::size_t exponent = 0, sign = 0;
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      sign = at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      exponent = at_;
      while (IsDigit(Peek())) ++at_;
      if (at_ == exponent) return false;
    }
    const std::string_view body = body_;
    const auto last_digit = [body, mantissa_end] { return std::string(1, OtherDigit(body[mantissa_end - 1])); };
    const auto raised = [body, whole, whole_end] {
      return RaiseByOne(std::string(body.substr(whole, whole_end - whole)));
    };
    if (exponent == 0) {
      if (!Tell(Kind::kValue, "number raised by 1 (away from zero)", whole, whole_end, raised)) return false;
      if (mantissa_end == whole_end) return true;
      return Tell(Kind::kValue, "last digit changed", mantissa_end - 1, mantissa_end, last_digit);
    }
    if (!Tell(Kind::kValue, "last digit changed", mantissa_end - 1, mantissa_end, last_digit)) return false;
    const std::string_view mantissa = body_.substr(begin, mantissa_end - begin);
    if (mantissa.find_first_of("123456789") == std::string_view::npos) return true;
    const std::size_t end = at_;
    return Tell(Kind::kValue, "exponent raised by 1", sign, end, [body, sign, exponent, end] {
      const std::string digits(body.substr(exponent, end - exponent));
      const bool negative = body[sign] == '-';
      // -0 and below: one less of what is taken away; past zero it turns positive.
      if (!negative || digits.find_first_not_of('0') == std::string::npos) return RaiseByOne(digits);
      std::string lower = digits;
      std::size_t i = lower.size();
      while (lower[i - 1] == '0') lower[--i] = '9';
      --lower[i - 1];
      return "-" + lower;
    });
  }

  // Where the characters of the string that begins at `at_` stand, quotes left out. A character is an escape, or a
  // UTF-8 sequence.
  bool Characters(std::vector<Span>* out) {
    if (!Eat('"')) return false;
    while (at_ < body_.size() && body_[at_] != '"') {
      const std::size_t begin = at_;
      if (static_cast<unsigned char>(body_[at_]) < 0x20) return false;
      if (Eat('\\')) {
        const char c = Peek();
        if (c == 'u') {
          for (std::size_t k = 1; k <= 4; ++k)
            if (at_ + k >= body_.size() ||
                std::string_view("0123456789abcdefABCDEF").find(body_[at_ + k]) == std::string_view::npos)
              return false;
          at_ += 5;
        } else if (c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
          ++at_;
        } else {
          return false;
        }
      } else {
        ++at_;
        while (at_ < body_.size() && (static_cast<unsigned char>(body_[at_]) & 0xC0) == 0x80) ++at_;
      }
      out->push_back({begin, at_});
    }
    return Eat('"');
  }

  // A character that this one is not.
  std::string Other(Span character) const {
    const std::string_view text = Bytes(character);
    if (text == "x") return "y";
    const bool escaped_x = text.size() == 6 && text.substr(0, 5) == "\\u007" && text[5] == '8';
    return escaped_x ? "y" : "x";
  }

  bool String() {
    const std::size_t begin = at_;
    std::vector<Span> characters;
    if (!Characters(&characters)) return false;
    if (characters.empty())
      return Tell(Kind::kValue, "one character put into the empty string", begin + 1, begin + 1,
                  [] { return std::string("x"); });
    const auto replace = [&](std::size_t index, const char* what) {
      const Span span = characters[index];
      const std::string other = Other(span);
      return Tell(Kind::kValue, what, span.begin, span.end, [other] { return other; });
    };
    const std::size_t last = characters.size() - 1, middle = characters.size() / 2;
    if (!replace(0, "first character replaced")) return false;
    if (last > 1 && !replace(middle, "middle character replaced")) return false;
    return last == 0 || replace(last, "last character replaced");
  }

  // One edit that takes child `i` away, with one of the commas around it.
  Span Removal(const std::vector<Span>& children, std::size_t i) const {
    if (i > 0) return {children[i - 1].end, children[i].end};
    return {children[0].begin, children.size() > 1 ? children[1].begin : children[0].end};
  }

  bool Object(int depth) {
    ++at_;
    const std::size_t inside = at_;
    std::vector<Span> members;
    std::vector<std::string> names;
    Space();
    if (!Eat('}')) {
      for (;;) {
        Space();
        Span member{at_, 0};
        std::vector<Span> characters;
        if (!Characters(&characters)) return false;
        names.push_back(Decode(body_.substr(member.begin, at_ - member.begin)));
        Space();
        if (!Eat(':')) return false;
        Space();
        path_.push_back(names.back());
        const bool fine = Value(depth + 1);
        path_.pop_back();
        if (!fine) return false;
        member.end = at_;
        members.push_back(member);
        Space();
        if (Eat('}')) break;
        if (!Eat(',')) return false;
      }
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Span span = Removal(members, i);
      if (!TellOf(names[i], Kind::kRemoved, "member removed", span.begin, span.end, [] { return std::string(); }))
        return false;
    }
    std::string added = kAddedName;
    while (std::find(names.begin(), names.end(), added) != names.end()) added += '_';
    const std::string member = "\"" + added + "\":true" + (members.empty() ? "" : ",");
    return TellOf(added, Kind::kAdded, "member added", inside, inside, [member] { return member; });
  }

  bool Array(int depth) {
    ++at_;
    std::vector<Span> elements;
    Space();
    if (!Eat(']')) {
      for (;;) {
        Space();
        Span element{at_, 0};
        path_.push_back(std::to_string(elements.size()));
        const bool fine = Value(depth + 1);
        path_.pop_back();
        if (!fine) return false;
        element.end = at_;
        elements.push_back(element);
        Space();
        if (Eat(']')) break;
        if (!Eat(',')) return false;
      }
    }
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const Span span = Removal(elements, i), self = elements[i];
      const std::string_view text = Bytes(self);
      if (!TellOf(std::to_string(i), Kind::kRemoved, "element removed", span.begin, span.end,
                  [] { return std::string(); }))
        return false;
      if (!TellOf(std::to_string(i), Kind::kDoubled, "element doubled", self.end, self.end,
                  [text] { return "," + std::string(text); }))
        return false;
      if (i == 0 || !AreUnequal(Bytes(elements[i - 1]), text)) continue;
      const Span before = elements[i - 1];
      const std::string_view between = body_.substr(before.end, self.begin - before.end);
      const std::string_view other = Bytes(before);
      if (!TellOf(std::to_string(i - 1), Kind::kSwapped, "swapped with its neighbour", before.begin, self.end,
                  [=] { return std::string(text) + std::string(between) + std::string(other); }))
        return false;
    }
    return true;
  }

  // The name behind a string token; one that the other library cannot read is taken as it is spelled.
  static std::string Decode(std::string_view token) {
    const auto value = nlohmann::json::parse(token, nullptr, false);
    return value.is_string() ? value.get<std::string>() : std::string(token.substr(1, token.size() - 2));
  }

  const std::string_view body_;
  const std::function<bool(const BodyEdit&)>& visit_;
  std::size_t at_ = 0;
  std::vector<std::string> path_;
};

}  // namespace

bool WalkJson(std::string_view body, const std::function<bool(const BodyEdit&)>& visit) {
  return Walker(body, visit).Run();
}

bool WalkBytes(std::string_view body, const std::function<bool(const BodyEdit&)>& visit) {
  const std::vector<std::string> none;
  const auto tell = [&](Kind kind, const char* what, std::size_t begin, std::size_t end, std::string text) {
    return visit(BodyEdit{kind, &none, what, begin, end, [text] { return text; }});
  };
  const auto replace = [&](std::size_t at, const char* what) {
    return tell(Kind::kValue, what, at, at + 1, body[at] == 'x' ? "y" : "x");
  };
  if (body.empty()) return tell(Kind::kAdded, "one byte put into the empty body", 0, 0, "x");
  const std::size_t last = body.size() - 1;
  if (!replace(0, "first byte replaced")) return false;
  if (last > 1 && !replace(body.size() / 2, "middle byte replaced")) return false;
  if (last > 0 && !replace(last, "last byte replaced")) return false;
  return tell(Kind::kRemoved, "last byte removed", last, body.size(), "") &&
         tell(Kind::kAdded, "one byte added", body.size(), body.size(), "x");
}

}  // namespace reprise::match
