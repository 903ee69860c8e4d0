#include <algorithm>

#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/cassette/record.h"
#include "lib/cassette/walk.h"
#include "reprise/cassette.h"

namespace reprise {
namespace {

using namespace cassette;  // NOLINT: this file is its front

class FileReader : public CassetteReader {
 public:
  explicit FileReader(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Status ReadHeadRecord() {
    BlockWalk::Block block;
    if (file_->plain() || file_->index()) {
      Result<Text> text = file_->Decode(0);  // without a walk, which would verify the index
      if (text.ok())
        block.text = *std::move(text);
      else
        block.damage = text.status().reason();
    } else if (!BlockWalk(*file_).Next(&block)) {
      block.damage = "it holds no text";
    }
    if (!block.damage.empty())
      return Status(ErrorKind::kCassette, path(), "its beginning cannot be read: " + block.damage,
                    "`reprise fsck --recover " + path() + "` saves what stands behind it");
    Record record;
    if (!RecordScanner(block.text.view).Next(&record))
      return Status(ErrorKind::kCassette, path(), "is empty", "Record it again, or take it from version control");
    if (record.conflict)
      return Status(ErrorKind::kCassette, path(), std::string("line 1: ") + record.damage,
                    "Resolve the merge, or take one side with `git checkout --ours` or `--theirs`");
    if (KindOf(record.text) != RecordKind::kHead)
      return Status(ErrorKind::kCassette, path(), "is no cassette: its first line does not begin with {\"reprise\":");
    Result<CassetteHead> head = ReadHead(record.text, path());
    if (!head.ok()) return head.status();
    head_ = *std::move(head);
    return {};
  }

  const std::string& path() const override { return file_->path(); }
  const CassetteHead& head() const override { return head_; }
  const std::vector<Damage>& damage() const override { return damage_; }

  std::uint64_t exchange_count() override {
    if (TrustedIndex()) return file_->index()->exchanges();
    Scan();
    return exchanges_;
  }

  std::vector<Ref> Find(std::string_view key) override {
    if (!IsId(key)) return {};
    return Look(PrefixOf(key));
  }

  Result<Exchange> Read(Ref ref) override {
    const Result<Text> text = TextOf(ref);
    if (!text.ok())
      return Status(ErrorKind::kCassette, path(), text.status().reason(), "`reprise fsck` tells what is damaged");
    Record record;
    RecordScanner scanner(text->view, OffsetOf(ref));
    if (!scanner.Next(&record) || KindOf(record.text) != RecordKind::kExchange)
      return Status(ErrorKind::kCassette, path(), "no exchange stands where the index says",
                    "`reprise fsck` tells what is damaged");
    Result<Exchange> exchange = ReadWithTimes(
        record, scanner, [this](std::string_view hash) { return Blob(hash); }, file_->limits());
    if (!exchange.ok())
      return Status(ErrorKind::kCassette, path(),
                    "the exchange " + std::string(IdOf(record.text).substr(0, 16)) +
                        " cannot be read: " + exchange.status().object() + ": " + exchange.status().reason(),
                    "`reprise fsck` tells what is damaged");
    return exchange;
  }

  Status ForEach(const std::function<bool(Ref, Exchange&&)>& visit) override {
    Walk walk(*file_);
    walk.Run([&](const BlockWalk::Block& block, const Record& record, const RecordScanner& following) {
      if (KindOf(record.text) != RecordKind::kExchange) return true;
      Result<Exchange> exchange = walk.Read(record, following);
      if (exchange.ok()) return visit(RefOf(block, record), *std::move(exchange));
      walk.Add(block, record,
               "the exchange cannot be read: " + exchange.status().object() + ": " + exchange.status().reason());
      return true;
    });
    damage_ = std::move(walk.damage());
    return {};
  }

  Status ForEachLine(const std::function<bool(std::string_view line)>& visit) override {
    Walk walk(*file_);
    walk.Run([&](const BlockWalk::Block&, const Record& record, const RecordScanner&) { return visit(record.text); });
    damage_ = std::move(walk.damage());
    return {};
  }

 private:
  // ---- Places ----

  // A plain file is one text, and may be longer than 4 GiB.
  std::uint64_t OffsetOf(Ref ref) const {
    return file_->plain() ? std::uint64_t{ref.frame} << 32 | ref.offset : ref.offset;
  }
  Ref RefOf(const BlockWalk::Block& block, const Record& record) const {
    const std::uint32_t high = file_->plain() ? static_cast<std::uint32_t>(record.offset >> 32) : block.number;
    return {high, static_cast<std::uint32_t>(record.offset)};
  }

  Result<Text> TextOf(Ref ref) {
    const auto wrong = [&] { return Status(ErrorKind::kCassette, path(), "there is no such place in it"); };
    std::uint64_t file_offset = 0;
    if (!file_->plain()) {
      if (!scanned_ && file_->index()) {
        if (ref.frame >= file_->index()->frames()) return wrong();
        file_offset = file_->index()->frame(ref.frame).file_offset;
      } else {
        Scan();
        if (ref.frame >= frames_.size()) return wrong();
        file_offset = frames_[ref.frame];
      }
    }
    Result<Text> text = file_->Decode(file_offset);
    if (text.ok() && OffsetOf(ref) >= text->view.size()) return wrong();
    return text;
  }

  // The index, if its checksum holds and it is this file's; looked at once.
  bool TrustedIndex() {
    if (scanned_ || !file_->index()) return false;
    if (!verified_ && !(file_->index()->Verify() && file_->index()->Fits(file_->bytes()))) file_->DropIndex();
    verified_ = true;
    return file_->index().has_value();
  }

  // Places of the keys and blobs with this prefix, in file order.
  std::vector<Ref> Look(std::uint64_t prefix) {
    std::vector<Ref> refs;
    if (TrustedIndex()) {
      const IndexView& index = *file_->index();
      const auto [begin, end] = index.Search(prefix);
      for (std::uint32_t i = begin; i < end; ++i) refs.push_back({index.entry(i).frame, index.entry(i).offset});
      return refs;
    }
    Scan();
    for (auto it = std::lower_bound(entries_.begin(), entries_.end(), IndexEntry{prefix, 0, 0});
         it != entries_.end() && it->prefix == prefix; ++it)
      refs.push_back({it->frame, it->offset});
    return refs;
  }

  // Without an index: one pass that makes one in memory.
  void Scan() {
    if (scanned_) return;
    Walk walk(*file_);
    walk.Run([&](const BlockWalk::Block& block, const Record& record, const RecordScanner&) {
      const RecordKind kind = KindOf(record.text);
      if (kind != RecordKind::kExchange && kind != RecordKind::kBlob) return true;
      const Ref ref = RefOf(block, record);
      entries_.push_back({PrefixOf(IdOf(record.text)), ref.frame, ref.offset});
      if (kind == RecordKind::kExchange) ++exchanges_;
      return true;
    });
    std::sort(entries_.begin(), entries_.end());
    frames_ = std::move(walk.blocks());
    if (damage_.empty()) damage_ = std::move(walk.damage());
    scanned_ = true;
  }

  Result<std::string> Blob(std::string_view hash) {
    Result<std::string> blob =
        Status(ErrorKind::kCassette, "blob", "the blob " + std::string(hash.substr(0, 16)) + " is not in the cassette");
    if (!IsId(hash)) return blob;
    for (const Ref ref : Look(PrefixOf(hash)))
      if (blob = BlobAt(TextOf(ref), OffsetOf(ref), hash, file_->limits()); blob.ok()) break;
    return blob;
  }

  std::unique_ptr<File> file_;
  CassetteHead head_;
  std::vector<Damage> damage_;
  bool verified_ = false;
  // Made by Scan.
  bool scanned_ = false;
  std::vector<IndexEntry> entries_;
  std::vector<std::uint64_t> frames_;
  std::uint64_t exchanges_ = 0;
};

}  // namespace

Result<std::unique_ptr<CassetteReader>> CassetteReader::Open(const std::string& path, const CassetteLimits& limits) {
  Result<std::unique_ptr<File>> file = File::Open(path, limits);
  if (!file.ok()) return file.status();
  auto reader = std::make_unique<FileReader>(*std::move(file));
  REPRISE_RETURN_IF_ERROR(reader->ReadHeadRecord());
  return std::unique_ptr<CassetteReader>(std::move(reader));
}

}  // namespace reprise
