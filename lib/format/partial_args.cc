#include "lib/format/partial_args.h"

#include <algorithm>
#include <charconv>

#include "lib/format/reply_text.h"
#include "lib/wire/json_text.h"

namespace reprise::format {
namespace {

constexpr std::size_t kDeepest = 64;

struct Segment {
  std::string name;
  bool element = false;  // a number in brackets
};

// "$.stops[0]['first name']" -> stops, 0, first name. Empty where it cannot be followed.
std::vector<Segment> SplitPath(std::string_view path) {
  std::vector<Segment> out;
  if (path.substr(0, 1) == "$") path.remove_prefix(1);
  while (!path.empty()) {
    Segment segment;
    if (path.front() == '[') {
      const char quote = path.size() > 1 ? path[1] : ']';
      const bool quoted = quote == '\'' || quote == '"';
      const std::string close = quoted ? std::string(1, quote) + "]" : "]";
      const std::size_t begin = quoted ? 2 : 1, end = path.find(close, begin);
      if (end == std::string_view::npos) return {};
      segment.name = path.substr(begin, end - begin);
      segment.element = !quoted;
      path.remove_prefix(end + close.size());
    } else {
      if (path.front() == '.') path.remove_prefix(1);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      segment.name = path.substr(0, end);
      path.remove_prefix(end);
    }
    if (segment.name.empty() || out.size() == kDeepest) return {};
    out.push_back(std::move(segment));
  }
  return out;
}

}  // namespace

PartialArgs::Node* PartialArgs::Step(Node* node, const std::string& segment, bool element) {
  const Node::Kind kind = element ? Node::Kind::kArray : Node::Kind::kObject;
  if (node->kind == Node::Kind::kNothing) node->kind = kind;
  if (node->kind != kind) return nullptr;
  auto& children = node->children;
  if (element) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
    if (error != std::errc() || end != segment.data() + segment.size()) return nullptr;
    if (index < children.size()) return children[index].second.get();
  } else {
    const auto it =
        std::find_if(children.begin(), children.end(), [&](const Child& child) { return child.first == segment; });
    if (it != children.end()) return it->second.get();
  }
  children.emplace_back(segment, std::make_unique<Node>());
  return children.back().second.get();
}

PartialArgs::Node* PartialArgs::Find(std::string_view path) {
  const std::vector<Segment> segments = SplitPath(path);
  if (segments.empty()) return nullptr;
  if (root_ == nullptr) root_ = std::make_unique<Node>();
  Node* node = root_.get();
  for (const Segment& segment : segments) {
    node = Step(node, segment.name, segment.element);
    if (node == nullptr) return nullptr;
  }
  return node;
}

void PartialArgs::Add(const wire::JsonView& argument) {
  Node* node = Find(TextOf(argument["jsonPath"]));
  if (node == nullptr) return;
  if (argument["stringValue"].Is(wire::JsonKind::kString)) {
    if (node->kind == Node::Kind::kNothing) node->kind = Node::Kind::kString;
    if (node->kind == Node::Kind::kString) node->text += argument["stringValue"].Text();
    return;
  }
  if (node->kind != Node::Kind::kNothing) return;
  for (const char* name : {"numberValue", "boolValue"}) {
    if (!argument[name]) continue;
    node->kind = Node::Kind::kLeaf;
    node->text = CompactJson(argument[name]);
    return;
  }
  for (const auto& [name, value] : argument.Members()) {  // `nullValue` is null, or the name of an enum
    if (name != "nullValue") continue;
    node->kind = Node::Kind::kLeaf;
    node->text = "null";
  }
}

void PartialArgs::Append(const Node& node, std::string& out) {
  const bool object = node.kind == Node::Kind::kObject;
  if (node.kind == Node::Kind::kNothing) {
    out += "null";
  } else if (node.kind == Node::Kind::kLeaf) {
    out += node.text;
  } else if (node.kind == Node::Kind::kString) {
    std::string text = node.text;
    MendSurrogates(text);
    out += wire::QuoteJson(text);
  } else {
    out += object ? '{' : '[';
    for (const Child& child : node.children) {
      if (&child != &node.children.front()) out += ',';
      if (object) out += wire::QuoteJson(child.first) + ':';
      Append(*child.second, out);
    }
    out += object ? '}' : ']';
  }
}

std::string PartialArgs::Text() const {
  std::string out;
  if (root_ != nullptr) Append(*root_, out);
  return out;
}

}  // namespace reprise::format
