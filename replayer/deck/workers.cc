#include "replayer/deck/workers.h"

#include <system_error>
#include <utility>

#include "lib/base/log.h"

namespace reprise::replayer {

Workers::~Workers() {
  std::unique_lock<std::mutex> lock(mutex_);
  over_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return alone_ == 0; });
  lock.unlock();
  for (std::thread& thread : threads_) thread.join();
}

bool Workers::StartThread() {
  try {
    threads_.emplace_back(&Workers::Serve, this);
    return true;
  } catch (const std::system_error& error) {
    base::Log(base::LogLevel::kError, std::string("no thread for a request: ") + error.what());
    return false;
  }
}

void Workers::Run(std::function<void()> work) {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if ((idle_ > queue_.size() || threads_.size() >= pool_ || StartThread()) || !threads_.empty()) {
      queue_.push_back(std::move(work));
      lock.unlock();  // or whom it wakes would wait for us
      changed_.notify_one();
      return;
    }
  }
  work();  // without any thread the caller must do it
}

void Workers::RunAlone(std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++alone_;
  }
  try {
    std::thread([this, work] {
      work();
      const std::lock_guard<std::mutex> lock(mutex_);
      --alone_;
      changed_.notify_all();
    }).detach();
    return;
  } catch (const std::system_error&) {
    const std::lock_guard<std::mutex> lock(mutex_);
    --alone_;
  }
  Run(std::move(work));
}

void Workers::Serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return over_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace reprise::replayer
