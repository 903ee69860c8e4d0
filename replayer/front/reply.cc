#include "replayer/front/reply.h"

#include <utility>

#include "replayer/front/front.h"

namespace reprise::replayer {
namespace internal {

bool Reply::Push(Piece piece) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (gone || done || ended) return false;
  if (piece.kind == Piece::Kind::kHead) {
    if (head) return true;  // the first one counts
    head = true;
  } else if (piece.kind == Piece::Kind::kChunk) {
    unsent += piece.bytes.size();
  } else {
    if (piece.kind == Piece::Kind::kCut) unsent += piece.bytes.size();
    ended = true;
  }
  pushed.push_back(std::move(piece));
  if (!woken) {
    woken = true;
    wake();
  }
  return true;
}

std::deque<Piece> Reply::TakePushed() {
  const std::lock_guard<std::mutex> lock(mutex);
  woken = false;
  return std::exchange(pushed, {});
}

void Reply::Sent(std::uint64_t body_bytes, bool counts) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (counts) written += body_bytes;
  const bool was_full = unsent >= window;
  unsent -= body_bytes;
  if (was_full && unsent < window) room.notify_all();
}

void Reply::Finish(bool client_went) {
  std::function<void(std::uint64_t)> callback, other;  // other: destroyed outside the lock
  std::uint64_t bytes = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    if (done || gone) return;
    (client_went ? gone : done) = true;
    callback = std::move(client_went ? on_gone : on_done);
    other = std::move(client_went ? on_done : on_gone);
    bytes = written;
    pushed.clear();
    room.notify_all();
  }
  if (callback) callback(bytes);
}

}  // namespace internal

using internal::Piece;

Answer::~Answer() {
  bool head = false;
  {
    const std::lock_guard<std::mutex> lock(reply_->mutex);
    if (reply_->ended || reply_->gone || reply_->done) return;
    head = reply_->head;
  }
  Piece piece;
  piece.kind = head ? Piece::Kind::kCut : Piece::Kind::kFault;
  piece.reset = true;
  if (!head) piece.bytes = "it was let go without an answer";
  reply_->Push(std::move(piece));
}

void Answer::Head(int status, std::string reason, Headers headers, std::uint32_t after_ms) {
  Piece piece;
  piece.kind = Piece::Kind::kHead;
  piece.status = status;
  piece.bytes = std::move(reason);
  piece.headers = std::move(headers);
  piece.after_ms = after_ms;
  reply_->Push(std::move(piece));
}

bool Answer::Chunk(std::string bytes, std::uint32_t after_ms, bool wait) {
  if (wait && !reply_->on_loop()) {
    std::unique_lock<std::mutex> lock(reply_->mutex);
    reply_->room.wait(lock, [this] { return reply_->gone || reply_->done || reply_->unsent < reply_->window; });
  }
  if (bytes.empty()) return !gone();
  Piece piece;
  piece.bytes = std::move(bytes);
  piece.after_ms = after_ms;
  return reply_->Push(std::move(piece));
}

void Answer::End(Headers trailers, std::uint32_t after_ms) {
  Piece piece;
  piece.kind = Piece::Kind::kEnd;
  piece.headers = std::move(trailers);
  piece.after_ms = after_ms;
  reply_->Push(std::move(piece));
}

void Answer::Cut(const BrokenEnd& how, std::string open_chunk, std::uint32_t after_ms) {
  Piece piece;
  piece.kind = Piece::Kind::kCut;
  piece.bytes = std::move(open_chunk);
  piece.after_ms = after_ms;
  piece.reset = how.how == "reset";
  reply_->Push(std::move(piece));
}

bool Answer::gone() const {
  const std::lock_guard<std::mutex> lock(reply_->mutex);
  return reply_->gone;
}

std::uint64_t Answer::written() const {
  const std::lock_guard<std::mutex> lock(reply_->mutex);
  return reply_->written;
}

void Answer::OnGone(std::function<void(std::uint64_t)> callback) {
  std::uint64_t bytes = 0;
  {
    const std::lock_guard<std::mutex> lock(reply_->mutex);
    if (!reply_->gone) {
      reply_->on_gone = std::move(callback);
      return;
    }
    bytes = reply_->written;
  }
  callback(bytes);
}

void Answer::OnDone(std::function<void(std::uint64_t)> callback) {
  std::uint64_t bytes = 0;
  {
    const std::lock_guard<std::mutex> lock(reply_->mutex);
    if (!reply_->done) {
      reply_->on_done = std::move(callback);
      return;
    }
    bytes = reply_->written;
  }
  callback(bytes);
}

}  // namespace reprise::replayer
