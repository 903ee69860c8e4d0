#include "lib/cassette/merge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "lib/cassette/exchange_record.h"
#include "lib/cassette/format.h"
#include "lib/cassette/record.h"
#include "lib/wire/json_text.h"

namespace reprise::cassette {
namespace {

// Lane, key, number of the take. A record that belongs to no exchange has no lane, and itself for a key.
using Id = std::tuple<std::string, std::string, int>;

// An exchange and what follows it.
struct Unit {
  Id id;
  std::string exchange;  // its record, with the line end
  std::string rest;      // its clock, and records of kinds that are not known
  std::vector<std::string> blobs;
  std::string Text() const { return exchange + rest; }
};

struct Side {
  CassetteHead head;
  std::string head_text;
  std::vector<Unit> units;
  std::map<Id, std::size_t> places;
  std::map<std::string, std::string> blobs;  // hash to record

  const Unit* Find(const Id& id) const {
    const auto found = places.find(id);
    return found == places.end() ? nullptr : &units[found->second];
  }
};

Result<std::string> LaneOf(std::string_view record) {
  const auto tree = wire::JsonTree::Parse(record, CassetteLimits().json_depth + kRecordDepth, kMaxRecordValues);
  if (!tree.ok()) return tree.status();
  const std::uint32_t lane = tree->Member(0, "lane");
  return lane != 0 && tree->Kind(lane) == wire::JsonKind::kString ? tree->String(lane) : std::string("main");
}

Result<Side> ReadSide(std::string_view text, const std::string& name) {
  Side side;
  std::map<std::pair<std::string, std::string>, int> takes;
  RecordScanner scanner(text);
  bool first = true;
  for (Record record; scanner.Next(&record); first = false) {
    const auto refused = [&](const std::string& what) {
      return Status(ErrorKind::kCassette, name, "line " + std::to_string(record.line) + ": " + what);
    };
    if (record.damage != nullptr) return refused(record.damage);
    const RecordKind kind = KindOf(record.text);
    const std::string line = std::string(record.text) + "\n";
    if (first) {
      auto head = ReadHead(record.text, name);
      if (!head.ok()) return head.status();
      side.head = *std::move(head);
      side.head_text = line;
      continue;
    }
    if (kind == RecordKind::kHead) return refused("a second head");
    const std::string id(IdOf(record.text));
    if ((kind == RecordKind::kExchange || kind == RecordKind::kBlob) && id.empty())
      return refused("a key that is none");
    if (kind == RecordKind::kBlob) {
      side.blobs[id] = line;
      continue;
    }
    if (kind == RecordKind::kExchange) {
      const auto lane = LaneOf(record.text);
      if (!lane.ok()) return refused(lane.status().reason());
      Unit& unit = side.units.emplace_back();
      unit.id = {*lane, id, takes[{*lane, id}]++};
      unit.exchange = line;
      for (const std::string_view hash : BlobsIn(record.text)) unit.blobs.emplace_back(hash);
    } else if (side.units.empty() || side.units.back().exchange.empty()) {
      Unit& unit = side.units.emplace_back();
      unit.id = {"", line, takes[{"", line}]++};
      unit.rest = line;
      continue;
    } else {
      side.units.back().rest += line;
      continue;
    }
  }
  if (first) return Status(ErrorKind::kCassette, name, "is empty");
  for (std::size_t i = 0; i < side.units.size(); ++i) side.places[side.units[i].id] = i;
  return side;
}

// The value that a three-way merge gives, or nothing when both sides changed it differently.
template <typename T>
std::optional<T> Choose(const T& base, const T& ours, const T& theirs) {
  if (ours == theirs || theirs == base) return ours;
  if (ours == base) return theirs;
  return std::nullopt;
}

class Merge {
 public:
  Merge(const Side& base, const Side& ours, const Side& theirs, const MergeOptions& options)
      : base_(base), ours_(ours), theirs_(theirs), options_(options) {}

  Merged Run() {
    for (const Id& id : Order()) Emit(id);
    merged_.text = Head() + merged_.text;
    return std::move(merged_);
  }

 private:
  // Ours, with what only they have after what it follows on their side, and after what we put there too; then by lane.
  std::vector<Id> Order() const {
    std::map<const Unit*, std::vector<Id>> after;  // null: at the beginning
    const Unit* anchor = nullptr;
    for (const Unit& unit : theirs_.units) {
      if (const Unit* mine = ours_.Find(unit.id)) {
        anchor = mine;
      } else {
        after[anchor].push_back(unit.id);
      }
    }
    std::vector<Id> order;
    const Unit* held = nullptr;
    const auto flush = [&] {
      const std::vector<Id>& ids = after[held];
      order.insert(order.end(), ids.begin(), ids.end());
    };
    for (const Unit& unit : ours_.units) {
      if (theirs_.Find(unit.id) != nullptr) {
        flush();
        held = &unit;
      }
      order.push_back(unit.id);
    }
    flush();
    std::stable_sort(order.begin(), order.end(),
                     [](const Id& a, const Id& b) { return std::get<0>(a) < std::get<0>(b); });
    return order;
  }

