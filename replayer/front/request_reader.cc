#include "replayer/front/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "lib/wire/headers.h"

namespace reprise::replayer::internal {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

// A request line is a method, a target and a version; a method of the registry has 17 letters at most.
constexpr std::size_t kAroundTarget = 64;
constexpr std::size_t kChunkSizeDigits = 16;

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string Bytes(std::uint64_t count) { return std::to_string(count) + " bytes"; }

Refusal TooManyFields(const FrontLimits& limits) {
  return {431, "it has more than " + std::to_string(limits.fields) + " header fields", "Send fewer"};
}
Refusal BodyTooLarge(const FrontLimits& limits) {
  return {413, "its body is larger than " + Bytes(limits.body_bytes), "Raise limits.body_bytes in the settings"};
}

// Beast tells what is wrong with the grammar.
Refusal FromBeast(error_code error) {
  if (error == http::error::bad_version)
    return {505, "it does not end its first line with HTTP/1.1 or HTTP/1.0", "Speak HTTP/1.1 to this port"};
  return {400, "it is not HTTP/1.1 (" + error.message() + ")", "See RFC 9112; nothing of it was passed on"};
}

}  // namespace

// Beast's parser accepts some things that another reader would understand differently. They are refused: lists and
// repeats of Content-Length, every coding but exactly "chunked" and any in HTTP/1.0, folded lines, no Host.
struct RequestReader::Impl : public http::basic_parser<true> {
  Impl(const FrontLimits& limits_in, const PortGuard& guard_in) : limits(limits_in), guard(guard_in) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes) + 1);
    // Counted here instead: Beast 1.74 takes "no limit" for "nothing allowed".
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  const FrontLimits& limits;
  const PortGuard& guard;
  State now = State::kNothing;
  Refusal refusal;
  Arrived request;

  bool skipped_blank_line = false;
  std::size_t scanned = 0;  // bytes of the head that were looked at
  bool first_line = true;
  bool whole_head = false;
  bool expects_continue = false;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::uint64_t chunk_left = 0;  // of the chunk that is being read
  bool between_chunks = false;   // a chunk was read, its CRLF comes
  std::uint64_t chunked_bytes = 0;
  std::string_view shown;  // what Beast looks at

  void Refuse(Refusal why) {
    if (now == State::kRefused) return;
    refusal = std::move(why);
    now = State::kRefused;
  }
  // From inside a callback of Beast.
  void Refuse(Refusal why, error_code& error) {
    Refuse(std::move(why));
    error = http::error::bad_value;
  }

  std::size_t Read(std::string_view bytes);
  std::size_t ReadHead(std::string_view bytes);
  std::size_t ReadBody(std::string_view bytes);
  std::optional<std::size_t> FindEndOfHead(std::string_view bytes);
  std::optional<std::size_t> FindEndOfChunkLine(std::string_view bytes);
  void CheckFraming(error_code& error);

  // http::basic_parser
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code& error) override;
  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_field_impl(http::field, beast::string_view name, beast::string_view value, error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions, error_code& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, beast::string_view body, error_code&) override {
    request.body.append(body.data(), body.size());
    chunk_left = left - body.size();
    between_chunks = chunk_left == 0;
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

// The end of the head, when it is there. Line ends are CR LF and nothing else; controls have no place in a head. Told
// at the first wrong byte, so that a client which speaks another protocol does not wait for an answer.
std::optional<std::size_t> RequestReader::Impl::FindEndOfHead(std::string_view bytes) {
  for (; scanned < bytes.size(); ++scanned) {
    const auto byte = static_cast<unsigned char>(bytes[scanned]);
    if (scanned >= limits.head_bytes) {
      Refuse({431, "its head is larger than " + Bytes(limits.head_bytes), "Send less in header fields"});
      return std::nullopt;
    }
    if (first_line && scanned >= limits.target_bytes + kAroundTarget) {
      Refuse({414, "its target is longer than " + Bytes(limits.target_bytes), "Send a shorter one"});
      return std::nullopt;
    }
    const bool after_cr = scanned > 0 && bytes[scanned - 1] == '\r';
    if (after_cr != (byte == '\n')) {
      Refuse({400, "a line of its head ends in a bare CR or LF", "End each line with CR LF"});
      return std::nullopt;
    }
    if (byte == '\n') {
      if (scanned >= 2 && bytes[scanned - 2] == '\n') return ++scanned;
      first_line = false;
    } else if ((byte < ' ' && byte != '\t' && byte != '\r') || byte == 0x7f) {
      const bool tls = scanned == 0 && byte == 0x16;
      Refuse({400, tls ? "it speaks TLS" : "its head has a control character",
              tls ? "Use http:// and not https:// for this port" : "Send HTTP/1.1 in plain text"});
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::size_t RequestReader::Impl::ReadHead(std::string_view bytes) {
  // An empty line before a request: some clients send one after a body (RFC 9112, 2.2).
  if (!skipped_blank_line && scanned == 0) {
    if (bytes == "\r") return 0;
    if (bytes.substr(0, 2) == "\r\n") {
      skipped_blank_line = true;
      return 2;
    }
  }
  if (bytes.empty()) return 0;
  now = State::kHead;
  const std::optional<std::size_t> end = FindEndOfHead(bytes);
  if (!end) return 0;
  error_code error;
  shown = bytes.substr(0, *end);
  const std::size_t taken = put(boost::asio::buffer(shown.data(), shown.size()), error);
  if (now == State::kRefused) return 0;
  if (error || taken != *end || !is_header_done()) {
    Refuse(FromBeast(error ? error : error_code(http::error::bad_value)));
    return 0;
  }
  whole_head = true;
  now = is_done() ? State::kWhole : State::kBody;
  return taken;
}

// What Beast is shown of a chunk's line: the line, and for the last chunk the trailers with it. Beast is never shown a
// part, whose handling differs with where it was cut (and in Beast 1.74 fails an assertion). Nothing: it is not all
// there, or it is refused.
std::optional<std::size_t> RequestReader::Impl::FindEndOfChunkLine(std::string_view bytes) {
  const std::size_t start = between_chunks ? 2 : 0;
  if (bytes.size() <= start) return std::nullopt;
  const std::size_t longest = kChunkSizeDigits + limits.chunk_extension_bytes;
  const std::size_t line_end = bytes.find('\r', start);
  if (std::min(line_end, bytes.size()) - start > longest) {
    Refuse({400, "the line of a chunk is longer than " + Bytes(longest), "Send chunks without extensions"});
    return std::nullopt;
  }
  if (line_end == std::string_view::npos || line_end + 1 == bytes.size()) return std::nullopt;
  const std::string_view line = bytes.substr(start, line_end - start);
  const std::size_t zeros = std::min(line.find_first_not_of('0'), line.size());
  const bool last = zeros > 0 && (zeros == line.size() || std::isxdigit(static_cast<unsigned char>(line[zeros])) == 0);
  if (!last) return line_end + 2;
  const std::size_t end = bytes.find("\r\n\r\n", line_end);
  if (std::min(end, bytes.size() - std::min<std::size_t>(bytes.size(), 4)) > line_end + limits.trailer_bytes) {
    Refuse({431, "its trailers are larger than " + Bytes(limits.trailer_bytes), "Send less in trailers"});
    return std::nullopt;
  }
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

std::size_t RequestReader::Impl::ReadBody(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && now == State::kBody) {
    shown = bytes.substr(taken);
    if (chunked() && chunk_left == 0) {
      const std::optional<std::size_t> end = FindEndOfChunkLine(shown);
      if (!end) break;
      shown = shown.substr(0, *end);
    }
    error_code error;
    taken += put(boost::asio::buffer(shown.data(), shown.size()), error);
    if (now == State::kRefused) break;
    if (error)
      Refuse(FromBeast(error));
    else if (is_done())
      now = State::kWhole;
  }
  return taken;
}

std::size_t RequestReader::Impl::Read(std::string_view bytes) {
  std::size_t taken = 0;
  if (!whole_head) {
    const bool skipped = skipped_blank_line;
    taken = ReadHead(bytes);
    if (skipped != skipped_blank_line) taken += ReadHead(bytes.substr(taken));
  }
  if (now == State::kBody && taken < bytes.size()) taken += ReadBody(bytes.substr(taken));
  return taken;
}

void RequestReader::Impl::on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                                          error_code& error) {
  request.method.assign(method.data(), method.size());
  request.target.assign(target.data(), target.size());
  request.http_1_0 = version == 10;
  if (request.target.size() > limits.target_bytes)
    Refuse({414, "its target is longer than " + Bytes(limits.target_bytes), "Send a shorter one"}, error);
}

void RequestReader::Impl::on_field_impl(http::field, beast::string_view name, beast::string_view value,
                                        error_code& error) {
  Header header{{name.data(), name.size()}, {value.data(), value.size()}};
  if (request.headers.size() + request.trailers.size() >= limits.fields) return Refuse(TooManyFields(limits), error);
  // Between name and value stand a colon and blanks. Beast joins folded lines elsewhere, or steps over a line break.
  const std::less<const char*> before;
  const char* const from = name.data() + name.size();
  const char* const to = value.data();
  if (before(to, from) || before(shown.data() + shown.size(), to) || std::find(from, to, '\n') != to)
    return Refuse({400, "it has a folded header line", "Send each field on one line (RFC 9112, 5.2)"}, error);
  if (whole_head) {
    if (IsForbiddenInTrailer(header.name))
      return Refuse({400, "its trailers name a field that belongs in the head", "Send it in the head"}, error);
    request.trailers.push_back(std::move(header));
    return;
  }
  if (wire::EqualNoCase(header.name, "content-length")) {
    ++lengths;
    if (!IsDigits(header.value))
      return Refuse({400, "its Content-Length is not one plain number", "Send one length"}, error);
  }
  if (wire::EqualNoCase(header.name, "transfer-encoding")) {
    ++codings;
    if (!wire::EqualNoCase(header.value, "chunked"))
      return Refuse({400, "its Transfer-Encoding is not exactly \"chunked\"", "Send the body plain or in chunks"},
                    error);
  }
  request.headers.push_back(std::move(header));
}

void RequestReader::Impl::CheckFraming(error_code& error) {
  if (lengths > 1) return Refuse({400, "it has two Content-Length fields", "Send one length"}, error);
  if (codings > 1) return Refuse({400, "it has two Transfer-Encoding fields", "Send one"}, error);
  if (codings > 0 && lengths > 0)
    return Refuse({400, "it has both Content-Length and Transfer-Encoding", "Send one of them"}, error);
  if (codings > 0 && request.http_1_0)
    return Refuse({400, "it has Transfer-Encoding, which HTTP/1.0 does not know", "Speak HTTP/1.1"}, error);
}

void RequestReader::Impl::on_header_impl(error_code& error) {
  CheckFraming(error);
  if (error) return;
  if (auto refused = guard.Check(request.method, request.target, request.headers, request.http_1_0))
    return Refuse(*std::move(refused), error);
  if (lengths > 0 && content_length().value_or(0) > limits.body_bytes) return Refuse(BodyTooLarge(limits), error);
  for (const Header& header : request.headers) {
    if (request.http_1_0 || !wire::EqualNoCase(header.name, "expect")) continue;
    if (!wire::EqualNoCase(header.value, "100-continue"))
      return Refuse({417, "it expects something other than 100-continue", "Send no Expect field"}, error);
    expects_continue = true;
  }
}

void RequestReader::Impl::on_chunk_header_impl(std::uint64_t size, beast::string_view, error_code& error) {
  if (size > limits.body_bytes || chunked_bytes + size > limits.body_bytes) return Refuse(BodyTooLarge(limits), error);
  chunked_bytes += size;
  chunk_left = size;
}

RequestReader::RequestReader(const FrontLimits& limits, const PortGuard& guard)
    : impl_(std::make_unique<Impl>(limits, guard)) {}
RequestReader::~RequestReader() = default;

std::size_t RequestReader::Read(std::string_view bytes) { return impl_->Read(bytes); }
RequestReader::State RequestReader::state() const { return impl_->now; }
bool RequestReader::wants_continue() const {
  return impl_->now == State::kBody && impl_->expects_continue && impl_->request.body.empty();
}
bool RequestReader::keeps_alive() const { return impl_->whole_head && impl_->keep_alive() && !impl_->request.http_1_0; }
bool RequestReader::is_head() const { return impl_->request.method == "HEAD"; }
const Arrived* RequestReader::headed() const {
  return impl_->whole_head && impl_->now != State::kRefused ? &impl_->request : nullptr;
}
std::size_t RequestReader::body_bytes() const { return impl_->request.body.size(); }

Arrived RequestReader::Take() {
  impl_->request.port = impl_->guard.id();
  return std::move(impl_->request);
}

const Refusal& RequestReader::refusal() const { return impl_->refusal; }

}  // namespace reprise::replayer::internal
