// JsonShape: a JSON body prepared for comparing: a hash of each value under the equality of the normal form, what the
// rules leave out, and words for its parts. Internal to match.
#ifndef REPRISE_MATCH_JSON_SHAPE_H_
#define REPRISE_MATCH_JSON_SHAPE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/wire/canonical_json.h"
#include "lib/wire/json_text.h"

namespace reprise::match {

// FNV-1a, finished so that sums of hashes stay well spread. For comparing within one process, never for files.
std::uint64_t HashBytes(std::string_view bytes, std::uint64_t seed = 0);

class JsonShape {
 public:
  // `tree` must outlive the shape.
  JsonShape(const wire::JsonTree& tree, const wire::PointerPatterns& ignore);

  const wire::JsonTree& tree() const { return tree_; }
  // Equal hashes: equal values in the normal form, up to collisions of 64 bits. Ignored values have hash 0.
  std::uint64_t Hash(std::uint32_t node) const { return hashes_[node]; }
  bool Ignored(std::uint32_t node) const { return ignored_[node]; }
  // Elements of an array, or values of an object's members, that are not ignored; with the name's node for members.
  struct Child {
    std::uint32_t name = 0;  // 0 in arrays
    std::uint32_t value = 0;
    std::size_t index = 0;  // among all elements
  };
  std::vector<Child> Children(std::uint32_t node) const;

  // Sorted hashes of the words and scalars below `node`, each with the names on the way to it: equal bodies have equal
  // sketches, similar ones similar sketches. At most `max` of them; of a long string the words at both ends.
  std::vector<std::uint64_t> Sketch(std::uint32_t node, std::size_t max) const;

 private:
  std::uint64_t Visit(std::uint32_t node, const wire::PointerPatterns::Active& active, std::size_t depth);
  std::uint64_t HashLeaf(std::uint32_t node) const;
  void SketchInto(std::uint32_t node, std::uint64_t path, std::size_t max, std::vector<std::uint64_t>& out) const;

  const wire::JsonTree& tree_;
  const wire::PointerPatterns& ignore_;
  std::vector<std::uint64_t> hashes_;
  std::vector<bool> ignored_;
};

// Adds the hashes of the words of `text`.
void SketchWords(std::string_view text, std::uint64_t path, std::size_t max, std::vector<std::uint64_t>& out);
// Of two sorted sketches: what they share, as a part of the larger one; 1 for two empty ones.
double Similarity(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

// "/a~1b": a segment added to a pointer.
std::string JoinPointer(std::string_view pointer, std::string_view segment);

// One line for a value: a string in quotes, decoded; anything else as its tokens without white space; cut to `max`
// characters.
std::string ValueLine(const wire::JsonTree& tree, std::uint32_t node, std::size_t max);

// Words for the element `index` of the array called `array_name`: `message 2 of 3 (user)`, `tool "get_time"`.
std::string ElementLabel(const wire::JsonTree& tree, std::uint32_t element, std::string_view array_name,
                         std::size_t index, std::size_t count);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_JSON_SHAPE_H_