  void Emit(const Id& id) {
    static const std::string kNone;
    const Unit* base = base_.Find(id);
    const Unit* ours = ours_.Find(id);
    const Unit* theirs = theirs_.Find(id);
    const auto exchange = [](const Unit* unit) {
      return unit == nullptr ? std::optional<std::string>() : std::optional(unit->exchange);
    };
    const auto chosen = Choose(exchange(base), exchange(ours), exchange(theirs));
    if (!chosen) {
      merged_.conflicts.push_back("exchange " + std::get<1>(id).substr(0, 12) + " of lane " + std::get<0>(id));
      WriteBlobs(ours);
      WriteBlobs(theirs);
      merged_.text +=
          ConflictOf(ours == nullptr ? kNone : ours->Text(), theirs == nullptr ? kNone : theirs->Text(), options_);
      return;
    }
    if (!chosen->has_value()) return;  // removed
    if (ours == nullptr || theirs == nullptr || ours->exchange != theirs->exchange) {
      const Unit* side = ours != nullptr && ours->exchange == **chosen ? ours : theirs;
      WriteBlobs(side);
      merged_.text += side->Text();
      return;
    }
    WriteBlobs(ours);
    const std::string& before = base == nullptr ? kNone : base->rest;
    const auto rest = Choose(before, ours->rest, theirs->rest);
    // "at" is the first member after the key, so the later clock is the greater text.
    merged_.text += ours->exchange + (rest ? *rest : std::max(ours->rest, theirs->rest));
  }

  void WriteBlobs(const Unit* unit) {
    if (unit == nullptr) return;
    for (const std::string& hash : unit->blobs) {
      uses_blobs_ = true;
      if (!written_.insert(hash).second) continue;
      for (const Side* side : {&ours_, &theirs_, &base_}) {
        if (const auto found = side->blobs.find(hash); found != side->blobs.end()) {
          merged_.text += found->second;
          break;
        }
      }
    }
  }

  std::string Head() {
    CassetteHead head = ours_.head;
    const auto session = Choose(base_.head.session, ours_.head.session, theirs_.head.session);
    const auto unknown = Choose(base_.head.unknown, ours_.head.unknown, theirs_.head.unknown);
    if (ours_.head.rules == theirs_.head.rules && ours_.head.normal == theirs_.head.normal && session && unknown) {
      head.session = *session;
      head.unknown = *unknown;
      head.by = std::max(ours_.head.by, theirs_.head.by);
      head.needs.clear();
      if (uses_blobs_) head.needs = {std::string(kNeedsBlob)};
      return WriteHead(head) + "\n";
    }
    merged_.conflicts.insert(merged_.conflicts.begin(), "the head");
    return ConflictOf(ours_.head_text, theirs_.head_text, options_);
  }

  const Side& base_;
  const Side& ours_;
  const Side& theirs_;
  const MergeOptions& options_;
  Merged merged_;
  std::set<std::string> written_;
  bool uses_blobs_ = false;
};

}  // namespace

std::string ConflictOf(std::string_view ours, std::string_view theirs, const MergeOptions& options) {
  const auto line = [&](char c, const std::string& label) {
    return std::string(static_cast<std::size_t>(std::clamp(options.marker_size, 7, 1000)), c) + label + "\n";
  };
  const auto whole_lines = [](std::string_view text) {
    return std::string(text) + (text.empty() || text.back() == '\n' ? "" : "\n");
  };
  return line('<', " " + options.ours) + whole_lines(ours) + line('=', "") + whole_lines(theirs) +
         line('>', " " + options.theirs);
}

Result<Merged> MergeTexts(std::string_view base, std::string_view ours, std::string_view theirs,
                          const MergeOptions& options) {
  if (ours == theirs || theirs == base) return Merged{std::string(ours), {}};
  if (ours == base) return Merged{std::string(theirs), {}};
  const auto our_side = ReadSide(ours, "ours");
  if (!our_side.ok()) return our_side.status();
  const auto their_side = ReadSide(theirs, "theirs");
  if (!their_side.ok()) return their_side.status();
  auto base_side = base.empty() ? Result<Side>(Side()) : ReadSide(base, "base");
  if (!base_side.ok()) return base_side.status();
  return Merge(*base_side, *our_side, *their_side, options).Run();
}

}  // namespace reprise::cassette
