// Workers: the deck's threads for requests over HTTP, so that nothing waits on the front's loop.
#ifndef REPRISE_REPLAYER_DECK_WORKERS_H_
#define REPRISE_REPLAYER_DECK_WORKERS_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reprise::replayer {

// Thread-safe. Threads are started when they are needed.
class Workers {
 public:
  explicit Workers(std::size_t pool) : pool_(pool) {}
  ~Workers();  // waits for all that was given
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // For what takes a moment: on one of `pool` threads, first come, first served.
  void Run(std::function<void()> work);
  // For what may wait for somebody: on a thread of its own; on the pool where the system gives no more threads.
  void RunAlone(std::function<void()> work);

 private:
  void Serve();
  bool StartThread();  // under the lock

  const std::size_t pool_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0, alone_ = 0;
  bool over_ = false;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_WORKERS_H_
