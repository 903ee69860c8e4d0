#include "lib/format/openai_chat.h"

#include <algorithm>

#include "lib/format/openai_reply.h"
#include "lib/wire/json_text.h"
#include "lib/wire/json_view.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;
using wire::QuoteJson;

constexpr std::string_view kPath = "/chat/completions";

std::string_view PathOf(std::string_view url) { return url.substr(0, url.find_first_of("?#")); }

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

Status Bad(std::string object, std::string reason, std::string next) {
  return Status(ErrorKind::kUsage, std::move(object), std::move(reason), std::move(next));
}

// "https://host/v1" -> "https://host/v1/chat/completions"; a query stays at the end, where Azure has its version.
Result<std::string> UrlBelow(std::string_view base_url) {
  const bool http = base_url.substr(0, 7) == "http://" || base_url.substr(0, 8) == "https://";
  const std::size_t host = base_url.find("://") + 3;
  if (!http || host >= base_url.size() || base_url[host] == '/') {
    return Bad(base_url.empty() ? "base URL" : std::string(base_url), "is not a base URL of an OpenAI-style server",
               "Give one such as https://api.openai.com/v1 or http://localhost:8000/v1.");
  }
  std::string_view path = PathOf(base_url);
  const std::string_view query = base_url.substr(path.size());
  while (EndsWith(path, "/")) path.remove_suffix(1);
  std::string url(path);
  if (!EndsWith(path, kPath)) url += kPath;
  return url.append(query);
}

