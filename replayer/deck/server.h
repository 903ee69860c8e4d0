// Server: the sockets of a deck and the length of its life.
//
// One thread for each control connection, blocking. The deck ends when the test process is gone (a pidfd says so, which
// a forked child that keeps a connection cannot hide), when the last connection of that process is closed, or when
// nobody has said hello within a while of its start. Who made the listening socket is the test process until a hello
// names another.
#ifndef REPRISE_REPLAYER_DECK_SERVER_H_
#define REPRISE_REPLAYER_DECK_SERVER_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <set>

#include "lib/base/file_system.h"
#include "replayer/deck/deck.h"
#include "reprise/result.h"

namespace reprise::replayer {

class Server {
 public:
  // Takes the listening socket. `deck` must outlive the server, which ends by the process exiting.
  Server(int listener, Deck& deck) : listener_(listener), deck_(deck) {}

  // Serves until the deck's life is over. The caller then exits without waiting for threads.
  Status Run();

 private:
  void Accept();
  void Serve(int connection, std::int64_t pid);
  // First hello of a process: from then on its owner's life is watched.
  void Watch(const Deck::Peer& peer);
  void WatchOwner(std::int64_t pid);  // under the lock
  void Forget(const Deck::Peer& peer);
  void Wake();

  base::FileDescriptor listener_;
  Deck& deck_;
  base::FileDescriptor wake_;  // an eventfd: something changed that the loop waits for

  std::mutex mutex_;
  base::FileDescriptor owner_;  // a pidfd
  std::int64_t owner_pid_ = 0;
  bool hello_ = false;
  bool owner_came_ = false;                  // a connection of the test process itself was seen
  std::map<std::int64_t, int> connections_;  // after hello, by pid
  bool over_ = false;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_SERVER_H_
