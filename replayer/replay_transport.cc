#include "replayer/replay_transport.h"

#include <string_view>

#include "lib/wire/placeholders.h"

namespace reprise::replayer {

std::uint64_t Deliver(const Exchange& exchange, ReplySink& sink) {
  const Reply& reply = exchange.reply;
  sink.OnOrigin({exchange.key, true, exchange.model.pin});
  sink.OnStatusLine({reply.version.empty() ? "1.1" : reply.version, reply.reason});
  sink.OnHead(reply.status, reply.headers);
  if (!reply.coding.empty()) sink.OnCoding(reply.coding);
  std::string_view rest = reply.body;
  std::uint64_t taken = 0;
  std::size_t number = 0;
  bool listening = true;
  const auto push = [&](std::uint64_t bytes) {
    const std::string_view chunk = rest.substr(0, bytes);
    rest.remove_prefix(chunk.size());
    const std::uint32_t ms = number < reply.ms.size() ? reply.ms[number] : 0;
    ++number;
    listening = sink.OnChunk(chunk, ms);
    if (listening) taken += chunk.size();
  };
  for (const std::uint64_t cut : reply.cuts) {
    if (!listening) break;
    push(cut);
  }
  if (listening && !rest.empty()) push(rest.size());
  if (listening) {
    if (!reply.trailers.empty()) sink.OnTrailers(reply.trailers);
    sink.OnEnd(reply.end ? &*reply.end : nullptr);
  } else {
    const BrokenEnd gone{"closed", taken};
    sink.OnEnd(&gone);
  }
  return taken;
}

Status ReplayTransport::Send(const Request& request, const SendContext& context, ReplySink& sink) {
  const int number = ++requests_;
  if (recorded_ == nullptr)
    return Status(ErrorKind::kCassette, path_,
                  "there is no cassette here, so request " + std::to_string(number) + " of " + session_ +
                      " has no recorded answer");
  match::Asked asked;
  asked.request = &request;
  asked.key = context.key.empty() ? KeyOf(request, context.auth, rules_) : context.key;
  asked.lane = context.lane;
  asked.auth = context.auth;
  asked.session = session_;
  asked.number = number;
  Result<Exchange> exchange = recorded_->Take(asked, cursors_);
  if (!exchange.ok()) return exchange.status();
  wire::WriteTokensBack(request, rules_, *exchange);
  Deliver(*exchange, sink);
  return {};
}

}  // namespace reprise::replayer
