// What the writers of all formats share: a chat request taken apart, so that each says it in its provider's words.
//
// The names of parameters are those of the OpenAI format (adapter.h). What a provider has no word for is refused with a
// sentence rather than dropped: a seed that nobody heeds would be a promise that nobody keeps.
//
// Values and pure functions, any thread.
#ifndef REPRISE_FORMAT_CHAT_PARTS_H_
#define REPRISE_FORMAT_CHAT_PARTS_H_

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/format/adapter.h"
#include "lib/wire/json_view.h"

namespace reprise::format {

std::string_view PathOf(std::string_view url);  // all before the query
bool EndsWith(std::string_view text, std::string_view end);

Status BadRequest(std::string object, std::string reason, std::string next);
// A parameter that this provider has no word for.
Status NoWordFor(std::string_view parameter, std::string_view provider, std::string next);

// A base URL without the slashes at its end, and its query with the '?'.
struct BaseUrl {
  std::string path;   // "https://host/v1"
  std::string query;  // "?api-version=1", or ""
};
// `server` and `examples` complete the sentence where it is none: "an OpenAI-style server", "https://... or ...".
Result<BaseUrl> ReadBaseUrl(std::string_view base_url, std::string_view server, std::string_view examples);

// Builds the text of one JSON object.
class JsonObject {
 public:
  JsonObject& Add(std::string_view name, std::string_view json);
  bool empty() const { return members_.empty(); }
  std::string Text() const { return '{' + members_ + '}'; }

 private:
  std::string members_;
};

// A parameter: name, JSON text and its tree. Copies would lose the text under the tree, so there are none.
struct Parameter {
  Parameter(std::string name, std::string json);
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;
  wire::JsonView value() const { return wire::JsonView(*tree); }

  const std::string name, json;
  const Result<wire::JsonTree> tree;
};
// What was said, each name once: the last value, in the place of the first. Errors: a value that is no JSON, a name
// that is one of `own` ("model", "messages", ...), which the request itself writes.
Result<std::vector<std::unique_ptr<Parameter>>> SaidParameters(const ChatRequest& chat,
                                                               std::initializer_list<std::string_view> own);

// Does it name a model, say something, and say it in UTF-8? `example` for the sentence: "openai/gpt-4o-mini".
Status CheckChat(const ChatRequest& chat, std::string_view example);
// The last look at what was written. A lone surrogate in a tool's name is JSON, but no UTF-8; `stop` and
// `stop_sequences` may both have been said.
Status CheckBody(const Request& request);
// "turn 2 (user)"
std::string TurnName(const ChatRequest& chat, std::size_t index);
bool IsSystem(const ChatRequest::Turn& turn);  // also "developer"
// For providers that have system text before the conversation only: an error where one stands inside it.
Status CheckSystem(const ChatRequest& chat, std::size_t turn, std::string_view provider);
// The arguments of a call as the text of a JSON object; none at all is {}.
Result<std::string> ArgumentsObject(const ChatRequest& chat, std::size_t turn, const ToolCall& call);
// The call that the tool turn at `index` answers: of that id; of that name; or, without an id, the next in order. An
// error where there is none.
Result<const ToolCall*> CallAnswered(const ChatRequest& chat, std::size_t index);
// What stands for the tool turns that follow one another from `turn` on, joined by commas: `element` of each call and
// its result. `turn` is then the last of them.
Result<std::string> ToolResults(const ChatRequest& chat, std::size_t& turn,
                                const std::function<std::string(const ToolCall&, const std::string&)>& element);

// An element of `tools` in the OpenAI form. Another form (a provider's own tool) has no name and stands in `json`.
struct FunctionTool {
  std::string name;
  std::string description, schema;  // JSON texts; "" where absent
  std::string json;                 // the element as it is
};
std::vector<FunctionTool> ReadTools(const wire::JsonView& tools);

// `tool_choice`: "auto", "none", "required", or "named" with the name of a function; "" for any other form.
struct ToolChoice {
  std::string kind, name;
};
ToolChoice ReadToolChoice(const wire::JsonView& choice);

// `response_format`: "text", "json_object", or "json_schema" with the schema; "" for any other form.
struct ResponseFormat {
  std::string kind, schema;
};
ResponseFormat ReadResponseFormat(const wire::JsonView& format);

// `stop` as an array: a string is one of one element.
std::string StopArray(const Parameter& stop);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_CHAT_PARTS_H_
