#include "lib/cli/recover.h"

#include <map>
#include <memory>
#include <utility>

#include "lib/base/file_system.h"
#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/record.h"
#include "lib/cli/reading.h"
#include "reprise/cassette.h"

namespace reprise::cli {
namespace {

using cassette::BlockWalk;
using cassette::File;
using cassette::IdOf;
using cassette::Record;
using cassette::RecordKind;
using cassette::RecordScanner;

// Records that are sound, in groups that belong together, on their way to a writer.
class Salvage {
 public:
  Salvage(std::string path, std::string target) : path_(std::move(path)), target_(std::move(target)) {}

  Status Take(const Record& record) {
    if (record.damage != nullptr) return {};
    switch (cassette::KindOf(record.text)) {
      case RecordKind::kHead: return TakeHead(record.text);
      case RecordKind::kBlob:
        REPRISE_RETURN_IF_ERROR(Write());
        // Kept for exchanges below; written only with the first that needs it.
        if (cassette::ReadBlob(record.text, limits_).ok())
          blobs_.emplace(std::string(IdOf(record.text)), std::string(record.text));
        return {};
      case RecordKind::kExchange: return TakeExchange(record.text);
      case RecordKind::kTimes:
        if (IdOf(record.text) == last_key_) Add(record.text);
        return {};
      case RecordKind::kOther: Add(record.text); return {};
    }
    return {};
  }

  Result<std::uint64_t> Finish() {
    REPRISE_RETURN_IF_ERROR(Write());
    if (exchanges_ == 0) {
      if (writer_ != nullptr) REPRISE_RETURN_IF_ERROR(writer_->Discard());
      return exchanges_;
    }
    REPRISE_RETURN_IF_ERROR(writer_->Seal());
    writer_.reset();
    return exchanges_;
  }

  void GiveUp() {
    if (writer_ != nullptr) static_cast<void>(writer_->Discard());
  }

 private:
  Status TakeHead(std::string_view record) {
    if (writer_ != nullptr) return {};
    Result<CassetteHead> head = cassette::ReadHead(record, path_);
    if (!head.ok()) return head.status();
    head_ = *std::move(head);
    return {};
  }

  Status TakeExchange(std::string_view record) {
    REPRISE_RETURN_IF_ERROR(Write());
    last_key_.clear();
    const auto source = [this](std::string_view hash) -> Result<std::string> {
      const auto blob = blobs_.find(std::string(hash));
      if (blob == blobs_.end()) return Status(ErrorKind::kCassette, "blob", "is missing");
      return cassette::ReadBlob(blob->second, limits_);
    };
    if (!cassette::ReadExchange(record, source, limits_).ok()) return {};
    for (const std::string_view hash : cassette::BlobsIn(record)) {
      const auto blob = blobs_.find(std::string(hash));
      if (blob != blobs_.end()) Add(blob->second);  // the writer drops repeats
    }
    Add(record);
    last_key_ = IdOf(record);
    ++exchanges_;
    return {};
  }

  void Add(std::string_view record) { group_.append(record).append("\n"); }

  Status Write() {
    if (group_.empty()) return {};
    if (writer_ == nullptr) {
      CassetteWriter::Options options;
      options.form = ContainerOf(path_) == "text" ? CassetteWriter::Form::kText : CassetteWriter::Form::kZstd;
      Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(target_, head_, options);
      if (!writer.ok()) return writer.status();
      writer_ = *std::move(writer);
    }
    return writer_->AppendRecords(std::exchange(group_, {}));
  }

  const std::string path_, target_;
  const CassetteLimits limits_;
  CassetteHead head_;
  std::unique_ptr<CassetteWriter> writer_;
  std::map<std::string, std::string> blobs_;
  std::string last_key_;  // of the exchange just taken; empty after one that cannot be read
  std::string group_;
  std::uint64_t exchanges_ = 0;
};

}  // namespace

std::optional<std::uint64_t> TornEnd(const std::string& path) {
  const Result<std::unique_ptr<File>> file = File::Open(path, {});
  if (!file.ok() || (*file)->plain()) return std::nullopt;
  BlockWalk walk(**file);
  std::optional<std::uint64_t> torn;
  for (BlockWalk::Block block; walk.Next(&block);)
    if (block.torn) torn = block.file_offset;
  return torn;
}

Result<std::uint64_t> Recover(const std::string& path, const std::string& target) {
  if (base::Exists(target))
    return Status(ErrorKind::kCassette, target, "is in the way, so " + path + " was not recovered",
                  "Accept or reject it first");
  // Aside, because the writer's own NAME.incomplete may be the very file that is read.
  const std::string aside = target + ".recovered";
  const Result<std::unique_ptr<File>> file = File::Open(path, {});
  if (!file.ok()) return file.status();
  Salvage salvage(path, aside);
  BlockWalk walk(**file);
  for (BlockWalk::Block block; walk.Next(&block);) {
    if (!block.damage.empty()) continue;
    RecordScanner scanner(block.text.view);
    for (Record record; scanner.Next(&record);) {
      if (const Status status = salvage.Take(record); !status.ok()) {
        salvage.GiveUp();
        return status;
      }
    }
  }
  const Result<std::uint64_t> exchanges = salvage.Finish();
  if (!exchanges.ok()) {
    salvage.GiveUp();
    return exchanges;
  }
  if (*exchanges != 0) REPRISE_RETURN_IF_ERROR(base::RenameAndSync(aside, target));
  return exchanges;
}

}  // namespace reprise::cli
