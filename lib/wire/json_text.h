// JSON as text: a strict RFC 8259 parser that keeps every token where it stood.
//
// Ordinary parsers hand out values; here the spelling matters too (`1.0` is not `1`, `\u00e9` is not `é`, members keep
// their order and their repeats), because bodies are restored byte for byte. The tree is a flat array of nodes whose
// spans point into the text, which must outlive the tree. Not recursive; depth is limited.
#ifndef REPRISE_WIRE_JSON_TEXT_H_
#define REPRISE_WIRE_JSON_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::wire {

enum class JsonKind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

// A node of the tree. For an object, children alternate: member name (a string node), value, name, value, ...
struct JsonNode {
  JsonKind kind;
  std::uint32_t next;   // index of the node after this whole value (its next sibling, if there is one)
  std::uint64_t begin;  // byte span of the value in the text, white space around it excluded
  std::uint64_t end;
};

class JsonTree {
 public:
  // Parses exactly one value with optional white space around it. Errors name the byte offset and what was expected.
  // Refused besides bad syntax: invalid UTF-8, lone surrogate escapes are allowed (they are valid JSON text), depth
  // over `max_depth`, more than `max_nodes` nodes (24 bytes each).
  static Result<JsonTree> Parse(std::string_view text, int max_depth = 512, std::uint32_t max_nodes = 0xFFFFFFF0u);

  std::string_view text() const { return text_; }
  const std::vector<JsonNode>& nodes() const { return nodes_; }
  const JsonNode& node(std::uint32_t i) const { return nodes_[i]; }
  std::string_view Raw(std::uint32_t i) const { return text_.substr(nodes_[i].begin, nodes_[i].end - nodes_[i].begin); }
  JsonKind Kind(std::uint32_t i) const { return nodes_[i].kind; }

  // First child, or `next` when there is none. Iterate: for (c = First(i); c < End(i); c = node(c).next).
  std::uint32_t First(std::uint32_t i) const { return i + 1; }
  std::uint32_t End(std::uint32_t i) const { return nodes_[i].next; }

  // Value of the first member with this (decoded) name, or 0 (the root is never a member).
  std::uint32_t Member(std::uint32_t object, std::string_view name) const;
  // Number of elements of an array, of members of an object.
  std::size_t Size(std::uint32_t i) const;
  // Decoded string (escapes undone; a lone surrogate becomes its three-byte WTF-8 form, so that nothing is lost).
  std::string String(std::uint32_t i) const;
  // True if any object has two members of one (decoded) name.
  bool HasDuplicateNames() const;

 private:
  std::string_view text_;
  std::vector<JsonNode> nodes_;
};

// `raw` is a string token with its quotes.
std::string DecodeJsonString(std::string_view raw);
// Shortest escaping that is valid everywhere: quote, backslash, control characters; bytes of 0x80 and above as they
// stand (they must be UTF-8). Adds the quotes.
std::string QuoteJson(std::string_view text);
bool IsUtf8(std::string_view bytes);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_JSON_TEXT_H_
