// What tests of the front share: answers that say a fixed thing, and one that the test holds.
#ifndef REPRISE_TESTS_REPLAYER_FRONT_TEST_SUPPORT_H_
#define REPRISE_TESTS_REPLAYER_FRONT_TEST_SUPPORT_H_

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/raw_client.h"
#include "tests/support/scripted_front.h"

namespace reprise::replayer {

using support::RawClient;
using support::ScriptedFront;
using AnswerPtr = std::shared_ptr<Answer>;
using End = RawClient::End;

// Pushes all of it at once.
inline ScriptedFront::Script Say(int status, std::string reason, Headers headers, std::vector<std::string> pieces,
                                 Headers trailers = {}) {
  return [=](const Arrived&, const AnswerPtr& answer) {
    answer->Head(status, reason, headers);
    for (const std::string& piece : pieces) answer->Chunk(piece, 0, false);
    answer->End(trailers);
  };
}
inline ScriptedFront::Script SayHi() { return Say(200, "OK", {{"Content-Length", "2"}}, {"Hi"}); }

// Keeps the answer of the first request, for the test to push into.
struct Held {
  std::promise<AnswerPtr> promise;
  ScriptedFront::Script script() {
    return [this](const Arrived&, const AnswerPtr& answer) { promise.set_value(answer); };
  }
  AnswerPtr Get() {
    auto future = promise.get_future();
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return nullptr;
    return future.get();
  }
};

inline std::string Repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// HOST in `text` becomes the port's address.
inline std::string For(const ScriptedFront& front, std::string text) {
  for (std::size_t at = text.find("HOST"); at != std::string::npos; at = text.find("HOST", at))
    text.replace(at, 4, front.host());
  return text;
}

}  // namespace reprise::replayer

#endif  // REPRISE_TESTS_REPLAYER_FRONT_TEST_SUPPORT_H_
