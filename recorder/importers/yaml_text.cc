// The only file that knows libyaml. It is an event parser in C without recursion; what stands here builds the nodes,
// and holds the limits that the library leaves to its caller.
#include <yaml.h>

#include <algorithm>
#include <map>
#include <memory>

#include "lib/base/base64.h"
#include "recorder/importers/document.h"

namespace reprise::recorder {
namespace {

constexpr std::string_view kYamlTags = "tag:yaml.org,2002:";

bool OneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What a plain scalar is, by the resolver of YAML 1.1 as PyYAML has it; `1e5` is a text there, `1.0e+5` a number.
// Dates stay texts: no JSON body ever held one.
NodeKind KindOfPlain(std::string_view text) {
  if (OneOf(text, {"", "~", "null", "Null", "NULL"})) return NodeKind::kNull;
  if (OneOf(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "false", "False", "FALSE", "no", "No",
                   "NO", "off", "Off", "OFF"})) {
    return NodeKind::kBool;
  }
  std::string_view rest = text;
  if (rest[0] == '+' || rest[0] == '-') rest.remove_prefix(1);
  if (OneOf(rest, {".inf", ".Inf", ".INF"}) || OneOf(text, {".nan", ".NaN", ".NAN"})) return NodeKind::kNumber;
  if (rest.size() > 2 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'b')) {
    const std::string_view digits = rest[1] == 'x' ? "0123456789abcdefABCDEF_" : "01_";
    return rest.find_first_not_of(digits, 2) == std::string_view::npos ? NodeKind::kNumber : NodeKind::kString;
  }
  if (rest.empty() || (!IsDigit(rest[0]) && rest[0] != '.')) return NodeKind::kString;
  std::size_t i = 0;
  while (i < rest.size() && (IsDigit(rest[i]) || rest[i] == '_')) ++i;
  if (i == rest.size()) {
    const bool octal = rest[0] == '0' && rest.size() > 1;
    return octal && rest.find_first_of("89") != std::string_view::npos ? NodeKind::kString : NodeKind::kNumber;
  }
  if (rest[i] == ':') {  // base 60: 12:30:45.5
    if (i == 0 || rest[0] == '0') return NodeKind::kString;
    while (i < rest.size() && rest[i] == ':') {
      const std::size_t begin = ++i;
      while (i < rest.size() && IsDigit(rest[i])) ++i;
      if (i == begin || i - begin > 2 || (i - begin == 2 && rest[begin] > '5')) return NodeKind::kString;
    }
    if (i < rest.size() && rest[i] == '.') i = std::min(rest.size(), rest.find_first_not_of("0123456789_", i + 1));
    return i == rest.size() ? NodeKind::kNumber : NodeKind::kString;
  }
  if (rest[i] != '.') return NodeKind::kString;
  const bool whole = i > 0;
  if (!whole && (rest.size() != text.size() || rest.size() < 2 || !IsDigit(rest[1]))) return NodeKind::kString;
  ++i;
  while (i < rest.size() && (IsDigit(rest[i]) || rest[i] == '_')) ++i;
  if (i < rest.size() && (rest[i] == 'e' || rest[i] == 'E')) {
    ++i;
    if (i == rest.size() || (rest[i] != '+' && rest[i] != '-')) return NodeKind::kString;
    const std::size_t begin = ++i;
    while (i < rest.size() && IsDigit(rest[i])) ++i;
    if (i == begin) return NodeKind::kString;
  }
  return i == rest.size() ? NodeKind::kNumber : NodeKind::kString;
}

std::string_view TextOf(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

}  // namespace

// Takes events, gives documents.
class YamlBuilder {
 public:
  YamlBuilder(const std::string& name, const DocumentLimits& limits) : name_(name), limits_(limits) {}

  Status Take(const yaml_event_t& event) {
    line_ = event.start_mark.line + 1;
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        document_ = Document();
        measures_.clear();
        anchors_.clear();
        return {};
      case YAML_DOCUMENT_END_EVENT:
        if (!document_.nodes_.empty()) documents_.push_back(std::move(document_));
        return {};
      case YAML_ALIAS_EVENT: return Alias(std::string(TextOf(event.data.alias.anchor)));
      case YAML_SCALAR_EVENT: return Scalar(event);
      case YAML_SEQUENCE_START_EVENT: return Open(NodeKind::kList, event.data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT: return Open(NodeKind::kMap, event.data.mapping_start.anchor);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: return Close();
      default: return {};
    }
  }
  std::vector<Document>& documents() { return documents_; }

 private:
  struct Measure {
    std::uint64_t bytes = 0;  // of the node with every alias below it written out
    int height = 1;
    bool open = false;
  };
  static constexpr std::uint64_t kNodeBytes = 16;  // so that a bomb of empty lists counts too

