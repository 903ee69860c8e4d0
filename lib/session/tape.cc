#include "lib/session/tape.h"

#include <algorithm>

#include "lib/base/file_system.h"
#include "lib/compare/normalised.h"
#include "lib/format/adapter.h"
#include "lib/wire/mask.h"

namespace reprise::session {
namespace {

bool SayTheSame(const Exchange& a, const Exchange& b) {
  if (!(a.model == b.model) || a.overlaps != b.overlaps) return false;
  const format::Adapter* adapter = format::FindAdapter(a.request.format);
  const std::vector<std::string> volatile_fields =
      adapter == nullptr ? std::vector<std::string>() : adapter->VolatileFields();
  return compare::NormalisedReply(a.reply, volatile_fields) == compare::NormalisedReply(b.reply, volatile_fields);
}

std::string Exchanges(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " exchange" : " exchanges"); }

}  // namespace

void Tape::Forbid(std::string_view secret, const std::string& name) {
  if (secret.size() < wire::kMinSecretBytes) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [value, ignored] : secrets_)
    if (value == secret) return;
  secrets_.emplace_back(std::string(secret), name);
}

Status Tape::Open() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return OpenLocked();
}

Status Tape::OpenLocked() {
  if (closed_) return Status(ErrorKind::kUsage, options_.path, "the session that records it is closed");
  if (writer_ || !open_status_.ok()) return open_status_;
  const std::string pending = options_.path + kPendingEnding;
  if (!options_.accept && base::Exists(pending))
    return open_status_ = Status(ErrorKind::kUsage, pending,
                                 "a recording waits there that nobody has judged, and this one would take its place",
                                 "Look at it (reprise show), then `reprise accept` or `reprise reject` it");
  Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(pending, options_.head, options_.writer);
  if (!writer.ok()) return open_status_ = writer.status();
  writer_ = *std::move(writer);
  if (options_.append && stored_ != nullptr)
    open_status_ = stored_->ForEach([this](Exchange&& exchange) {
      ++takes_[{exchange.lane, exchange.key}];
      return writer_->Append(exchange);
    });
  return open_status_;
}

Status Tape::CheckSecrets(const Exchange& exchange) {
  for (const auto& [value, name] : secrets_)
    if (const auto place = wire::StoresValue(exchange, value))
      return Status(ErrorKind::kSecret, options_.path,
                    "an exchange was not recorded, for it would store the value of " + name + " at " + *place,
                    "Keep credentials out of requests and replies, or mask that place, and record again");
  return {};
}

Status Tape::Keep(Exchange exchange, CassetteWriter::Span span) {
  exchange.masked = wire::MaskRequest(exchange.request, options_.head.rules);
  for (std::string& path : wire::MaskReply(exchange.reply)) exchange.masked.push_back(std::move(path));
  const std::lock_guard<std::mutex> lock(mutex_);
  Status status = OpenLocked();
  if (status.ok()) status = CheckSecrets(exchange);
  if (status.ok()) {
    const std::uint32_t take = takes_[{exchange.lane, exchange.key}]++;
    bool as_stored = false;
    if (stored_ != nullptr && !options_.append)
      if (std::optional<Exchange> stored = stored_->Stored(exchange.key, exchange.lane, take);
          stored && SayTheSame(*stored, exchange)) {
        exchange = *std::move(stored);
        as_stored = true;
      }
    status = writer_->Append(exchange, span);
    if (status.ok()) {
      ++kept_;
      kept_as_stored_ += as_stored ? 1 : 0;
    }
  }
  if (!status.ok()) failures_.push_back(status.ToString());
  return status;
}

std::uint64_t Tape::Tick() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ++ticks_;
}

std::uint64_t Tape::kept() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return kept_;
}

std::string Tape::incomplete() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return writer_ && !closed_ ? options_.path + kPendingEnding + kIncompleteEnding : "";
}

bool Tape::IsUnchanged() {
  if (stored_ == nullptr) return false;
  if (options_.append) return kept_ == 0;
  return kept_ == kept_as_stored_ && kept_ == stored_->exchange_count() &&
         stored_->head().rules == options_.head.rules && stored_->head().normal == options_.head.normal;
}

Tape::Closed Tape::Close(Ending ending) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Closed closed;
  if (closed_) return closed;
  closed_ = true;
  closed.failures = failures_;
  if (!writer_) {
    if (!open_status_.ok() && failures_.empty()) closed.failures.push_back(open_status_.ToString());
    return closed;
  }
  if (ending == Ending::kCrashed) {
    writer_.reset();  // what it wrote stays for recovery
    closed.notes.push_back("the test process ended in the middle of a recording; " + Exchanges(kept_) +
                           (kept_ == 1 ? " stands" : " stand") + " complete in " + options_.path + kPendingEnding +
                           kIncompleteEnding + "; reprise fsck --recover gives them back");
    return closed;
  }
  const bool whole = failures_.empty() && open_status_.ok();
  if (ending == Ending::kSkipped || (whole && IsUnchanged()) || kept_ == 0) {
    const Status status = writer_->Discard();
    writer_.reset();
    if (!status.ok()) closed.failures.push_back(status.ToString());
    if (ending != Ending::kSkipped && kept_ != 0)
      closed.notes.push_back("recorded again, and nothing changed: " + options_.path + " stays as it is");
    return closed;
  }
  const std::string pending = options_.path + kPendingEnding;
  const Status sealed = writer_->Seal();
  writer_.reset();
  if (!sealed.ok()) {
    closed.failures.push_back(sealed.ToString() + ". " + Exchanges(kept_) + (kept_ == 1 ? " stands" : " stand") +
                              " complete in " + pending + kIncompleteEnding +
                              "; reprise fsck --recover gives them back");
    return closed;
  }
  closed.cassette = pending;
  const bool exists = base::Exists(options_.path);
  if (ending == Ending::kPassed && whole && (!exists || options_.accept)) {
    const Status renamed = base::RenameAndSync(pending, options_.path);
    if (renamed.ok())
      closed.cassette = options_.path;
    else
      closed.failures.push_back(renamed.ToString());
    return closed;
  }
  std::string why = "a cassette exists";
  if (!whole) why = "not everything could be recorded";
  if (ending == Ending::kFailed) why = "the test failed";
  closed.notes.push_back(Exchanges(kept_) + " recorded; " + why + ", so they wait in " + pending +
                         " for a human: `reprise accept '" + pending + "'`");
  return closed;
}

}  // namespace reprise::session
