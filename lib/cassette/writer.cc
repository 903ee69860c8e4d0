#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "lib/base/file_system.h"
#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/cassette/journal.h"
#include "lib/cassette/packer.h"
#include "lib/cassette/record.h"
#include "lib/wire/json_text.h"
#include "reprise/cassette.h"

namespace reprise {
namespace {

using namespace cassette;  // NOLINT: this file is its front

// Is the text that comes in pieces the text of a file?
class TextComparer {
 public:
  explicit TextComparer(std::unique_ptr<File> file) : file_(std::move(file)), walk_(*file_) {}
  void Feed(std::string_view piece) {
    while (same_ && !piece.empty()) {
      if (rest_.empty() && !NextBlock()) return;
      const std::size_t n = std::min(piece.size(), rest_.size());
      same_ = piece.substr(0, n) == rest_.substr(0, n);
      piece.remove_prefix(n);
      rest_.remove_prefix(n);
    }
  }
  bool Finish() { return same_ && rest_.empty() && !walk_.Next(&block_); }

 private:
  bool NextBlock() {
    same_ = walk_.Next(&block_) && block_.damage.empty();
    rest_ = block_.text.view;
    return same_;
  }
  std::unique_ptr<File> file_;
  BlockWalk walk_;
  BlockWalk::Block block_;
  std::string_view rest_;
  bool same_ = true;
};

// One exchange with what follows it, as it stands in the journal.
struct Unit {
  std::string lane;
  std::string key;  // empty: records that stood before any exchange
  CassetteWriter::Span span;
  Journal::Place place;
  std::vector<std::string> blobs;  // hashes that it refers to
  bool overlaps = false;           // marked, or to be marked
};

class FileWriter : public CassetteWriter {
 public:
  FileWriter(std::string path, CassetteHead head, const Options& options, std::unique_ptr<Journal> journal)
      : path_(std::move(path)), head_(std::move(head)), options_(options), journal_(std::move(journal)) {}

  ~FileWriter() override {
    if (journal_ != nullptr && units_.empty() && blobs_.empty()) (void)journal_->Remove();
  }

  Status Begin() {
    const Result<Journal::Place> place = journal_->Append(WriteHead(head_) + "\n", options_.sync_each);
    return place.ok() ? Status() : place.status();
  }

  Status Append(const Exchange& exchange, Span span) override {
    const Result<ExchangeText> text = WriteExchange(exchange, options_.limits);
    if (!text.ok())
      return Status(ErrorKind::kUsage, path_,
                    "the exchange cannot be stored: " + text.status().object() + " " + text.status().reason());
    const std::lock_guard<std::mutex> lock(mutex_);
    REPRISE_RETURN_IF_ERROR(CheckOpen());
    std::string entry;
    std::vector<std::string> fresh;
    Unit unit{exchange.lane, exchange.key, span, {}, {}, exchange.overlaps};
    for (const auto& [hash, record] : text->blobs) {
      unit.blobs.push_back(hash);
      if (blobs_.contains(hash)) continue;
      entry += record + "\n";
      fresh.push_back(hash);
    }
    entry += text->exchange + "\n";
    if (!text->times.empty()) entry += text->times + "\n";
    return Add(std::move(unit), fresh, entry);
  }

  Status AppendRecords(std::string_view records, Span span) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    REPRISE_RETURN_IF_ERROR(CheckOpen());
    // Blobs go with the exchange that follows; what follows an exchange goes with it.
    std::string entry;
    std::vector<std::string> fresh;
    Unit unit;
    unit.span = span;
    RecordScanner scanner(records);
    for (Record record; scanner.Next(&record);) {
      if (record.damage != nullptr) return Status(ErrorKind::kCassette, path_, record.damage);
      const RecordKind kind = KindOf(record.text);
      if (kind == RecordKind::kHead) continue;
      const std::string id(IdOf(record.text));
      if (kind == RecordKind::kBlob) {
        if (!unit.key.empty())
          REPRISE_RETURN_IF_ERROR(Add(std::exchange(unit, Unit{"", "", span, {}, {}, false}), fresh, entry));
        if (blobs_.contains(id)) continue;
        fresh.push_back(id);
      } else if (kind == RecordKind::kExchange) {
        if (!unit.key.empty())
          REPRISE_RETURN_IF_ERROR(Add(std::exchange(unit, Unit{"", "", span, {}, {}, false}), fresh, entry));
        REPRISE_RETURN_IF_ERROR(ReadPlace(record.text, &unit));
      }
      entry.append(record.text).append("\n");
    }
    return entry.empty() ? Status() : Add(std::move(unit), fresh, entry);
  }

  std::uint64_t exchange_count() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return exchanges_;
  }

