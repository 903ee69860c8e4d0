#include "replayer/front/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <thread>
#include <utility>

#include "lib/base/log.h"

namespace reprise::replayer::internal {

using base::LogLevel;

Connection::Connection(Clients& clients, const PortGuard& guard, int fd)
    : clients_(clients), guard_(guard), socket_(clients.loop, fd), timer_(clients.loop) {}

Connection::~Connection() { Close(); }

void Connection::Start() {
  Deadline(clients_.limits.keep_alive_time);
  Listen();
}

void Connection::Deadline(FrontLimits::Duration from_now) { deadline_ = Loop::Clock::now() + from_now; }

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  NoDeadline();
  timer_.Cancel();
  CountArriving(0);
  greeting_.reset();
  socket_.Close();
  if (const auto reply = std::exchange(reply_, nullptr)) reply->Finish(true);
  clients_.Gone(*this);
}

void Connection::ClientWent() { Close(); }

void Connection::LookAtClock(Loop::Clock::time_point now) {
  if (!deadline_ || now < *deadline_) return;
  switch (phase_) {
    case Phase::kReading:
      // An idle one; or one that does not even take its refusal.
      if (!reader_ || reader_->state() == RequestReader::State::kNothing || close_after_) {
        Close();
      } else {
        const bool head = reader_->state() == RequestReader::State::kHead;
        Refuse({408, head ? "its head did not come in time" : "its body stopped coming", "Send it again, faster"});
      }
      return;
    case Phase::kReplying:
      base::Log(LogLevel::kWarning, "a client took no byte of its reply for a long time and counts as gone");
      ClientWent();
      return;
    case Phase::kResetting:
    case Phase::kLingering: Close(); return;
    case Phase::kClosed: return;
  }
}

// Memory for bodies that are arriving is bounded over all clients.
void Connection::CountArriving(std::size_t bytes) {
  clients_.arriving += bytes;
  clients_.arriving -= arriving_;
  arriving_ = bytes;
}

void Connection::Listen() {
  if (listening_ || phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kReplying && in_.size() >= clients_.limits.read_ahead_bytes) return;
  listening_ = true;
  socket_.WhenReadable([self = shared_from_this()] {
    self->listening_ = false;
    self->OnReadable();
  });
}

void Connection::OnReadable() {
  if (phase_ == Phase::kClosed) return;
  std::size_t room = clients_.scratch.size();
  if (phase_ == Phase::kReplying) room = std::min(room, clients_.limits.read_ahead_bytes - in_.size());
  const ssize_t got = ::recv(socket_.fd(), clients_.scratch.data(), room, MSG_DONTWAIT);
  if (got == 0) return ClientWent();
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) return ClientWent();
    return Listen();
  }
  if (phase_ == Phase::kReading || phase_ == Phase::kReplying) {
    in_.append(clients_.scratch.data(), static_cast<std::size_t>(got));
    Advance();
  }
  Listen();
}

// Reads what is there. A loop and not a recursion: pipelined requests may be answered at once.
void Connection::Advance() {
  if (advancing_) return;
  advancing_ = true;
  const auto self = shared_from_this();
  while (phase_ == Phase::kReading && !close_after_ && !in_.empty()) {
    if (!reader_) reader_ = std::make_unique<RequestReader>(clients_.limits, guard_);
    const RequestReader::State before = reader_->state();
    in_.erase(0, reader_->Read(in_));
    CountArriving(reader_->body_bytes());
    const RequestReader::State now = reader_->state();
    if (const Arrived* headed = reader_->headed(); headed != nullptr && !greeting_ && clients_.headed)
      greeting_ = clients_.headed(guard_.id(), headed->method, headed->target);
    if (now == RequestReader::State::kRefused) {
      Refuse(reader_->refusal());
    } else if (now == RequestReader::State::kWhole) {
      Dispatch();
    } else if (clients_.arriving > clients_.limits.all_body_bytes) {
      Refuse({503, "too many bodies are arriving at once", "Send fewer requests at a time"});
    } else {
      if (now == RequestReader::State::kHead && before == RequestReader::State::kNothing)
        Deadline(clients_.limits.head_time);
      if (now == RequestReader::State::kBody) Deadline(clients_.limits.body_idle_time);
      if (reader_->wants_continue() && !continued_ && in_.empty()) {
        continued_ = true;
        Frame("HTTP/1.1 100 Continue\r\n\r\n");
        Write();
      }
      break;
    }
  }
  advancing_ = false;
}

