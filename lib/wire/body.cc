#include "lib/wire/body.h"

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/base64.h"
#include "lib/wire/json_text.h"

namespace reprise::wire {
namespace {

// A row of the table of FORMAT.md, section 5. Order matters: the first that fits is taken.
struct Spacing {
  std::string_view name;
  bool after_comma, after_colon;
  std::string_view indent;  // non-empty: one container, one line each
};
constexpr std::array<Spacing, 9> kSpacings = {{{"", false, false, ""},
                                               {"spaced", true, true, ""},
                                               {"comma", true, false, ""},
                                               {"colon", false, true, ""},
                                               {"indent1", false, true, " "},
                                               {"indent2", false, true, "  "},
                                               {"indent3", false, true, "   "},
                                               {"indent4", false, true, "    "},
                                               {"tab", false, true, "\t"}}};
constexpr std::size_t kOneLineSpacings = 4;

const Spacing* FindSpacing(std::string_view name) {
  for (const Spacing& spacing : kSpacings)
    if (spacing.name == name) return &spacing;
  return nullptr;
}

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Index after the string token that begins at `i`.
std::size_t SkipString(std::string_view json, std::size_t i) {
  for (++i; i < json.size() && json[i] != '"'; ++i)
    if (json[i] == '\\') ++i;
  return std::min(i + 1, json.size());
}

// Writes `compact` with its white space, piece by piece; `emit` may say stop by returning false.
template <typename Emit>
bool Space(std::string_view compact, const Spacing& spacing, Emit emit) {
  std::size_t depth = 0;
  const auto new_line = [&] {
    if (!emit("\n")) return false;
    for (std::size_t k = 0; k < depth; ++k)
      if (!emit(spacing.indent)) return false;
    return true;
  };
  const bool indents = !spacing.indent.empty();
  for (std::size_t i = 0; i < compact.size();) {
    const char c = compact[i];
    if (c == '"') {
      const std::size_t end = SkipString(compact, i);
      if (!emit(compact.substr(i, end - i))) return false;
      i = end;
      continue;
    }
    const bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
    if (closes) {
      if (depth > 0) --depth;
      const char before = i > 0 ? compact[i - 1] : '\0';
      if (indents && before != '{' && before != '[' && !new_line()) return false;
    }
    if (!emit(compact.substr(i, 1))) return false;
    ++i;
    if (opens) {
      ++depth;
      const char next = i < compact.size() ? compact[i] : '\0';
      if (indents && next != '}' && next != ']' && !new_line()) return false;
    } else if (c == ',') {
      if (spacing.after_comma && !emit(" ")) return false;
      if (indents && !new_line()) return false;
    } else if (c == ':') {
      if (spacing.after_colon && !emit(" ")) return false;
    }
  }
  return true;
}

bool SpacesTo(std::string_view compact, const Spacing& spacing, std::string_view wanted) {
  return Space(compact, spacing,
               [&](std::string_view piece) {
                 if (wanted.substr(0, piece.size()) != piece) return false;
                 wanted.remove_prefix(piece.size());
                 return true;
               }) &&
         wanted.empty();
}

// The first of the first `count` spacings that makes `json` of `compact`.
const Spacing* RecogniseSpacing(std::string_view compact, std::string_view json, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (SpacesTo(compact, kSpacings[i], json)) return &kSpacings[i];
  return nullptr;
}

// Valid JSON that may stand in a record: not too deep, and no member name that has a meaning of ours there.
bool MayStand(std::string_view json, int max_depth, bool object_only) {
  const Result<JsonTree> tree = JsonTree::Parse(json, max_depth);
  if (!tree.ok() || (object_only && tree->Kind(0) != JsonKind::kObject)) return false;
  if (json.find('$') == std::string_view::npos && json.find("\\u0024") == std::string_view::npos) return true;
  for (std::uint32_t i = 0; i < tree->nodes().size(); ++i) {
    if (tree->Kind(i) != JsonKind::kObject) continue;
    for (std::uint32_t name = tree->First(i); name < tree->End(i); name = tree->node(tree->node(name).next).next) {
      const std::string decoded = tree->String(name);
      if (decoded == "$blob" || decoded == "$from") return false;
    }
  }
  return true;
}

std::optional<StoredBody> StoreJson(std::string_view bytes, int max_depth) {
  std::size_t begin = 0, end = bytes.size();
  while (begin < end && IsSpace(bytes[begin])) ++begin;
  while (end > begin && IsSpace(bytes[end - 1])) --end;
  if (begin == end || !MayStand(bytes, max_depth, false)) return std::nullopt;
  StoredBody stored;
  stored.shape = BodyShape::kJson;
  stored.value = CompactJson(bytes.substr(begin, end - begin));
  const Spacing* spacing = RecogniseSpacing(stored.value, bytes.substr(begin, end - begin), kSpacings.size());
  if (spacing == nullptr) return std::nullopt;
  stored.space = spacing->name;
  stored.lead = bytes.substr(0, begin);
  stored.tail = bytes.substr(end);
  return stored;
}

// Takes one line off the front of `rest`, its end ("\n" or "\r\n") included; all of it when it has no end.
std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end == std::string_view::npos ? rest.size() : end + 1);
  rest.remove_prefix(line.size());
  return line;
}