// The model that an Azure deployment's path names, or "".
std::string DeploymentOf(std::string_view url) {
  constexpr std::string_view kMark = "/deployments/";
  const std::string_view path = PathOf(url);
  const std::size_t at = path.find(kMark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = path.substr(at + kMark.size());
  return std::string(rest.substr(0, rest.find('/')));
}

std::string CallsAsText(const JsonView& calls) {
  std::string out;
  for (const JsonView& call : calls.Elements()) {
    const JsonView function = call["function"] ? call["function"] : call["custom"];
    const JsonView arguments = function["arguments"] ? function["arguments"] : function["input"];
    if (!out.empty()) out += '\n';
    out += "-> " + function["name"].Text() + "(" + arguments.TextOrRaw() + ")";
  }
  return out;
}

Status WriteTurn(const ChatRequest::Turn& turn, std::size_t number, std::string& body) {
  if (!wire::IsUtf8(turn.text)) {
    return Bad("turn " + std::to_string(number + 1) + " (" + turn.role + ")", "its text is not UTF-8",
               "Requests are JSON; convert the text first.");
  }
  body += "{\"role\":" + QuoteJson(turn.role) + ",\"content\":";
  body += turn.text.empty() && !turn.tool_calls.empty() ? "null" : QuoteJson(turn.text);
  if (!turn.tool_calls.empty()) {
    body += ",\"tool_calls\":[";
    for (const ToolCall& call : turn.tool_calls) {
      if (&call != &turn.tool_calls.front()) body += ',';
      body += "{\"id\":" + QuoteJson(call.id) +
              ",\"type\":\"function\",\"function\":{\"name\":" + QuoteJson(call.name) +
              ",\"arguments\":" + QuoteJson(call.arguments) + "}}";
    }
    body += ']';
  }
  if (!turn.tool_call_id.empty()) body += ",\"tool_call_id\":" + QuoteJson(turn.tool_call_id);
  body += '}';
  return Status();
}

class OpenAiChatAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "openai.chat"; }

  bool Recognises(const Request& request) const override {
    return request.method == "POST" && EndsWith(PathOf(request.url), kPath);
  }

  Result<Request> Write(const ChatRequest& chat, std::string_view base_url) const override {
    const Result<std::string> url = UrlBelow(base_url);
    if (!url.ok()) return url.status();
    if (chat.model.empty()) return Bad("chat request", "names no model", "Name one: Chat(\"openai/gpt-4o-mini\").");
    if (chat.turns.empty()) return Bad("chat request", "says nothing", "Add a turn: .User(\"...\").");
    Request request;
    request.format = name();
    request.method = "POST";
    request.url = *url;
    request.headers = {{"Content-Type", "application/json"},
                       {"Accept", chat.stream ? "text/event-stream" : "application/json"}};
    std::string& body = request.body;
    body = "{\"model\":" + QuoteJson(chat.model) + ",\"messages\":[";
    for (std::size_t i = 0; i < chat.turns.size(); ++i) {
      if (i > 0) body += ',';
      REPRISE_RETURN_IF_ERROR(WriteTurn(chat.turns[i], i, body));
    }
    body += ']';
    REPRISE_RETURN_IF_ERROR(WriteParameters(chat, body));
    if (chat.stream) body += ",\"stream\":true";
    body += '}';
    if (!wire::IsUtf8(body))
      return Bad("chat request", "is not UTF-8", "Requests are JSON; convert names and ids first.");
    return request;
  }

  Header Credential(std::string_view secret) const override {
    return {"Authorization", "Bearer " + std::string(secret)};
  }

  std::optional<Prompt> ReadRequest(const Request& request) const override {
    const Result<JsonTree> tree = JsonTree::Parse(request.body);
    if (!tree.ok()) return std::nullopt;
    const JsonView root(*tree);
    if (!root.Is(JsonKind::kObject)) return std::nullopt;
    Prompt prompt;
    prompt.model = root["model"].Text();
    if (prompt.model.empty()) prompt.model = DeploymentOf(request.url);
    for (const auto& [member, value] : root.Members()) {
      if (member == "stream") {
        prompt.stream = value.Is(JsonKind::kTrue);
      } else if (member == "messages") {
        ReadMessages(value, prompt);
      } else if (member == "tools" || member == "functions") {
        for (const JsonView& tool : value.Elements()) prompt.tools.push_back(ToolName(tool));
      } else if (member != "model") {
        prompt.parameters.emplace_back(member, value.Raw());
      }
    }
    return prompt;
  }

  void ReadReply(const Request& request, Reply& reply) const override {
    ReadOpenAiReply(reply);
    reply.model.asked.clear();
    if (const Result<JsonTree> tree = JsonTree::Parse(request.body); tree.ok()) {
      reply.model.asked = JsonView(*tree)["model"].Text();
    }
    if (reply.model.asked.empty()) reply.model.asked = DeploymentOf(request.url);
  }

  std::vector<std::string> VolatileFields() const override {
    return {"/id",
            "/created",
            "/obfuscation",
            "/p",
            "/system_fingerprint",
            "/service_tier",
            "/choices/*/message/tool_calls/*/id",
            "/choices/*/delta/tool_calls/*/id",
            "/usage/prompt_tokens_details",
            "/usage/prompt_cache_hit_tokens",
            "/usage/prompt_cache_miss_tokens",
            "/usage/queue_time",
            "/usage/prompt_time",
            "/usage/completion_time",
            "/usage/total_time",
            "/usage/cost",
            "/usage/cost_details",
            "/x_groq",
            "/timings",
            "/metrics",
            "/choices/*/avg_decoded_tokens_per_iter",
            "/kv_transfer_params"};
  }

 private:
  // A name said twice counts once: the last value, in the place of the first.
  static Status WriteParameters(const ChatRequest& chat, std::string& body) {
    const auto& all = chat.parameters;
    for (auto it = all.begin(); it != all.end(); ++it) {
      const std::string& parameter = it->first;
      const auto same = [&](const auto& other) { return other.first == parameter; };
      if (std::find_if(all.begin(), it, same) != it) continue;
      const std::string& json = std::find_if(all.rbegin(), all.rend(), same)->second;
      for (const std::string_view own : {"model", "messages", "stream"}) {
        if (parameter == own) {
          return Bad("parameter \"" + parameter + "\"", "is written by the request itself",
                     "Say the model in Chat(), the turns by .System() and .User(), the delivery by .Stream().");
        }
      }
      if (const Result<JsonTree> tree = JsonTree::Parse(json); !tree.ok()) {
        return Bad("parameter \"" + parameter + "\"", "its value is not JSON: " + tree.status().reason(),
                   "Quote texts: \"\\\"auto\\\"\".");
      }
      body += "," + QuoteJson(parameter) + ":" + json;
    }
    return Status();
  }

  static void ReadMessages(const JsonView& messages, Prompt& prompt) {
    std::size_t index = 0;
    for (const JsonView& view : messages.Elements()) {
      Message message;
      message.role = view["role"].Text();
      message.text = ContentText(view["content"]);
      if (const std::string calls = CallsAsText(view["tool_calls"]); !calls.empty()) {
        message.text += (message.text.empty() ? "" : "\n") + calls;
      }
      message.pointer = "/messages/" + std::to_string(index++);
      prompt.messages.push_back(std::move(message));
    }
  }

  static std::string ToolName(const JsonView& tool) {
    for (const char* kind : {"function", "custom"}) {
      if (tool[kind]["name"]) return tool[kind]["name"].Text();
    }
    return tool["name"] ? tool["name"].Text() : tool["type"].Text();
  }
};

}  // namespace

const Adapter& OpenAiChat() {
  static const OpenAiChatAdapter adapter;
  return adapter;
}

}  // namespace reprise::format
