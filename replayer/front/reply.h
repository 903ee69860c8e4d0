// Reply: what passes between the threads that make a reply and the loop that writes it.
#ifndef REPRISE_REPLAYER_FRONT_REPLY_H_
#define REPRISE_REPLAYER_FRONT_REPLY_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "reprise/exchange.h"

namespace reprise::replayer::internal {

// One call of Answer.
struct Piece {
  enum class Kind {
    kHead,
    kChunk,
    kEnd,    // headers: the trailers
    kCut,    // bytes: the open chunk
    kFault,  // bytes: why there is no reply
  };
  Kind kind = Kind::kChunk;
  int status = 0;
  std::string bytes;  // reason phrase, body
  Headers headers;
  std::uint32_t after_ms = 0;
  bool reset = false;
};

// Everything under the mutex but what is const. The loop's side (Connection) takes `pushed`, adds to `written`, and
// says once how it ended: `done` or `gone`. `wake` is called under the mutex and only before that, so what it needs
// must live until then.
struct Reply {
  Reply(std::size_t window_in, std::function<void()> wake_in, std::function<bool()> on_loop_in)
      : window(window_in), wake(std::move(wake_in)), on_loop(std::move(on_loop_in)) {}

  const std::size_t window;
  const std::function<void()> wake;
  const std::function<bool()> on_loop;

  mutable std::mutex mutex;
  std::condition_variable room;
  std::deque<Piece> pushed;
  bool woken = false;  // the loop knows that something was pushed
  bool head = false;   // a head was pushed
  bool ended = false;  // nothing may follow
  bool done = false;
  bool gone = false;
  std::uint64_t unsent = 0;  // bytes of body that were pushed and are not with the kernel
  std::uint64_t written = 0;
  std::function<void(std::uint64_t)> on_gone;
  std::function<void(std::uint64_t)> on_done;

  // False when nobody is there to hear it.
  bool Push(Piece piece);
  // The loop's side.
  std::deque<Piece> TakePushed();
  void Sent(std::uint64_t body_bytes, bool counts);
  void Finish(bool client_went);
};

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_REPLY_H_