std::string_view EolOf(std::string_view line) {
  if (line.size() >= 2 && line.substr(line.size() - 2) == "\r\n") return "\r\n";
  return !line.empty() && line.back() == '\n' ? "\n" : "";
}

// Takes one event off the front: its lines and the empty line that ends it.
std::string_view TakeEvent(std::string_view& rest) {
  const std::string_view whole = rest;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest);
    if (line == "\n" || line == "\r\n") break;
  }
  return whole.substr(0, whole.size() - rest.size());
}

// An element of an `events` or `lines` body.
struct Element {
  std::string_view bytes;  // as received
  std::string_view eol;
  std::string_view name;  // of an event that has one
  bool named = false;
  std::string compact;    // of its object; empty when it does not have the form, and so becomes a string
  unsigned spacings = 0;  // bit i: kSpacings[i] fits
};

// Fills the second half for an element whose object is `json`.
void ReadObject(std::string_view json, int max_depth, Element& element) {
  if (element.eol.empty() || json.empty() || json.front() != '{' || json.back() != '}' ||
      !MayStand(json, max_depth, true))
    return;
  element.compact = CompactJson(json);
  for (std::size_t i = 0; i < kOneLineSpacings; ++i)
    if (SpacesTo(element.compact, kSpacings[i], json)) element.spacings |= 1u << i;
}

Element ReadEvent(std::string_view bytes, int max_depth) {
  std::string_view rest = bytes;
  std::string_view line = TakeLine(rest);
  Element event{bytes, EolOf(line), "", line.substr(0, 7) == "event: ", "", 0};
  const auto content = [&](std::size_t from) { return line.substr(from, line.size() - EolOf(line).size() - from); };
  if (event.named) {
    event.name = content(7);
    line = TakeLine(rest);
  }
  if (line.substr(0, 6) == "data: " && EolOf(line) == event.eol && rest == event.eol)
    ReadObject(content(6), max_depth, event);
  return event;
}

Element ReadLine(std::string_view bytes, int max_depth) {
  Element line{bytes, EolOf(bytes), "", false, "", 0};
  ReadObject(bytes.substr(0, bytes.size() - line.eol.size()), max_depth, line);
  return line;
}

bool LooksLikeEvents(std::string_view bytes) {
  for (const std::string_view start : {"data:", "event:", "id:", "retry:", ":"})
    if (bytes.substr(0, start.size()) == start) return true;
  return false;
}

