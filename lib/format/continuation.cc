#include "lib/format/continuation.h"

#include "lib/format/chat_parts.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_text.h"

namespace reprise::format {

using wire::JsonTree;
using wire::JsonView;

std::string MakeContinuation(std::string_view format, const std::string& json) {
  std::string text = JsonObject().Add(format, json).Text();
  return JsonTree::Parse(text).ok() ? text : std::string();
}

Continuation::Continuation(const ChatRequest::Turn& turn, std::string_view format)
    : format_(format), tree_(JsonTree::Parse(turn.continuation)) {}

JsonMembers MembersOf(const JsonView& object) {
  JsonMembers out;
  for (const auto& [name, value] : object.Members())
    if (value) out[name] = CompactJson(value);
  return out;
}

std::string ObjectText(const JsonMembers& members) {
  JsonObject object;
  for (const auto& [name, json] : members) object.Add(name, json);
  return object.Text();
}

}  // namespace reprise::format
