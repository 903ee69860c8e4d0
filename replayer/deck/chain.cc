#include "replayer/deck/chain.h"

#include <memory>
#include <utility>

#include "recorder/recording_transport.h"
#include "replayer/fallback_transport.h"
#include "replayer/replay_transport.h"
#include "replayer/verify_transport.h"

namespace reprise::replayer {

session::Chain ComposeChain(const session::ChainParts& parts, Transport& upstream) {
  session::Chain chain;
  const auto add = [&chain](std::unique_ptr<Transport> transport) {
    chain.top = transport.get();
    chain.parts.push_back(std::move(transport));
    return chain.top;
  };
  const session::ModeRow& row = *parts.row;
  const bool asks = row.upstream != session::ModeRow::Upstream::kNever;
  Transport* replay = nullptr;
  if (parts.recorded != nullptr || !asks || row.compares)
    replay =
        add(std::make_unique<ReplayTransport>(parts.recorded, *parts.cursors, parts.rules, parts.session, parts.path));
  if (!asks) return chain;
  Transport* live = &upstream;
  if (parts.tape != nullptr)
    live = add(std::make_unique<recorder::RecordingTransport>(upstream, *parts.tape, parts.rules));
  chain.top = live;
  if (row.compares)
    add(std::make_unique<VerifyTransport>(
        *replay, *live, parts.judge,
        VerifyTransport::Options{parts.follow_live, parts.ask_all_again, parts.passed_over, parts.withhold}));
  else if (replay != nullptr)
    add(std::make_unique<FallbackTransport>(*replay, *live));
  return chain;
}

}  // namespace reprise::replayer
