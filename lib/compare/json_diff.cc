#include "lib/compare/json_diff.h"

#include <string>
#include <vector>

#include "lib/compare/exact.h"
#include "lib/wire/canonical_json.h"
#include "lib/wire/json_text.h"

namespace reprise::compare {
namespace {

using wire::JsonKind;
using wire::JsonTree;

constexpr std::size_t kMaxShown = 120;  // bytes of a value

std::string Escaped(std::string_view name) {
  std::string out;
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::string Shown(std::string_view raw) {
  if (raw.size() <= kMaxShown) return std::string(raw);
  std::size_t end = kMaxShown;
  while (end > 0 && (static_cast<unsigned char>(raw[end]) & 0xC0) == 0x80) --end;
  return std::string(raw.substr(0, end)) + "…";
}

class Walk {
 public:
  Walk(const JsonTree& expected, const JsonTree& got, std::size_t limit, Verdict& verdict)
      : a_(expected), b_(got), limit_(limit), verdict_(verdict) {}

  void Compare(const std::string& pointer, std::uint32_t a, std::uint32_t b) {
    if (a_.Kind(a) != b_.Kind(b)) return Add(pointer, Shown(a_.Raw(a)), Shown(b_.Raw(b)));
    switch (a_.Kind(a)) {
      case JsonKind::kObject: return CompareObjects(pointer, a, b);
      case JsonKind::kArray: return CompareArrays(pointer, a, b);
      case JsonKind::kNumber:
        if (wire::CanonicalNumber(a_.Raw(a)) != wire::CanonicalNumber(b_.Raw(b)))
          Add(pointer, Shown(a_.Raw(a)), Shown(b_.Raw(b)));
        return;
      case JsonKind::kString: {
        const Verdict text = CompareText(a_.String(a), b_.String(b));
        for (const Difference& difference : text.differences) Add(pointer, difference.expected, difference.got);
        return;
      }
      default: return;
    }
  }
  std::size_t count() const { return count_; }

 private:
  void Add(const std::string& pointer, std::string expected, std::string got) {
    if (++count_ <= limit_)
      verdict_.differences.push_back(
          {pointer.empty() ? "the whole value" : pointer, std::move(expected), std::move(got)});
  }

  void CompareObjects(const std::string& pointer, std::uint32_t a, std::uint32_t b) {
    for (std::uint32_t i = a_.First(a); i < a_.End(a); i = a_.node(i + 1).next) {
      const std::string name = a_.String(i);
      const std::string below = pointer + "/" + Escaped(name);
      if (const std::uint32_t other = b_.Member(b, name); other != 0)
        Compare(below, i + 1, other);
      else
        Add(below, Shown(a_.Raw(i + 1)), "nothing");
    }
    for (std::uint32_t i = b_.First(b); i < b_.End(b); i = b_.node(i + 1).next)
      if (const std::string name = b_.String(i); a_.Member(a, name) == 0)
        Add(pointer + "/" + Escaped(name), "nothing", Shown(b_.Raw(i + 1)));
  }

  void CompareArrays(const std::string& pointer, std::uint32_t a, std::uint32_t b) {
    std::uint32_t i = a_.First(a), j = b_.First(b);
    for (std::size_t index = 0; i < a_.End(a) || j < b_.End(b); ++index) {
      const std::string below = pointer + "/" + std::to_string(index);
      const bool in_a = i < a_.End(a), in_b = j < b_.End(b);
      if (in_a && in_b)
        Compare(below, i, j);
      else
        Add(below, in_a ? Shown(a_.Raw(i)) : "nothing", in_b ? Shown(b_.Raw(j)) : "nothing");
      if (in_a) i = a_.node(i).next;
      if (in_b) j = b_.node(j).next;
    }
  }

  const JsonTree& a_;
  const JsonTree& b_;
  const std::size_t limit_;
  Verdict& verdict_;
  std::size_t count_ = 0;
};

}  // namespace

Verdict CompareJson(std::string_view expected, std::string_view got, std::size_t limit) {
  const Result<JsonTree> a = JsonTree::Parse(expected), b = JsonTree::Parse(got);
  if (!a.ok() || !b.ok() || a->HasDuplicateNames() || b->HasDuplicateNames()) return CompareText(expected, got);
  Verdict verdict;
  verdict.rule = "JSON by value";
  Walk walk(*a, *b, limit, verdict);
  walk.Compare("", 0, 0);
  if (walk.count() == 0) return verdict;
  verdict.kind = Verdict::Kind::kFail;
  verdict.note = std::to_string(walk.count()) + (walk.count() == 1 ? " place differs" : " places differ");
  return verdict;
}

}  // namespace reprise::compare
