#include "lib/wire/json_text.h"

#include <algorithm>

namespace reprise::wire {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Length of the well-formed UTF-8 sequence at `i` (Unicode 15, table 3-7), or 0.
std::size_t Utf8Length(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
  const unsigned a = byte(i);
  const auto tail = [&](std::size_t k, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(k) >= low && byte(k) <= high;
  };
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(i + 1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    const unsigned low = a == 0xE0 ? 0xA0 : 0x80, high = a == 0xED ? 0x9F : 0xBF;
    return tail(i + 1, low, high) && tail(i + 2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const unsigned low = a == 0xF0 ? 0x90 : 0x80, high = a == 0xF4 ? 0x8F : 0xBF;
    return tail(i + 1, low, high) && tail(i + 2) && tail(i + 3) ? 4 : 0;
  }
  return 0;
}

class Parser {
 public:
  Parser(std::string_view text, int max_depth, std::uint32_t max_nodes, std::vector<JsonNode>& nodes)
      : text_(text), max_depth_(static_cast<std::size_t>(max_depth)), max_nodes_(max_nodes), nodes_(nodes) {}

  Status Run() {
    SkipSpace();
    REPRISE_RETURN_IF_ERROR(Value());
    while (!open_.empty()) REPRISE_RETURN_IF_ERROR(Step());
    SkipSpace();
    if (at_ != text_.size()) return Error("expected the end of the text");
    return {};
  }

 private:
  struct Open {
    std::uint32_t index;
    bool first = true;
  };

  Status Error(const char* what) const {
    return Status(ErrorKind::kCassette, "JSON", std::string(what) + " at byte " + std::to_string(at_));
  }

  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }

  // One element of the innermost open array or object, or its end.
  Status Step() {
    SkipSpace();
    Open& open = open_.back();
    const bool object = nodes_[open.index].kind == JsonKind::kObject;
    const char close = object ? '}' : ']';
    if (at_ < text_.size() && text_[at_] == close) {
      ++at_;
      nodes_[open.index].end = at_;
      nodes_[open.index].next = static_cast<std::uint32_t>(nodes_.size());
      open_.pop_back();
      return {};
    }
    if (!open.first) {
      if (at_ >= text_.size() || text_[at_] != ',')
        return Error(object ? "expected ',' or '}'" : "expected ',' or ']'");
      ++at_;
      SkipSpace();
    }
    open.first = false;
    if (object) {
      if (at_ >= text_.size() || text_[at_] != '"') return Error("expected a member name");
      REPRISE_RETURN_IF_ERROR(StringToken());
      SkipSpace();
      if (at_ >= text_.size() || text_[at_] != ':') return Error("expected ':'");
      ++at_;
      SkipSpace();
    }
    return Value();
  }

  Status Value() {
    if (nodes_.size() >= max_nodes_) return Error("too many values");
    if (at_ >= text_.size()) return Error("expected a value");
    switch (text_[at_]) {
      case '{': return OpenContainer(JsonKind::kObject);
      case '[': return OpenContainer(JsonKind::kArray);
      case '"': return StringToken();
      case 't': return Word("true", JsonKind::kTrue);
      case 'f': return Word("false", JsonKind::kFalse);
      case 'n': return Word("null", JsonKind::kNull);
      default: return NumberToken();
    }
  }

  Status OpenContainer(JsonKind kind) {
    if (open_.size() >= max_depth_) return Error("nested too deeply");
    open_.push_back({static_cast<std::uint32_t>(nodes_.size())});
    nodes_.push_back({kind, 0, at_, 0});
    ++at_;
    return {};
  }

  void Leaf(JsonKind kind, std::size_t begin) {
    nodes_.push_back({kind, static_cast<std::uint32_t>(nodes_.size()) + 1, begin, at_});
  }

  Status Word(std::string_view word, JsonKind kind) {
    if (text_.substr(at_, word.size()) != word) return Error("expected a value");
    const std::size_t begin = at_;
    at_ += word.size();
    Leaf(kind, begin);
    return {};
  }

  bool Digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }

