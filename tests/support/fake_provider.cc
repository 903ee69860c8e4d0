#include "tests/support/fake_provider.h"

#include <httplib.h>
#include <strings.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/fake_chat.h"
#include "tests/support/fake_dialects.h"

namespace reprise::support {
namespace {

constexpr char kJson[] = "application/json";
constexpr char kEvents[] = "text/event-stream; charset=utf-8";

std::string Gzip(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool StartsWith(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

// The number after "error-" or "redirect-", or 0.
int NumberAfter(const std::string& model, const char* prefix) {
  return StartsWith(model, prefix) ? std::atoi(model.c_str() + std::string(prefix).size()) : 0;
}

class Provider : public FakeProvider {
 public:
  explicit Provider(Options options) : options_(std::move(options)) {
    if (options_.cert_file.empty()) {
      server_ = std::make_unique<httplib::Server>();
    } else {
      server_ = std::make_unique<httplib::SSLServer>(options_.cert_file.c_str(), options_.key_file.c_str());
    }
  }

  bool Listen() {
    if (!server_->is_valid()) return false;
    server_->new_task_queue = [] { return new httplib::ThreadPool(24); };
    server_->set_keep_alive_timeout(1);
    server_->set_keep_alive_max_count(100000);
    server_->set_tcp_nodelay(true);
    server_->Get("/v1/models", [this](const httplib::Request& request, httplib::Response& response) {
      Note(request);
      response.set_content(Models(), kJson);
    });
    server_->Post("/v1/chat/completions", [this](const httplib::Request& request, httplib::Response& response) {
      Note(request);
      Chat(request, response);
    });
    const auto speak = [this](const char* path, Dialect dialect) {
      server_->Post(path, [this, dialect](const httplib::Request& request, httplib::Response& response) {
        Note(request);
        Speak(dialect, request, response);
      });
    };
    speak("/v1/messages", Dialect::kAnthropic);
    speak("/v1beta/models/[^/]+:(generateContent|streamGenerateContent)", Dialect::kGemini);
    speak("/api/chat", Dialect::kOllamaChat);
    speak("/api/generate", Dialect::kOllamaGenerate);
    server_->set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (!response.body.empty() || response.status != 404) return;
      Note(request);
      response.set_content(ErrorBody(404, "Unknown request URL: " + request.method + " " + request.path + "."), kJson);
    });
    if (options_.port != 0) {
      if (!server_->bind_to_port("127.0.0.1", options_.port)) return false;
      port_ = options_.port;
    } else {
      port_ = server_->bind_to_any_port("127.0.0.1");
      if (port_ <= 0) return false;
    }
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();
    return true;
  }

  ~Provider() override {
    stopping_ = true;
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
  }

  int port() const override { return port_; }

  std::vector<SeenRequest> requests() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

  std::string base_url() const override { return origin() + "/v1"; }

  std::string origin() const override {
    const bool tls = !options_.cert_file.empty();
    return (tls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_);
  }

 private:
  void Note(const httplib::Request& request) {
    SeenRequest seen{request.method, request.target, request.body, {}};
    for (const auto& [name, value] : request.headers) {
      if (name != "REMOTE_ADDR" && name != "REMOTE_PORT" && name != "LOCAL_ADDR" && name != "LOCAL_PORT") {
        seen.headers.emplace_back(name, value);
      }
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!options_.log_file.empty()) {
      nlohmann::ordered_json line = {{"method", seen.method}, {"path", seen.path}, {"headers", seen.headers}};
      line["body"] = seen.body;
      std::ofstream(options_.log_file, std::ios::app)
          << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    }
    requests_.push_back(std::move(seen));
  }

  static std::string Models() {
    nlohmann::ordered_json data = nlohmann::ordered_json::array();
    for (const char* name : {"fake-small-2024-07-18", "fake-large-2025-01-01"}) {
      data.push_back({{"id", name}, {"object", "model"}, {"created", 1700000000}, {"owned_by", "reprise"}});
    }
    return nlohmann::ordered_json{{"object", "list"}, {"data", data}}.dump();
  }

  void Fail(int status, const std::string& detail, httplib::Response& response) const {
    response.status = status;
    if (status == 429 || status == 503) response.set_header("Retry-After", "1");
    response.set_content(ErrorBody(status, detail), kJson);
  }

  // True when the request gets an answer out of the ordinary, which is then in `response`.
  bool Misbehave(const httplib::Request& request, const std::string& model, httplib::Response& response) {
    const std::string bearer = request.get_header_value("Authorization");
    if (!options_.key.empty() && bearer != "Bearer " + options_.key) {
      const std::string tail = bearer.size() > 4 ? bearer.substr(bearer.size() - 4) : "";
      Fail(401, bearer.empty() ? "You didn't provide an API key." : "Incorrect API key provided: ****" + tail + ".",
           response);
      return true;
    }
    int status = NumberAfter(model, "error-");
    if (request.has_header("X-Fake-Error")) status = std::atoi(request.get_header_value("X-Fake-Error").c_str());
    if (status >= 400 && status < 600) {
      Fail(status,
           status == 404 ? "The model `" + model + "` does not exist or you do not have access to it."
                         : "The fake provider was asked for the status " + std::to_string(status) + ".",
           response);
      return true;
    }
    if (const int redirect = NumberAfter(model, "redirect-"); redirect >= 300 && redirect < 400) {
      response.set_redirect(options_.redirect_to.empty() ? "/moved" : options_.redirect_to + request.path, redirect);
      return true;
    }
    if (model == "gzip-bomb") {
      response.set_header("Content-Encoding", "gzip");
      response.set_content(Gzip(std::string(8 << 20, '0')), kJson);
      return true;
    }
    if (model == "oversized") {
      response.set_content(std::string(65 << 20, ' '), kJson);
      return true;
    }
    return false;
  }

  void Chat(const httplib::Request& request, httplib::Response& response) {
    const std::uint64_t call = ++calls_;
    ChatAnswer answer = AnswerChat(request.body, options_.drift ? call : 0);
    response.set_header("x-request-id", NewId("req_"));
    response.set_header("openai-processing-ms", std::to_string(100 + call % 50));
    response.set_header("openai-version", "2020-10-01");
    response.set_header("x-ratelimit-remaining-requests", std::to_string(9999 - call % 9999));
    response.set_header("Set-Cookie", "__cf_bm=" + NewId("") + "; path=/; HttpOnly; Secure");
    if (Misbehave(request, answer.model, response)) return;
    if (answer.status != 200) {
      response.status = answer.status;
      response.set_content(answer.body, kJson);
    } else if (answer.stream) {
      Stream(std::move(answer), call, response);
    } else {
      Keep(call, answer.body);
      Whole(answer, response);
    }
  }

  // The same in another format than OpenAI's; of what is out of the ordinary: error-*, error-midstream, broken, slow.
  void Speak(Dialect dialect, const httplib::Request& request, httplib::Response& response) {
    const std::uint64_t call = ++calls_;
    DialectAnswer answer = AnswerIn(dialect, request.path, request.body, options_.drift ? call : 0);
    const char* header = dialect == Dialect::kAnthropic ? "x-api-key"
                         : dialect == Dialect::kGemini  ? "x-goog-api-key"
                                                        : "Authorization";
    const std::string key = (dialect > Dialect::kGemini ? "Bearer " : "") + options_.key;
    const auto fail = [&](int status, const std::string& detail) {
      response.status = status;
      response.set_content(ErrorIn(dialect, status, detail), kJson);
    };
    if (!options_.key.empty() && request.get_header_value(header) != key)
      return fail(401, "invalid " + std::string(header));
    if (dialect == Dialect::kAnthropic && !request.has_header("anthropic-version"))
      return fail(400, "anthropic-version: header is required");
    if (const int status = NumberAfter(answer.model, "error-"); status >= 400 && status < 600)
      return fail(status, "The fake provider was asked for the status " + std::to_string(status) + ".");
    response.status = answer.status;
    if (!answer.stream) {
      Keep(call, answer.body);
      return response.set_content(answer.body, answer.content_type.c_str());
    }
    const bool broken = answer.model == "broken";
    if (broken || answer.model == "error-midstream")
      answer.pieces.resize(std::max<std::size_t>(answer.pieces.size() / 2, 1));
    if (answer.model == "error-midstream")
      answer.pieces.push_back(ErrorPiece(dialect, 500, "The server had an error."));
    Send(std::move(answer.pieces), answer.content_type.c_str(), broken, answer.model == "slow", response);
  }

  void Keep(std::uint64_t call, const std::string& body) const {
    if (options_.replies_folder.empty()) return;
    std::ofstream(options_.replies_folder + "/" + std::to_string(call), std::ios::binary) << body;
  }

  void Whole(const ChatAnswer& answer, httplib::Response& response) {
    if (answer.model == "slow") Pause();
    if (answer.model == "leading-space") {
      response.set_content("\n         \n" + answer.body, kJson);
    } else if (answer.model == "gzip") {
      response.set_header("Content-Encoding", "gzip");
      response.set_content(Gzip(answer.body), kJson);
    } else if (answer.model == "broken") {
      response.set_content_provider(answer.body.size(), kJson,
                                    [body = answer.body](size_t offset, size_t, httplib::DataSink& sink) {
                                      const std::size_t half = body.size() / 2;
                                      return offset < half && sink.write(body.data(), half);
                                    });
    } else {
      response.set_content(answer.body, kJson);
    }
  }

  void Stream(ChatAnswer answer, std::uint64_t call, httplib::Response& response) {
    std::vector<std::string> writes;
    const bool comments = answer.model == "leading-space";
    if (comments) writes.push_back(": PROCESSING\n\n");
    for (const std::string& event : answer.events) writes.push_back("data: " + event + "\n\n");
    const bool broken = answer.model == "broken";
    if (broken || answer.model == "error-midstream") writes.resize(std::max<std::size_t>(writes.size() / 2, 1));
    if (answer.model == "error-midstream") {
      writes.push_back("data: " + nlohmann::json::parse(ErrorBody(500, "The server had an error.")).dump() + "\n\n");
    }
    if (!broken && answer.model != "no-done") writes.push_back("data: [DONE]\n\n");
    std::string all;
    for (const std::string& write : writes) all += write;
    Keep(call, all);
    if (answer.model == "gzip") {
      writes = {Gzip(all)};
      response.set_header("Content-Encoding", "gzip");
    }
    Send(std::move(writes), kEvents, broken, answer.model == "slow", response);
  }

  void Send(std::vector<std::string> writes, const char* content_type, bool broken, bool slow,
            httplib::Response& response) {
    const bool pause = options_.chunk_delay_ms > 0 || slow;
    response.set_chunked_content_provider(
        content_type, [this, writes = std::move(writes), broken, pause](size_t, httplib::DataSink& sink) {
          for (const std::string& write : writes) {
            if (pause) Pause();
            if (stopping_ || !sink.write(write.data(), write.size())) return false;
          }
          if (broken) return false;
          sink.done();
          return true;
        });
  }

  void Pause() const { std::this_thread::sleep_for(std::chrono::milliseconds(std::max(options_.chunk_delay_ms, 20))); }

  const Options options_;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> calls_{0};
  mutable std::mutex mutex_;
  std::vector<SeenRequest> requests_;
};

}  // namespace

std::string SeenRequest::Header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (strcasecmp(key.c_str(), name.c_str()) == 0) return value;
  }
  return "";
}

std::unique_ptr<FakeProvider> FakeProvider::Start(const Options& options) {
  auto provider = std::make_unique<Provider>(options);
  if (!provider->Listen()) return nullptr;
  return provider;
}

}  // namespace reprise::support
