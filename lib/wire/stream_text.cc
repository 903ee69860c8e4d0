#include "lib/wire/stream_text.h"

#include <algorithm>
#include <map>

#include "lib/wire/json_text.h"

namespace reprise::wire {
namespace {

// Places that are told apart at most; a stream has a dozen.
constexpr std::size_t kMaxPlaces = 4096;

class Gatherer {
 public:
  void Take(const JsonTree& tree, std::uint32_t node, std::size_t offset, const std::string& place) {
    switch (tree.Kind(node)) {
      case JsonKind::kString: return Add(tree, node, offset, place);
      case JsonKind::kObject: {
        const std::string here = place + IndexOf(tree, node);
        for (std::uint32_t name = tree.First(node); name < tree.End(node);) {
          const std::uint32_t value = tree.node(name).next;
          Take(tree, value, offset, here + '/' + tree.String(name));
          name = tree.node(value).next;
        }
        return;
      }
      case JsonKind::kArray: {
        std::size_t index = 0;
        for (std::uint32_t c = tree.First(node); c < tree.End(node); c = tree.node(c).next, ++index)
          Take(tree, c, offset, place + '/' + (IndexOf(tree, c).empty() ? std::to_string(index) : ""));
        return;
      }
      default: return;
    }
  }

  std::vector<StreamText> Texts() { return std::move(texts_); }

 private:
  static std::string IndexOf(const JsonTree& tree, std::uint32_t node) {
    if (tree.Kind(node) != JsonKind::kObject) return "";
    const std::uint32_t index = tree.Member(node, "index");
    return index != 0 && tree.Kind(index) == JsonKind::kNumber ? '#' + std::string(tree.Raw(index)) : "";
  }

  void Add(const JsonTree& tree, std::uint32_t node, std::size_t offset, const std::string& place) {
    auto it = places_.find(place);
    if (it == places_.end()) {
      if (texts_.size() == kMaxPlaces) return;
      it = places_.emplace(place, texts_.size()).first;
      texts_.emplace_back().place = place;
    }
    StreamText& text = texts_[it->second];
    text.text += tree.String(node);
    text.pieces.push_back({offset + tree.node(node).begin, offset + tree.node(node).end, text.text.size()});
  }

  std::map<std::string, std::size_t> places_;
  std::vector<StreamText> texts_;
};

}  // namespace

std::vector<StreamText> StreamTexts(std::string_view body, bool* is_stream) {
  Gatherer gatherer;
  std::size_t objects = 0;
  const auto texts = [&] {
    if (is_stream != nullptr) *is_stream = objects > 0;
    return gatherer.Texts();
  };
  if (const std::size_t begin = body.find_first_not_of(" \t\r\n");
      begin != std::string_view::npos && body[begin] == '[') {
    const Result<JsonTree> tree = JsonTree::Parse(body);
    if (!tree.ok()) return texts();
    for (std::uint32_t c = tree->First(0); c < tree->End(0); c = tree->node(c).next)
      if (tree->Kind(c) == JsonKind::kObject) {
        ++objects;
        gatherer.Take(*tree, c, 0, "");
      }
    return texts();
  }
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find_first_of("\r\n", at), body.size());
    std::string_view line = body.substr(at, end - at);
    std::size_t offset = at;
    at = end + 1;
    if (line.substr(0, 5) == "data:") {
      line.remove_prefix(5);
      offset += 5;
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos || line[line.find_first_not_of(" \t")] != '{') continue;
    const Result<JsonTree> tree = JsonTree::Parse(line);
    if (!tree.ok()) continue;
    ++objects;
    gatherer.Take(*tree, 0, offset, "");
  }
  return texts();
}

}  // namespace reprise::wire
