// How the fake provider answers in the formats of Anthropic, Gemini and Ollama; no HTTP here.
//
// The request is said again in OpenAI's words, fake_chat answers it, and the answer is said in the format's own words,
// whole or streamed. So the streamed and the whole answer say the same, and repeat for equal requests.
#ifndef REPRISE_TESTS_SUPPORT_FAKE_DIALECTS_H_
#define REPRISE_TESTS_SUPPORT_FAKE_DIALECTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::support {

enum class Dialect { kAnthropic, kGemini, kOllamaChat, kOllamaGenerate };

struct DialectAnswer {
  int status = 200;
  bool stream = false;
  std::string model;  // as asked
  std::string content_type;
  std::string body;                 // when not streamed, or an error
  std::vector<std::string> pieces;  // when streamed: the bytes of each
};

// `path` is where it was asked: Gemini's has the model. Text that is no such request gives a 400.
DialectAnswer AnswerIn(Dialect dialect, const std::string& path, std::string_view request_body, std::uint64_t salt);

// The body of an error as this provider writes it.
std::string ErrorIn(Dialect dialect, int status, const std::string& detail);
// The same as a piece of a stream.
std::string ErrorPiece(Dialect dialect, int status, const std::string& detail);

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_FAKE_DIALECTS_H_
