#include "recorder/recording_transport.h"

#include <utility>

#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/compare/normalised.h"
#include "lib/format/adapter.h"
#include "lib/wire/status_line.h"

namespace reprise::recorder {
namespace {

// Passes on and keeps. The end is held back: `Send` tells it once the exchange is on the tape.
class Writing : public ReplySink {
 public:
  explicit Writing(ReplySink& receiver) : receiver_(receiver) {}

  void OnOrigin(const Origin& origin) override { receiver_.OnOrigin(origin); }
  void OnStatusLine(const StatusLine& line) override {
    kept_.OnStatusLine(line);
    receiver_.OnStatusLine(line);
  }
  void OnHead(int status, const Headers& headers) override {
    kept_.OnHead(status, headers);
    receiver_.OnHead(status, headers);
  }
  void OnCoding(const std::vector<std::string>& coding) override {
    kept_.OnCoding(coding);
    receiver_.OnCoding(coding);
  }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override {
    kept_.OnChunk(bytes, ms);
    if (!left_ && !receiver_.OnChunk(bytes, ms)) left_ = passed_;
    if (!left_) passed_ += bytes.size();
    return true;
  }
  void OnTrailers(const Headers& trailers) override {
    kept_.OnTrailers(trailers);
    if (!left_) receiver_.OnTrailers(trailers);
  }
  void OnEnd(const BrokenEnd* end) override {
    ended_ = true;
    kept_.OnEnd(end);
  }

  bool ended() const { return ended_; }
  Reply& reply() { return kept_.reply(); }
  const std::optional<std::uint64_t>& left() const { return left_; }

 private:
  ReplySink& receiver_;
  CollectingSink kept_;
  std::uint64_t passed_ = 0;
  std::optional<std::uint64_t> left_;
  bool ended_ = false;
};

}  // namespace

Status RecordingTransport::Send(const Request& request, const SendContext& context, ReplySink& sink) {
  REPRISE_RETURN_IF_ERROR(tape_.Open());
  Exchange exchange;
  exchange.key = context.key.empty() ? KeyOf(request, context.auth, rules_) : context.key;
  exchange.lane = context.lane;
  exchange.auth = context.auth;
  exchange.at = base::UtcNow();
  CassetteWriter::Span span{tape_.Tick(), 0};

  std::list<UnderWay>::iterator mine;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    mine = under_way_.insert(under_way_.end(), {exchange.lane, exchange.key, {}});
  }
  sink.OnOrigin({exchange.key, false, context.pin});
  Writing writing(sink);
  const Status sent = upstream_.Send(request, context, writing);
  const bool answered = sent.ok() && writing.ended();
  span.ended = tape_.Tick();

  Reply& reply = writing.reply();
  const format::Adapter* adapter = format::FindAdapter(request.format);
  std::string said;
  if (answered)
    said = base::Sha256Hex(
        compare::NormalisedReply(reply, adapter == nullptr ? std::vector<std::string>() : adapter->VolatileFields()));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const std::string& other : mine->overlapped) exchange.overlaps = exchange.overlaps || other != said;
    under_way_.erase(mine);
    if (answered)
      for (UnderWay& other : under_way_)
        if (other.lane == exchange.lane && other.key == exchange.key) other.Overlap(said);
  }
  if (!answered) {
    // Nothing to keep. Where a reply was given up on the way its receiver waits for an end.
    if (writing.ended()) sink.OnEnd(reply.end ? &*reply.end : nullptr);
    return sent;
  }

  // The usual phrase is not worth a member.
  if (reply.reason && *reply.reason == wire::UsualReason(reply.status)) reply.reason.reset();
  const std::optional<BrokenEnd> end = reply.end;
  const std::optional<std::uint64_t> left = writing.left();
  exchange.request = request;
  exchange.left = left;
  exchange.reply = std::move(reply);
  if (adapter != nullptr) adapter->ReadReply(request, exchange.reply);
  exchange.model = exchange.reply.model;
  if (!context.pin.empty()) exchange.model.pin = context.pin;  // the caller knows better than the reply
  if (!context.model.empty()) exchange.model.asked = context.model;
  if (const Status kept = tape_.Keep(std::move(exchange), span); !kept.ok())
    base::Log(base::LogLevel::kError, kept.ToString());
  const BrokenEnd gone{"closed", left.value_or(0)};
  sink.OnEnd(left ? &gone : end ? &*end : nullptr);
  return {};
}

}  // namespace reprise::recorder