  Status NumberToken() {
    const std::size_t begin = at_;
    if (text_[at_] == '-') ++at_;
    if (at_ < text_.size() && text_[at_] == '0') {
      ++at_;
    } else if (!Digits()) {
      return Error("expected a value");
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!Digits()) return Error("expected a digit");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (!Digits()) return Error("expected a digit");
    }
    Leaf(JsonKind::kNumber, begin);
    return {};
  }

  Status StringToken() {
    const std::size_t begin = at_++;
    while (at_ < text_.size()) {
      const unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        Leaf(JsonKind::kString, begin);
        return {};
      }
      if (c < 0x20) return Error("a control character stands unescaped in a string");
      if (c == '\\') {
        const char e = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (e == 'u') {
          for (std::size_t k = 2; k < 6; ++k)
            if (at_ + k >= text_.size() || HexDigit(text_[at_ + k]) < 0) return Error("expected four hex digits");
          at_ += 6;
        } else if (std::string_view("\"\\/bfnrt").find(e) != std::string_view::npos && e != '\0') {
          at_ += 2;
        } else {
          return Error("unknown escape in a string");
        }
      } else if (c < 0x80) {
        ++at_;
      } else {
        const std::size_t length = Utf8Length(text_, at_);
        if (length == 0) return Error("invalid UTF-8 in a string");
        at_ += length;
      }
    }
    return Error("a string does not end");
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::uint32_t max_nodes_;
  std::vector<JsonNode>& nodes_;
  std::size_t at_ = 0;
  std::vector<Open> open_;
};

void AppendCodePoint(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::uint32_t Hex4(std::string_view s, std::size_t i) {
  std::uint32_t value = 0;
  for (std::size_t k = 0; k < 4; ++k) value = value * 16 + static_cast<std::uint32_t>(HexDigit(s[i + k]));
  return value;
}

}  // namespace

Result<JsonTree> JsonTree::Parse(std::string_view text, int max_depth, std::uint32_t max_nodes) {
  JsonTree tree;
  tree.text_ = text;
  REPRISE_RETURN_IF_ERROR(Parser(text, max_depth, max_nodes, tree.nodes_).Run());
  return tree;
}

std::uint32_t JsonTree::Member(std::uint32_t object, std::string_view name) const {
  if (Kind(object) != JsonKind::kObject) return 0;
  for (std::uint32_t i = First(object); i < End(object);) {
    const std::uint32_t value = nodes_[i].next;
    const std::string_view raw = Raw(i);
    const bool plain = raw.find('\\') == std::string_view::npos;
    if (plain ? raw.substr(1, raw.size() - 2) == name : DecodeJsonString(raw) == name) return value;
    i = nodes_[value].next;
  }
  return 0;
}

std::size_t JsonTree::Size(std::uint32_t i) const {
  std::size_t count = 0;
  for (std::uint32_t c = First(i); c < End(i); c = nodes_[c].next) ++count;
  return Kind(i) == JsonKind::kObject ? count / 2 : count;
}

std::string JsonTree::String(std::uint32_t i) const { return DecodeJsonString(Raw(i)); }

bool JsonTree::HasDuplicateNames() const {
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].kind != JsonKind::kObject) continue;
    std::vector<std::string> names;
    for (std::uint32_t name = First(i); name < End(i); name = nodes_[nodes_[name].next].next)
      names.push_back(String(name));
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) return true;
  }
  return false;
}

std::string DecodeJsonString(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        std::uint32_t c = Hex4(raw, i + 1);
        i += 4;
        if (c >= 0xD800 && c < 0xDC00 && i + 6 < raw.size() && raw[i + 1] == '\\' && raw[i + 2] == 'u') {
          const std::uint32_t low = Hex4(raw, i + 3);
          if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
          }
        }
        AppendCodePoint(out, c);
        break;
      }
      default: out += raw[i];  // quote, backslash, slash
    }
  }
  return out;
}

std::string QuoteJson(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[c & 15];
        } else {
          out += c;
        }
    }
  }
  return out += '"';
}

bool IsUtf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = Utf8Length(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace reprise::wire
