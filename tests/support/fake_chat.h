// What the fake provider answers to a chat request, as JSON in the OpenAI format; no HTTP here.
//
// The answer is a function of the request: members that only say how to deliver it (`stream`, `stream_options`) do not
// count, so the streamed and the whole answer say the same. Ids and `created` are new at every call, as they are with
// real providers.
#ifndef REPRISE_TESTS_SUPPORT_FAKE_CHAT_H_
#define REPRISE_TESTS_SUPPORT_FAKE_CHAT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::support {

struct ChatAnswer {
  int status = 200;
  bool stream = false;
  std::string model;                // as asked
  std::string body;                 // when not streamed, or an error
  std::vector<std::string> events;  // when streamed: JSON texts of the chunks; without "[DONE]"
};

// `salt` is mixed into the seed: 0 for answers that repeat, a counter for a provider that drifts. Text that is no chat
// request gives a 400.
ChatAnswer AnswerChat(std::string_view request_body, std::uint64_t salt);

// {"error": {...}} as OpenAI writes it for this status.
std::string ErrorBody(int status, std::string_view detail);

// An id that no other call gets: prefix and random digits.
std::string NewId(std::string_view prefix);

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_FAKE_CHAT_H_
