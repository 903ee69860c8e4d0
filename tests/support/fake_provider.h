// A provider for tests and demos: an HTTP server on the loopback that answers in the OpenAI chat format, and in those
// of Anthropic (POST /v1/messages), Gemini (POST /v1beta/models/M:generateContent) and Ollama (POST /api/chat,
// /api/generate); for them see fake_dialects.h.
//
// It is built on cpp-httplib, so that what we speak is checked by an HTTP implementation that is not ours.
//   POST /v1/chat/completions   whole or streamed, tools, n > 1, logprobs, structured output; see fake_chat.h
//   GET  /v1/models             the two models it has
// Answers repeat for equal requests unless `drift`. Behaviour out of the ordinary is asked for by the model's name:
//   error-400 ... error-503     that status, with the body OpenAI sends; 429 and 503 with Retry-After
//   error-midstream             a 200 stream that breaks off with an `error` event
//   broken                      the connection closes in the middle of the body
//   slow                        `chunk_delay_ms`, at least 20, before each event, streamed or whole
//   redirect-301, -302, -307    to the same path on another port ("/moved" where there is none)
//   gzip, gzip-bomb             a coded reply although `identity` was asked; 8 MB of zeros in some 8 KB
//   oversized                   65 MiB of body
//   leading-space               white space before the JSON; comment lines in a stream
//   no-done                     a stream without "data: [DONE]"
//   refuse                      a refusal
// A header "X-Fake-Error: 429" does what the model error-429 does.
#ifndef REPRISE_TESTS_SUPPORT_FAKE_PROVIDER_H_
#define REPRISE_TESTS_SUPPORT_FAKE_PROVIDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise::support {

// A request as it reached the provider. Header names keep their case; their order is cpp-httplib's, not the wire's.
struct SeenRequest {
  std::string method, path, body;
  std::vector<std::pair<std::string, std::string>> headers;
  // First value of that name in any case, or "".
  std::string Header(const std::string& name) const;
};

class FakeProvider {
 public:
  struct Options {
    bool drift = false;               // other answers at each call
    int port = 0;                     // 0: any free one
    int chunk_delay_ms = 0;           // before each event of a stream
    std::string key;                  // when set, any other bearer key gets a 401
    std::string cert_file, key_file;  // when set, TLS; PEM
    std::string redirect_to;          // base of the Location of redirect-*: "http://127.0.0.1:1234"
    std::string log_file;             // one JSON line a request
    std::string replies_folder;       // a file for the body of each chat reply, as it was sent: "1", "2", ...
  };

  // Listening when it returns; null when the port is taken or the certificate cannot be read.
  static std::unique_ptr<FakeProvider> Start(const Options& options);
  static std::unique_ptr<FakeProvider> Start() { return Start(Options()); }
  // Stops, waiting for replies under way.
  virtual ~FakeProvider() = default;

  virtual int port() const = 0;
  virtual std::vector<SeenRequest> requests() const = 0;  // so far; any thread

  // "http://127.0.0.1:PORT/v1"; with TLS "https://localhost:PORT/v1".
  virtual std::string base_url() const = 0;
  virtual std::string origin() const = 0;  // the same without "/v1"
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_FAKE_PROVIDER_H_