std::optional<StoredBody> StoreElements(std::string_view bytes, BodyShape shape, int max_depth) {
  const bool events = shape == BodyShape::kEvents;
  std::vector<Element> elements;
  std::array<std::size_t, kOneLineSpacings> fitting{};
  std::string_view eol;
  for (std::string_view rest = bytes; !rest.empty();) {
    elements.push_back(events ? ReadEvent(TakeEvent(rest), max_depth) : ReadLine(TakeLine(rest), max_depth));
    const Element& element = elements.back();
    if (!events && (rest.empty() ? elements.size() == 1 : elements.front().spacings == 0)) return std::nullopt;
    if (element.spacings != 0 && eol.empty()) eol = element.eol;
    for (std::size_t i = 0; i < kOneLineSpacings; ++i)
      if (element.eol == eol && (element.spacings >> i & 1) != 0) ++fitting[i];
  }
  const auto best = static_cast<std::size_t>(std::max_element(fitting.begin(), fitting.end()) - fitting.begin());
  if (fitting[best] == 0) return std::nullopt;
  StoredBody stored;
  stored.shape = shape;
  stored.space = kSpacings[best].name;
  stored.eol = eol;
  for (const Element& element : elements) {
    stored.value += stored.value.empty() ? '[' : ',';
    if (element.eol != eol || (element.spacings >> best & 1) == 0) {
      stored.value += QuoteJson(element.bytes);
    } else if (element.named) {
      stored.value += "[" + QuoteJson(element.name) + "," + element.compact + "]";
    } else {
      stored.value += element.compact;
    }
  }
  stored.value += ']';
  return stored;
}

Status Wrong(std::string reason) { return Status(ErrorKind::kCassette, "body", std::move(reason)); }

// Appends what element `i` of an `events` or `lines` body stands for.
Status RestoreElement(const JsonTree& tree, std::uint32_t i, const StoredBody& stored, const Spacing& spacing,
                      std::uint64_t limit, std::string& out) {
  const bool events = stored.shape == BodyShape::kEvents;
  if (tree.Kind(i) == JsonKind::kString) {
    out += tree.String(i);
    return {};
  }
  std::uint32_t object = i;
  if (events && tree.Kind(i) == JsonKind::kArray && tree.Size(i) == 2 &&
      tree.Kind(tree.First(i)) == JsonKind::kString) {
    object = tree.node(tree.First(i)).next;
    out += "event: " + tree.String(tree.First(i)) + stored.eol;
  }
  if (tree.Kind(object) != JsonKind::kObject)
    return Wrong("an element of '" + std::string(NameOf(stored.shape)) + "' is neither an object nor " +
                 (events ? "a name with an object nor a string" : "a string"));
  if (events) out += "data: ";
  Space(CompactJson(tree.Raw(object)), spacing, [&](std::string_view piece) {
    out += piece;
    return out.size() <= limit;
  });
  out += stored.eol;
  if (events) out += stored.eol;
  return {};
}

Result<RestoredBody> RestoreElements(const StoredBody& stored, const Spacing& spacing, std::uint64_t limit,
                                     int max_depth) {
  const Result<JsonTree> tree = JsonTree::Parse(stored.value, max_depth + 2);
  if (!tree.ok()) return Wrong(tree.status().reason());
  if (tree->Kind(0) != JsonKind::kArray) return Wrong("'" + std::string(NameOf(stored.shape)) + "' is no array");
  RestoredBody body;
  for (std::uint32_t i = tree->First(0); i < tree->End(0); i = tree->node(i).next) {
    const std::size_t before = body.bytes.size();
    REPRISE_RETURN_IF_ERROR(RestoreElement(*tree, i, stored, spacing, limit, body.bytes));
    body.pieces.push_back(body.bytes.size() - before);
    if (body.bytes.size() > limit) break;  // told by the caller
  }
  return body;
}

Result<RestoredBody> RestoreUnbounded(const StoredBody& stored, std::uint64_t limit, int max_depth) {
  const Spacing* spacing = FindSpacing(stored.space);
  if (spacing == nullptr) return Wrong("'space' names no white space this version knows: " + QuoteJson(stored.space));
  RestoredBody body;
  switch (stored.shape) {
    case BodyShape::kEmpty: return body;
    case BodyShape::kJson: {
      const Result<JsonTree> tree = JsonTree::Parse(stored.value, max_depth);
      if (!tree.ok()) return Wrong(tree.status().reason());
      body.bytes = stored.lead;
      const bool within = Space(CompactJson(tree->Raw(0)), *spacing, [&](std::string_view piece) {
        body.bytes += piece;
        return body.bytes.size() <= limit;
      });
      if (within) body.bytes += stored.tail;
      return body;
    }
    case BodyShape::kEvents:
    case BodyShape::kLines: return RestoreElements(stored, *spacing, limit, max_depth);
    case BodyShape::kText:
    case BodyShape::kBase64: break;
  }
  const Result<JsonTree> tree = JsonTree::Parse(stored.value, 1);
  if (!tree.ok()) return Wrong(tree.status().reason());
  if (tree->Kind(0) != JsonKind::kString) return Wrong("'" + std::string(NameOf(stored.shape)) + "' is no string");
  body.bytes = tree->String(0);
  if (stored.shape == BodyShape::kText) return body;
  std::optional<std::string> decoded = base::DecodeBase64(body.bytes);
  if (!decoded) return Wrong("'base64' holds something else (RFC 4648, padded, is expected)");
  body.bytes = *std::move(decoded);
  return body;
}

}  // namespace

