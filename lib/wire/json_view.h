// JsonView: a walk through a JsonTree that forgives. A member that is absent, or of another kind than asked for, gives
// a view of nothing, so that adapters read providers' replies without a check at every step.
//
// A view points into its tree, which must outlive it. Cheap to copy.
#ifndef REPRISE_WIRE_JSON_VIEW_H_
#define REPRISE_WIRE_JSON_VIEW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/wire/json_text.h"

namespace reprise::wire {

class JsonView {
 public:
  JsonView() = default;  // of nothing
  explicit JsonView(const JsonTree& tree, std::uint32_t node = 0) : tree_(&tree), node_(node) {}

  // Is there a value, and is it other than null?
  explicit operator bool() const { return tree_ != nullptr && tree_->Kind(node_) != JsonKind::kNull; }
  bool Is(JsonKind kind) const { return tree_ != nullptr && tree_->Kind(node_) == kind; }

  // The member of that name (the first, where there are several), or nothing.
  JsonView operator[](std::string_view name) const;
  std::vector<JsonView> Elements() const;                         // of an array, else none
  std::vector<std::pair<std::string, JsonView>> Members() const;  // of an object, else none

  std::string Text() const;                     // a string decoded; "" for all else
  std::string TextOrRaw() const;                // a string decoded; the JSON text of all else but null; "" for nothing
  std::optional<std::int64_t> Integer() const;  // a number without a fraction: 12, 12.0, 1.2e1
  std::optional<double> Number() const;
  std::string_view Raw() const;  // as it stands in the text

 private:
  const JsonTree* tree_ = nullptr;
  std::uint32_t node_ = 0;
};

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_JSON_VIEW_H_
