// VerifyTransport: asks again what was recorded, compares, and hands the live reply on. The chain of `verify`.
#ifndef REPRISE_REPLAYER_VERIFY_TRANSPORT_H_
#define REPRISE_REPLAYER_VERIFY_TRANSPORT_H_

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "reprise/comparison.h"
#include "reprise/transport.h"

namespace reprise::replayer {

class VerifyTransport : public Transport {
 public:
  using Judge = std::function<void(int number, const SendContext& context, const Verdict& verdict)>;
  // Both must outlive it. `judge` gets the verdict on each request that was recorded and answered; any thread.
  VerifyTransport(Transport& recorded, Transport& live, Judge judge)
      : recorded_(recorded), live_(live), judge_(std::move(judge)) {}

  // What was never recorded is a miss, and not asked for.
  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override { return live_.Describe() + " against " + recorded_.Describe(); }

 private:
  Transport& recorded_;
  Transport& live_;
  const Judge judge_;
  std::atomic<int> requests_{0};
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_VERIFY_TRANSPORT_H_