std::string_view NameOf(BodyShape shape) {
  switch (shape) {
    case BodyShape::kEmpty: return "";
    case BodyShape::kJson: return "json";
    case BodyShape::kEvents: return "events";
    case BodyShape::kLines: return "lines";
    case BodyShape::kText: return "text";
    case BodyShape::kBase64: return "base64";
  }
  return "";
}

BodyShape ShapeOf(std::string_view member) {
  for (const BodyShape shape :
       {BodyShape::kJson, BodyShape::kEvents, BodyShape::kLines, BodyShape::kText, BodyShape::kBase64})
    if (NameOf(shape) == member) return shape;
  return BodyShape::kEmpty;
}

std::string CompactJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    if (json[i] == '"') {
      const std::size_t end = SkipString(json, i);
      out += json.substr(i, end - i);
      i = end;
    } else {
      if (!IsSpace(json[i])) out += json[i];
      ++i;
    }
  }
  return out;
}

Result<std::string> SpaceJson(std::string_view compact, std::string_view space) {
  const Spacing* spacing = FindSpacing(space);
  if (spacing == nullptr) return Wrong("there is no white space of the name " + QuoteJson(space));
  std::string out;
  Space(compact, *spacing, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  return out;
}

std::vector<std::uint64_t> PiecesOf(std::string_view bytes, BodyShape shape) {
  std::vector<std::uint64_t> pieces;
  if (shape != BodyShape::kEvents && shape != BodyShape::kLines) return pieces;
  while (!bytes.empty()) pieces.push_back((shape == BodyShape::kEvents ? TakeEvent(bytes) : TakeLine(bytes)).size());
  return pieces;
}

StoredBody StoreBody(std::string_view bytes, int max_depth) {
  StoredBody stored;
  if (bytes.empty()) return stored;
  if (IsUtf8(bytes)) {
    if (bytes.size() <= kMaxShapedBody) {
      std::optional<StoredBody> shaped = StoreJson(bytes, max_depth);
      if (!shaped && LooksLikeEvents(bytes)) shaped = StoreElements(bytes, BodyShape::kEvents, max_depth);
      if (!shaped && bytes.front() == '{') shaped = StoreElements(bytes, BodyShape::kLines, max_depth);
      if (shaped) {
        const Result<RestoredBody> restored = RestoreBody(*shaped, bytes.size(), max_depth);
        if (restored.ok() && restored->bytes == bytes) return *std::move(shaped);
      }
    }
    stored.shape = BodyShape::kText;
    stored.value = QuoteJson(bytes);
    const std::size_t most = bytes.size() <= kMaxShapedBody ? 2 * bytes.size() : (bytes.size() + 2) / 3 * 4;
    if (stored.value.size() <= most + 2) return stored;
  }
  stored.shape = BodyShape::kBase64;
  stored.value = QuoteJson(base::EncodeBase64(bytes));
  return stored;
}

Result<RestoredBody> RestoreBody(const StoredBody& stored, std::uint64_t limit, int max_depth) {
  Result<RestoredBody> body = RestoreUnbounded(stored, limit, max_depth);
  if (body.ok() && body->bytes.size() > limit)
    return Wrong("has more than " + std::to_string(limit) + " bytes, the limit for one body");
  return body;
}

}  // namespace reprise::wire
