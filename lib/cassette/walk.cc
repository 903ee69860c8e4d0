#include "lib/cassette/walk.h"

namespace reprise::cassette {
namespace {

std::string Hex16(std::uint64_t number) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; number >>= 4) out[i] = "0123456789abcdef"[number & 15];
  return out;
}

Status MissingBlob(std::string_view hash) {
  if (!IsId(hash)) return Status(ErrorKind::kCassette, "blob", "the hash of a blob is not 64 hex digits");
  return Status(ErrorKind::kCassette, "blob",
                "the blob " + std::string(hash.substr(0, 16)) + " is not in the cassette");
}

}  // namespace

Result<Exchange> ReadWithTimes(const Record& record, RecordScanner following, const BlobSource& blobs,
                               const CassetteLimits& limits) {
  Result<Exchange> exchange = ReadExchange(record.text, blobs, limits);
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

Result<std::string> BlobAt(const Result<Text>& text, std::uint64_t offset, std::string_view hash,
                           const CassetteLimits& limits) {
  if (!text.ok()) return text.status();
  Record record;
  if (RecordScanner(text->view, offset).Next(&record) && KindOf(record.text) == RecordKind::kBlob &&
      IdOf(record.text) == hash)
    return ReadBlob(record.text, limits);
  return MissingBlob(hash);
}

Result<Exchange> Walk::Read(const Record& record, const RecordScanner& following) {
  return ReadWithTimes(
      record, following, [this](std::string_view hash) { return Blob(hash); }, file_.limits());
}

Result<std::string> Walk::Blob(std::string_view hash) {
  const auto place = blobs_.find(hash);
  if (place == blobs_.end()) return MissingBlob(hash);
  return BlobAt(file_.Decode(place->second.file_offset), place->second.offset, hash, file_.limits());
}

void Walk::Add(const BlockWalk::Block& block, const Record& record, std::string what) {
  Damage damage;
  damage.file_offset = file_.plain() ? record.offset : block.file_offset;
  damage.line = lines_known_ ? record.line : 0;
  damage.what = std::move(what);
  if (const std::string_view id = IdOf(record.text); !id.empty()) damage.keys.emplace_back(id);
  damage_.push_back(std::move(damage));
}

void Walk::AddBlock(const BlockWalk::Block& block, std::uint64_t line) {
  Damage damage;
  damage.file_offset = block.file_offset;
  damage.line = lines_known_ ? line : 0;
  damage.what = block.damage;
  if (const auto& index = file_.index(); index && block.number < index->frames()) {
    const bool last = block.number + 1 == index->frames();
    damage.what += "; bytes " + std::to_string(index->frame(block.number).text_offset) + " to " +
                   std::to_string(last ? index->text_bytes() : index->frame(block.number + 1).text_offset) +
                   " of the text stood in it";
    for (std::uint32_t i = 0; i < index->entries(); ++i)
      if (const IndexEntry entry = index->entry(i); entry.frame == block.number)
        damage.keys.push_back(Hex16(entry.prefix));
  }
  damage_.push_back(std::move(damage));
  lines_known_ = false;
  torn_ = block.torn;
}

void Walk::Run(const Visit& visit) {
  bool go_on = true;
  std::uint64_t line = 1;
  BlockWalk::Block block;
  for (BlockWalk walk(file_); go_on && walk.Next(&block);) {
    blocks_.resize(block.number + std::size_t{1}, block.file_offset);
    if (!block.damage.empty()) {
      AddBlock(block, line);
      continue;
    }
    torn_ = false;
    RecordScanner scanner(block.text.view, 0, line);
    for (Record record; go_on && scanner.Next(&record);) {
      const RecordKind kind = KindOf(record.text);
      const bool has_id = kind != RecordKind::kHead && kind != RecordKind::kOther;
      if (record.damage != nullptr) {
        Add(block, record, record.damage);
      } else if (has_id && IdOf(record.text).empty()) {
        Add(block, record, "its key is not 64 lower-case hex digits");
      } else {
        if (kind == RecordKind::kBlob)
          blobs_.insert_or_assign(std::string(IdOf(record.text)), Place{block.file_offset, record.offset});
        go_on = visit(block, record, scanner);
      }
    }
    line = scanner.line();
  }
}

}  // namespace reprise::cassette
