#include "recorder/curl_upstream.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "lib/format/adapter.h"
#include "lib/wire/status_line.h"
#include "recorder/checked_upstream.h"
#include "recorder/curl_errors.h"

#ifndef REPRISE_VERSION
#define REPRISE_VERSION "0"
#endif

namespace reprise::recorder {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdleClients = 8;
constexpr int kPollMs = 1000;

// Headers that belong to a connection or to libcurl, never to what is asked.
constexpr std::string_view kNotPassedOn[] = {
    "host", "content-length", "connection", "proxy-connection", "proxy-authorization", "keep-alive",
    "te",   "trailer",        "upgrade",    "expect",           "transfer-encoding",   "accept-encoding"};

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool Has(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& h) { return SameName(h.name, name); });
}

bool IsToken(std::string_view text) {  // RFC 9110, section 5.6.2
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool CanUndo(const std::string& coding) {
  static const unsigned features = static_cast<unsigned>(curl_version_info(CURLVERSION_NOW)->features);
  if (coding == "gzip" || coding == "x-gzip" || coding == "deflate") return (features & CURL_VERSION_LIBZ) != 0;
  if (coding == "br") return (features & CURL_VERSION_BROTLI) != 0;
  if (coding == "zstd") return (features & CURL_VERSION_ZSTD) != 0;
  return false;
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

Status CheckUrl(const std::string& url) {
  const auto bad = [&](const char* reason, const char* next) {
    return Status(ErrorKind::kUsage, SpeakableUrl(url), reason, next);
  };
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK) {
    return bad("is not a URL that can be asked", "Give one such as https://api.openai.com/v1.");
  }
  const auto part = [&](CURLUPart which) -> std::optional<std::string> {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK) return std::nullopt;
    std::string out(text);
    curl_free(text);
    return out;
  };
  const std::optional<std::string> scheme = part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return bad("is neither http nor https", "Give a URL such as https://api.openai.com/v1.");
  }
  if (part(CURLUPART_USER) || part(CURLUPART_PASSWORD)) {
    return bad("holds a user name or a password, which would be recorded with it",
               "Take it out, and name the variable that holds the key in the endpoint's \"credential_from\".");
  }
  return Status();
}

// Goes to the head of the request, in order. Frees itself.
class HeaderList {
 public:
  ~HeaderList() { curl_slist_free_all(list_); }

  Status Fill(const Request& request, const SendContext& context) {
    Header credential;
    if (!context.credential.empty()) {
      const format::Adapter* adapter = format::FindAdapter(request.format);
      credential = adapter != nullptr ? adapter->Credential(context.credential, context.credential_from)
                                      : Header{"Authorization", "Bearer " + context.credential};
    }
    for (const Header& header : request.headers) {
      const bool own = std::any_of(std::begin(kNotPassedOn), std::end(kNotPassedOn),
                                   [&](std::string_view name) { return SameName(name, header.name); });
      if (own || (!credential.name.empty() && SameName(credential.name, header.name))) continue;
      REPRISE_RETURN_IF_ERROR(Add(header, request.url));
    }
    if (!credential.name.empty()) REPRISE_RETURN_IF_ERROR(Add(credential, request.url));
    if (!context.forwarded && !Has(request.headers, "User-Agent")) Append("User-Agent: reprise/" REPRISE_VERSION);
    if (!request.trailers.empty()) {
      Append("Transfer-Encoding: chunked");
      for (const Header& header : request.headers)
        if (SameName(header.name, "trailer")) REPRISE_RETURN_IF_ERROR(Add(header, request.url));
    }
    Append("Accept-Encoding: identity");
    // An empty value takes away what libcurl would add by itself.
    Append("Expect:");
    if (!Has(request.headers, "Accept")) Append("Accept:");
    if (!Has(request.headers, "Content-Type")) Append("Content-Type:");
    return Status();
  }

  curl_slist* get() const { return list_; }

 private:
  Status Add(const Header& header, const std::string& url) {
    if (!IsToken(header.name) || header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Status(ErrorKind::kUsage, SpeakableUrl(url),
                    "a header of the request cannot be sent: its name is no token, or its value has a line end" +
                        std::string(IsToken(header.name) ? " (" + header.name + ")" : ""),
                    "Keys read from a file often end in a line end; take it away.");
    }
    // libcurl takes "Name;" for a header without a value, and "Name:" as a wish to leave it out.
    const std::string_view value = Trim(header.value);
    Append(value.empty() ? header.name + ";" : header.name + ": " + std::string(value));
    return Status();
  }

  void Append(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }

  curl_slist* list_ = nullptr;
};

