// The control protocol between a test program and its deck. C++17, no third-party type, no exceptions, no RTTI.
//
// One request, one answer, on a connection of its own per calling thread (a pool; a connection is taken for one call).
// A message is: u32 LE length of what follows, then fields, each as
//   u16 LE length of the name, name, u32 LE length of the value, value.
// The first field is "verb" in a request and "status" in an answer ("ok", or an ErrorKind's name with the fields
// "object", "reason", "next"). Repeated names make lists. Unknown fields are ignored; unknown verbs are an error.
// Numbers are decimal text. A message over 256 MiB ends the connection.
//
// verb        fields -> answer fields
//   hello     protocol ("1"), library (version), pid, program (path), origin ("test" | "fork" | "reexec")
//             -> protocol, deck (version), path (of the deck's program). A different `protocol` is an error that names
//             both versions and both paths. First message on every connection.
//   open      suite, test, param?, file (test source, may be relative), cwd, cassettes? (root compiled in),
//             setting.* (raw settings with their place: "setting.flag.mode", "setting.env.mode", "setting.code.mode"),
//             argv.0
//             -> session (id), mode, cassette (path), note* (lines to print once)
//             Opening the same suite/test again in one process with an id still open returns that id (fork, re-exec).
//   ask       session, lane, place ("file:line"), endpoint.name, endpoint.format, endpoint.upstream, credential_from?,
//             model, turn.* (see EncodeChat in client.cc), param.NAME (JSON text)
//             -> reply.* (see EncodeReply), or error kMismatch whose reason is the whole text of the miss
//   record    session, lane, place, name, request (JSON text), model, pin?, pin_file?
//             -> reply.* (replayed), or call ("1") with token: the caller runs its function and sends
//   recorded  session, token, text | error -> reply.*
//   golden    session, place, name (may be empty: numbered), actual, kind ("txt" | "json"), key?, policy.*
//             -> verdict ("pass" | "fail" | "stale"), message (for a human), path
//   allow_unused  session, why -> (nothing)
//   close     session, outcome ("passed" | "failed" | "skipped" | "crashed"), skip_reason?
//             -> failure* (text; each fails the test), note*, property* ("name=value")
//   skipped   suite, test, ... as `open`: asked for a skipped test that never opened a session -> note*
//   finish    (at the end of the program) -> line* (the end-of-run lines)
#ifndef REPRISE_CLIENT_WIRE_H_
#define REPRISE_CLIENT_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::internal {

inline constexpr int kProtocol = 1;
inline constexpr std::uint32_t kMaxMessage = std::uint32_t{256} << 20;

class Message {
 public:
  Message() = default;
  explicit Message(std::string_view verb) { Add("verb", verb); }
  static Message Error(const Status& status);
  static Message Ok();

  Message& Add(std::string_view name, std::string_view value) {
    fields_.emplace_back(std::string(name), std::string(value));
    return *this;
  }
  Message& Add(std::string_view name, std::int64_t value) { return Add(name, std::string_view(std::to_string(value))); }
  // First value of that name, or "".
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  std::vector<std::string> All(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  // The status an answer carries.
  Status ToStatus() const;

  std::string Encode() const;                            // with the length in front
  static Result<Message> Decode(std::string_view body);  // without it

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Blocking, through EINTR and short reads, without SIGPIPE. An empty optional-like error kIo with reason "closed" when
// the peer has gone before the first byte.
Status SendMessage(int fd, const Message& message);
Result<Message> ReceiveMessage(int fd);

void EncodeReply(const Reply& reply, Message& message);  // fields "reply.*"
Reply DecodeReply(const Message& message);

}  // namespace reprise::internal

#endif  // REPRISE_CLIENT_WIRE_H_
