// Tape: the cassette a session is writing.
//
// A recording never stands under the cassette's name before its test has passed. It is written as NAME.new.incomplete,
// sealed as NAME.new, and renamed to NAME only when the test passed and either there was no cassette or the user said
// `accept`; otherwise NAME.new waits beside it for review. The recording of a failed test waits there too (what was
// asked of a paid model is not thrown away, and a first golden always fails); that of a skipped one is dropped; that of
// a test process that died stays NAME.new.incomplete, for `reprise fsck --recover`. While a NAME.new waits nothing is
// recorded over it, unless the user said `accept`.
//
// The file is opened when the first exchange is about to be asked for, so a test that asks nothing leaves no trace, and
// what cannot be written is told before a call that costs money. Thread-safe.
#ifndef REPRISE_SESSION_TAPE_H_
#define REPRISE_SESSION_TAPE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lib/session/recorded.h"
#include "lib/session/secret_guard.h"
#include "reprise/cassette.h"
#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::session {

// The ending of a file that waits for a human.
inline constexpr const char* kPendingEnding = ".new";
inline constexpr const char* kIncompleteEnding = ".incomplete";

class Tape {
 public:
  struct Options {
    std::string path;  // of the cassette
    CassetteHead head;
    CassetteWriter::Options writer;
    bool append = false;  // everything recorded so far comes first (extend)
    bool accept = false;  // replace a cassette that exists
  };
  // `stored`: the cassette already at that path, or null. It and `guard` must outlive the tape. An exchange that says
  // the same as the stored one of its key, lane and take keeps the stored lines.
  Tape(Options options, Recorded* stored, const SecretGuard& guard)
      : options_(std::move(options)), stored_(stored), guard_(guard) {}

  // Opens the file if it is not open yet.
  Status Open();
  // Masks, checks, writes. A refusal or a full disk is remembered: `Close` reports it and seals nothing as accepted.
  // `span` says when it was under way, by `Tick`; so exchanges stand in the order in which they were asked.
  Status Keep(Exchange exchange, CassetteWriter::Span span = {});
  // A number that grows with each call.
  std::uint64_t Tick();

  std::uint64_t kept() const;
  // Path of the file being written, or "" when none was opened.
  std::string incomplete() const;

  struct Closed {
    std::vector<std::string> failures, notes;
    std::string cassette;  // path of the sealed file, "" when there is none
  };
  enum class Ending { kPassed, kFailed, kSkipped, kCrashed };
  // Once; afterwards `Keep` refuses.
  Closed Close(Ending ending);

 private:
  Status OpenLocked();
  // Everything recorded so far, under the keys that the rules in force give.
  Status CopyStored();
  bool IsUnchanged();
  // What a human should know of an exchange that was just kept.
  void NoteOddities(const Exchange& exchange);

  const Options options_;
  Recorded* const stored_;
  const SecretGuard& guard_;
  mutable std::mutex mutex_;
  std::unique_ptr<CassetteWriter> writer_;
  Status open_status_;
  bool closed_ = false;
  std::uint64_t kept_ = 0, kept_as_stored_ = 0;
  std::uint64_t ticks_ = 0;
  std::map<std::pair<std::string, std::string>, std::uint32_t> takes_;  // lane, key
  std::vector<std::string> failures_, oddities_;
  std::uint64_t odd_replies_ = 0, random_places_ = 0;
  bool told_added_twice_ = false;
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_TAPE_H_
