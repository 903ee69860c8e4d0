#include "replayer/deck/pending_call.h"

#include <chrono>
#include <thread>
#include <utility>

namespace reprise::replayer {

std::shared_ptr<PendingCall> PendingCall::Start(std::function<Result<Reply>(PendingCall&)> work) {
  auto call = std::make_shared<PendingCall>();
  std::thread([call, work = std::move(work)] {
    Result<Reply> reply = work(*call);
    const std::lock_guard<std::mutex> lock(call->mutex_);
    call->done_ = std::move(reply);
    call->changed_.notify_all();
  }).detach();
  return call;
}

std::optional<Result<Reply>> PendingCall::WaitForNeed() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return needed_ || done_; });
  return done_;
}

Result<Reply> PendingCall::Finish(Result<Answer> answer) {
  std::unique_lock<std::mutex> lock(mutex_);
  answer_ = std::move(answer);
  changed_.notify_all();
  changed_.wait(lock, [this] { return done_.has_value(); });
  return *done_;
}

Status PendingCall::Send(const Request&, const SendContext&, ReplySink& sink) {
  const auto asked = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(mutex_);
  needed_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return answer_.has_value(); });
  const Result<Answer> answer = *answer_;
  lock.unlock();
  if (!answer.ok()) return answer.status();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - asked);
  if (answer->failed)
    sink.OnHead(500, {{"Content-Type", "application/json"}});
  else
    sink.OnHead(200, {{"Content-Type", "text/plain; charset=utf-8"}});
  if (!answer->text.empty()) sink.OnChunk(answer->text, static_cast<std::uint32_t>(took.count()));
  sink.OnEnd(nullptr);
  return {};
}

}  // namespace reprise::replayer
