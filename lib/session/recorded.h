// Recorded: the cassette a session answers from, shared by all that ask in it. Thread-safe: reader and matcher are not,
// so each call takes the lock for as long as one lookup lasts.
#ifndef REPRISE_SESSION_RECORDED_H_
#define REPRISE_SESSION_RECORDED_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/match/matcher.h"
#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::session {

class Recorded {
 public:
  // Opens the cassette at `path`. Errors are those of CassetteReader::Open and Matcher::Open.
  static Result<std::unique_ptr<Recorded>> Open(const std::string& path, const CassetteLimits& limits,
                                                const match::MatchOptions& options);
  // Of parts made elsewhere; for tests.
  Recorded(std::unique_ptr<CassetteReader> reader, std::unique_ptr<match::Matcher> matcher)
      : reader_(std::move(reader)), matcher_(std::move(matcher)) {}

  const std::string& path() const { return reader_->path(); }
  const CassetteHead& head() const { return reader_->head(); }
  const std::vector<std::string>& notes() const { return matcher_->notes(); }

  // As the matcher's. `cursors` are guarded by this object's lock: share them between no two of these.
  Result<Exchange> Take(const match::Asked& asked, match::Cursors& cursors);
  Result<std::vector<match::Unused>> WhatIsUnused(const match::Cursors& cursors);
  // Copies and merges cursors while others may be asking.
  match::Cursors Copy(const match::Cursors& cursors);
  void Merge(const match::Cursors& from, match::Cursors& into);

  std::uint64_t exchange_count();
  // The recorded exchange with this key that is number `take` (from 0) in its lane; nothing when there is none.
  std::optional<Exchange> Stored(const std::string& key, const std::string& lane, std::uint32_t take);
  // Every exchange that can be read, in file order.
  Status ForEach(const std::function<Status(Exchange&&)>& visit);
  // Every record as it stands, each exchange under its new key (`keys`: one each, in file order).
  Status CopyInto(CassetteWriter& writer, const std::vector<std::string>& keys);
  // Sentences on damaged parts met so far.
  std::vector<std::string> DamageMet();
  // SHA-256 of the text: equal for equal cassettes, whatever the container.
  std::string TextHash();

 private:
  std::mutex mutex_;
  std::unique_ptr<CassetteReader> reader_;
  std::unique_ptr<match::Matcher> matcher_;
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_RECORDED_H_
