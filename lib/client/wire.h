// The control protocol between a test program and its deck. C++17, no third-party type, no exceptions, no RTTI.
//
// One request, one answer, on a connection of its own per calling thread (a pool; a connection is taken for one call).
// A message is: u32 LE length of what follows, then fields, each as
//   u16 LE length of the name, name, u32 LE length of the value, value.
// The first field is "verb" in a request and "status" in an answer ("ok", or an ErrorKind's name with the fields
// "object", "reason", "next"). Repeated names make lists. Unknown fields are ignored; unknown verbs are an error.
// Numbers are decimal text. A message over 256 MiB ends the connection.
//
// Whose deck it is. A deck belongs to one test process (the `owner` of hello) and lives no longer. It listens on an
// abstract AF_UNIX name that follows from that process (deck_process.h), so that forked children and re-executed death
// test children find it with nothing in the environment. Such a child may also be the first to need a deck: then it
// starts one for its owner, and the owner finds that at the end of its test.
//
// Origin. "test" is the owner itself. On connections of origin "fork" and "reexec" every verb works on a branch of the
// session, one branch for each pid; a branch closes nothing, and the errors it was given for ask and record are among
// the failures of the owner's close, since a child cannot fail its parent's test.
//
// verb        fields -> answer fields
//   hello     protocol ("1"), library (version), pid, owner (pid of the test process), program (path), origin ("test" |
//             "fork" | "reexec")
//             -> protocol, deck (version), path (of the deck's program), pid (of the deck). A different `protocol` is
//             an error that names both versions and both paths. First message on every connection.
//   open      suite, test (in full, "Translates/french"; empty: the session of the suite itself, for what its set-up
//             asks), file (test source, may be relative), cwd, cassettes? (root compiled in), argv.0,
//             setting.flag.NAME (--reprise_NAME=value; without a value "1"), setting.env.NAME (REPRISE_NAME, name in
//             lower case, but for REPRISE_DECK), setting.code.NAME, place.code.NAME ("file:line" of
//             it), env.CI and env.TEST_UNDECLARED_OUTPUTS_DIR where they are set, and env.NAME of each variable that
//             is other than when the deck was started ("": not set any more): a base URL or a key that a fixture set.
//             The deck neither logs nor stores them. cassette? (its path; else it is named after the test),
//             repair? (the command that records it again). only_if_open? ("1": see below)
//             -> session (id), mode, cassette (path), note* (lines to print once), failure* (of what came over HTTP
//             and found no session)
//             With only_if_open and or_recorded ("1") it is opened too where a cassette lies that the mode reads.
//             Opening the same suite/test again with an id still open returns that id (fork, re-exec). With
//             only_if_open nothing is opened: the answer lacks `session` when there is none.
//   ask       session, lane, place ("file:line"), scope* (texts of REPRISE_SCOPE, outermost first), endpoint.name,
//             endpoint.format?, endpoint.upstream?, endpoint.credential_from? (absent: as the settings say),
//             credential? (explicit), model, stream? ("1"), param.NAME (JSON text; repeats in order of the calls), and
//             the turns: turn.role begins one, then turn.text, turn.tool_call_id?, turn.continuation?, and for each
//             tool call turn.call.id, turn.call.name, turn.call.arguments
//             -> reply.* (see EncodeReply), or error kMismatch whose reason is the whole text of the miss. The client
//             has failed the test at `place` for any error of ask and record: close does not repeat them (but see
//             Origin).
//   record    session, lane, place, scope*, name, request (JSON text), model, pin?, pin_file? (path to hash)
//             -> reply.* (replayed), or call ("1") with token: the caller runs its function and sends
//   recorded  session, token, and text | error.kind, error.object, error.reason, error.next | abandoned ("1")
//             -> reply.*; of an error, that was recorded like any answer, the same four fields too, here and where it
//             is replayed. A call that was left by an exception is abandoned: nothing of it is recorded.
//             No connection waits while the function runs; a token dies with the connection's process.
//   golden    session, place, name (may be empty: numbered), actual, kind ("txt" | "json"), key?, policy.*
//             -> verdict ("pass" | "fail" | "stale" | "missing": no golden yet, a pending file was left), message (for
//             a human, several lines), path, name (the number given to an unnamed one)
//   begin     as `open`: what comes over HTTP belongs to this test (or suite) from now on -> (nothing)
//   base_url  as `open` (an empty suite: no test runs), endpoint.*, lane?, host_only? ("1") -> url
//   environment  as base_url without the endpoint -> pairs of variable, value
//   failures  suite, test -> failure*: what failed over HTTP since they were last asked for
//   step      session, chunks -> (nothing)
//   allow_unused  session, why -> (nothing)
//   close     session, outcome ("passed" | "failed" | "skipped" | "crashed"), skip_reason?
//             -> failure* (text; each fails the test), note*, property* ("reprise.served=3")
//   skipped   as `open`, skip_reason: asked for a skipped test that never opened a session -> note*
//   finish    (at the end of the program) -> homeless* (on requests over HTTP that no test ran for), line* (the
//             end-of-run lines)
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
inline constexpr std::uint32_t kMaxFields = std::uint32_t{1} << 20;  // of one message; more is an error

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
  // First value of that name, or "". The view lives as long as the message.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  std::vector<std::string> All(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  // The status an answer carries.
  Status ToStatus() const;

  // With the length in front; empty if the message is over a limit (kMaxMessage, kMaxFields, names of 64 KiB).
  std::string Encode() const;
  static Result<Message> Decode(std::string_view body);  // without the length

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Blocking, on sockets only, through EINTR and short reads, without SIGPIPE. kIo with reason "closed" when the peer has
// gone (before the first byte of an answer), "timed out" where SO_RCVTIMEO or SO_SNDTIMEO is set and has passed.
Status SendMessage(int fd, const Message& message);
Result<Message> ReceiveMessage(int fd);

// "usage", "mismatch", ...: the status field of an answer. An unknown name reads as kInternal.
std::string_view ErrorKindName(ErrorKind kind);
ErrorKind ErrorKindOf(std::string_view name);

// A reply as fields "reply.*". Lists of structs are runs: reply.tool.id begins a tool call, reply.logprob.token a
// token, reply.logprob.top.token one of its alternatives. Numbers that do not parse read as 0.
void EncodeReply(const Reply& reply, Message& message);
Reply DecodeReply(const Message& message);

}  // namespace reprise::internal

#endif  // REPRISE_CLIENT_WIRE_H_
