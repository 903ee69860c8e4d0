// Document: a parsed YAML or JSON file, as far as recordings need one: maps, lists and scalars.
//
// The nodes lie in one array and refer to each other by number, so a YAML alias is a second reference to the same node
// and costs nothing; whoever walks a document is bounded by `expanded_bytes`, which counts every alias in full. Tags
// are never obeyed: nothing is constructed, `!!python/object` and `!ruby/object` are read as the plain maps, lists and
// texts below them; only `!!binary` is decoded. A document owns its text; a `Value` is a reference into it and must not
// outlive it. Neither changes once made.
#ifndef REPRISE_RECORDER_IMPORTERS_DOCUMENT_H_
#define REPRISE_RECORDER_IMPORTERS_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/result.h"

namespace reprise::recorder {

struct DocumentLimits {
  std::uint64_t bytes = std::uint64_t{256} << 20;           // of a file, and of what a gzip file unpacks to
  std::uint64_t expanded_bytes = std::uint64_t{256} << 20;  // of the document with every alias written out
  int depth = 256;
};

enum class NodeKind : std::uint8_t { kNull, kBool, kNumber, kString, kList, kMap };

class Value;

class Document {
 public:
  // `name` stands in messages. Errors name the line (YAML) or the byte (JSON).
  // YAML 1.1 by libyaml: the very parser, or a port of it, that wrote most recordings, so line folding, escapes and
  // line ends are read as they were meant. A file may hold several documents.
  static Result<std::vector<Document>> ParseYaml(std::string_view text, const std::string& name,
                                                 const DocumentLimits& limits);
  static Result<Document> ParseJson(std::string_view text, const std::string& name, const DocumentLimits& limits);

  Value root() const;

 private:
  friend class Value;
  friend class YamlBuilder;
  struct Node {
    NodeKind kind = NodeKind::kNull;
    bool binary = false;                  // `text` holds the bytes of a !!binary
    std::string text;                     // of scalars; of numbers and truth values as spelled
    std::vector<std::uint32_t> children;  // of maps: key, value, key, value, ...
  };
  std::vector<Node> nodes_;
  std::uint32_t root_ = 0;
};

// A node, or nothing: what is not there reads as null, so that a path of members can be asked for at once.
class Value {
 public:
  Value() = default;

  bool present() const { return document_ != nullptr; }
  NodeKind kind() const;
  bool IsNull() const { return kind() == NodeKind::kNull; }
  bool IsString() const { return kind() == NodeKind::kString; }
  bool IsMap() const { return kind() == NodeKind::kMap; }
  bool IsList() const { return kind() == NodeKind::kList; }

  // Member of a map by its name; of two with one name the last, as every loader has it.
  Value operator[](std::string_view name) const;
  // Elements of a list, members of a map.
  std::size_t size() const;
  Value At(std::size_t i) const;                          // element of a list
  std::pair<Value, Value> MemberAt(std::size_t i) const;  // name and value

  // Text of a scalar as spelled (decoded, for strings); empty for anything else.
  std::string_view Text() const;
  bool IsScalar() const { return present() && !IsMap() && !IsList(); }
  bool IsBinary() const;                        // the text are bytes
  std::optional<std::int64_t> Integer() const;  // also of a string of digits: '200'

  // Compact JSON, members in their order, numbers as spelled. Errors: bytes that are no UTF-8, a number that JSON
  // cannot spell (.nan, 0x1f), a member name that is no scalar.
  Result<std::string> ToJson() const;

 private:
  friend class Document;
  Value(const Document* document, std::uint32_t node) : document_(document), node_(node) {}
  const Document::Node* node() const { return document_ == nullptr ? nullptr : &document_->nodes_[node_]; }

  const Document* document_ = nullptr;
  std::uint32_t node_ = 0;
};

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_DOCUMENT_H_
