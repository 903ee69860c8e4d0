#include "lib/match/request_diff.h"

#include <algorithm>
#include <map>
#include <memory>

#include "lib/format/adapter.h"
#include "lib/match/json_shape.h"
#include "lib/wire/headers.h"
#include "lib/wire/normal_form.h"

namespace reprise::match {
namespace {

using wire::JsonKind;
using Kind = RequestDifference::Kind;

constexpr std::size_t kValueChars = 96;
constexpr std::size_t kElementSketch = 512;
// What it costs to say that an element is new or gone; to say that it changed costs 1 minus the likeness. Two elements
// that share a third are one that changed.
constexpr double kGapCost = 0.34;

class Collector {
 public:
  explicit Collector(RequestDiff& out) : out_(out) {}
  void Add(RequestDifference difference) {
    if (out_.differences.size() < kMaxDifferences)
      out_.differences.push_back(std::move(difference));
    else
      ++out_.more;
  }
  // Names what was added last.
  void LabelLast(std::string label) {
    if (!out_.differences.empty()) out_.differences.back().label = std::move(label);
  }
  void AddText(std::string part, std::string pointer, std::string label, std::string_view recorded,
               std::string_view asked) {
    RequestDifference d;
    d.part = std::move(part);
    d.pointer = std::move(pointer);
    d.label = std::move(label);
    d.text = FindPlace(recorded, asked);
    d.recorded = '"' + d.text->recorded_window + '"';
    d.asked = '"' + d.text->asked_window + '"';
    Add(std::move(d));
  }
  // Two short values of which either may be missing.
  void AddValue(std::string part, std::string pointer, const std::string* recorded, const std::string* asked) {
    RequestDifference d;
    d.kind = recorded == nullptr ? Kind::kAdded : asked == nullptr ? Kind::kRemoved : Kind::kChanged;
    d.part = std::move(part);
    d.pointer = std::move(pointer);
    if (recorded != nullptr) d.recorded = '"' + Window(*recorded, 0, kValueChars) + '"';
    if (asked != nullptr) d.asked = '"' + Window(*asked, 0, kValueChars) + '"';
    if (recorded != nullptr && asked != nullptr) {
      d.text = FindPlace(*recorded, *asked);
      d.recorded = '"' + d.text->recorded_window + '"';
      d.asked = '"' + d.text->asked_window + '"';
    }
    Add(std::move(d));
  }

 private:
  RequestDiff& out_;
};

// What a human calls a member of a request, whoever the provider is; "" for those whose name says it.
std::string_view PartOfRequest(std::string_view name) {
  if (name == "model") return "the model";
  if (name == "system" || name == "systemInstruction" || name == "system_instruction") return "the system text";
  if (name == "prompt") return "the prompt";
  return {};
}

class BodyDiff {
 public:
  BodyDiff(const JsonShape& recorded, const JsonShape& asked, Collector& out)
      : recorded_(recorded), asked_(asked), out_(out) {}

