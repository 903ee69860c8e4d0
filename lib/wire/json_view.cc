#include "lib/wire/json_view.h"

#include <charconv>
#include <cmath>

namespace reprise::wire {

JsonView JsonView::operator[](std::string_view name) const {
  if (!Is(JsonKind::kObject)) return {};
  const std::uint32_t value = tree_->Member(node_, name);
  return value == 0 ? JsonView() : JsonView(*tree_, value);
}

std::vector<JsonView> JsonView::Elements() const {
  std::vector<JsonView> out;
  if (!Is(JsonKind::kArray)) return out;
  for (std::uint32_t i = tree_->First(node_); i < tree_->End(node_); i = tree_->node(i).next) {
    out.push_back(JsonView(*tree_, i));
  }
  return out;
}

std::vector<std::pair<std::string, JsonView>> JsonView::Members() const {
  std::vector<std::pair<std::string, JsonView>> out;
  if (!Is(JsonKind::kObject)) return out;
  for (std::uint32_t name = tree_->First(node_); name < tree_->End(node_);) {
    const std::uint32_t value = tree_->node(name).next;
    out.emplace_back(tree_->String(name), JsonView(*tree_, value));
    name = tree_->node(value).next;
  }
  return out;
}

std::string JsonView::Text() const { return Is(JsonKind::kString) ? tree_->String(node_) : std::string(); }

std::string JsonView::TextOrRaw() const {
  if (!*this) return {};
  return Is(JsonKind::kString) ? tree_->String(node_) : std::string(Raw());
}

std::optional<std::int64_t> JsonView::Integer() const {
  if (!Is(JsonKind::kNumber)) return std::nullopt;
  const std::string_view raw = Raw();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error == std::errc() && end == raw.data() + raw.size()) return value;
  constexpr double kExact = 9007199254740992;  // 2^53: beyond it a double cannot tell neighbours apart
  const std::optional<double> number = Number();
  if (!number || std::abs(*number) > kExact || std::nearbyint(*number) != *number) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<double> JsonView::Number() const {
  if (!Is(JsonKind::kNumber)) return std::nullopt;
  const std::string_view raw = Raw();
  double value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return value;
}

std::string_view JsonView::Raw() const { return tree_ == nullptr ? std::string_view() : tree_->Raw(node_); }

}  // namespace reprise::wire