  Status Refused(std::string reason) const {
    return Status(ErrorKind::kCassette, name_, "line " + std::to_string(line_) + ": " + std::move(reason));
  }

  std::uint32_t NewNode(NodeKind kind, const yaml_char_t* anchor) {
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    document_.nodes_.emplace_back().kind = kind;
    measures_.push_back({kNodeBytes, 1, false});
    if (anchor != nullptr) anchors_[std::string(TextOf(anchor))] = index;
    return index;
  }

  // Puts a finished or aliased node under the one that is open.
  Status Attach(std::uint32_t index) {
    const Measure measure = measures_[index];
    expanded_ += measure.bytes;
    if (expanded_ > limits_.expanded_bytes) {
      return Refused("with every alias written out the document is larger than " +
                     std::to_string(limits_.expanded_bytes) + " bytes");
    }
    if (open_.empty()) {
      document_.root_ = index;
      return {};
    }
    Measure& parent = measures_[open_.back()];
    parent.bytes += measure.bytes;
    parent.height = std::max(parent.height, measure.height + 1);
    if (parent.height > limits_.depth) return TooDeep();
    document_.nodes_[open_.back()].children.push_back(index);
    return {};
  }

  Status TooDeep() const { return Refused("nested deeper than " + std::to_string(limits_.depth) + " levels"); }

  Status Open(NodeKind kind, const yaml_char_t* anchor) {
    open_.push_back(NewNode(kind, anchor));
    measures_[open_.back()].open = true;
    if (open_.size() > static_cast<std::size_t>(limits_.depth)) return TooDeep();
    return {};
  }

  Status Close() {
    const std::uint32_t index = open_.back();
    open_.pop_back();
    measures_[index].open = false;
    // Its children were counted when they came; only the node itself is new.
    expanded_ -= measures_[index].bytes - kNodeBytes;
    return Attach(index);
  }

  Status Alias(const std::string& anchor) {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return Refused("the alias *" + anchor + " names nothing");
    if (measures_[found->second].open) return Refused("the alias *" + anchor + " stands inside of what it names");
    return Attach(found->second);
  }

  Status Scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    std::string_view tag = TextOf(scalar.tag);
    if (tag.substr(0, kYamlTags.size()) == kYamlTags) tag.remove_prefix(kYamlTags.size());
    const std::uint32_t index = NewNode(NodeKind::kString, scalar.anchor);
    Document::Node& node = document_.nodes_[index];
    if (tag == "binary" || tag == "!binary") {
      auto bytes = base::DecodeLenientBase64(text);
      if (!bytes) return Refused("a !!binary that is no base64");
      node.text = *std::move(bytes);
      node.binary = true;
    } else {
      node.text = text;
      const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
      if (plain && OneOf(tag, {"", "null", "bool", "int", "float"})) node.kind = KindOfPlain(text);
      if (node.kind == NodeKind::kNull) node.text.clear();
    }
    measures_[index].bytes += node.text.size();
    return Attach(index);
  }

  const std::string& name_;
  const DocumentLimits& limits_;
  std::size_t line_ = 0;
  std::uint64_t expanded_ = 0;
  Document document_;
  std::vector<Measure> measures_;    // one a node
  std::vector<std::uint32_t> open_;  // from the root to the list or map being filled
  std::map<std::string, std::uint32_t> anchors_;
  std::vector<Document> documents_;
};

Result<std::vector<Document>> Document::ParseYaml(std::string_view text, const std::string& name,
                                                  const DocumentLimits& limits) {
  yaml_parser_t parser;
  if (yaml_parser_initialize(&parser) == 0) return Status(ErrorKind::kIo, name, "no memory for a YAML parser");
  const std::unique_ptr<yaml_parser_t, void (*)(yaml_parser_t*)> parser_guard(&parser, yaml_parser_delete);
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  YamlBuilder builder(name, limits);
  for (bool more = true; more;) {
    yaml_event_t event;
    if (yaml_parser_parse(&parser, &event) == 0) {
      std::string what = parser.problem == nullptr ? "not readable" : parser.problem;
      // The reader counts bytes, scanner and parser count lines.
      const std::string place = parser.error == YAML_READER_ERROR
                                    ? "byte " + std::to_string(parser.problem_offset)
                                    : "line " + std::to_string(parser.problem_mark.line + 1);
      return Status(ErrorKind::kCassette, name, "no YAML that can be read: " + place + ": " + what);
    }
    const std::unique_ptr<yaml_event_t, void (*)(yaml_event_t*)> event_guard(&event, yaml_event_delete);
    REPRISE_RETURN_IF_ERROR(builder.Take(event));
    more = event.type != YAML_STREAM_END_EVENT;
  }
  return std::move(builder.documents());
}

}  // namespace reprise::recorder
