#include "lib/match/json_shape.h"

#include <algorithm>

#include "lib/match/text_place.h"

namespace reprise::match {
namespace {

using wire::JsonKind;

constexpr std::size_t kWordsAtEachEnd = 400;

std::uint64_t Finish(std::uint64_t h) {
  h ^= h >> 30;
  h *= 0xBF58476D1CE4E5B9u;
  h ^= h >> 27;
  h *= 0x94D049BB133111EBu;
  return h ^ (h >> 31);
}

std::uint64_t Combine(std::uint64_t a, std::uint64_t b) { return Finish(a * 0x9E3779B97F4A7C15u + b + 0x7F4A7C15u); }

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// The name that tells elements of an array apart for a human: `name`, or `function.name` as OpenAI nests it, or that of
// a part of Gemini's.
std::string NameOf(const wire::JsonTree& tree, std::uint32_t element) {
  for (const char* inside : {"", "function", "toolSpec", "functionCall", "functionResponse"}) {
    const std::uint32_t holder = *inside == 0 ? element : tree.Member(element, inside);
    if (holder == 0 && element != 0) continue;
    const std::uint32_t name = tree.Member(holder, "name");
    if (name != 0 && tree.Kind(name) == JsonKind::kString) return tree.String(name);
  }
  return {};
}

std::string StringMember(const wire::JsonTree& tree, std::uint32_t object, std::string_view name) {
  const std::uint32_t value = tree.Member(object, name);
  return value != 0 && tree.Kind(value) == JsonKind::kString ? tree.String(value) : std::string();
}

}  // namespace

std::uint64_t HashBytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t h = 0xCBF29CE484222325u ^ seed;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return Finish(h);
}

JsonShape::JsonShape(const wire::JsonTree& tree, const wire::PointerPatterns& ignore)
    : tree_(tree), ignore_(ignore), hashes_(tree.nodes().size(), 0), ignored_(tree.nodes().size(), false) {
  Visit(0, ignore.Start(), 0);
}

std::uint64_t JsonShape::HashLeaf(std::uint32_t node) const {
  const std::string_view raw = tree_.Raw(node);
  const auto kind = static_cast<std::uint64_t>(tree_.Kind(node)) + 1;
  switch (tree_.Kind(node)) {
    case JsonKind::kNumber: return HashBytes(wire::CanonicalNumber(raw), kind);
    case JsonKind::kString:
      return raw.find('\\') == std::string_view::npos ? HashBytes(raw.substr(1, raw.size() - 2), kind)
                                                      : HashBytes(tree_.String(node), kind);
    default: return HashBytes(raw, kind);
  }
}

std::uint64_t JsonShape::Visit(std::uint32_t node, const wire::PointerPatterns::Active& active, std::size_t depth) {
  const JsonKind kind = tree_.Kind(node);
  if (kind != JsonKind::kArray && kind != JsonKind::kObject) return hashes_[node] = HashLeaf(node);
  const bool object = kind == JsonKind::kObject;
  std::uint64_t hash = object ? 0x0B1EC7u : 0xA44A1u;
  std::size_t index = 0;
  for (std::uint32_t at = tree_.First(node); at < tree_.End(node); ++index) {
    const std::uint32_t value = object ? tree_.node(at).next : at;
    bool named = false;
    std::uint64_t child = 0;
    if (active.empty()) {
      child = Visit(value, active, depth + 1);
    } else {
      const auto next = ignore_.Step(active, depth, object ? tree_.String(at) : std::to_string(index), &named);
      child = Visit(value, next, depth + 1);
    }
    if (named) {
      ignored_[value] = true;
      hashes_[value] = 0;
    } else {
      // Members have no order: their hashes are summed. Elements have one.
      hash = object ? hash + Combine(HashLeaf(at), child) : Combine(hash, child);
    }
    at = tree_.node(value).next;
  }
  return hashes_[node] = Finish(hash + (object ? 1 : 2));
}

std::vector<JsonShape::Child> JsonShape::Children(std::uint32_t node) const {
  std::vector<Child> out;
  const JsonKind kind = tree_.Kind(node);
  if (kind != JsonKind::kArray && kind != JsonKind::kObject) return out;
  const bool object = kind == JsonKind::kObject;
  std::size_t index = 0;
  for (std::uint32_t at = tree_.First(node); at < tree_.End(node); ++index) {
    const std::uint32_t value = object ? tree_.node(at).next : at;
    if (!ignored_[value]) out.push_back({object ? at : 0, value, index});
    at = tree_.node(value).next;
  }
  return out;
}

