#include "replayer/deck/current_tests.h"

#include <utility>

namespace reprise::replayer {
namespace {

using reprise::internal::Message;

// The message that opens the session of the test's suite.
Message OfSuite(const Message& opening) {
  Message out;
  for (const auto& [name, value] : opening.fields())
    if (name != "test" && name != "param") out.Add(name, value);
  return out;
}

}  // namespace

std::string CurrentTests::KeyOf(const Message& message) {
  // No name of a test holds a zero byte.
  return std::string(message.Get("suite")) + '\0' + std::string(message.Get("test")) + '\0' +
         std::string(message.Get("param"));
}

void CurrentTests::Begin(const Message& opening) {
  if (opening.Get("suite").empty()) return;
  const std::string key = KeyOf(opening);
  const Message suite = OfSuite(opening);
  const std::string suite_key = KeyOf(suite);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!suite_ || suite_->over_ || suite_->key_ != suite_key) {
    suite_ = std::make_shared<Stay>(suite_key, suite);
    test_.reset();
  } else if (key == suite_key) {
    suite_->opening_ = suite;
  }
  if (key == suite_key) return;
  if (!test_ || test_->over_ || test_->key_ != key)
    test_ = std::make_shared<Stay>(key, opening);
  else
    test_->opening_ = opening;
}

std::shared_ptr<CurrentTests::Stay> CurrentTests::Current() const {
  const std::shared_ptr<Stay>& stay = test_ && !test_->over_ ? test_ : suite_;
  return stay && !stay->over_ ? stay : nullptr;
}

bool CurrentTests::FailCurrent(std::string text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::shared_ptr<Stay> stay = Current();
  if (stay) stay->failures_.push_back(std::move(text));
  return stay != nullptr;
}

CurrentTests::Guest CurrentTests::Enter(std::string what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Guest guest;
  const std::shared_ptr<Stay> stay = Current();
  if (!stay) return guest;
  guest.tests_ = this;
  guest.stay_ = stay;
  guest.at_ = stay->inside_.insert(stay->inside_.end(), std::move(what));
  return guest;
}

CurrentTests::Guest::~Guest() {
  if (!stay_) return;
  const std::lock_guard<std::mutex> lock(tests_->mutex_);
  stay_->inside_.erase(at_);
  tests_->left_.notify_all();
}

Message CurrentTests::Guest::Opening() const {
  const std::lock_guard<std::mutex> lock(tests_->mutex_);
  return stay_->opening_;
}

void CurrentTests::Guest::Fail(std::string text) const {
  const std::lock_guard<std::mutex> lock(tests_->mutex_);
  stay_->failures_.push_back(std::move(text));
}

CurrentTests::Ended CurrentTests::End(const std::string& key, std::chrono::milliseconds wait) {
  std::unique_lock<std::mutex> lock(mutex_);
  std::shared_ptr<Stay> stay;
  for (const std::shared_ptr<Stay>& one : {test_, suite_})
    if (one && one->key_ == key) stay = one;
  if (!stay) return {};
  stay->over_ = true;
  if (test_ == stay) test_.reset();
  if (suite_ == stay) suite_.reset();
  left_.wait_for(lock, wait, [&stay] { return stay->inside_.empty(); });
  return {{stay->inside_.begin(), stay->inside_.end()}, std::move(stay->failures_)};
}

}  // namespace reprise::replayer