// One attempt at one call.
class Call {
 public:
  Call(const UpstreamOptions& options, const Request& request, const SendContext& context, ReplySink& sink)
      : options_(options), request_(request), context_(context), sink_(sink) {}

  Status Run(CURL* easy, CURLM* multi) {
    REPRISE_RETURN_IF_ERROR(headers_out_.Fill(request_, context_));
    SetUp(easy);
    start_ = last_chunk_ = last_activity_ = Clock::now();
    curl_multi_add_handle(multi, easy);
    CurlFailure failure = Drive(easy, multi);
    curl_multi_remove_handle(multi, easy);
    if (failure.code != CURLE_OK) Explain(easy, failure);
    return Conclude(failure);
  }

  // Could another attempt come to anything? Only where no byte of a reply was seen, and nothing decides for good.
  bool MayRetry() const { return retry_; }

 private:
  template <typename T>
  static void Set(CURL* easy, CURLoption option, T value) {
    curl_easy_setopt(easy, option, value);
  }

  void SetUp(CURL* easy) {
    curl_easy_reset(easy);  // keeps connections
    Set(easy, CURLOPT_URL, request_.url.c_str());
    Set(easy, CURLOPT_PATH_AS_IS, 1L);
    Set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    Set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    Set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    Set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(easy, CURLOPT_NOSIGNAL, 1L);
    Set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(options_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    Set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    Set(easy, CURLOPT_ERRORBUFFER, error_);
    // Decodes what comes coded all the same; the header that asks is our own.
    Set(easy, CURLOPT_ACCEPT_ENCODING, "");
    Set(easy, CURLOPT_HTTPHEADER, headers_out_.get());
    Set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    constexpr long kNoLimit = 24L * 3600 * 1000;
    Set(easy, CURLOPT_CONNECTTIMEOUT_MS,
        options_.connect_timeout_ms > 0 ? static_cast<long>(options_.connect_timeout_ms) : kNoLimit);
    SetUpTls(easy);
    if (IsLoopback(request_.url)) {
      Set(easy, CURLOPT_PROXY, "");
    } else if (!options_.proxy.empty()) {
      Set(easy, CURLOPT_PROXY, options_.proxy.c_str());
    }
    SetUpBody(easy);
    Set(easy, CURLOPT_HEADERFUNCTION, &Call::HeaderLine);
    Set(easy, CURLOPT_HEADERDATA, this);
    Set(easy, CURLOPT_WRITEFUNCTION, &Call::BodyBytes);
    Set(easy, CURLOPT_WRITEDATA, this);
  }

  void SetUpTls(CURL* easy) {
    Set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    Set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    Set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    const std::string file = options_.ca_file.empty() ? Environment("SSL_CERT_FILE") : options_.ca_file;
    const std::string folder = Environment("SSL_CERT_DIR");
    if (!file.empty()) Set(easy, CURLOPT_CAINFO, file.c_str());
    if (!folder.empty()) Set(easy, CURLOPT_CAPATH, folder.c_str());
  }

  // Only a body in chunks can have fields after it, and only HTTP/1.1 has chunks.
  void SetUpChunkedBody(CURL* easy) {
    Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(easy, CURLOPT_POST, 1L);
    Set(easy, CURLOPT_READFUNCTION, &Call::GiveBody);
    Set(easy, CURLOPT_READDATA, this);
    Set(easy, CURLOPT_TRAILERFUNCTION, &Call::GiveTrailers);
    Set(easy, CURLOPT_TRAILERDATA, this);
    Set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }

  static std::size_t GiveBody(char* out, std::size_t, std::size_t size, void* self) {
    auto* call = static_cast<Call*>(self);
    const std::size_t bytes = call->request_.body.copy(out, size, call->given_);
    call->given_ += bytes;
    return bytes;
  }

  // libcurl frees the list.
  static int GiveTrailers(curl_slist** list, void* self) {
    for (const Header& trailer : static_cast<Call*>(self)->request_.trailers)
      if (IsToken(trailer.name) && trailer.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos)
        *list = curl_slist_append(*list, (trailer.name + ": " + std::string(Trim(trailer.value))).c_str());
    return CURL_TRAILERFUNC_OK;
  }

  void SetUpBody(CURL* easy) {
    if (!request_.trailers.empty()) return SetUpChunkedBody(easy);
    const std::string& method = request_.method;
    if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
      Set(easy, CURLOPT_POST, 1L);
      Set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
      Set(easy, CURLOPT_POSTFIELDS, request_.body.data());
    } else if (method == "HEAD") {
      Set(easy, CURLOPT_NOBODY, 1L);
    } else {
      Set(easy, CURLOPT_HTTPGET, 1L);
    }
    Set(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  }

  // Works until the call is done or out of time.
  CurlFailure Drive(CURL* easy, CURLM* multi) {
    for (;;) {
      int running = 0;
      if (const CURLMcode code = curl_multi_perform(multi, &running); code != CURLM_OK) {
        return {CURLE_FAILED_INIT, 0, 0, false, curl_multi_strerror(code)};
      }
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
        if (message->msg == CURLMSG_DONE) return {message->data.result, 0, 0, false, ""};
      }
      curl_off_t sent = 0;
      curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
      const Clock::time_point now = Clock::now();
      if (sent != sent_) last_activity_ = now;
      sent_ = sent;
      const std::int64_t idle = Left(options_.idle_timeout_ms, last_activity_, now);
      const std::int64_t total = Left(options_.total_timeout_ms, start_, now);
      if (idle <= 0 || total <= 0) {
        const std::string limit = std::to_string(idle <= 0 ? options_.idle_timeout_ms : options_.total_timeout_ms);
        return {CURLE_OPERATION_TIMEDOUT, 0, 0, false,
                idle <= 0 ? "nothing arrived for " + limit + " ms" : "the call took longer than " + limit + " ms"};
      }
      curl_multi_poll(multi, nullptr, 0, static_cast<int>(std::min<std::int64_t>({idle, total, kPollMs})), nullptr);
    }
  }