std::vector<std::uint64_t> JsonShape::Sketch(std::uint32_t node, std::size_t max) const {
  std::vector<std::uint64_t> out;
  SketchInto(node, 1, max, out);
  std::sort(out.begin(), out.end());
  return out;
}

void JsonShape::SketchInto(std::uint32_t node, std::uint64_t path, std::size_t max,
                           std::vector<std::uint64_t>& out) const {
  if (out.size() >= max) return;
  switch (tree_.Kind(node)) {
    case JsonKind::kObject:
      for (const Child& child : Children(node)) SketchInto(child.value, Combine(path, HashLeaf(child.name)), max, out);
      return;
    case JsonKind::kArray:
      for (const Child& child : Children(node)) SketchInto(child.value, Combine(path, 0), max, out);
      return;
    case JsonKind::kString: SketchWords(tree_.String(node), path, max, out); return;
    default: out.push_back(Combine(path, hashes_[node]));
  }
}

void SketchWords(std::string_view text, std::uint64_t path, std::size_t max, std::vector<std::uint64_t>& out) {
  const auto add = [&](std::string_view word) {
    if (out.size() < max) out.push_back(HashBytes(word, path));
  };
  if (text.empty()) return add(text);
  std::size_t words = 0, at = 0;
  while (at < text.size() && words < kWordsAtEachEnd) {
    while (at < text.size() && IsSpace(text[at])) ++at;
    const std::size_t begin = at;
    while (at < text.size() && !IsSpace(text[at])) ++at;
    if (at > begin) add(text.substr(begin, at - begin)), ++words;
  }
  std::size_t end = text.size();
  for (words = 0; end > at && words < kWordsAtEachEnd; ++words) {
    while (end > at && IsSpace(text[end - 1])) --end;
    const std::size_t last = end;
    while (end > at && !IsSpace(text[end - 1])) --end;
    if (last > end) add(text.substr(end, last - end));
  }
}

double Similarity(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  if (a.empty() && b.empty()) return 1;
  std::size_t shared = 0, i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (a[i] == b[k])
      ++shared, ++i, ++k;
    else
      ++(a[i] < b[k] ? i : k);
  }
  return static_cast<double>(shared) / static_cast<double>(std::max(a.size(), b.size()));
}

std::string JoinPointer(std::string_view pointer, std::string_view segment) {
  std::string out(pointer);
  out += '/';
  for (const char c : segment) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string ValueLine(const wire::JsonTree& tree, std::uint32_t node, std::size_t max) {
  if (tree.Kind(node) == JsonKind::kString) return '"' + Window(tree.String(node), 0, max) + '"';
  const std::string_view raw = tree.Raw(node);
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < raw.size() && out.size() <= 4 * max; ++i) {
    const char c = raw[i];
    if (!in_string && IsSpace(c)) continue;
    out += c;
    if (in_string && c == '\\') {
      out += raw[++i];
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return Window(out, 0, max);
}

std::string ElementLabel(const wire::JsonTree& tree, std::uint32_t element, std::string_view array_name,
                         std::size_t index, std::size_t count) {
  struct Noun {
    std::string_view array, noun;
  };
  constexpr Noun kNouns[] = {{"messages", "message"},
                             {"contents", "message"},
                             {"input", "item"},
                             {"tools", "tool"},
                             {"functions", "tool"},
                             {"functionDeclarations", "tool"},
                             {"function_declarations", "tool"},
                             {"parts", "part"},
                             {"content", "part"},
                             {"system", "part"},
                             {"tool_calls", "call"}};
  const auto* noun =
      std::find_if(std::begin(kNouns), std::end(kNouns), [&](const Noun& n) { return n.array == array_name; });
  if (noun == std::end(kNouns) || tree.Kind(element) != JsonKind::kObject) return {};
  std::string out(noun->noun);
  // Anthropic's blocks and Gemini's parts hold calls and their results among the texts.
  const std::string type = StringMember(tree, element, "type");
  if (type == "tool_use" || tree.Member(element, "functionCall") != 0) out = "call";
  if (type == "tool_result" || tree.Member(element, "functionResponse") != 0) out = "tool result";
  if (out == "tool" || out == "call" || out == "tool result") {
    const std::string name = NameOf(tree, element);
    if (!name.empty()) return out + " \"" + name + '"';
  }
  std::string who = StringMember(tree, element, "role");
  if (who.empty() && out == noun->noun) who = type;
  out += " " + std::to_string(index + 1) + " of " + std::to_string(count);
  if (!who.empty()) out += " (" + who + ')';
  return out;
}

}  // namespace reprise::match
