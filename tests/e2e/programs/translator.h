// What the programs that speak HTTP share.
#ifndef REPRISE_TESTS_E2E_PROGRAMS_TRANSLATOR_H_
#define REPRISE_TESTS_E2E_PROGRAMS_TRANSLATOR_H_

#include <httplib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::e2e {

inline std::string Word(const char* name, const char* otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : text;
}

struct Answer {
  int status = 0;
  std::string body;
  std::vector<std::size_t> pieces;  // as the client's buffer has them: a chunk may come in two
};

// One POST by cpp-httplib, which knows nothing of us. `leave_after`: hangs up after that many pieces, 0 for never.
inline Answer Post(const std::string& base_url, const std::string& path, const std::string& body,
                   std::size_t leave_after = 0, const std::function<void()>& first_piece = nullptr) {
  const std::size_t slash = base_url.find('/', base_url.find("://") + 3);
  httplib::Client client(base_url.substr(0, slash));
  client.set_read_timeout(20);
  const std::string key = Word("E2E_KEY", "sk-e2e-0123456789abcdef");
  httplib::Request request;
  request.method = "POST";
  request.path = (slash == std::string::npos ? "" : base_url.substr(slash)) + path;
  request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + key}};
  if (path == "/v1/messages") {
    request.headers.emplace("anthropic-version", "2023-06-01");
    request.headers.emplace("x-api-key", key);
  }
  request.body = body;
  Answer answer;
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (answer.pieces.empty() && first_piece) first_piece();
    answer.body.append(data, size);
    answer.pieces.push_back(size);
    return leave_after == 0 || answer.pieces.size() < leave_after;
  };
  const httplib::Result result = client.send(request);
  if (result) answer.status = result->status;
  return answer;
}

// The code under test.
class Translator {
 public:
  explicit Translator(std::string base_url) : base_url_(std::move(base_url)) {}

  Answer Ask(const std::string& text, bool stream = false, const std::string& model = "tiny-1",
             std::size_t leave_after = 0, const std::function<void()>& first_piece = nullptr) const {
    return Post(base_url_, "/chat/completions",
                R"({"model":")" + model + R"(","stream":)" + (stream ? "true" : "false") +
                    R"(,"messages":[{"role":"user","content":")" + text + "\"}]}",
                leave_after, first_piece);
  }

 private:
  std::string base_url_;
};

inline void Print(const char* what, const Answer& answer) {
  std::printf("%s %d\n%s\n", what, answer.status, answer.body.c_str());
}

inline std::string Question() { return "What is the capital of " + Word("E2E_WORD", "France") + "?"; }

}  // namespace reprise::e2e

#endif  // REPRISE_TESTS_E2E_PROGRAMS_TRANSLATOR_H_
