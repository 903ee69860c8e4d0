#include "lib/session/recorded.h"

#include <utility>

#include "lib/base/hash.h"
#include "lib/cassette/renamer.h"

namespace reprise::session {

Result<std::unique_ptr<Recorded>> Recorded::Open(const std::string& path, const CassetteLimits& limits,
                                                 const match::MatchOptions& options) {
  Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path, limits);
  if (!reader.ok()) return reader.status();
  Result<std::unique_ptr<match::Matcher>> matcher = match::Matcher::Open(**reader, options);
  if (!matcher.ok()) return matcher.status();
  return std::make_unique<Recorded>(*std::move(reader), *std::move(matcher));
}

Result<Exchange> Recorded::Take(const match::Asked& asked, match::Cursors& cursors) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return matcher_->Take(asked, cursors);
}

Result<std::vector<match::Unused>> Recorded::WhatIsUnused(const match::Cursors& cursors) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return matcher_->WhatIsUnused(cursors);
}

match::Cursors Recorded::Copy(const match::Cursors& cursors) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return cursors;
}

void Recorded::Merge(const match::Cursors& from, match::Cursors& into) {
  const std::lock_guard<std::mutex> lock(mutex_);
  into.MergeMax(from);
}

std::uint64_t Recorded::exchange_count() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return reader_->exchange_count();
}

std::optional<Exchange> Recorded::Stored(const std::string& key, const std::string& lane, std::uint32_t take) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const CassetteReader::Ref ref : reader_->Find(key)) {
    Result<Exchange> exchange = reader_->Read(ref);
    if (!exchange.ok() || exchange->key != key || exchange->lane != lane) continue;
    if (take-- == 0) return *std::move(exchange);
  }
  return std::nullopt;
}

Status Recorded::ForEach(const std::function<Status(Exchange&&)>& visit) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Status stopped;
  REPRISE_RETURN_IF_ERROR(reader_->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    stopped = visit(std::move(exchange));
    return stopped.ok();
  }));
  return stopped;
}

Status Recorded::CopyInto(CassetteWriter& writer, const std::vector<std::string>& keys) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cassette::Renamer renamer(keys, writer);
  Status written;
  REPRISE_RETURN_IF_ERROR(reader_->ForEachLine([&](std::string_view line) {
    written = renamer.Add(line);
    return written.ok();
  }));
  if (!written.ok()) return written;
  return renamer.Finish();
}

std::vector<std::string> Recorded::DamageMet() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> out;
  for (const Damage& damage : reader_->damage())
    out.push_back(reader_->path() + ": damaged at byte " + std::to_string(damage.file_offset) +
                  (damage.line == 0 ? "" : ", line " + std::to_string(damage.line)) + ": " + damage.what);
  return out;
}

std::string Recorded::TextHash() {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text;
  const Status status = reader_->ForEachLine([&text](std::string_view line) {
    text.append(line);
    if (text.empty() || text.back() != '\n') text += '\n';
    return true;
  });
  return status.ok() ? base::Sha256Hex(text) : "";
}

}  // namespace reprise::session