  // `name`: of the member that holds the two, for the labels of their elements.
  void Values(std::uint32_t a, std::uint32_t b, const std::string& pointer, const std::string& label,
              std::string_view name) {
    if (recorded_.Hash(a) == asked_.Hash(b)) return;
    const JsonKind left = recorded_.tree().Kind(a), right = asked_.tree().Kind(b);
    if (left == JsonKind::kObject && right == JsonKind::kObject) return Objects(a, b, pointer, label);
    if (left == JsonKind::kArray && right == JsonKind::kArray) return Arrays(a, b, pointer, label, name);
    if (left == JsonKind::kString && right == JsonKind::kString)
      return out_.AddText("body", pointer, label, recorded_.tree().String(a), asked_.tree().String(b));
    Change(Kind::kChanged, a, b, pointer, label);
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;

  void Change(Kind kind, std::uint32_t a, std::uint32_t b, const std::string& pointer, const std::string& label) {
    RequestDifference d;
    d.kind = kind;
    d.part = "body";
    d.pointer = pointer;
    d.label = label;
    if (a != kNone) d.recorded = ValueLine(recorded_.tree(), a, kValueChars);
    if (b != kNone) d.asked = ValueLine(asked_.tree(), b, kValueChars);
    out_.Add(std::move(d));
  }

  void Objects(std::uint32_t a, std::uint32_t b, const std::string& pointer, const std::string& label) {
    std::map<std::string, std::uint32_t> theirs;
    for (const auto& child : asked_.Children(b)) theirs.emplace(asked_.tree().String(child.name), child.value);
    for (const auto& child : recorded_.Children(a)) {
      const std::string name = recorded_.tree().String(child.name);
      const auto it = theirs.find(name);
      if (it == theirs.end()) {
        Change(Kind::kRemoved, child.value, kNone, JoinPointer(pointer, name), label);
      } else {
        const std::string_view part = pointer.empty() ? PartOfRequest(name) : std::string_view();
        Values(child.value, it->second, JoinPointer(pointer, name), part.empty() ? label : std::string(part), name);
        theirs.erase(it);
      }
    }
    for (const auto& child : asked_.Children(b)) {
      const std::string name = asked_.tree().String(child.name);
      if (theirs.count(name) != 0) Change(Kind::kAdded, kNone, child.value, JoinPointer(pointer, name), label);
    }
  }

  struct Pair {
    std::size_t a, b;  // npos: none
  };
  static constexpr std::size_t kNoElement = static_cast<std::size_t>(-1);

  // How two elements correspond. Equal beginnings and endings first, then the cheapest alignment of what is between.
  std::vector<Pair> Align(const std::vector<JsonShape::Child>& a, const std::vector<JsonShape::Child>& b) const {
    std::vector<Pair> out;
    std::size_t begin = 0, tail = 0;
    const std::size_t shorter = std::min(a.size(), b.size());
    const auto same = [&](std::size_t i, std::size_t k) {
      return recorded_.Hash(a[i].value) == asked_.Hash(b[k].value);
    };
    while (begin < shorter && same(begin, begin)) ++begin;
    while (tail < shorter - begin && same(a.size() - 1 - tail, b.size() - 1 - tail)) ++tail;
    for (std::size_t i = 0; i < begin; ++i) out.push_back({i, i});
    const std::size_t rows = a.size() - tail - begin, columns = b.size() - tail - begin;
    if (rows * columns <= kMaxAlignedPairs)
      AlignMiddle(a, b, begin, rows, columns, out);
    else
      for (std::size_t i = 0; i < std::max(rows, columns); ++i)
        out.push_back({i < rows ? begin + i : kNoElement, i < columns ? begin + i : kNoElement});
    for (std::size_t i = tail; i > 0; --i) out.push_back({a.size() - i, b.size() - i});
    return out;
  }

  void AlignMiddle(const std::vector<JsonShape::Child>& a, const std::vector<JsonShape::Child>& b, std::size_t begin,
                   std::size_t rows, std::size_t columns, std::vector<Pair>& out) const {
    std::vector<std::vector<std::uint64_t>> left(rows), right(columns);
    for (std::size_t i = 0; i < rows; ++i) left[i] = recorded_.Sketch(a[begin + i].value, kElementSketch);
    for (std::size_t k = 0; k < columns; ++k) right[k] = asked_.Sketch(b[begin + k].value, kElementSketch);
    const auto pair_cost = [&](std::size_t i, std::size_t k) {
      const std::uint32_t x = a[begin + i].value, y = b[begin + k].value;
      if (recorded_.Hash(x) == asked_.Hash(y)) return 0.0;
      if (recorded_.tree().Kind(x) != asked_.tree().Kind(y)) return 2 * kGapCost;
      // Never dearer than gone and new; a little cheaper, so that two lists of one length stay paired.
      return std::min(1 - Similarity(left[i], right[k]), 2 * kGapCost - 0.01);
    };
    const std::size_t width = columns + 1;
    std::vector<double> cost((rows + 1) * width, 0);
    for (std::size_t i = rows + 1; i-- > 0;) {
      for (std::size_t k = columns + 1; k-- > 0;) {
        if (i == rows && k == columns) continue;
        double best = 1e300;
        if (i < rows) best = std::min(best, cost[(i + 1) * width + k] + kGapCost);
        if (k < columns) best = std::min(best, cost[i * width + k + 1] + kGapCost);
        if (i < rows && k < columns) best = std::min(best, cost[(i + 1) * width + k + 1] + pair_cost(i, k));
        cost[i * width + k] = best;
      }
    }
    for (std::size_t i = 0, k = 0; i < rows || k < columns;) {
      const double here = cost[i * width + k];
      if (i < rows && k < columns && here == cost[(i + 1) * width + k + 1] + pair_cost(i, k))
        out.push_back({begin + i++, begin + k++});
      else if (i < rows && here == cost[(i + 1) * width + k] + kGapCost)
        out.push_back({begin + i++, kNoElement});
      else
        out.push_back({kNoElement, begin + k++});
    }
  }

  void Arrays(std::uint32_t a, std::uint32_t b, const std::string& pointer, const std::string& label,
              std::string_view name) {
    const auto mine = recorded_.Children(a), theirs = asked_.Children(b);
    const std::vector<Pair> pairs = Align(mine, theirs);
    const std::size_t my_count = recorded_.tree().Size(a), their_count = asked_.tree().Size(b);
    const auto element_label = [&](const JsonShape& shape, const JsonShape::Child& child) {
      const std::string own =
          ElementLabel(shape.tree(), child.value, name, child.index, &shape == &asked_ ? their_count : my_count);
      return label.empty() || own.empty() ? label + own : label + ", " + own;
    };
    // An element that is gone here and equal to one that is new there was moved.
    std::multimap<std::uint64_t, std::size_t> added;
    for (const Pair& pair : pairs)
      if (pair.a == kNoElement) added.emplace(asked_.Hash(theirs[pair.b].value), pair.b);
    std::vector<bool> told(theirs.size(), false);
    std::vector<std::pair<std::size_t, std::size_t>> moved;
    std::vector<bool> left(mine.size(), false);
    for (const Pair& pair : pairs) {
      if (pair.b != kNoElement) continue;
      const auto it = added.find(recorded_.Hash(mine[pair.a].value));
      if (it == added.end()) continue;
      moved.emplace_back(pair.a, it->second);
      left[pair.a] = told[it->second] = true;
      added.erase(it);
    }
    for (const auto& [from, to] : moved) {
      RequestDifference d;
      d.kind = Kind::kMoved;
      d.part = "body";
      d.pointer = JoinPointer(pointer, std::to_string(theirs[to].index));
      d.label = element_label(asked_, theirs[to]);
      d.recorded = "at " + JoinPointer(pointer, std::to_string(mine[from].index));
      d.asked = "at " + d.pointer;
      out_.Add(std::move(d));
    }
    for (const Pair& pair : pairs) {
      if (pair.a == kNoElement) {
        if (told[pair.b]) continue;
        const auto& child = theirs[pair.b];
        Change(Kind::kAdded, kNone, child.value, JoinPointer(pointer, std::to_string(child.index)),
               element_label(asked_, child));
      } else if (pair.b == kNoElement) {
        if (left[pair.a]) continue;
        const auto& child = mine[pair.a];
        Change(Kind::kRemoved, child.value, kNone, JoinPointer(pointer, std::to_string(child.index)),
               element_label(recorded_, child));
      } else {
        const auto& child = theirs[pair.b];
        if (recorded_.Hash(mine[pair.a].value) == asked_.Hash(child.value)) continue;
        Values(mine[pair.a].value, child.value, JoinPointer(pointer, std::to_string(child.index)),
               element_label(asked_, child), name);
      }
    }
  }

  const JsonShape& recorded_;
  const JsonShape& asked_;
  Collector& out_;
};

// Do the two name different models, wherever their format does? Gemini and Azure do so in the path.
bool NameOtherModels(const Request& recorded, const Request& asked) {
  const format::Adapter* adapter = format::FindAdapter(asked.format);
  if (adapter == nullptr || recorded.format != asked.format) return false;
  const auto was = adapter->ReadRequest(recorded), now = adapter->ReadRequest(asked);
  return was && now && !was->model.empty() && !now->model.empty() && was->model != now->model;
}

std::string Describe(std::string_view bytes) {
  return wire::IsUtf8(bytes) ? '"' + Window(bytes, 0, kValueChars) + '"' : std::to_string(bytes.size()) + " bytes";
}

void DiffBytes(std::string_view recorded, std::string_view asked, const std::string& label, Collector& out) {
  if (recorded == asked) return;
  if (wire::IsUtf8(recorded) && wire::IsUtf8(asked)) return out.AddText("body", "", label, recorded, asked);
  const std::size_t shorter = std::min(recorded.size(), asked.size());
  std::size_t at = 0;
  while (at < shorter && recorded[at] == asked[at]) ++at;
  RequestDifference d;
  d.part = "body";
  d.label = (label.empty() ? "" : label + ", ") + "from byte " + std::to_string(at);
  d.recorded = Describe(recorded);
  d.asked = Describe(asked);
  out.Add(std::move(d));
}

std::optional<std::vector<std::string_view>> MultipartOf(const Request& request) {
  const wire::MediaType media = wire::ParseMediaType(wire::HeaderValue(request.headers, "content-type").value_or(""));
  if (media.type.compare(0, 10, "multipart/") != 0) return std::nullopt;
  return wire::SplitMultipart(request.body, media.Parameter("boundary"));
}

// Null when the body takes part as bytes.
std::unique_ptr<wire::JsonTree> TreeOf(const Request& request) {
  if (!wire::IsReadAsJson(request)) return nullptr;
  Result<wire::JsonTree> tree = wire::JsonTree::Parse(request.body);
  if (!tree.ok() || tree->HasDuplicateNames()) return nullptr;
  return std::make_unique<wire::JsonTree>(*std::move(tree));
}

void DiffBodies(const Request& recorded, const Request& asked, const Rules& rules, Collector& out) {
  const auto mine = TreeOf(recorded), theirs = TreeOf(asked);
  if (mine != nullptr && theirs != nullptr) {
    const wire::PointerPatterns ignore(rules.ignore_body);
    const JsonShape a(*mine, ignore), b(*theirs, ignore);
    return BodyDiff(a, b, out).Values(0, 0, "", "", "");
  }
  const auto my_parts = MultipartOf(recorded), their_parts = MultipartOf(asked);
  if (my_parts && their_parts && my_parts->size() == their_parts->size()) {
    for (std::size_t i = 0; i < my_parts->size(); ++i)
      DiffBytes((*my_parts)[i], (*their_parts)[i], "part " + std::to_string(i + 1), out);
    return;
  }
  DiffBytes(recorded.body, asked.body, "", out);
}

template <typename Pairs>
void DiffNamed(const char* part, const Pairs& recorded, const Pairs& asked, Collector& out) {
  std::map<std::string, std::pair<const std::string*, const std::string*>> names;
  for (const auto& [name, value] : recorded) names[name].first = &value;
  for (const auto& [name, value] : asked) names[name].second = &value;
  for (const auto& [name, values] : names)
    if (values.first == nullptr || values.second == nullptr || *values.first != *values.second)
      out.AddValue(part, name, values.first, values.second);
}

// Repeats of one name, joined, so that their order shows.
std::vector<std::pair<std::string, std::string>> Joined(
    const std::vector<std::pair<std::string, std::optional<std::string>>>& query) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : query) {
    const std::string text = value ? "=" + *value : "";
    if (!out.empty() && out.back().first == name)
      out.back().second += "&" + name + text;
    else
      out.emplace_back(name, text);
  }
  for (auto& [name, text] : out)
    if (text.size() > 1 && text[0] == '=') text.erase(0, 1);
  return out;
}

}  // namespace

