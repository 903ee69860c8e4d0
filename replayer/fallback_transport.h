// FallbackTransport: the first transport answers; what it has no answer for goes to the second. The chain of `extend`.
#ifndef REPRISE_REPLAYER_FALLBACK_TRANSPORT_H_
#define REPRISE_REPLAYER_FALLBACK_TRANSPORT_H_

#include <string>

#include "reprise/transport.h"

namespace reprise::replayer {

class FallbackTransport : public Transport {
 public:
  // Both must outlive it.
  FallbackTransport(Transport& first, Transport& second) : first_(first), second_(second) {}

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override {
    const Status status = first_.Send(request, context, sink);
    // Only a miss. Damage is none: what cannot be read must not be paid for again unseen.
    return status.kind() == ErrorKind::kMismatch ? second_.Send(request, context, sink) : status;
  }
  std::string Describe() const override { return first_.Describe() + ", else " + second_.Describe(); }

 private:
  Transport& first_;
  Transport& second_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_FALLBACK_TRANSPORT_H_