void Connection::Dispatch() {
  phase_ = Phase::kReplying;
  NoDeadline();
  head_request_ = reader_->is_head();
  keep_alive_ = reader_->keeps_alive();
  Arrived request = reader_->Take();
  if (greeting_) request.greeting = *std::exchange(greeting_, std::nullopt);
  http_1_0_ = request.http_1_0;
  reader_.reset();
  CountArriving(0);
  continued_ = false;
  head_sent_ = encoded_all_ = reset_ = false;
  body_pushed_ = 0;
  plan_ = {};
  pieces_.clear();
  last_piece_ = Loop::Clock::now();

  const std::weak_ptr<Connection> weak = weak_from_this();
  Loop* const loop = &clients_.loop;
  reply_ = std::make_shared<Reply>(
      clients_.limits.reply_window_bytes,
      [weak, loop] {
        loop->Post([weak] {
          if (const auto self = weak.lock()) self->Pump();
        });
      },
      // Asked at any time, also when the front is gone: so it knows the thread and nothing else.
      [thread = std::this_thread::get_id()] { return std::this_thread::get_id() == thread; });
  reply_->woken = true;  // what the handler says at once is taken below
  try {
    clients_.handler(std::move(request), std::make_shared<Answer>(reply_));
  } catch (const std::exception& error) {
    base::Log(LogLevel::kError, std::string("the answer to a request failed: ") + error.what());
  }
  Pump();
}

// The last word to this client. Replies under way are not refused, so nothing else is being written.
void Connection::Refuse(const Refusal& refusal) {
  const std::string sentence = refusal.Sentence();
  base::Log(LogLevel::kWarning, "port " + std::to_string(guard_.id()) + ": " + sentence);
  if (clients_.refused) clients_.refused(guard_.id(), sentence);
  CountArriving(0);
  greeting_.reset();
  in_.clear();
  close_after_ = true;
  Deadline(clients_.limits.linger_time);
  Frame(refusal.Bytes(!reader_ || !reader_->is_head()));
  Write();
}

void Connection::Pump() {
  if (!reply_) return;
  for (Piece& piece : reply_->TakePushed()) pieces_.push_back(std::move(piece));
  if (!waiting_writable_ && !later_) Write();
}

void Connection::WriteLater() {
  if (later_) return;
  later_ = true;
  clients_.loop.Post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->later_ = false;
    if (!self->waiting_writable_) self->Write();
  });
}

void Connection::Write() {
  const auto self = shared_from_this();
  std::size_t budget = clients_.limits.turn_bytes;
  while (phase_ != Phase::kClosed) {
    Fill();
    if (out_.empty()) return Written();
    if (waiting_writable_) return;
    if (budget == 0) return WriteLater();  // others have their turn
    if (!Send(budget)) return;
  }
}

// False when the client takes no more for now, or is gone.
bool Connection::Send(std::size_t& budget) {
  iovec parts[64];
  std::size_t count = 0, bytes = 0;
  for (auto it = out_.begin(); it != out_.end() && count < std::size(parts) && bytes < budget; ++it, ++count) {
    const std::size_t from = count == 0 ? out_offset_ : 0;
    parts[count].iov_base = it->bytes.data() + from;
    parts[count].iov_len = std::min(it->bytes.size() - from, budget - bytes);
    bytes += parts[count].iov_len;
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  const ssize_t sent = ::sendmsg(socket_.fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno == EINTR) return true;
  if (sent < 0 && errno != EAGAIN) {
    ClientWent();
    return false;
  }
  if (sent < 0) {
    if (!deadline_ || phase_ == Phase::kReplying) Deadline(clients_.limits.write_stall_time);
    waiting_writable_ = true;
    socket_.WhenWritable([self = shared_from_this()] {
      self->waiting_writable_ = false;
      self->Write();
    });
    return false;
  }
  budget -= static_cast<std::size_t>(sent);
  out_bytes_ -= static_cast<std::size_t>(sent);
  std::uint64_t body = 0;
  for (auto left = static_cast<std::size_t>(sent); left > 0;) {
    const std::size_t step = std::min(left, out_.front().bytes.size() - out_offset_);
    if (out_.front().body) body += step;
    left -= step;
    out_offset_ += step;
    if (out_offset_ == out_.front().bytes.size()) {
      out_.pop_front();
      out_offset_ = 0;
    }
  }
  if (reply_ && body > 0) reply_->Sent(body, true);
  return true;
}

// Everything that was encoded is with the kernel.
void Connection::Written() {
  if (phase_ == Phase::kReplying) {
    NoDeadline();
    if (encoded_all_) FinishReply();
  } else if (phase_ == Phase::kReading && close_after_) {
    Linger();
  }
}

void Connection::FinishReply() {
  const auto reply = std::exchange(reply_, nullptr);
  timer_.Cancel();
  armed_.reset();
  pieces_.clear();
  reply->Finish(false);  // whoever hears of the end from the client finds it done
  if (reset_) {
    phase_ = Phase::kResetting;
    Deadline(clients_.limits.write_stall_time);
    ResetWhenTaken();
  } else if (close_after_) {
    Linger();
  } else {
    phase_ = Phase::kReading;
    Deadline(clients_.limits.keep_alive_time);
  }
  Advance();
  Listen();
}

}  // namespace reprise::replayer::internal
