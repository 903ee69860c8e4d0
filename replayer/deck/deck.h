// Deck: the sessions of one test process, and what the control protocol (lib/client/wire.h) may ask of them.
//
// No sockets here: a message goes in, its answer comes out. Thread-safe; each control connection has its own thread.
#ifndef REPRISE_REPLAYER_DECK_DECK_H_
#define REPRISE_REPLAYER_DECK_DECK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lib/client/wire.h"
#include "lib/session/session.h"
#include "replayer/deck/current_tests.h"
#include "replayer/deck/http_desk.h"
#include "replayer/deck/pending_call.h"
#include "replayer/deck/pin_files.h"
#include "reprise/transport.h"

namespace reprise::replayer {

class Deck {
 public:
  struct Options {
    std::string version;                   // "0.1.0"
    std::string path;                      // of the deck's program, for messages
    std::vector<std::string> environment;  // "NAME=value": that of the test process when the deck was started
    // The upstream for sessions with these settings; relative paths in them are relative to `cwd`. It must outlive the
    // deck.
    std::function<Transport&(const session::Settings& settings, const std::string& cwd)> upstream;
  };
  explicit Deck(Options options);

  // Who is at the other end of a connection, from its hello.
  struct Peer {
    std::int64_t pid = 0;
    std::int64_t owner = 0;
    enum class Origin { kNone, kTest, kFork, kReexec } origin = Origin::kNone;
  };

  // Answers one message. A hello fills `peer`; every other verb is refused before it.
  reprise::internal::Message Handle(const reprise::internal::Message& message, Peer& peer);

  // The last connection of that process is closed: its branches end, the functions it was to call will not answer.
  void ProcessGone(std::int64_t pid);
  // The test process is gone. Open sessions are closed as crashed: what was recorded stays, and the log says where.
  void OwnerGone();

 private:
  struct Open {
    std::shared_ptr<session::Session> session;
    std::string test_key;
    std::vector<std::string> untold;  // notes of its opening
  };
  struct Waiting {
    std::shared_ptr<PendingCall> call;
    std::string session;
    std::int64_t pid;
  };
  // What all sessions of the process came to, for the end-of-run lines.
  struct Totals {
    std::uint64_t sessions = 0, replayed_sessions = 0, served = 0, missed = 0, live = 0, replayed_goldens = 0;
    std::vector<std::string> served_nothing;  // names
  };

  using Verb = reprise::internal::Message (Deck::*)(const reprise::internal::Message&, const Peer&);
  static Verb FindVerb(std::string_view name);
  reprise::internal::Message Hello(const reprise::internal::Message& message, Peer& peer);
  reprise::internal::Message OpenSession(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Begin(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message BaseUrl(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message ChildEnvironment(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Failures(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Step(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Ask(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Record(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Recorded(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Golden(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message AllowUnused(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Close(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Skipped(const reprise::internal::Message& message, const Peer& peer);
  reprise::internal::Message Finish(const reprise::internal::Message& message, const Peer& peer);

  // The session of the test that a message names, opened if it is not yet. With `only_if_open` there may be none; with
  // `or_recorded` it is opened where a cassette lies that the mode reads.
  struct Found {
    std::string id;
    std::shared_ptr<session::Session> session;
    std::vector<std::string> notes;  // not told yet
  };
  Result<Found> FindOrOpen(const reprise::internal::Message& message, bool only_if_open = false,
                           bool or_recorded = false);
  Result<std::shared_ptr<session::Session>> OpenForHttp(const reprise::internal::Message& opening,
                                                        session::Session::Asker asker);
  // Waits for what still comes over HTTP; what does not end in time fails the test.
  void EndStay(const std::string& test_key, session::Session* session, reprise::internal::Message* answer);
  // The session a message names, with the branch of a child opened if it must be.
  Result<std::shared_ptr<session::Session>> SessionOf(const reprise::internal::Message& message, const Peer& peer);
  void AbandonCalls(const std::string& session, std::int64_t pid, const Status& why);

  const Options options_;
  std::vector<std::pair<std::string, std::string>> secrets_;
  session::NameRegistry names_;
  PinFiles pins_;
  CurrentTests tests_;

  std::mutex opening_;  // one session at a time
  std::mutex mutex_;
  std::map<std::string, Open> open_;         // by id
  std::map<std::string, std::string> ids_;   // of open sessions, by test
  std::map<std::string, Waiting> waiting_;   // by token
  std::map<std::int64_t, int> branch_pids_;  // children that have a branch in some open session
  std::uint64_t next_id_ = 1, next_token_ = 1;
  Totals totals_;
  HttpDesk http_;  // last: its requests use all of the above
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_DECK_H_
