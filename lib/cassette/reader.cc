#include <algorithm>
#include <map>
#include <optional>

#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/cassette/record.h"
#include "reprise/cassette.h"

namespace reprise {
namespace {

using namespace cassette;  // NOLINT: this file is its front

std::string Hex16(std::uint64_t number) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; number >>= 4) out[i] = "0123456789abcdef"[number & 15];
  return out;
}

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
    Result<Exchange> exchange = ReadWithTimes(record, scanner, [this](std::string_view hash) { return Blob(hash); });
    if (!exchange.ok())
      return Status(ErrorKind::kCassette, path(),
                    "the exchange " + std::string(IdOf(record.text).substr(0, 16)) +
                        " cannot be read: " + exchange.status().object() + ": " + exchange.status().reason(),
                    "`reprise fsck` tells what is damaged");
    return exchange;
  }

  Status ForEach(const std::function<bool(Ref, Exchange&&)>& visit) override {
    Pass pass;
    const BlobSource blobs = [&](std::string_view hash) { return BlobAbove(pass, hash); };
    Walk(pass, [&](const BlockWalk::Block& block, const Record& record, const RecordScanner& scanner) {
      if (KindOf(record.text) != RecordKind::kExchange) return true;
      Result<Exchange> exchange = ReadWithTimes(record, scanner, blobs);
      if (exchange.ok()) return visit(RefOf(block, record), *std::move(exchange));
      Add(pass, block, record,
          "the exchange cannot be read: " + exchange.status().object() + ": " + exchange.status().reason());
      return true;
    });
    damage_ = std::move(pass.damage);
    return {};
  }

  Status ForEachLine(const std::function<bool(std::string_view line)>& visit) override {
    Pass pass;
    Walk(pass, [&](const BlockWalk::Block&, const Record& record, const RecordScanner&) { return visit(record.text); });
    damage_ = std::move(pass.damage);
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

  // The index, if its checksum holds; looked at once.
  bool TrustedIndex() {
    if (scanned_ || !file_->index()) return false;
    if (!verified_ && !file_->index()->Verify()) file_->DropIndex();
    verified_ = true;
    return file_->index().has_value();
  }

  // Places of the keys and blobs with this prefix, in file order.
  std::vector<Ref> Look(std::uint64_t prefix) {
    std::vector<Ref> refs;
    if (!scanned_ && file_->index()) {
      const auto [begin, end] = file_->index()->Search(prefix);
      for (std::uint32_t i = begin; i < end; ++i)
        refs.push_back({file_->index()->entry(i).frame, file_->index()->entry(i).offset});
      if (!refs.empty() || TrustedIndex()) return refs;
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
    Pass pass;
    Walk(pass, [&](const BlockWalk::Block& block, const Record& record, const RecordScanner&) {
      const RecordKind kind = KindOf(record.text);
      if (kind != RecordKind::kExchange && kind != RecordKind::kBlob) return true;
      const Ref ref = RefOf(block, record);
      entries_.push_back({PrefixOf(IdOf(record.text)), ref.frame, ref.offset});
      if (kind == RecordKind::kExchange) ++exchanges_;
      return true;
    });
    std::sort(entries_.begin(), entries_.end());
    frames_ = std::move(pass.frames);
    if (damage_.empty()) damage_ = std::move(pass.damage);
    scanned_ = true;
  }

  // ---- Records ----

  Result<Exchange> ReadWithTimes(const Record& record, RecordScanner following, const BlobSource& blobs) const {
    Result<Exchange> exchange = ReadExchange(record.text, blobs, file_->limits());
    if (!exchange.ok()) return exchange;
    for (Record next; following.Next(&next) && next.damage == nullptr;) {
      const RecordKind kind = KindOf(next.text);
      if (kind == RecordKind::kExchange || kind == RecordKind::kBlob) break;
      if (kind != RecordKind::kTimes || IdOf(next.text) != exchange->key) continue;
      REPRISE_RETURN_IF_ERROR(ReadTimes(next.text, &*exchange));
      break;
    }
    return exchange;
  }

  static Status MissingBlob(std::string_view hash) {
    if (!IsId(hash)) return Status(ErrorKind::kCassette, "blob", "its hash is not 64 hex digits");
    return Status(ErrorKind::kCassette, "blob", std::string(hash) + " is not in the cassette");
  }

  // The blob at this place, or an error if another record stands there.
  Result<std::string> BlobAt(const Result<Text>& text, std::uint64_t offset, std::string_view hash) const {
    if (!text.ok()) return text.status();
    Record record;
    if (RecordScanner(text->view, offset).Next(&record) && KindOf(record.text) == RecordKind::kBlob &&
        IdOf(record.text) == hash)
      return ReadBlob(record.text, file_->limits());
    return MissingBlob(hash);
  }

  Result<std::string> Blob(std::string_view hash) {
    Result<std::string> blob = MissingBlob(hash);
    if (!IsId(hash)) return blob;
    for (const Ref ref : Look(PrefixOf(hash)))
      if (blob = BlobAt(TextOf(ref), OffsetOf(ref), hash); blob.ok()) break;
    return blob;
  }

  // ---- Passes over the whole file ----

  struct Pass {
    struct Place {
      std::uint64_t file_offset, offset;
    };
    std::vector<Damage> damage;
    std::vector<std::uint64_t> frames;   // file offset by number
    std::map<std::string, Place> blobs;  // those passed already
    bool lines_known = true;             // until a frame is missing
  };

  // Blobs stand before what refers to them.
  Result<std::string> BlobAbove(const Pass& pass, std::string_view hash) {
    const auto place = pass.blobs.find(std::string(hash));
    if (place == pass.blobs.end()) return MissingBlob(hash);
    return BlobAt(file_->Decode(place->second.file_offset), place->second.offset, hash);
  }

  void Add(Pass& pass, const BlockWalk::Block& block, const Record& record, std::string what) const {
    Damage damage;
    damage.file_offset = file_->plain() ? record.offset : block.file_offset;
    damage.line = pass.lines_known ? record.line : 0;
    damage.what = std::move(what);
    if (const std::string_view id = IdOf(record.text); !id.empty()) damage.keys.emplace_back(id);
    pass.damage.push_back(std::move(damage));
  }

  void AddBlock(Pass& pass, const BlockWalk::Block& block, std::uint64_t line) const {
    Damage damage;
    damage.file_offset = block.file_offset;
    damage.line = pass.lines_known ? line : 0;
    damage.what = block.damage;
    if (const auto& index = file_->index(); index && block.number < index->frames()) {
      const bool last = block.number + 1 == index->frames();
      damage.what += "; bytes " + std::to_string(index->frame(block.number).text_offset) + " to " +
                     std::to_string(last ? index->text_bytes() : index->frame(block.number + 1).text_offset) +
                     " of the text stood in it";
      for (std::uint32_t i = 0; i < index->entries(); ++i)
        if (const IndexEntry entry = index->entry(i); entry.frame == block.number)
          damage.keys.push_back(Hex16(entry.prefix));
    }
    pass.damage.push_back(std::move(damage));
    pass.lines_known = false;
  }

  // Visits every record that is not damaged, in order, until `visit` returns false.
  template <typename Visit>
  void Walk(Pass& pass, Visit visit) {
    bool go_on = true;
    std::uint64_t line = 1;
    BlockWalk::Block block;
    for (BlockWalk walk(*file_); go_on && walk.Next(&block);) {
      pass.frames.resize(block.number + std::size_t{1}, block.file_offset);
      if (!block.damage.empty()) {
        AddBlock(pass, block, line);
        continue;
      }
      RecordScanner scanner(block.text.view, 0, line);
      for (Record record; go_on && scanner.Next(&record);) {
        const RecordKind kind = KindOf(record.text);
        const bool has_id = kind != RecordKind::kHead && kind != RecordKind::kOther;
        if (record.damage != nullptr) {
          Add(pass, block, record, record.damage);
        } else if (has_id && IdOf(record.text).empty()) {
          Add(pass, block, record, "its key is not 64 lower-case hex digits");
        } else {
          if (kind == RecordKind::kBlob)
            pass.blobs.insert_or_assign(std::string(IdOf(record.text)), Pass::Place{block.file_offset, record.offset});
          go_on = visit(block, record, scanner);
        }
      }
      line = scanner.line();
    }
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
