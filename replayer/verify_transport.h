// VerifyTransport: asks again what was recorded, and compares. The chain of `verify`.
//
// `Ask` and `Record` get the live reply, for their test judges it too. Code that speaks HTTP gets the recorded one, and
// the live one is fetched in its shadow: so every turn of a conversation is asked as it was recorded, and judged by
// itself. With `follow_live` it gets the live one as well. What may change
// something at the provider is not asked again.
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
  struct Options {
    bool follow_live = false;  // what comes over HTTP gets the live reply
    // Also ask again, over HTTP, what may change something at the provider: whatever no adapter knows, but for GET and
    // HEAD.
    bool all = false;
    std::function<void()> passed_over;  // such a request was served and not asked again; any thread
    // Takes secrets out of a reply that a verdict is about to quote. Empty: it is quoted as it is.
    std::function<void(Reply&)> withhold;
  };
  // Both must outlive it. `judge` gets the verdict on each request that was recorded and answered; any thread.
  VerifyTransport(Transport& recorded, Transport& live, Judge judge, Options options)
      : recorded_(recorded), live_(live), judge_(std::move(judge)), options_(std::move(options)) {}

  // What was never recorded is a miss, and not asked for. Where the sink got the recorded reply, an error is the live
  // one's, after the end.
  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override { return live_.Describe() + " against " + recorded_.Describe(); }

 private:
  void Compare(int number, const Request& request, const SendContext& context, Reply& expected, Reply& live);

  Transport& recorded_;
  Transport& live_;
  const Judge judge_;
  const Options options_;
  std::atomic<int> requests_{0};
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_VERIFY_TRANSPORT_H_