  Status Seal() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    REPRISE_RETURN_IF_ERROR(CheckOpen());
    const std::string aside = path_ + ".tmp";
    bool unchanged = false;
    Status status = Pack(aside, &unchanged);
    if (status.ok() && !unchanged) status = base::RenameAndSync(aside, path_);
    if (!status.ok() || unchanged) (void)base::RemoveFile(aside);
    if (!status.ok()) return status;
    status = journal_->Remove();
    journal_.reset();
    return status;
  }

  Status Discard() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    REPRISE_RETURN_IF_ERROR(CheckOpen());
    const Status status = journal_->Remove();
    journal_.reset();
    return status;
  }

 private:
  Status CheckOpen() const {
    if (journal_ != nullptr) return {};
    return Status(ErrorKind::kInternal, path_, "the cassette was sealed or discarded already");
  }

  // Writes one entry of the journal; clears `fresh` and `entry`.
  Status Add(Unit unit, std::vector<std::string>& fresh, std::string& entry) {
    const Result<Journal::Place> place = journal_->Append(entry, options_.sync_each);
    entry.clear();
    const std::vector<std::string> hashes = std::move(fresh);
    fresh.clear();
    if (!place.ok()) return place.status();
    for (const std::string& hash : hashes) blobs_.emplace(hash, *place);
    unit.place = *place;
    if (!unit.key.empty()) ++exchanges_;
    units_.push_back(std::move(unit));
    return {};
  }

  // What ordering needs to know of an exchange that is only text.
  Status ReadPlace(std::string_view record, Unit* unit) const {
    const auto tree = wire::JsonTree::Parse(record, options_.limits.json_depth + kRecordDepth, kMaxRecordValues);
    if (!tree.ok() || IdOf(record).empty())
      return Status(ErrorKind::kCassette, path_, "an exchange to be kept cannot be read",
                    "`reprise fsck` tells what is damaged in the cassette it comes from");
    unit->key = IdOf(record);
    unit->lane = "main";
    if (const std::uint32_t lane = tree->Member(0, "lane"); lane != 0 && tree->Kind(lane) == wire::JsonKind::kString)
      unit->lane = tree->String(lane);
    unit->overlaps = tree->Member(0, "overlaps") != 0;
    for (const std::string_view hash : BlobsIn(record)) unit->blobs.emplace_back(hash);
    return {};
  }

  Status Pack(const std::string& aside, bool* unchanged) {
    base::FileDescriptor fd(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd.ok()) return base::ErrnoStatus(aside, "cannot be created", errno);
    CassetteHead head = head_;
    head.needs.clear();
    for (const Unit& unit : units_)
      if (!unit.blobs.empty()) head.needs = {std::string(kNeedsBlob)};
    std::unique_ptr<TextComparer> old;
    if (std::optional<CassetteHead> stored = StoredHead()) {
      const std::string by = std::exchange(head.by, stored->by);
      Result<std::unique_ptr<File>> file = File::Open(path_, options_.limits);
      if (file.ok()) old = std::make_unique<TextComparer>(*std::move(file));
      if (old) old->Feed(WriteHead(head) + "\n");
      head.by = by;
    }
    Packer packer(options_.form, [&](std::string_view bytes) { return base::WriteAll(fd.get(), bytes, aside); });
    REPRISE_RETURN_IF_ERROR(packer.Add(WriteHead(head) + "\n"));
    REPRISE_RETURN_IF_ERROR(WriteUnits([&](std::string_view records) {
      if (old) old->Feed(records);
      return packer.Add(records);
    }));
    REPRISE_RETURN_IF_ERROR(packer.Finish());
    *unchanged = old && old->Finish();
    if (!*unchanged && ::fsync(fd.get()) != 0) return base::ErrnoStatus(aside, "cannot be synced", errno);
    return {};
  }

  // The head of the cassette that Seal is about to replace.
  std::optional<CassetteHead> StoredHead() const {
    const Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path_, options_.limits);
    return reader.ok() && (*reader)->path() == path_ ? std::optional((*reader)->head()) : std::nullopt;
  }

  Status WriteUnits(const ByteSink& emit) {
    REPRISE_RETURN_IF_ERROR(Order());
    std::set<std::string> written;
    for (const Unit& unit : units_) {
      const Result<std::string> entry = journal_->Read(unit.place);
      if (!entry.ok()) return entry.status();
      for (const std::string& hash : unit.blobs) {
        const auto place = blobs_.find(hash);
        if (place == blobs_.end() || !written.insert(hash).second) continue;
        const bool here = place->second.offset == unit.place.offset;
        const Result<std::string> other = here ? std::string() : journal_->Read(place->second);
        if (!other.ok()) return other.status();
        RecordScanner scanner(here ? *entry : *other);
        for (Record record; scanner.Next(&record);)
          if (KindOf(record.text) == RecordKind::kBlob && IdOf(record.text) == hash)
            REPRISE_RETURN_IF_ERROR(emit(std::string(record.text) + "\n"));
      }
      const std::string rest = WithoutBlobs(*entry, unit.overlaps);
      if (!rest.empty()) REPRISE_RETURN_IF_ERROR(emit(rest));
    }
    return {};
  }

  // The entry's exchange and what follows it.
  static std::string WithoutBlobs(std::string_view entry, bool overlaps) {
    std::string out;
    RecordScanner scanner(entry);
    for (Record record; scanner.Next(&record);) {
      const RecordKind kind = KindOf(record.text);
      if (kind == RecordKind::kBlob) continue;
      out += kind == RecordKind::kExchange && overlaps ? Marked(record.text) : std::string(record.text);
      out += '\n';
    }
    return out;
  }

  // The exchange record with `overlaps`.
  static std::string Marked(std::string_view record) {
    const auto tree = wire::JsonTree::Parse(record, 1 << 20);
    if (!tree.ok() || tree->Member(0, "overlaps") != 0) return std::string(record);
    std::size_t at = record.size() - 1;
    for (const char* name : {"reply", "left", "masked"})
      if (const std::uint32_t value = tree->Member(0, name); value != 0)
        at = static_cast<std::size_t>(tree->node(value).end);
    return std::string(record.substr(0, at)) + ",\"overlaps\":true" + std::string(record.substr(at));
  }

  // FORMAT.md, section 2: by lane, then by arrival, and overlapping ones by key.
  Status Order() {
    std::stable_sort(units_.begin(), units_.end(), [](const Unit& a, const Unit& b) {
      return std::tie(a.lane, a.span.began) < std::tie(b.lane, b.span.began);
    });
    for (std::size_t begin = 0; begin < units_.size();) {
      std::size_t end = begin + 1;
      for (std::uint64_t until = units_[begin].span.ended;
           end < units_.size() && units_[end].lane == units_[begin].lane && units_[end].span.began < until; ++end)
        until = std::max(until, units_[end].span.ended);
      if (end - begin > 1) REPRISE_RETURN_IF_ERROR(OrderOverlapping(begin, end));
      begin = end;
    }
    return {};
  }

  Status OrderOverlapping(std::size_t begin, std::size_t end) {
    const auto first = units_.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = units_.begin() + static_cast<std::ptrdiff_t>(end);
    std::sort(first, last, [](const Unit& a, const Unit& b) { return a.key < b.key; });
    for (auto same = first; same != last;) {
      const auto next = std::find_if(same, last, [&](const Unit& unit) { return unit.key != same->key; });
      if (next - same > 1) {
        // Takes of one key that were under way together: their order is that of their texts, for there is no other. Who
        // answered first cannot know that the other would answer differently; the mark of one is the mark of all.
        std::vector<std::pair<std::string, Unit>> takes;
        bool overlaps = false;
        for (auto unit = same; unit != next; ++unit) {
          const Result<std::string> entry = journal_->Read(unit->place);
          if (!entry.ok()) return entry.status();
          overlaps = overlaps || unit->overlaps;
          takes.emplace_back(TextOf(*entry), *unit);
        }
        std::sort(takes.begin(), takes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::transform(takes.begin(), takes.end(), same, [&](auto& take) {
          take.second.overlaps = overlaps;
          return std::move(take.second);
        });
      }
      same = next;
    }
    return {};
  }

  static std::string TextOf(std::string_view entry) {
    RecordScanner scanner(entry);
    for (Record record; scanner.Next(&record);)
      if (KindOf(record.text) == RecordKind::kExchange) return std::string(record.text);
    return {};
  }

  const std::string path_;
  const CassetteHead head_;
  const Options options_;
  mutable std::mutex mutex_;
  std::unique_ptr<Journal> journal_;  // null once sealed or discarded
  std::vector<Unit> units_;
  std::map<std::string, Journal::Place> blobs_;
  std::uint64_t exchanges_ = 0;
};

}  // namespace

Result<std::unique_ptr<CassetteWriter>> CassetteWriter::Create(const std::string& path, const CassetteHead& head,
                                                               const Options& options) {
  if (base::IsFolder(path)) return Status(ErrorKind::kUsage, path, "is a folder, so no cassette can be written there");
  Result<std::unique_ptr<Journal>> journal = Journal::Create(path, options.limits);
  if (!journal.ok()) return journal.status();
  auto writer = std::make_unique<FileWriter>(path, head, options, *std::move(journal));
  REPRISE_RETURN_IF_ERROR(writer->Begin());
  return std::unique_ptr<CassetteWriter>(std::move(writer));
}

}  // namespace reprise
