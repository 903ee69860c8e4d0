// Adapter: one per wire format; a pure translation with no I/O, and the only place that knows the provider's words.
#ifndef REPRISE_FORMAT_ADAPTER_H_
#define REPRISE_FORMAT_ADAPTER_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::format {

// A conversation as a human reads it; what `show`, misses and reports print.
struct Message {
  std::string role;     // "system", "user", "assistant", "tool"
  std::string text;     // parts joined; a part that is no text stands as "[image]", "[audio]"
  std::string pointer;  // JSON pointer of the message in the body: "/messages/1"
};
struct Prompt {
  std::string model;
  bool stream = false;
  std::vector<Message> messages;
  // Name and JSON text, sorted as sent. Where the provider groups them, the group stands before: "options.seed".
  std::vector<std::pair<std::string, std::string>> parameters;
  std::vector<std::string> tools;  // names
};

// A chat request in no provider's words; what `Ask` sends to the deck. JSON texts are as the caller gave them.
struct ChatRequest {
  std::string model;
  struct Turn {
    std::string role, text;
    std::vector<ToolCall> tool_calls;  // of an assistant turn
    std::string tool_call_id;          // of a tool turn
    std::string continuation = {};     // of an assistant turn: Reply::continuation
  };
  std::vector<Turn> turns;
  bool stream = false;
  // Name and JSON text, in the order of the calls: "temperature": "0", "seed": "42", "tools": "[...]". Names are those
  // of the OpenAI format; an adapter translates them, and refuses those for which its provider has no word. Names that
  // are no word of that format pass through as they are.
  std::vector<std::pair<std::string, std::string>> parameters;
};

class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual std::string_view name() const = 0;  // "openai.chat"
  // Does a request to this path look like ours? Used for imported and opaque traffic.
  virtual bool Recognises(const Request& request) const = 0;
  // Bytes of a chat request: method, URL below `base_url`, headers (without credentials), body.
  virtual Result<Request> Write(const ChatRequest& chat, std::string_view base_url) const = 0;
  // Header that carries the credential: name and value ("Authorization", "Bearer sk-..."). `variable`: where it was
  // found, or ""; providers tell keys from tokens by it.
  virtual Header Credential(std::string_view secret, std::string_view variable) const = 0;
  virtual std::optional<Prompt> ReadRequest(const Request& request) const = 0;
  // Fills the second half of `reply` (text, tool calls, usage, continuation, ...) from its bytes, whole or streamed
  // alike; also `reply.model`, with `asked` from the request. Bytes that do not parse leave the fields empty.
  virtual void ReadReply(const Request& request, Reply& reply) const = 0;
  // JSON pointers ("*" for any) of reply fields that differ at every run: "/id", "/created".
  virtual std::vector<std::string> VolatileFields() const = 0;
};

// All of them, static; and their names for a sentence: "openai.chat, anthropic.messages, ...".
const std::vector<const Adapter*>& AllAdapters();
std::string AdapterNames();
// The adapter of that name, or null. Static lifetime.
const Adapter* FindAdapter(std::string_view name);
// The adapter that recognises the request, or null.
const Adapter* RecogniseAdapter(const Request& request);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_ADAPTER_H_