  // Milliseconds until `limit` after `since`, at least 1 while there are any; huge where there is no limit.
  static std::int64_t Left(std::int64_t limit, Clock::time_point since, Clock::time_point now) {
    if (limit <= 0) return std::numeric_limits<std::int64_t>::max();
    const auto left = std::chrono::milliseconds(limit) - (now - since);
    return left <= Clock::duration::zero()
               ? 0
               : std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
  }

  void Explain(CURL* easy, CurlFailure& failure) {
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &failure.system_error);
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
    failure.certificate = failure.code == CURLE_PEER_FAILED_VERIFICATION;
    if (failure.detail.empty()) failure.detail = error_;
    if (failure.detail.empty()) failure.detail = curl_easy_strerror(failure.code);
  }

  Status Conclude(const CurlFailure& failure) {
    const BrokenEnd closed{"closed", received_};
    if (!given_up_.ok()) {
      if (head_told_) sink_.OnEnd(&closed);
      return given_up_;
    }
    if (sink_gone_) {
      sink_.OnEnd(&closed);
      return Status();
    }
    if (!head_told_) {
      retry_ = !failure.certificate && failure.code != CURLE_URL_MALFORMAT && failure.code != CURLE_SSL_CACERT_BADFILE;
      return StatusOf(failure.code == CURLE_OK ? CurlFailure{CURLE_GOT_NOTHING, 0, 0, false, ""} : failure,
                      request_.url);
    }
    if (failure.code == CURLE_OK) {
      if (!trailers_.empty()) sink_.OnTrailers(trailers_);
      sink_.OnEnd(nullptr);
      return Status();
    }
    if (failure.code == CURLE_BAD_CONTENT_ENCODING || (failure.code == CURLE_WRITE_ERROR && !coding_.empty())) {
      sink_.OnEnd(&closed);
      return Status(ErrorKind::kUpstream, SpeakableUrl(request_.url),
                    "the reply is coded as " + coding_.front() + ", and what came cannot be decoded",
                    "See what the server or a proxy before it does to replies.");
    }
    const BrokenEnd broken{HowItBroke(failure), received_};
    sink_.OnEnd(&broken);
    return Status();
  }

  static std::size_t HeaderLine(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Call*>(self)->OnHeaderLine(std::string_view(data, size)) ? size : 0;
  }

  static std::size_t BodyBytes(char* data, std::size_t, std::size_t size, void* self) {
    return static_cast<Call*>(self)->OnBody(std::string_view(data, size)) ? size : 0;
  }

  bool OnHeaderLine(std::string_view line) {
    last_activity_ = Clock::now();
    if (head_told_) {
      AddField(line, trailers_);
      return true;
    }
    if (line.substr(0, 5) == "HTTP/") {
      headers_.clear();
      status_line_ = wire::ParseStatusLine(line, &status_);
      return true;
    }
    if (Trim(line).empty()) return status_ < 200 || TellHead();  // 1xx: another head follows
    AddField(line, headers_);
    return true;
  }

  static void AddField(std::string_view line, Headers& fields) {
    const std::string_view text = Trim(line);
    if (text.empty()) return;
    if ((line[0] == ' ' || line[0] == '\t') && !fields.empty()) {  // folded: RFC 9112, section 5.2
      fields.back().value.append(" ").append(text);
      return;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    fields.push_back({std::string(Trim(line.substr(0, colon))),
                      colon < line.size() ? std::string(Trim(line.substr(colon + 1))) : std::string()});
  }

  bool TellHead() {
    for (const Header& header : headers_) {
      if (SameName(header.name, "content-encoding") && !NoteCodings(header.value)) return false;
      if (SameName(header.name, "content-length") && request_.method != "HEAD" &&
          std::strtoull(header.value.c_str(), nullptr, 10) > options_.body_bytes) {
        return GiveUpAsTooLarge(header.value + " bytes of body are announced");
      }
    }
    head_told_ = true;
    sink_.OnStatusLine(status_line_);
    sink_.OnHead(status_, headers_);
    return true;
  }

  bool NoteCodings(std::string_view list) {
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      const std::string coding = Lower(Trim(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
      if (coding.empty() || coding == "identity") continue;
      if (!CanUndo(coding)) {
        given_up_ =
            Status(ErrorKind::kUpstream, SpeakableUrl(request_.url),
                   "the reply is coded as " + coding + ", although identity was asked, and that cannot be undone",
                   "See what the server or a proxy before it does to replies.");
        return false;
      }
      coding_.push_back(coding);
    }
    return true;
  }

  bool GiveUpAsTooLarge(const std::string& what) {
    given_up_ = Status(ErrorKind::kUpstream, SpeakableUrl(request_.url),
                       what + ", and the limit is " + std::to_string(options_.body_bytes),
                       "Raise \"body_bytes\" under \"limits\" in reprise.json if replies are meant to be that large.");
    return false;
  }

  bool OnBody(std::string_view bytes) {
    const Clock::time_point now = Clock::now();
    last_activity_ = now;
    if (bytes.empty()) return true;
    if (received_ + bytes.size() > options_.body_bytes) {
      return GiveUpAsTooLarge("more than " + std::to_string(received_) + " bytes of body came" +
                              (coding_.empty() ? "" : " out of the coding " + coding_.front()));
    }
    if (received_ == 0 && !coding_.empty()) sink_.OnCoding(coding_);
    received_ += bytes.size();
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_chunk_).count();
    last_chunk_ = now;
    sink_gone_ = !sink_.OnChunk(bytes, static_cast<std::uint32_t>(waited));
    return !sink_gone_;
  }

  const UpstreamOptions& options_;
  const Request& request_;
  const SendContext& context_;
  ReplySink& sink_;
  HeaderList headers_out_;
  char error_[CURL_ERROR_SIZE] = "";

  int status_ = 0;
  StatusLine status_line_;
  Headers headers_, trailers_;  // of the head under way; after the body
  std::vector<std::string> coding_;
  bool head_told_ = false, sink_gone_ = false, retry_ = false;
  Status given_up_;             // why we stopped by ourselves
  std::uint64_t received_ = 0;  // bytes of body, codings undone
  std::size_t given_ = 0;       // bytes of the request's body, where it goes in chunks
  curl_off_t sent_ = 0;
  Clock::time_point start_, last_chunk_, last_activity_;
};

}  // namespace

