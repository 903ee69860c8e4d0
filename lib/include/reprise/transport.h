// Transport: one verb. Send this request, push the reply into this sink.
//
// A recorder is a transport that has a transport; a replayer is one that has a cassette; the engine is one that has a
// model. Nobody above can tell them apart. Implementations must allow `Send` from several threads at once.
#ifndef REPRISE_TRANSPORT_H_
#define REPRISE_TRANSPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise {

// Receives a reply: one head, then chunks in order, then one end. All calls come from the thread that called `Send`.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void OnHead(int status, const Headers& headers) = 0;
  // One delivery of the body, and the milliseconds since the one before (since the request, for the first).
  // Returns false when the receiver has gone: the transport stops, and ends with "closed".
  virtual bool OnChunk(std::string_view bytes, std::uint32_t ms) = 0;
  // `end` is null when the reply was complete.
  virtual void OnEnd(const BrokenEnd* end) = 0;
};

// What travels beside a request, and is no part of what was asked of the model.
struct SendContext {
  std::string lane = "main";
  std::string credential;  // value to authenticate with upstream; never stored, never logged
  int auth = 0;            // its alias, part of the key
  std::string pin;         // what names the weights, when the caller knows (Record with a snapshot)
  std::string place;       // "file:line" of the Ask, for messages
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Returns OK when a reply was delivered, whatever its HTTP status, and also when it broke in the middle (the sink
  // was told). An error status means that no head was delivered.
  virtual Status Send(const Request& request, const SendContext& context, ReplySink& sink) = 0;
  // One line for messages and debugging: "replay of Chat/AsksTwice.reprise", "https://api.openai.com".
  virtual std::string Describe() const = 0;
};

// Collects a reply into a `Reply`; the usual sink.
class CollectingSink : public ReplySink {
 public:
  void OnHead(int status, const Headers& headers) override {
    reply_.status = status;
    reply_.headers = headers;
  }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override {
    reply_.body.append(bytes);
    reply_.cuts.push_back(bytes.size());
    reply_.ms.push_back(ms);
    return true;
  }
  void OnEnd(const BrokenEnd* end) override {
    if (end != nullptr) reply_.end = *end;
  }
  Reply& reply() { return reply_; }

 private:
  Reply reply_;
};

}  // namespace reprise

#endif  // REPRISE_TRANSPORT_H_
