// The deck as one process sees it: where it listens, how it is started, and the connections to it.
//
// A deck belongs to one test process, the owner, and its address follows from that process: the abstract AF_UNIX name
//   reprise-deck/<inode of the pid namespace>/<pid>/<start time of the process>
// so that forked children and re-executed death tests find it with nothing passed on. Whoever needs it first starts it:
// binds the name, hands the listening socket to the new process as descriptor 3, and connects at once; the backlog
// holds the connection until the deck is up. Descriptors 0 and 1 of the new process are /dev/null, 2 is still ours, so
// that a failure to load can be read; the deck gives it back when it is up. The deck forks once and its first process
// exits, which is the only child the test process ever has of us, and is reaped by its pid.
#ifndef REPRISE_CLIENT_DECK_PROCESS_H_
#define REPRISE_CLIENT_DECK_PROCESS_H_

#include <sys/types.h>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/client/wire.h"
#include "reprise/result.h"

namespace reprise::internal {

// What this process is to the deck. `owner` is the test process; it is this one unless the origin says otherwise.
struct Kinship {
  enum class Origin { kTest, kFork, kReexec };
  Origin origin = Origin::kTest;
  pid_t pid = 0;
  pid_t owner = 0;
};

// The abstract name, without the leading zero byte.
std::string DeckAddress(pid_t owner);

// Thread-safe. Belongs to the process that made it: in a forked child, make a new one and leave the old one untouched
// (its lock may be held by a thread that does not exist there). Never destroyed by the client, so that a program may
// call it from its own destructors at exit.
class DeckProcess {
 public:
  // `hello_seconds`: longest wait for a deck to come up, or to take a connection.
  explicit DeckProcess(const Kinship& kin, int hello_seconds = 15) : kin_(kin), hello_seconds_(hello_seconds) {}
  DeckProcess(const DeckProcess&) = delete;
  DeckProcess& operator=(const DeckProcess&) = delete;

  const Kinship& kin() const { return kin_; }

  // One message there, one back, on a connection that no other thread has. Starts the deck if there is none. The
  // answer's own status is turned into the result. A deck that goes away is an error, then and for every later call
  // until `StartAfresh`.
  Result<Message> Call(const Message& request);

  // Is there a deck of this owner that answers? Starts none.
  bool Answers();
  // A deck that went away may be replaced by a new one.
  void StartAfresh();
  // Closes the idle connections; with the last one the deck ends.
  void Disconnect();

 private:
  Result<int> Connect(bool may_start);
  Result<int> Start(const std::string& address, bool* name_is_taken);
  Status Greet(int fd);
  Status WentAway(std::string_view verb, const std::string& how);

  const Kinship kin_;
  const int hello_seconds_;
  std::mutex mutex_;  // guards the rest; not held while waiting for an answer to a call
  std::vector<int> idle_;
  bool connected_ = false;  // a deck has answered
  Status gone_;             // not OK once it has gone away
  std::string deck_path_, deck_pid_;
};

}  // namespace reprise::internal

#endif  // REPRISE_CLIENT_DECK_PROCESS_H_
