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
    // The upstream for sessions with these limits; called where a mode has one. It must outlive the deck.
    std::function<Transport&(const CassetteLimits& limits)> upstream;
  };
  explicit Deck(Options options);

  // Who is at the other end of a connection, from its hello.
  struct Peer {
    std::int64_t pid = 0;
    std::int64_t owner = 0;
    enum class Origin { kNone, kTest, kFork, kReexec } origin = Origin::kNone;
  };

  // Answers one message. A hello fills `peer`; every other verb is refused before it.
  internal::Message Handle(const internal::Message& message, Peer& peer);

  // The last connection of that process is closed: its branches end, the functions it was to call will not answer.
  void ProcessGone(std::int64_t pid);
  // The test process is gone. Open sessions are closed as crashed: what was recorded stays, and the log says where.
  void OwnerGone();

 private:
  struct Open {
    std::shared_ptr<session::Session> session;
    std::string test_key;
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

  using Verb = internal::Message (Deck::*)(const internal::Message&, const Peer&);
  static Verb FindVerb(std::string_view name);
  internal::Message Hello(const internal::Message& message, Peer& peer);
  internal::Message OpenSession(const internal::Message& message, const Peer& peer);
  internal::Message Ask(const internal::Message& message, const Peer& peer);
  internal::Message Record(const internal::Message& message, const Peer& peer);
  internal::Message Recorded(const internal::Message& message, const Peer& peer);
  internal::Message Golden(const internal::Message& message, const Peer& peer);
  internal::Message AllowUnused(const internal::Message& message, const Peer& peer);
  internal::Message Close(const internal::Message& message, const Peer& peer);
  internal::Message Skipped(const internal::Message& message, const Peer& peer);
  internal::Message Finish(const internal::Message& message, const Peer& peer);

  // The session a message names, with the branch of a child opened if it must be.
  Result<std::shared_ptr<session::Session>> SessionOf(const internal::Message& message, const Peer& peer);
  void AbandonCalls(const std::string& session, std::int64_t pid, const Status& why);

  const Options options_;
  std::vector<std::pair<std::string, std::string>> secrets_;
  session::NameRegistry names_;
  PinFiles pins_;

  std::mutex mutex_;
  std::map<std::string, Open> open_;         // by id
  std::map<std::string, std::string> ids_;   // of open sessions, by test
  std::map<std::string, Waiting> waiting_;   // by token
  std::map<std::int64_t, int> branch_pids_;  // children that have a branch in some open session
  std::uint64_t next_id_ = 1, next_token_ = 1;
  Totals totals_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_DECK_H_
