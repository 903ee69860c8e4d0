#include "lib/format/chat_parts.h"

#include <algorithm>

#include "lib/wire/json_text.h"

namespace reprise::format {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;
using wire::QuoteJson;

namespace {

// A name that an object has twice, or "".
std::string RepeatedName(const JsonView& object) {
  std::vector<std::string> seen;
  for (const auto& [name, value] : object.Members()) {
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return name;
    seen.push_back(name);
  }
  return {};
}

}  // namespace

std::string_view PathOf(std::string_view url) { return url.substr(0, url.find_first_of("?#")); }

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

Status BadRequest(std::string object, std::string reason, std::string next) {
  return Status(ErrorKind::kUsage, std::move(object), std::move(reason), std::move(next));
}

Status NoWordFor(std::string_view parameter, std::string_view provider, std::string next) {
  return BadRequest("parameter \"" + std::string(parameter) + "\"", std::string(provider) + " has nothing like it",
                    std::move(next));
}

Result<BaseUrl> ReadBaseUrl(std::string_view base_url, std::string_view server, std::string_view examples) {
  const bool http = base_url.substr(0, 7) == "http://" || base_url.substr(0, 8) == "https://";
  const std::size_t host = base_url.find("://") + 3;
  if (!http || host >= base_url.size() || base_url[host] == '/') {
    return BadRequest(base_url.empty() ? "base URL" : std::string(base_url),
                      "is not a base URL of " + std::string(server), "Give one such as " + std::string(examples) + ".");
  }
  std::string_view path = PathOf(base_url);
  const std::string_view query = base_url.substr(path.size());
  while (EndsWith(path, "/")) path.remove_suffix(1);
  return BaseUrl{std::string(path), std::string(query)};
}

JsonObject& JsonObject::Add(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_ += QuoteJson(name) + ':';
  members_ += json;
  return *this;
}

Parameter::Parameter(std::string said_name, std::string said_json)
    : name(std::move(said_name)), json(std::move(said_json)), tree(JsonTree::Parse(json)) {}

Result<std::vector<std::unique_ptr<Parameter>>> SaidParameters(const ChatRequest& chat,
                                                               std::initializer_list<std::string_view> own) {
  std::vector<std::unique_ptr<Parameter>> out;
  const auto& all = chat.parameters;
  for (auto it = all.begin(); it != all.end(); ++it) {
    const auto same = [&](const auto& other) { return other.first == it->first; };
    if (std::find_if(all.begin(), it, same) != it) continue;
    auto said = std::make_unique<Parameter>(it->first, std::find_if(all.rbegin(), all.rend(), same)->second);
    const std::string object = "parameter \"" + said->name + "\"";
    if (std::find(own.begin(), own.end(), said->name) != own.end()) {
      return BadRequest(object, "is written by the request itself",
                        "Say the model in Chat(), the turns by .System() and .User(), the delivery by .Stream().");
    }
    if (!said->tree.ok()) {
      return BadRequest(object, "its value is not JSON: " + said->tree.status().reason(),
                        "Quote texts: \"\\\"auto\\\"\".");
    }
    out.push_back(std::move(said));
  }
  return out;
}

Status CheckChat(const ChatRequest& chat, std::string_view example) {
  if (chat.model.empty())
    return BadRequest("chat request", "names no model", "Name one: Chat(\"" + std::string(example) + "\").");
  if (chat.turns.empty()) return BadRequest("chat request", "says nothing", "Add a turn: .User(\"...\").");
  bool names = wire::IsUtf8(chat.model);
  for (std::size_t i = 0; i < chat.turns.size(); ++i) {
    const ChatRequest::Turn& turn = chat.turns[i];
    if (!wire::IsUtf8(turn.text)) {
      return BadRequest(TurnName(chat, i), "its text is not UTF-8", "Requests are JSON; convert the text first.");
    }
    if (!turn.continuation.empty() && !JsonTree::Parse(turn.continuation).ok())
      return BadRequest(TurnName(chat, i), "its continuation is not JSON", "Leave it as it came in the reply.");
    names = names && wire::IsUtf8(turn.role) && wire::IsUtf8(turn.tool_call_id);
    for (const ToolCall& call : turn.tool_calls)
      names = names && wire::IsUtf8(call.id) && wire::IsUtf8(call.name) && wire::IsUtf8(call.arguments);
  }
  for (const auto& [name, json] : chat.parameters) names = names && wire::IsUtf8(name);
  if (!names) return BadRequest("chat request", "is not UTF-8", "Requests are JSON; convert names and ids first.");
  return Status();
}

Status CheckBody(const Request& request) {
  const Result<JsonTree> tree = JsonTree::Parse(request.body);
  if (!tree.ok()) return BadRequest("chat request", "is not UTF-8", "Requests are JSON; convert names and ids first.");
  const JsonView root(*tree);
  std::string twice = RepeatedName(root);
  for (const auto& [name, value] : root.Members())
    if (twice.empty()) twice = RepeatedName(value);
  if (twice.empty()) return Status();
  return BadRequest("chat request", "says \"" + twice + "\" twice, once in the words of each of two formats",
                    "Say it once.");
}

std::string TurnName(const ChatRequest& chat, std::size_t index) {
  return "turn " + std::to_string(index + 1) + " (" + chat.turns[index].role + ")";
}

bool IsSystem(const ChatRequest::Turn& turn) { return turn.role == "system" || turn.role == "developer"; }

Status CheckSystem(const ChatRequest& chat, std::size_t turn, std::string_view provider) {
  if (turn == 0 || IsSystem(chat.turns[turn - 1])) return Status();
  return BadRequest(TurnName(chat, turn),
                    "stands inside the conversation; " + std::string(provider) + " has system text before it only",
                    "Say it first, or as a user's turn.");
}

Result<std::string> ArgumentsObject(const ChatRequest& chat, std::size_t turn, const ToolCall& call) {
  if (call.arguments.empty()) return std::string("{}");
  const Result<JsonTree> tree = JsonTree::Parse(call.arguments);
  if (!tree.ok() || !JsonView(*tree).Is(JsonKind::kObject)) {
    return BadRequest(TurnName(chat, turn), "the arguments of its call of \"" + call.name + "\" are no JSON object",
                      "This provider takes no other; leave the call away, or mend it.");
  }
  return call.arguments;
}

Result<const ToolCall*> CallAnswered(const ChatRequest& chat, std::size_t index) {
  const std::string& id = chat.turns[index].tool_call_id;
  const ToolCall* named = nullptr;
  std::vector<const ToolCall*> open;  // calls without an answer so far, as far as the order tells
  for (std::size_t i = 0; i < index; ++i) {
    const ChatRequest::Turn& turn = chat.turns[i];
    if (!turn.tool_calls.empty()) open.clear();
    for (const ToolCall& call : turn.tool_calls) {
      open.push_back(&call);
      if (!id.empty() && call.id == id) return &call;
      if (!id.empty() && call.name == id) named = &call;
    }
    if (turn.role == "tool" && !open.empty()) open.erase(open.begin());
  }
  if (named != nullptr) return named;
  if (id.empty() && !open.empty()) return open.front();
  return BadRequest(TurnName(chat, index), "answers no call of the conversation before it",
                    "Say the assistant's turn with its calls first: .Assistant(reply.text, reply.tool_calls).");
}

Result<std::string> ToolResults(const ChatRequest& chat, std::size_t& turn,
                                const std::function<std::string(const ToolCall&, const std::string&)>& element) {
  std::string out;
  for (; turn < chat.turns.size() && chat.turns[turn].role == "tool"; ++turn) {
    const Result<const ToolCall*> call = CallAnswered(chat, turn);
    if (!call.ok()) return call.status();
    out += (out.empty() ? "" : ",") + element(**call, chat.turns[turn].text);
  }
  --turn;
  return out;
}

std::vector<FunctionTool> ReadTools(const JsonView& tools) {
  std::vector<FunctionTool> out;
  for (const JsonView& element : tools.Elements()) {
    FunctionTool& tool = out.emplace_back();
    tool.json = element.Raw();
    const JsonView function = element["function"];
    if (element["type"].Text() != "function" || !function["name"].Is(JsonKind::kString)) continue;
    tool.name = function["name"].Text();
    if (function["description"]) tool.description = function["description"].Raw();
    if (function["parameters"]) tool.schema = function["parameters"].Raw();
  }
  return out;
}

ToolChoice ReadToolChoice(const JsonView& choice) {
  const std::string word = choice.Text();
  if (word == "auto" || word == "none" || word == "required") return {word, ""};
  const JsonView name = choice["function"]["name"];
  if (choice["type"].Text() == "function" && name.Is(JsonKind::kString)) return {"named", name.Text()};
  return {};
}

ResponseFormat ReadResponseFormat(const JsonView& format) {
  const std::string type = format["type"].Text();
  if (type == "text" || type == "json_object") return {type, ""};
  const JsonView schema = format["json_schema"]["schema"];
  if (type == "json_schema" && schema) return {type, std::string(schema.Raw())};
  return {};
}

std::string StopArray(const Parameter& stop) {
  return stop.value().Is(JsonKind::kString) ? "[" + stop.json + "]" : stop.json;
}

}  // namespace reprise::format
