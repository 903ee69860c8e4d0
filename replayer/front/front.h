// Front: HTTP/1.1 as the deck speaks it. It reads requests whole, checks them, hands them on, and writes replies byte
// for byte as it is told. What to answer is somebody else's business.
//
//   auto front = Front::Start({}, [&](Arrived request, std::shared_ptr<Answer> answer) {
//     workers.Run([request = std::move(request), answer] {
//       answer->Head(200, "OK", {{"Content-Type", "text/plain"}});
//       answer->Chunk("Hello", 0, true);
//       answer->End();
//     });
//   });
//   Result<Port> port = (*front)->AddPort({.token = "k3..."});  // http://127.0.0.1:PORT/k3.../
//
// One loop on one thread serves every client (FRONT.md of the design: why). Ports are of the loopback only. The rules
// are those of RFC 9110 and 9112, read strictly: what two readers could understand in two ways is refused with a
// sentence.
//
// Refused, and the connection closed: two lengths or a length beside chunks; a transfer coding other than `chunked`;
// folded lines, bare CR or LF, NUL; no Host, two of them, or one that is not ours (a page that renamed its host to
// 127.0.0.1); `Origin` and cross-site fetches; CONNECT and absolute targets (this is no proxy); a wrong token (404);
// what exceeds the limits. A refusal is plain text: who refused, why, what to do.
//
// A client that closes its sending side counts as gone, as with Go's server and nginx.
#ifndef REPRISE_REPLAYER_FRONT_FRONT_H_
#define REPRISE_REPLAYER_FRONT_FRONT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::replayer {

struct FrontLimits {
  std::size_t head_bytes = std::size_t{64} << 10;
  std::size_t target_bytes = std::size_t{16} << 10;
  std::size_t fields = 256;
  std::uint64_t body_bytes = std::uint64_t{64} << 20;     // of one request
  std::uint64_t all_body_bytes = std::uint64_t{1} << 30;  // of all requests that are arriving, together
  std::size_t trailer_bytes = std::size_t{8} << 10;
  std::size_t chunk_extension_bytes = 256;
  std::size_t read_ahead_bytes = std::size_t{64} << 10;     // pipelined bytes kept while a reply is written
  std::size_t reply_window_bytes = std::size_t{256} << 10;  // above this, Answer::Chunk(wait) waits
  std::size_t turn_bytes = std::size_t{64} << 10;           // of one reply, before others have their turn
  std::size_t connections = 4096;

  using Duration = std::chrono::milliseconds;
  Duration head_time{10'000};          // first byte of a head to its end
  Duration body_idle_time{30'000};     // between two pieces of a body
  Duration keep_alive_time{60'000};    // without a request
  Duration write_stall_time{300'000};  // a client that takes no byte of its reply for so long is gone
  Duration linger_time{2'000};  // after the last byte of a connection that we close: its client may still be sending
};

// One request, whole and checked.
struct Arrived {
  int port = 0;  // Port::id
  std::string method;
  std::string target;  // origin form, without the token's segment: "/v1/chat/completions?x=1"
  Headers headers;     // in wire order and letter case
  std::string body;    // transfer-decoded, never content-decoded
  Headers trailers;
  bool http_1_0 = false;
  std::shared_ptr<void> greeting;  // what `Headed` gave for it
};

namespace internal {
struct Reply;
}

// The reply to one request. Thread-safe; calls of one reply come from one thread at a time. It outlives client and
// front: then every call does nothing and says so. One that is let go before End or Cut breaks off (a 500 where nothing
// was sent).
class Answer {
 public:
  explicit Answer(std::shared_ptr<internal::Reply> reply) : reply_(std::move(reply)) {}
  ~Answer();
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // Status line and headers, verbatim: order, letter case, repeats, reason phrase. The front owns the framing only.
  // `Content-Length` stays where it is one plain number: the reply is then counted, and a longer body is cut there.
  // `Transfer-Encoding`, `Connection` and `Keep-Alive` give way to what this connection needs: a recorded "chunked"
  // stays in its place; without length the reply goes out in chunks; `Connection: close` without length or coding:
  // until close, as it must for a client of HTTP/1.0. HEAD, 204 and 304 have no body whatever is pushed. A head that
  // cannot be sent (a line break in a value, a status of 1xx) becomes a 502 that says so.
  void Head(int status, std::string reason, Headers headers, std::uint32_t after_ms = 0);

  // Some bytes of body, sent as one HTTP chunk; none: nothing happens. `after_ms`: not before so long after the piece
  // before it (the first: after the request); the loop waits, not the caller. `wait`: while more than the window is
  // unsent, the caller waits for the client to take it; never on the loop's thread. False when the client has gone.
  bool Chunk(std::string bytes, std::uint32_t after_ms, bool wait);

  // The reply is whole. Trailers follow the last chunk; a reply that is not chunked has no place for them.
  void End(Headers trailers = {}, std::uint32_t after_ms = 0);

  // The reply breaks off here: what was pushed is sent, then the connection is reset (`how.how` "reset") or closed.
  // With `open_chunk`, these bytes are sent as the beginning of a chunk whose rest never comes.
  void Cut(const BrokenEnd& how, std::string open_chunk = {}, std::uint32_t after_ms = 0);

  // The client has gone, or the front has.
  bool gone() const;
  // Bytes of body that the kernel has taken.
  std::uint64_t written() const;
  // Called once, on the loop, when the client goes before the reply is whole; at once on this thread if it has gone
  // already. Must not block.
  void OnGone(std::function<void(std::uint64_t written)> callback);
  // Called once, on the loop, when the last byte of the reply was handed to the kernel (a Cut counts). Must not block.
  void OnDone(std::function<void(std::uint64_t written)> callback);

 private:
  const std::shared_ptr<internal::Reply> reply_;
};

struct PortOptions {
  // First path segment, without slashes; compared in constant time. Empty: none (clients that keep host and port only).
  std::string token;
  // Values of Host that are right beside 127.0.0.1:PORT, [::1]:PORT and localhost:PORT. No letter case.
  std::vector<std::string> hosts;
  // Values of Origin that may ask; others are refused, as are cross-site fetches.
  std::vector<std::string> origins;
};

struct Port {
  int id = 0;  // 0, 1, 2, ... by the order of AddPort
  std::uint16_t number = 0;
  bool ipv6 = false;  // [::1] listens too
};

class Front {
 public:
  // Called on the loop for each request: must not block (hand it to a worker), may answer at once.
  using Handler = std::function<void(Arrived request, std::shared_ptr<Answer> answer)>;
  // Hears of each refusal, on the loop: the sentence that the client got. Must not block. `port` is Port::id.
  using Refused = std::function<void(int port, const std::string& sentence)>;
  // Hears of each request, on the loop, when its head is whole and checked and its body may still be arriving. Must not
  // block. What it returns is kept with the request, and let go where the request never becomes whole.
  using Headed = std::function<std::shared_ptr<void>(int port, const std::string& method, const std::string& target)>;

  static Result<std::unique_ptr<Front>> Start(const FrontLimits& limits, Handler handler, Refused refused = nullptr,
                                              Headed headed = nullptr);
  // Clients are gone, threads joined; answers that somebody still holds say `gone`. Not on the loop's thread.
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  // A loopback port chosen by the kernel, listening from now on for as long as the front lives. Any thread.
  Result<Port> AddPort(PortOptions options);

  std::size_t connections() const;  // open now

 private:
  struct Core;
  explicit Front(std::shared_ptr<Core> core);
  const std::shared_ptr<Core> core_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_FRONT_FRONT_H_
