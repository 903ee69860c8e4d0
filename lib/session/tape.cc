#include "lib/session/tape.h"

#include <algorithm>
#include <utility>

#include "lib/base/file_system.h"
#include "lib/compare/normalised.h"
#include "lib/format/adapter.h"
#include "lib/format/completeness.h"
#include "lib/match/miss.h"
#include "lib/report/harmless.h"
#include "lib/wire/mask.h"
#include "lib/wire/secret_search.h"
#include "lib/wire/url.h"

namespace reprise::session {
namespace {

bool SayTheSame(const Exchange& a, const Exchange& b) {
  if (!(a.model == b.model) || a.overlaps != b.overlaps) return false;
  const format::Adapter* adapter = format::FindAdapter(a.request.format);
  const std::vector<std::string> volatile_fields =
      adapter == nullptr ? std::vector<std::string>() : adapter->VolatileFields();
  return compare::NormalisedReply(a.reply, volatile_fields) == compare::NormalisedReply(b.reply, volatile_fields);
}

// Of each kind this many are told one by one.
constexpr std::uint64_t kMaxOddities = 5;

// What is asked for a whole suite (SetUpTestSuite) is asked again by each process where every test has one of its own.
constexpr std::string_view kSuite = ".suite.reprise";
constexpr const char* kOneProcess =
    "What a suite asks outside of its tests is recorded by one process for all of them: run the test program itself, "
    "not each test by ctest; replay either way";

// "/v1" of "/v1/v1/chat/completions": what a client adds to a base URL that has it already; else "".
std::string AddedTwice(const std::string& url) {
  const std::string_view path = wire::SplitUrl(url).path;
  const std::size_t end = path.find('/', 1);
  if (path.empty() || end == std::string_view::npos || end == 1) return "";
  const std::string_view first = path.substr(0, end), rest = path.substr(end);
  return rest.starts_with(std::string(first) + "/") ? std::string(first) : "";
}

std::string Exchanges(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " exchange" : " exchanges"); }

}  // namespace

Status Tape::Open() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return OpenLocked();
}

Status Tape::OpenLocked() {
  if (closed_) return Status(ErrorKind::kUsage, options_.path, "the session that records it is closed");
  if (writer_ || !open_status_.ok()) return open_status_;
  const std::string pending = options_.path + kPendingEnding;
  const bool of_suite = options_.path.ends_with(kSuite);
  if (!options_.accept && base::Exists(pending))
    return open_status_ = Status(ErrorKind::kUsage, pending,
                                 "a recording waits there that nobody has judged, and this one would take its place",
                                 (of_suite ? std::string(kOneProcess) + ". " : "") +
                                     "Look at it (reprise show), then `reprise accept` or `reprise reject` it");
  Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(pending, options_.head, options_.writer);
  if (!writer.ok()) {
    const Status& status = writer.status();
    const bool busy = status.reason().starts_with("is being written by");
    return open_status_ =
               of_suite && busy ? Status(status.kind(), status.object(), status.reason(), kOneProcess) : status;
  }
  writer_ = *std::move(writer);
  if (options_.append && stored_ != nullptr) open_status_ = CopyStored();
  return open_status_;
}

Status Tape::CopyStored() {
  std::vector<std::string> keys;
  REPRISE_RETURN_IF_ERROR(stored_->ForEach([&](Exchange&& exchange) {
    keys.push_back(KeyOf(exchange.request, exchange.auth, options_.head.rules));
    ++takes_[{exchange.lane, keys.back()}];
    return Status();
  }));
  if (stored_->DamageMet().empty()) return stored_->CopyInto(*writer_, keys);
  // What can be read of it; the damage fails the test, so a human sees what is missing.
  std::size_t next = 0;
  return stored_->ForEach([&](Exchange&& exchange) {
    exchange.key = keys.at(next++);
    return writer_->Append(exchange);
  });
}

Status Tape::Keep(Exchange exchange, CassetteWriter::Span span) {
  exchange.masked = wire::MaskRequest(exchange.request, options_.head.rules);
  for (std::string& path : wire::MaskReply(exchange.reply, exchange.request.format))
    exchange.masked.push_back(std::move(path));
  const Status clean = guard_.Check(exchange, options_.path);
  const std::lock_guard<std::mutex> lock(mutex_);
  Status status = OpenLocked();
  if (status.ok()) status = clean;
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
      NoteOddities(exchange);
    }
  }
  if (!status.ok()) failures_.push_back(status.ToString());
  return status;
}

void Tape::NoteOddities(const Exchange& exchange) {
  const std::string which = "exchange " + std::to_string(kept_) + " of " + options_.path + " (" +
                            match::RequestLine(exchange.request, false) + ")";
  for (const std::string& clause : format::WhatIsMissing(exchange.request, exchange.reply))
    if (++odd_replies_ <= kMaxOddities)
      oddities_.push_back("the reply of " + which + " " + report::HarmlessLine(clause, 400) +
                          "; it was recorded as it is");
  const std::string added = AddedTwice(exchange.request.url);
  if (!added.empty() && exchange.reply.status == 404 && !std::exchange(told_added_twice_, true))
    oddities_.push_back(which + " got a 404 for a path that begins twice with " + report::HarmlessLine(added, 40) +
                        ": the client adds it by itself. Give its endpoint an upstream without: At(url), or the "
                        "variable of its base URL set before `reprise record`");
  for (const std::string& place : wire::LooksSecret(exchange))
    if (++random_places_ <= kMaxOddities)
      oddities_.push_back(which + " holds at " + report::HarmlessLine(place, 200) +
                          " a value that looks random under a name that sounds secret; look at it before you commit");
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
  closed.notes = oddities_;
  if (odd_replies_ > kMaxOddities)
    closed.notes.push_back("and " + std::to_string(odd_replies_ - kMaxOddities) +
                           " more replies that may be no whole answers");
  if (random_places_ > kMaxOddities)
    closed.notes.push_back("and " + std::to_string(random_places_ - kMaxOddities) + " more values that look random");
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
