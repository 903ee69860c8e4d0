// PartialArgs: the arguments of a function call as Vertex AI streams them, each value with its path:
// {"jsonPath": "$.stops[0].city", "stringValue": "Par", "willContinue": true}, then {..., "stringValue": "is"}.
//
// Only what such paths say: members by name, elements by number. A path that cannot be followed is passed over. The
// result is as large as what was said: an element far beyond the end is the next one. One thread at a time.
#ifndef REPRISE_FORMAT_PARTIAL_ARGS_H_
#define REPRISE_FORMAT_PARTIAL_ARGS_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/wire/json_view.h"

namespace reprise::format {

class PartialArgs {
 public:
  // One element of `partialArgs`.
  void Add(const wire::JsonView& argument);
  // Compact JSON; members in the order in which they were first named.
  std::string Text() const;
  bool empty() const { return root_ == nullptr; }

 private:
  struct Node;
  using Child = std::pair<std::string, std::unique_ptr<Node>>;  // an element has no name
  struct Node {
    enum class Kind { kNothing, kLeaf, kString, kObject, kArray } kind = Kind::kNothing;
    std::string text;  // JSON of a leaf, bytes of a string
    std::vector<Child> children;
  };
  static Node* Step(Node* node, const std::string& segment, bool element);
  Node* Find(std::string_view path);
  static void Append(const Node& node, std::string& out);

  std::unique_ptr<Node> root_;
};

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_PARTIAL_ARGS_H_
