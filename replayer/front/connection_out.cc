// Connection's other half: pieces of a reply to bytes on the wire, and how a connection ends.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lib/base/log.h"
#include "replayer/front/connection.h"

namespace reprise::replayer::internal {
namespace {

constexpr FrontLimits::Duration kLongestResetPause{50};

std::string ChunkLine(std::uint64_t size) {
  std::array<char, 20> text{};
  char* const end = std::to_chars(text.data(), text.data() + 16, size, 16).ptr;
  std::string line(text.data(), end);
  return line += "\r\n";
}

}  // namespace

void Connection::Frame(std::string_view text) {
  if (text.empty()) return;
  out_bytes_ += text.size();
  if (!out_.empty() && !out_.back().body)
    out_.back().bytes += text;
  else
    out_.push_back({std::string(text), false});
}

bool Connection::IsDue(const Piece& piece) {
  const Loop::Clock::time_point now = Loop::Clock::now();
  if (piece.after_ms == 0) {
    last_piece_ = std::max(last_piece_, now);
    return true;
  }
  const Loop::Clock::time_point due = last_piece_ + std::chrono::milliseconds(piece.after_ms);
  if (now < due) {
    if (armed_ == due) return false;
    armed_ = due;
    timer_.At(due, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->armed_.reset();
      if (!self->waiting_writable_ && !self->later_) self->Write();
    });
    return false;
  }
  last_piece_ = due;  // and not now, so that lateness does not add up
  return true;
}

void Connection::Fill() {
  while (phase_ == Phase::kReplying && !encoded_all_ && !pieces_.empty() && out_bytes_ < clients_.limits.turn_bytes) {
    if (!IsDue(pieces_.front())) return;
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    Encode(std::move(piece));
  }
}

void Connection::Encode(Piece piece) {
  switch (piece.kind) {
    case Piece::Kind::kHead: return EncodeHead(piece);
    case Piece::Kind::kFault: return EncodeFault(500, piece.bytes);
    case Piece::Kind::kCut: return EncodeCut(std::move(piece));
    case Piece::Kind::kChunk:
    case Piece::Kind::kEnd:
      if (!head_sent_) {
        reply_->Sent(piece.kind == Piece::Kind::kChunk ? piece.bytes.size() : 0, false);
        return EncodeFault(500, "its reply began without a head");
      }
      if (piece.kind == Piece::Kind::kEnd) return EncodeEnd(piece.headers);
      const std::uint64_t size = piece.bytes.size();
      return EncodeChunk(std::move(piece.bytes), size);
  }
}

// The size of the body, if all of it was pushed already.
std::optional<std::uint64_t> Connection::WholeBody() const {
  if (pieces_.empty() || pieces_.back().kind != Piece::Kind::kEnd) return std::nullopt;
  std::uint64_t bytes = 0;
  for (const Piece& piece : pieces_)
    if (piece.kind == Piece::Kind::kChunk) bytes += piece.bytes.size();
  return bytes;
}

void Connection::EncodeHead(const Piece& piece) {
  HeadContext context;
  context.head_request = head_request_;
  context.http_1_0 = http_1_0_;
  context.keep_alive = keep_alive_;
  context.whole_body = WholeBody();
  plan_ = PlanHead(piece.status, piece.bytes, piece.headers, context);
  if (!plan_.fault.empty()) return EncodeFault(502, plan_.fault);
  head_sent_ = true;
  close_after_ = plan_.close;
  Frame(plan_.bytes);
}

void Connection::EncodeChunk(std::string bytes, std::uint64_t announced) {
  std::size_t dropped = 0;
  if (plan_.framing == Framing::kNoBody) {
    dropped = bytes.size();
  } else if (plan_.framing == Framing::kLength) {
    const std::uint64_t room = plan_.length - body_pushed_;
    if (bytes.size() > room) {
      dropped = bytes.size() - static_cast<std::size_t>(room);
      base::Log(base::LogLevel::kWarning, "a reply is longer than its Content-Length; it was cut there");
      encoded_all_ = close_after_ = true;
    }
  }
  if (dropped > 0) {
    bytes.resize(bytes.size() - dropped);
    reply_->Sent(dropped, false);
  }
  if (bytes.empty()) return;
  body_pushed_ += bytes.size();
  const bool chunked = plan_.framing == Framing::kChunks;
  const bool whole = bytes.size() == announced;
  if (chunked) Frame(ChunkLine(announced));
  out_bytes_ += bytes.size();
  out_.push_back({std::move(bytes), true});
  if (chunked && whole) Frame("\r\n");
}

void Connection::EncodeEnd(const Headers& trailers) {
  encoded_all_ = true;
  if (plan_.framing == Framing::kChunks) Frame("0\r\n" + TrailerLines(trailers) + "\r\n");
  if (plan_.framing == Framing::kLength && body_pushed_ < plan_.length) {
    base::Log(base::LogLevel::kWarning, "a reply is shorter than its Content-Length; the connection closes there");
    close_after_ = true;
  }
}

void Connection::EncodeCut(Piece piece) {
  if (!piece.bytes.empty()) {
    const std::uint64_t size = piece.bytes.size();
    if (head_sent_)
      EncodeChunk(std::move(piece.bytes), size + 1);
    else
      reply_->Sent(size, false);
  }
  encoded_all_ = close_after_ = true;
  reset_ = piece.reset;
}

// A reply that cannot be given. Nothing of it was sent.
void Connection::EncodeFault(int status, const std::string& why) {
  const Refusal refusal{status, why, "This is a fault of reprise or of a recording; its log says more"};
  base::Log(base::LogLevel::kError, "port " + std::to_string(guard_.id()) + ": " + refusal.Sentence());
  encoded_all_ = close_after_ = true;
  Frame(refusal.Bytes(!head_request_));
}

void Connection::Linger() {
  phase_ = Phase::kLingering;
  in_.clear();
  ::shutdown(socket_.fd(), SHUT_WR);
  Deadline(clients_.limits.linger_time);
  Listen();
}

// A reset throws away what the client has not acknowledged, so it waits for that.
void Connection::ResetWhenTaken() {
  if (phase_ != Phase::kResetting) return;
  int unacknowledged = 0;
  if (::ioctl(socket_.fd(), SIOCOUTQ, &unacknowledged) == 0 && unacknowledged > 0) {
    timer_.At(Loop::Clock::now() + reset_pause_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->ResetWhenTaken();
    });
    reset_pause_ = std::min(reset_pause_ * 2, kLongestResetPause);
    return;
  }
  const linger now{1, 0};
  ::setsockopt(socket_.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  Close();
}

}  // namespace reprise::replayer::internal
