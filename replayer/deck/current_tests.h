// CurrentTests: which test of the process runs now, for requests that do not say whose they are.
//
// What comes over HTTP belongs to the test that runs when its head arrives, to the suite between the tests of one, and
// to nobody outside of both. A test that ends waits for what is still inside it, so that no reply is lost and none is
// taken for the next test's.
#ifndef REPRISE_REPLAYER_DECK_CURRENT_TESTS_H_
#define REPRISE_REPLAYER_DECK_CURRENT_TESTS_H_

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/client/wire.h"

namespace reprise::replayer {

// Thread-safe; only `End` waits.
class CurrentTests {
 public:
  // The time of one test, or of a suite between its tests.
  class Stay {
   public:
    explicit Stay(std::string key, reprise::internal::Message opening)
        : key_(std::move(key)), opening_(std::move(opening)) {}

   private:
    friend class CurrentTests;
    const std::string key_;
    // Guarded by the mutex of CurrentTests.
    reprise::internal::Message opening_;
    std::list<std::string> inside_;
    std::vector<std::string> failures_;
    bool over_ = false;
  };

  // One request inside a stay, until it is let go. Empty where no test runs.
  class Guest {
   public:
    Guest() = default;
    Guest(Guest&& other) noexcept { *this = std::move(other); }
    Guest& operator=(Guest&& other) noexcept {
      std::swap(tests_, other.tests_);
      std::swap(stay_, other.stay_);
      std::swap(at_, other.at_);
      return *this;
    }
    ~Guest();
    explicit operator bool() const { return stay_ != nullptr; }
    reprise::internal::Message Opening() const;  // what opens the session of the stay
    // What went wrong before there was a session to fail.
    void Fail(std::string text) const;

   private:
    friend class CurrentTests;
    CurrentTests* tests_ = nullptr;
    std::shared_ptr<Stay> stay_;
    std::list<std::string>::iterator at_;
  };

  // A test begins; `opening` has the fields of `open`. One that has begun already is opened as was said last: its
  // fixture may have changed the environment.
  void Begin(const reprise::internal::Message& opening);
  // A request arrives; `what` names it for a human.
  Guest Enter(std::string what);
  // Fails the test (or suite) that runs now, for what never got inside. False where none runs.
  bool FailCurrent(std::string text);
  struct Ended {
    std::vector<std::string> inside;  // what has not left in time
    std::vector<std::string> failures;
  };
  // That test (or suite) takes no more, and waits so long for what is inside.
  Ended End(const std::string& key, std::chrono::milliseconds wait);

  // Key of a test, from the fields of a message.
  static std::string KeyOf(const reprise::internal::Message& message);

 private:
  std::shared_ptr<Stay> Current() const;  // or null; the mutex is held

  std::mutex mutex_;
  std::condition_variable left_;
  std::shared_ptr<Stay> suite_, test_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_CURRENT_TESTS_H_
