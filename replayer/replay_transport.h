// ReplayTransport: a transport that has a cassette. The mirror of recorder::RecordingTransport.
//
// A recorded reply comes back as it came: status, headers, chunks as they were cut, and a break at the same byte. A
// request that was not recorded is the status kMismatch, whose reason is the whole text of the miss.
#ifndef REPRISE_REPLAYER_REPLAY_TRANSPORT_H_
#define REPRISE_REPLAYER_REPLAY_TRANSPORT_H_

#include <atomic>
#include <string>
#include <utility>

#include "lib/session/recorded.h"
#include "reprise/matching.h"
#include "reprise/transport.h"

namespace reprise::replayer {

// Pushes a recorded reply into a sink. Returns the bytes of body that the receiver took.
std::uint64_t Deliver(const Exchange& exchange, ReplySink& sink);

class ReplayTransport : public Transport {
 public:
  // `recorded` and `cursors` must outlive it. Null `recorded`: there is no cassette at `path`, and each request says
  // so.
  ReplayTransport(session::Recorded* recorded, match::Cursors& cursors, Rules rules, std::string session,
                  std::string path)
      : recorded_(recorded),
        cursors_(cursors),
        rules_(std::move(rules)),
        session_(std::move(session)),
        path_(std::move(path)) {}

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override { return "replay of " + path_; }

 private:
  session::Recorded* const recorded_;
  match::Cursors& cursors_;
  const Rules rules_;
  const std::string session_;
  const std::string path_;
  std::atomic<int> requests_{0};
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_REPLAY_TRANSPORT_H_
