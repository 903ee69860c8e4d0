// Drives the real deck over its socket, as a client would.
#ifndef REPRISE_TESTS_SUPPORT_DECK_DRIVER_H_
#define REPRISE_TESTS_SUPPORT_DECK_DRIVER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/client/wire.h"

namespace reprise::support {

// One connection, after its hello.
class DeckConnection {
 public:
  explicit DeckConnection(base::FileDescriptor socket) : socket_(std::move(socket)) {}
  // The answer; an error of the connection reads as an error message.
  internal::Message Call(const internal::Message& message);
  int fd() const { return socket_.get(); }
  void Close() { socket_.Close(); }

 private:
  base::FileDescriptor socket_;
};

// A deck started by this process. The destructor does not stop it: its life is what is tested. It bounds it, though: a
// deck that outlives its driver by 10 seconds is killed and fails the test.
class DeckDriver {
 public:
  // Starts `program` with `environment` ("NAME=value") and nothing else.
  DeckDriver(const std::string& program, std::vector<std::string> environment);
  ~DeckDriver();

  // A connection that said hello. `owner` 0: this process.
  DeckConnection Connect(const std::string& origin = "test", pid_t owner = 0);
  // One that said nothing yet.
  DeckConnection ConnectSilently();
  pid_t pid() const { return pid_; }  // of the deck, known after the first hello
  // Waits until the process is gone; false after `seconds`.
  static bool IsGone(pid_t pid, int seconds = 10);

 private:
  std::string address_;
  pid_t pid_ = 0;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_DECK_DRIVER_H_
