#include "recorder/importers/document.h"

#include <charconv>

#include "lib/wire/json_text.h"

namespace reprise::recorder {
namespace {

// A number in the spelling of RFC 8259, of which YAML 1.1 has a superset. `1_000`, `0x1f`, `.5`, `+1` and `.nan` are
// not.
bool IsJsonNumber(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t whole = i;
  if (digits() == 0 || (i - whole > 1 && text[whole] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

bool IsTrue(std::string_view text) {
  return text == "true" || text == "True" || text == "TRUE" || text == "yes" || text == "Yes" || text == "YES" ||
         text == "on" || text == "On" || text == "ON";
}

}  // namespace

Result<Document> Document::ParseJson(std::string_view text, const std::string& name, const DocumentLimits& limits) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  auto tree = wire::JsonTree::Parse(text, limits.depth);
  if (!tree.ok()) {
    return Status(ErrorKind::kCassette, name, "no JSON that can be read: " + tree.status().reason());
  }
  Document document;
  document.nodes_.resize(tree->nodes().size());
  for (std::uint32_t i = 0; i < document.nodes_.size(); ++i) {
    Node& node = document.nodes_[i];
    switch (tree->Kind(i)) {
      case wire::JsonKind::kNull: node.kind = NodeKind::kNull; break;
      case wire::JsonKind::kFalse:
      case wire::JsonKind::kTrue: node.kind = NodeKind::kBool; break;
      case wire::JsonKind::kNumber: node.kind = NodeKind::kNumber; break;
      case wire::JsonKind::kString: node.kind = NodeKind::kString; break;
      case wire::JsonKind::kArray: node.kind = NodeKind::kList; break;
      case wire::JsonKind::kObject: node.kind = NodeKind::kMap; break;
    }
    if (node.kind == NodeKind::kString) {
      node.text = tree->String(i);
    } else if (node.kind == NodeKind::kNumber || node.kind == NodeKind::kBool) {
      node.text = tree->Raw(i);
    } else if (node.kind != NodeKind::kNull) {
      for (std::uint32_t child = tree->First(i); child < tree->End(i); child = tree->node(child).next) {
        node.children.push_back(child);
      }
    }
  }
  return document;
}

Value Document::root() const { return nodes_.empty() ? Value() : Value(this, root_); }

NodeKind Value::kind() const { return node() == nullptr ? NodeKind::kNull : node()->kind; }

bool Value::IsBinary() const { return node() != nullptr && node()->binary; }

Value Value::operator[](std::string_view name) const {
  if (!IsMap()) return {};
  const auto& children = node()->children;
  for (std::size_t i = children.size(); i >= 2; i -= 2) {
    const Document::Node& key = document_->nodes_[children[i - 2]];
    if (key.kind != NodeKind::kList && key.kind != NodeKind::kMap && key.text == name) {
      return Value(document_, children[i - 1]);
    }
  }
  return {};
}

std::size_t Value::size() const {
  if (IsList()) return node()->children.size();
  return IsMap() ? node()->children.size() / 2 : 0;
}

Value Value::At(std::size_t i) const {
  return IsList() && i < size() ? Value(document_, node()->children[i]) : Value();
}

std::pair<Value, Value> Value::MemberAt(std::size_t i) const {
  if (!IsMap() || i >= size()) return {};
  return {Value(document_, node()->children[2 * i]), Value(document_, node()->children[2 * i + 1])};
}

std::string_view Value::Text() const { return IsScalar() ? std::string_view(node()->text) : std::string_view(); }

std::optional<std::int64_t> Value::Integer() const {
  const std::string_view text = Text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<std::string> Value::ToJson() const {
  const auto refused = [](std::string reason) { return Status(ErrorKind::kCassette, "", std::move(reason)); };
  switch (kind()) {
    case NodeKind::kNull: return std::string("null");
    case NodeKind::kBool: return std::string(IsTrue(Text()) ? "true" : "false");
    case NodeKind::kNumber:
      if (!IsJsonNumber(Text())) {
        return refused("the number " + std::string(Text().substr(0, 40)) + " has no spelling in JSON");
      }
      return std::string(Text());
    case NodeKind::kString:
      if (!wire::IsUtf8(Text())) return refused("a text inside the parsed body is no UTF-8");
      return wire::QuoteJson(Text());
    case NodeKind::kList: {
      std::string out = "[";
      for (std::size_t i = 0; i < size(); ++i) {
        auto element = At(i).ToJson();
        if (!element.ok()) return element;
        if (i > 0) out += ',';
        out += *element;
      }
      return out + "]";
    }
    case NodeKind::kMap: {
      std::string out = "{";
      for (std::size_t i = 0; i < size(); ++i) {
        const auto [name, value] = MemberAt(i);
        if (!name.IsScalar() || !wire::IsUtf8(name.Text())) {
          return refused("a member name inside the parsed body is no text");
        }
        auto member = value.ToJson();
        if (!member.ok()) return member;
        if (i > 0) out += ',';
        out += wire::QuoteJson(name.Text()) + ":" + *member;
      }
      return out + "}";
    }
  }
  return refused("a value of no known kind");
}

}  // namespace reprise::recorder
