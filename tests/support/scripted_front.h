// A front whose answers are a function of the test's, and one client of it.
//
//   ScriptedFront front([](const Arrived&, Answer& answer) { answer.Head(200, "OK", {}); answer.End(); });
//   RawClient client = front.Connect();
//   client.Send(front.Get("/x"));
//
// The function runs on the loop. What arrived is kept.
#ifndef REPRISE_TESTS_SUPPORT_SCRIPTED_FRONT_H_
#define REPRISE_TESTS_SUPPORT_SCRIPTED_FRONT_H_

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "replayer/front/front.h"
#include "tests/support/raw_client.h"

namespace reprise::support {

class ScriptedFront {
 public:
  using Script = std::function<void(const replayer::Arrived&, const std::shared_ptr<replayer::Answer>&)>;

  explicit ScriptedFront(Script script, replayer::FrontLimits limits = {}, replayer::PortOptions options = {})
      : script_(std::move(script)) {
    auto front = replayer::Front::Start(
        limits,
        [this](replayer::Arrived request, std::shared_ptr<replayer::Answer> answer) {
          {
            const std::lock_guard<std::mutex> lock(mutex_);
            arrived_.push_back(request);
            changed_.notify_all();
          }
          script_(request, answer);
        },
        [this](int, const std::string& sentence) {
          const std::lock_guard<std::mutex> lock(mutex_);
          refused_.push_back(sentence);
          changed_.notify_all();
        });
    if (!front.ok()) Give(front.status());
    front_ = *std::move(front);
    auto port = front_->AddPort(std::move(options));
    if (!port.ok()) Give(port.status());
    port_ = *port;
  }

  replayer::Front& front() { return *front_; }
  const replayer::Port& port() const { return port_; }
  RawClient Connect() const { return RawClient(port_.number); }
  void Stop() { front_.reset(); }

  std::string host() const { return "127.0.0.1:" + std::to_string(port_.number); }
  // A whole request; `more`: further lines of the head, each with its CR LF.
  std::string Get(const std::string& target, const std::string& more = "") const {
    return "GET " + target + " HTTP/1.1\r\nHost: " + host() + "\r\n" + more + "\r\n";
  }
  std::string Post(const std::string& target, const std::string& body, const std::string& more = "") const {
    return "POST " + target + " HTTP/1.1\r\nHost: " + host() + "\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  std::vector<replayer::Arrived> arrived() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return arrived_;
  }
  std::vector<std::string> refused() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return refused_;
  }
  // True once so many requests have arrived; false after ten seconds.
  bool WaitForRequests(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return arrived_.size() >= count; });
  }

 private:
  [[noreturn]] static void Give(const Status& status) {
    std::cerr << status << '\n';
    std::abort();
  }

  const Script script_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<replayer::Arrived> arrived_;
  std::vector<std::string> refused_;
  replayer::Port port_;
  std::unique_ptr<replayer::Front> front_;  // last: its loop calls us
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_SCRIPTED_FRONT_H_
