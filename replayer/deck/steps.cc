#include "replayer/deck/steps.h"

#include <utility>

namespace reprise::replayer {

void Steps::Add(std::deque<Piece> pieces, Piece end) {
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.push_back({std::move(pieces), std::move(end)});
  Flow();
}

void Steps::Release(std::uint64_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  credit_ += count;
  Flow();
}

void Steps::ReleaseAll() {
  const std::lock_guard<std::mutex> lock(mutex_);
  all_ = true;
  Flow();
}

void Steps::Flow() {
  for (auto reply = waiting_.begin(); reply != waiting_.end();) {
    while (!reply->pieces.empty() && (all_ || credit_ > 0)) {
      if (!all_) --credit_;
      reply->pieces.front()();
      reply->pieces.pop_front();
    }
    if (!reply->pieces.empty()) return;
    reply->end();
    reply = waiting_.erase(reply);
  }
}

}  // namespace reprise::replayer
