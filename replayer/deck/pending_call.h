// PendingCall: a transport whose other end is the test program. `Record(request, fn)` asks the deck first; only when no
// recording answers does the deck need fn, which runs in the test program. Between the answer "call it" and the result
// no connection waits, only a thread of the deck's.
#ifndef REPRISE_REPLAYER_DECK_PENDING_CALL_H_
#define REPRISE_REPLAYER_DECK_PENDING_CALL_H_

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "reprise/transport.h"

namespace reprise::replayer {

class PendingCall : public Transport {
 public:
  // What the function said.
  struct Answer {
    std::string text;
    bool failed = false;  // `text` is then its error (call_error.h)
  };

  // Runs `work` (which sends through this transport, or not at all) on a thread of its own. The thread holds on to the
  // returned object.
  static std::shared_ptr<PendingCall> Start(std::function<Result<Reply>(PendingCall&)> work);

  // Waits until the work is done, or needs the function: then nothing is returned.
  std::optional<Result<Reply>> WaitForNeed();
  // Gives what the function said, and waits for the work to be done. An error status (the caller has gone, the session
  // is closed) makes `Send` fail with it.
  Result<Reply> Finish(Result<Answer> answer);

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override { return "the function given to Record"; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool needed_ = false;
  std::optional<Result<Answer>> answer_;
  std::optional<Result<Reply>> done_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_PENDING_CALL_H_
