#include "replayer/verify_transport.h"

#include <optional>
#include <vector>

#include "lib/compare/reply.h"
#include "lib/format/adapter.h"
#include "lib/wire/mask.h"

namespace reprise::replayer {
namespace {

// Passes a reply on, and keeps a copy to be judged. With `holds_end` the end waits for `TellEnd`: who has seen the
// whole of it can be sure that it is judged.
class Copying : public ReplySink {
 public:
  explicit Copying(ReplySink& receiver, bool holds_end = false) : receiver_(receiver), holds_end_(holds_end) {}
  void OnOrigin(const Origin& origin) override {
    copy_.OnOrigin(origin);
    if (origin.replayed) receiver_.OnOrigin(origin);  // that of a live one was told
  }
  void OnStatusLine(const StatusLine& line) override {
    copy_.OnStatusLine(line);
    receiver_.OnStatusLine(line);
  }
  void OnHead(int status, const Headers& headers) override {
    copy_.OnHead(status, headers);
    receiver_.OnHead(status, headers);
  }
  void OnCoding(const std::vector<std::string>& coding) override {
    copy_.OnCoding(coding);
    receiver_.OnCoding(coding);
  }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override {
    copy_.OnChunk(bytes, ms);
    listening_ = listening_ && receiver_.OnChunk(bytes, ms);
    return true;  // the verdict wants the whole of it
  }
  void OnTrailers(const Headers& trailers) override {
    copy_.OnTrailers(trailers);
    if (listening_) receiver_.OnTrailers(trailers);
  }
  void OnEnd(const BrokenEnd* end) override {
    copy_.OnEnd(end);
    if (end != nullptr) end_ = *end;
    ended_ = true;
    if (!holds_end_) receiver_.OnEnd(end);
  }
  void TellEnd() {
    if (ended_ && holds_end_) receiver_.OnEnd(end_ ? &*end_ : nullptr);
  }
  Reply& copy() { return copy_.reply(); }

 private:
  ReplySink& receiver_;
  CollectingSink copy_;
  const bool holds_end_;
  std::optional<BrokenEnd> end_;
  bool listening_ = true, ended_ = false;
};

}  // namespace

namespace {

bool MayChangeSomething(const Request& request) {
  return request.format == "http" && request.method != "GET" && request.method != "HEAD";
}

}  // namespace

Status VerifyTransport::Send(const Request& request, const SendContext& context, ReplySink& sink) {
  const int number = ++requests_;
  const bool passed_over = context.forwarded && !options_.all && MayChangeSomething(request);
  if (passed_over) {
    REPRISE_RETURN_IF_ERROR(recorded_.Send(request, context, sink));
    if (options_.passed_over) options_.passed_over();
    return {};
  }
  if (context.forwarded && !options_.follow_live) {
    Copying expected(sink);
    REPRISE_RETURN_IF_ERROR(recorded_.Send(request, context, expected));
    CollectingSink live;
    REPRISE_RETURN_IF_ERROR(live_.Send(request, context, live));
    Compare(number, request, context, expected.copy(), live.reply());
    return {};
  }
  CollectingSink expected;
  REPRISE_RETURN_IF_ERROR(recorded_.Send(request, context, expected));
  sink.OnOrigin({expected.reply().key, false, context.pin});
  Copying live(sink, /*holds_end=*/true);
  const Status sent = live_.Send(request, context, live);
  if (sent.ok()) Compare(number, request, context, expected.reply(), live.copy());
  live.TellEnd();
  return sent;
}

void VerifyTransport::Compare(int number, const Request& request, const SendContext& context, Reply& expected,
                              Reply& live) {
  const std::string pin = expected.model.pin;
  if (const format::Adapter* adapter = format::FindAdapter(request.format)) {
    adapter->ReadReply(request, expected);
    adapter->ReadReply(request, live);
  }
  expected.model.pin = pin;
  live.model.pin = context.pin;
  wire::MaskReply(live, request.format);  // as the recorded one was
  Verdict verdict = compare::CompareReplies(expected, live);
  if (!verdict.ok() && options_.withhold) {
    // Quoted are stretches of both; half a secret is not recognised, so they are compared again without.
    options_.withhold(expected);
    options_.withhold(live);
    Verdict quotable = compare::CompareReplies(expected, live);
    if (quotable.ok()) {
      for (Difference& difference : verdict.differences) difference.expected = difference.got = "(a secret, withheld)";
    } else {
      quotable.kind = verdict.kind;
      verdict = std::move(quotable);
    }
  }
  judge_(number, context, verdict);
}

}  // namespace reprise::replayer
