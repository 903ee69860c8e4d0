#include "lib/cassette/fsck.h"

#include <algorithm>
#include <set>

#include "lib/base/file_system.h"
#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/cassette/journal.h"
#include "lib/cassette/walk.h"
#include "lib/wire/json_text.h"

namespace reprise::cassette {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Looks at everything. `keep` gets each record that is whole.
class Examiner {
 public:
  using Keep = std::function<Status(std::string_view record)>;

  Examiner(File& file, FsckReport* report) : file_(file), report_(report), walk_(file) {}

  Status Run(const FsckVisit& visit, const Keep& keep) {
    report_->plain = file_.plain();
    NoteIndex();
    Status status;
    walk_.Run([&](const BlockWalk::Block& block, const Record& record, const RecordScanner& following) {
      bool whole = false;
      status = Look(block, record, following, visit, &whole);
      if (status.ok() && whole) {
        ++report_->records;
        if (keep) status = keep(record.text);
      }
      return status.ok();
    });
    REPRISE_RETURN_IF_ERROR(status);
    report_->damage = std::move(walk_.damage());
    report_->torn = walk_.torn();
    if (report_->torn) report_->damage.pop_back();
    if (!report_->has_head) report_->notes.push_back("it has no head, so the rules of its keys are not known");
    for (const std::string& hash : blobs_)
      if (!used_.contains(hash)) report_->notes.push_back("blob " + hash.substr(0, 16) + " is used by no exchange");
    return {};
  }

 private:
  void NoteIndex() {
    const std::string_view bytes = file_.bytes();
    if (file_.plain() || !EndsWith(bytes, kFooterMagic)) return;
    if (!file_.index() || !file_.index()->Verify())
      report_->notes.push_back("its index is wrong, so readers search every frame; packing it anew mends that");
  }

  // Errors only for what makes all else meaningless: another version.
  Status Look(const BlockWalk::Block& block, const Record& record, const RecordScanner& following,
              const FsckVisit& visit, bool* whole) {
    const auto check = [&](const Status& status) {
      *whole = status.ok();
      if (!*whole) walk_.Add(block, record, status.object() + ": " + status.reason());
    };
    switch (KindOf(record.text)) {
      case RecordKind::kHead: {
        const Result<CassetteHead> head = ReadHead(record.text, file_.path());
        if (!head.ok() && block.number == 0 && record.offset == 0 && IsJson(record.text)) return head.status();
        if (!head.ok()) {
          walk_.Add(block, record, head.status().reason());
        } else if (!report_->has_head) {
          report_->head = *head;
          report_->has_head = *whole = true;
        } else {
          report_->notes.push_back("a second head stands in line " + std::to_string(record.line));
        }
        return {};
      }
      case RecordKind::kExchange: {
        const Result<Exchange> exchange = walk_.Read(record, following);
        check(exchange.status());
        if (!exchange.ok()) return {};
        ++report_->exchanges;
        for (const std::string_view hash : BlobsIn(record.text)) used_.emplace(hash);
        if (visit) visit(*report_, *exchange);
        return {};
      }
      case RecordKind::kBlob:
        check(ReadBlob(record.text, file_.limits()).status());
        if (*whole) blobs_.emplace(IdOf(record.text));
        return {};
      case RecordKind::kTimes:
      case RecordKind::kOther: {
        if (IsJson(record.text))
          *whole = true;
        else
          walk_.Add(block, record, "the record is no JSON");
        return {};
      }
    }
    return {};
  }

  bool IsJson(std::string_view text) const {
    return wire::JsonTree::Parse(text, file_.limits().json_depth + kRecordDepth, kMaxRecordValues).ok();
  }