RequestDiff DiffRequests(const Request& recorded, int recorded_auth, const Request& asked, int asked_auth,
                         const Rules& rules) {
  RequestDiff diff;
  Collector out(diff);
  const auto plain = [&out](const char* part, const std::string& a, const std::string& b) {
    if (a != b) out.AddValue(part, "", &a, &b);
  };
  plain("endpoint", recorded.endpoint, asked.endpoint);
  plain("format", recorded.format, asked.format);
  plain("method", recorded.method, asked.method);
  const wire::NormalParts mine = wire::PartsOf(recorded, rules), theirs = wire::PartsOf(asked, rules);
  plain("path", mine.path, theirs.path);
  if (mine.path != theirs.path && NameOtherModels(recorded, asked)) out.LabelLast("the model");
  DiffNamed("query", Joined(mine.query), Joined(theirs.query), out);
  DiffNamed("header", mine.headers, theirs.headers, out);
  if (recorded_auth != asked_auth) {
    RequestDifference d;
    d.part = "auth";
    const auto name = [](int alias) {
      return alias == 0 ? std::string("no credential") : "credential " + std::to_string(alias);
    };
    d.recorded = name(recorded_auth);
    d.asked = name(asked_auth);
    out.Add(std::move(d));
  }
  if (mine.body != theirs.body) DiffBodies(recorded, asked, rules, out);
  return diff;
}

}  // namespace reprise::match
