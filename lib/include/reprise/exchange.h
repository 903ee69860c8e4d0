// Exchange: one request to a model and its reply, as bytes and as meaning. Plain data.
//
// C++17, no third-party type, no behaviour: these structs cross from the deck to the test program, from transports to
// cassettes, from adapters to comparisons. Bytes are `std::string`s and need not be UTF-8 unless said. Copies are deep;
// the usual rules for threads hold (many readers, or one writer).
#ifndef REPRISE_EXCHANGE_H_
#define REPRISE_EXCHANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reprise {

// A header field as received: order, letter case and repeats are kept (RFC 9110, section 5).
struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header& other) const { return name == other.name && value == other.value; }
};
using Headers = std::vector<Header>;

// What was asked, as bytes. `endpoint` and `format` say who was asked and in which wire format; both are part of the
// key.
struct Request {
  std::string endpoint;  // "openai", or the name given with Named()
  std::string format;    // "openai.chat"; "http" when no adapter knows it; "call" for Record()
  std::string method;    // "POST"
  std::string url;       // absolute, with query
  Headers headers;
  std::string body;
  Headers trailers = {};  // after the body; those that `match_headers` names are stored and part of the key
};

// How a reply ended when it did not end well.
struct BrokenEnd {
  std::string how;          // "reset", "timeout" or "closed"
  std::uint64_t after = 0;  // bytes of body that had arrived
  bool operator==(const BrokenEnd& other) const { return how == other.how && after == other.after; }
};

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text as the model wrote it; not promised to parse
};

// Tokens counted by the provider; absent where it did not say.
struct Usage {
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> completion_tokens;
  std::optional<std::int64_t> total_tokens;
};

// The three names of a model, kept apart: the one in the request, the one in the reply, and what really names the
// weights (a digest, a revision, a file's hash), where somebody said it.
struct ModelIdentity {
  std::string asked;
  std::string answered;
  std::string pin;
  bool operator==(const ModelIdentity& o) const { return asked == o.asked && answered == o.answered && pin == o.pin; }
};

struct TokenLogprob {
  std::string token;
  double logprob = 0;
  std::vector<std::pair<std::string, double>> top;
};

// What came back: bytes first, then what they mean. The adapter of the format fills the second half; a reply in a
// format that no adapter knows has an empty second half.
struct Reply {
  // As received.
  int status = 0;
  std::optional<std::string> reason;  // phrase of the status line, where it is not the usual one of the status
  std::string version;                // of HTTP: "1.0", "2"; empty: 1.1, or not known
  Headers headers;
  std::string body;                 // content-decoded, transfer-decoded
  std::vector<std::uint64_t> cuts;  // byte length of each chunk of `body`, in order; empty: one whole chunk
  std::vector<std::uint32_t> ms;    // ms[0] request to first chunk, then chunk to chunk; empty: not known
  Headers trailers;                 // fields that came after the body
  std::optional<BrokenEnd> end;     // absent: complete
  std::vector<std::string> coding;  // content codings that were undone, outermost last
  bool exact = true;                // false: the bytes on the wire were others (a coding was undone)

  // As understood. Text of choice 0; `choices` has the others when n > 1.
  std::string text;
  std::string refusal;
  std::string reasoning;
  std::vector<ToolCall> tool_calls;
  std::string finish_reason;
  Usage usage;
  ModelIdentity model;
  std::string fingerprint;  // system_fingerprint, or what plays its part
  std::string error;        // the provider's error message, also one inside a 200 stream
  std::vector<TokenLogprob> logprobs;
  std::vector<std::string> choices;  // texts of all choices, when there is more than one
  // What the provider wants back, unchanged, with this reply in the next request: signed or hidden thoughts. JSON that
  // only the adapter of its format reads; Chat::Assistant(reply) takes it along. Empty: text and tool calls are all.
  std::string continuation;

  // How it came to the test.
  std::string key;  // of the exchange, 64 hex digits
  bool replayed = false;
};

// One line of a cassette (FORMAT.md).
struct Exchange {
  std::string key;  // 64 lower-case hex digits
  std::string lane = "main";
  int auth = 0;  // auth alias: 0 none, then 1, 2, ... in order of first appearance at its endpoint, in its lane
  ModelIdentity model;
  Request request;
  Reply reply;
  std::optional<std::uint64_t> left;  // bytes after which the client went
  std::vector<std::string> masked;    // paths of what was masked
  bool overlaps = false;              // another exchange of this key and lane was under way and answered differently
  std::string at;                     // UTC, ISO 8601; from the `times` line; empty: not known
  // Members of the line that this version does not know, as JSON text ("\"name\":value" joined by commas), kept when
  // rewritten.
  std::string unknown;
};

}  // namespace reprise

#endif  // REPRISE_EXCHANGE_H_
