// Continuations: what a provider wants back, unchanged, when its reply becomes a turn of the conversation. Anthropic
// and Gemini sign thoughts and refuse a tool's result whose call has lost its signature; others want thoughts returned.
//
// A continuation is a JSON object with one member: the name of the format, and what that format's writer puts into the
// turn. So a conversation that goes on with another provider is told the text and the tool calls, and no riddles.
//
// Values and pure functions, any thread.
#ifndef REPRISE_FORMAT_CONTINUATION_H_
#define REPRISE_FORMAT_CONTINUATION_H_

#include <map>
#include <string>
#include <string_view>

#include "lib/format/adapter.h"
#include "lib/wire/json_view.h"

namespace reprise::format {

// "" where `json` is no JSON (a stream broke in it): half of what was signed is worth nothing.
std::string MakeContinuation(std::string_view format, const std::string& json);

// The JSON that this format has put into the turn, or nothing.
class Continuation {
 public:
  Continuation(const ChatRequest::Turn& turn, std::string_view format);
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;
  wire::JsonView value() const { return tree_.ok() ? wire::JsonView(*tree_)[format_] : wire::JsonView(); }

 private:
  const std::string_view format_;
  const Result<wire::JsonTree> tree_;
};

// Members of an object of the provider's, by name, each as JSON text: one spelling, whether they came whole or in
// pieces.
using JsonMembers = std::map<std::string, std::string>;
// Those of `object` but for nulls.
JsonMembers MembersOf(const wire::JsonView& object);
std::string ObjectText(const JsonMembers& members);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_CONTINUATION_H_
