// Loop: one thread that waits for descriptors, timers and posted functions. Boost.Asio does the work, in loop.cc alone.
//
// All but Post and Stop is for the loop's own thread, or for a time when it does not run. Callbacks are
// called once each, on the loop; those of a closed socket or a cancelled timer are dropped.
#ifndef REPRISE_REPLAYER_FRONT_LOOP_H_
#define REPRISE_REPLAYER_FRONT_LOOP_H_

#include <chrono>
#include <functional>
#include <memory>

namespace reprise::replayer::internal {

class Loop {
 public:
  using Callback = std::function<void()>;
  using Clock = std::chrono::steady_clock;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Run();  // until Stop
  void Stop();
  void Post(Callback callback);

  // A descriptor in non-blocking mode, owned and closed.
  class Socket {
   public:
    Socket(Loop& loop, int fd);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int fd() const { return fd_; }  // -1 once closed
    // One wait of each kind at a time. Errors and hang-ups count as ready.
    void WhenReadable(Callback callback);
    void WhenWritable(Callback callback);
    void Close();

   private:
    struct Impl;
    int fd_;
    const std::unique_ptr<Impl> impl_;
  };

  class Timer {
   public:
    explicit Timer(Loop& loop);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void At(Clock::time_point when, Callback callback);  // replaces what it waited for
    void Cancel();

   private:
    struct Impl;
    const std::shared_ptr<Impl> impl_;
  };

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace reprise::replayer::internal

#endif  // REPRISE_REPLAYER_FRONT_LOOP_H_
