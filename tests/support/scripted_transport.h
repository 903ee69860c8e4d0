// A transport that answers what it was told to, and remembers what it was asked.
#ifndef REPRISE_TESTS_SUPPORT_SCRIPTED_TRANSPORT_H_
#define REPRISE_TESTS_SUPPORT_SCRIPTED_TRANSPORT_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reprise/transport.h"

namespace reprise::support {

class ScriptedTransport : public Transport {
 public:
  struct Step {
    int status = 200;
    StatusLine line;
    Headers headers = {{"Content-Type", "application/json"}};
    std::vector<std::string> chunks;
    Headers trailers;
    std::optional<BrokenEnd> end;
    Status error;                      // when not OK: nothing is told to the sink
    std::function<void()> before_end;  // runs when the chunks were delivered
  };
  ScriptedTransport& Then(Step step) {
    steps_.push_back(std::move(step));
    return *this;
  }
  // A whole answer in the OpenAI chat format; `id` is what changes from run to run.
  ScriptedTransport& ThenSay(const std::string& text, const std::string& id = "chatcmpl-1") {
    Step step;
    step.chunks = {R"({"id":")" + id + R"(","object":"chat.completion","created":1700000000,"model":"tiny-1-2024",)" +
                   R"("choices":[{"index":0,"message":{"role":"assistant","content":")" + text +
                   R"("},"finish_reason":"stop"}]})"};
    return Then(std::move(step));
  }

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override {
    Step step;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      requests_.push_back(request);
      contexts_.push_back(context);
      if (steps_.empty()) return Status(ErrorKind::kUpstream, "script", "has no more answers");
      step = std::move(steps_.front());
      steps_.pop_front();
    }
    if (!step.error.ok()) return step.error;
    sink.OnStatusLine(step.line);
    sink.OnHead(step.status, step.headers);
    bool listening = true;
    for (const std::string& chunk : step.chunks) listening = listening && sink.OnChunk(chunk, 1);
    if (listening && !step.trailers.empty()) sink.OnTrailers(step.trailers);
    if (step.before_end) step.before_end();
    sink.OnEnd(step.end ? &*step.end : nullptr);
    return {};
  }
  std::string Describe() const override { return "script"; }

  std::vector<Request> requests() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }
  std::vector<SendContext> contexts() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return contexts_;
  }
  std::size_t steps_left() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return steps_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<Request> requests_;
  std::vector<SendContext> contexts_;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_SCRIPTED_TRANSPORT_H_
