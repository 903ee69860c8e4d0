// Transport: one verb. Send this request, push the reply into this sink.
//
// A recorder is a transport that has a transport; a replayer is one that has a cassette; the engine is one that has a
// model. Nobody above can tell them apart. Implementations must allow `Send` from several threads at once.
#ifndef REPRISE_TRANSPORT_H_
#define REPRISE_TRANSPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise {

// Where a reply comes from.
struct Origin {
  std::string key;        // of the exchange
  bool replayed = false;  // from a recording
  std::string pin;        // what named the weights, as it was recorded
};

// The first line of a reply, but for its status.
struct StatusLine {
  std::string version;                // "1.1", "1.0", "2"; empty: not known
  std::optional<std::string> reason;  // as it stood; absent: not known, or the version has none
};

// Receives a reply: one head, then chunks in order, then one end. All calls come from the thread that called `Send`.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  // Before the head, from the transports that know where the reply comes from. A sink that passes on passes this on
  // too; the last word counts (of two transports that were tried, both may speak).
  virtual void OnOrigin(const Origin& origin) { (void)origin; }
  // Before the head, from the transports that know it. A sink that passes on passes this on too.
  virtual void OnStatusLine(const StatusLine& line) { (void)line; }
  virtual void OnHead(int status, const Headers& headers) = 0;
  // Between the head and the first chunk, only when content codings were undone ("gzip"; outermost last): the chunks
  // are then not the bytes of the wire, and the reply is not exact. A sink that passes on passes this on too.
  virtual void OnCoding(const std::vector<std::string>& coding) { (void)coding; }
  // One delivery of the body, and the milliseconds since the one before (since the request, for the first).
  // Returns false when the receiver has gone: the transport stops, and ends with "closed".
  virtual bool OnChunk(std::string_view bytes, std::uint32_t ms) = 0;
  // After the last chunk, where there were any. A sink that passes on passes this on too.
  virtual void OnTrailers(const Headers& trailers) { (void)trailers; }
  // `end` is null when the reply was complete.
  virtual void OnEnd(const BrokenEnd* end) = 0;
};

// What travels beside a request, and is no part of what was asked of the model.
struct SendContext {
  std::string lane = "main";
  std::string credential;  // value to authenticate with upstream; never stored, never logged
  // Name of the variable the credential was looked for in, for the sentence that says it is missing. Empty: none
  // needed.
  std::string credential_from;
  int auth = 0;       // its alias, part of the key
  std::string key;    // of the request, when the sender knows it already; else empty
  std::string model;  // asked for, where no adapter reads it from the request (Record)
  std::string pin;    // what names the weights, when the caller knows (Record with a snapshot)
  std::string place;  // "file:line" of the Ask, for messages
  // The request came over HTTP from code under test: it goes upstream as it came, and nothing is added to it.
  bool forwarded = false;
  // Answers in place of the endpoint's upstream: the caller's own function, for `Record`. Null: the upstream.
  class Transport* own_upstream = nullptr;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Returns OK when a reply was delivered, whatever its HTTP status, and also when it broke in the middle or the sink
  // had gone (it was told the end). An error status means that there is no reply to keep: either nothing was told to
  // the sink, or the reply was given up on the way (over a limit, a coding that cannot be undone) and its end was told
  // as "closed".
  virtual Status Send(const Request& request, const SendContext& context, ReplySink& sink) = 0;
  // One line for messages and debugging: "replay of Chat/AsksTwice.reprise", "https://api.openai.com".
  virtual std::string Describe() const = 0;
};

// Collects a reply into a `Reply`; the usual sink.
class CollectingSink : public ReplySink {
 public:
  void OnOrigin(const Origin& origin) override {
    reply_.key = origin.key;
    reply_.replayed = origin.replayed;
    reply_.model.pin = origin.pin;
  }
  void OnStatusLine(const StatusLine& line) override {
    reply_.version = line.version == "1.1" ? "" : line.version;
    reply_.reason = line.reason;
  }
  void OnHead(int status, const Headers& headers) override {
    reply_.status = status;
    reply_.headers = headers;
  }
  void OnCoding(const std::vector<std::string>& coding) override {
    reply_.coding = coding;
    reply_.exact = coding.empty();
  }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override {
    reply_.body.append(bytes);
    reply_.cuts.push_back(bytes.size());
    reply_.ms.push_back(ms);
    return true;
  }
  void OnTrailers(const Headers& trailers) override { reply_.trailers = trailers; }
  void OnEnd(const BrokenEnd* end) override {
    if (end != nullptr) reply_.end = *end;
  }
  Reply& reply() { return reply_; }

 private:
  Reply reply_;
};

}  // namespace reprise

#endif  // REPRISE_TRANSPORT_H_