  File& file_;
  FsckReport* report_;
  Walk walk_;
  std::set<std::string> blobs_, used_;
};

// Cuts records into what AppendRecords takes at once: an exchange and what follows it, or a blob.
class UnitWriter {
 public:
  explicit UnitWriter(CassetteWriter& writer) : writer_(writer) {}
  Status Add(std::string_view record) {
    const RecordKind kind = KindOf(record);
    if (kind == RecordKind::kExchange || kind == RecordKind::kBlob) REPRISE_RETURN_IF_ERROR(Flush());
    if (kind != RecordKind::kHead) unit_.append(record).append("\n");
    return {};
  }
  Status Flush() {
    const Status status = unit_.empty() ? Status() : writer_.AppendRecords(unit_);
    unit_.clear();
    return status;
  }

 private:
  CassetteWriter& writer_;
  std::string unit_;
};

Result<std::string> TargetOf(const std::string& path, bool incomplete) {
  std::string target = incomplete ? path.substr(0, path.size() - kIncomplete.size()) : path;
  if (base::Exists(target) && !EndsWith(target, kPending)) target += kPending;
  if (base::Exists(target))
    return Status(ErrorKind::kCassette, target, "is in the way, so " + path + " was not recovered",
                  "Accept or reject it first");
  return target;
}

Result<FsckReport> Examine(const std::string& path, const CassetteLimits& limits, const FsckVisit& visit,
                           const Examiner::Keep& keep) {
  Result<std::unique_ptr<File>> file = File::Open(path, limits);
  if (!file.ok()) return file.status();
  FsckReport report;
  REPRISE_RETURN_IF_ERROR(Examiner(**file, &report).Run(visit, keep));
  return report;
}

// Writes what is whole to `target`.
Status Save(const std::string& path, const std::string& target, const FsckReport& seen, const CassetteLimits& limits) {
  CassetteWriter::Options options;
  options.form = seen.plain ? CassetteWriter::Form::kText : CassetteWriter::Form::kZstd;
  options.limits = limits;
  // Aside, because the writer's own NAME.incomplete may be the very file that is read.
  const std::string aside = target + ".recovered";
  Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(aside, seen.head, options);
  if (!writer.ok()) return writer.status();
  UnitWriter units(**writer);
  Status status = Examine(path, limits, {}, [&](std::string_view record) { return units.Add(record); }).status();
  if (status.ok()) status = units.Flush();
  if (status.ok()) status = (*writer)->Seal();
  if (!status.ok()) {
    static_cast<void>((*writer)->Discard());
    return status;
  }
  return base::RenameAndSync(aside, target);
}

}  // namespace

Result<FsckReport> Fsck(const std::string& path, const CassetteLimits& limits, const FsckVisit& visit) {
  Result<FsckReport> report = Examine(path, limits, visit, {});
  if (!report.ok() || report->has_head || report->exchanges != 0) return report;
  const std::string why = report->damage.empty() ? "is empty" : "nothing of it can be read: " + report->damage[0].what;
  return Status(ErrorKind::kCassette, path, why, "Record it again, or take it from version control");
}

Result<Recovered> Recover(const std::string& path, const CassetteLimits& limits) {
  const bool incomplete = EndsWith(path, kIncomplete);
  base::FileDescriptor lock;
  if (incomplete) {
    Result<base::FileDescriptor> locked = LockJournal(path, false);
    if (!locked.ok()) return locked.status();
    lock = *std::move(locked);
  }
  // Twice over the file: what the head says has to be known before the first record is written.
  Result<FsckReport> seen = Examine(path, limits, {}, {});
  if (!seen.ok()) return seen.status();
  Recovered recovered;
  recovered.exchanges = seen->exchanges;
  recovered.damage = std::move(seen->damage);
  if (seen->exchanges != 0) {
    Result<std::string> target = TargetOf(path, incomplete);
    if (!target.ok()) return target.status();
    REPRISE_RETURN_IF_ERROR(Save(path, *target, *seen, limits));
    recovered.path = *std::move(target);
  }
  // A recording of nothing goes away too; one with damage stays for whoever wants to look.
  recovered.removed = incomplete && recovered.damage.empty();
  if (recovered.removed) REPRISE_RETURN_IF_ERROR(base::RemoveFile(path));
  return recovered;
}

}  // namespace reprise::cassette