struct CurlUpstream::Client {
  CURL* easy = curl_easy_init();
  CURLM* multi = curl_multi_init();
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
};

CurlUpstream::CurlUpstream(UpstreamOptions options) : options_(std::move(options)) {
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);  // once, whoever comes first
  (void)global;
}

CurlUpstream::~CurlUpstream() = default;

std::unique_ptr<CurlUpstream::Client> CurlUpstream::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) return std::make_unique<Client>();
  std::unique_ptr<Client> client = std::move(idle_.back());  // the one whose connection is warmest
  idle_.pop_back();
  return client;
}

void CurlUpstream::Return(std::unique_ptr<Client> client) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() < kIdleClients) idle_.push_back(std::move(client));
}

Status CurlUpstream::Send(const Request& request, const SendContext& context, ReplySink& sink) {
  REPRISE_RETURN_IF_ERROR(CheckUrl(request.url));
  if (!IsToken(request.method)) {
    return Status(ErrorKind::kUsage, SpeakableUrl(request.url), "the method of the request is not an HTTP method",
                  "Use one such as POST.");
  }
  for (int attempt = 0;; ++attempt) {
    std::unique_ptr<Client> client = Take();
    if (client->easy == nullptr || client->multi == nullptr) {
      return Status(ErrorKind::kUpstream, SpeakableUrl(request.url), "libcurl could not be started",
                    "The machine may be out of memory.");
    }
    Call call(options_, request, context, sink);
    Status status = call.Run(client->easy, client->multi);
    Return(std::move(client));
    if (status.ok() || !call.MayRetry() || attempt >= options_.retries) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(500) * (1 << std::min(attempt, 6)));
  }
}

}  // namespace reprise::recorder
