#include "lib/format/openai_chat.h"

#include "lib/format/chat_parts.h"
#include "lib/format/continuation.h"
#include "lib/format/json_adapter.h"
#include "lib/format/openai_reply.h"
#include "lib/wire/json_text.h"
#include "lib/wire/json_view.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;
using wire::QuoteJson;

constexpr std::string_view kName = "openai.chat";
constexpr std::string_view kPath = "/chat/completions";

// "https://host/v1" -> "https://host/v1/chat/completions"; a query stays at the end, where Azure has its version.
Result<std::string> UrlBelow(std::string_view base_url) {
  Result<BaseUrl> base =
      ReadBaseUrl(base_url, "an OpenAI-style server", "https://api.openai.com/v1 or http://localhost:8000/v1");
  if (!base.ok()) return base.status();
  if (!EndsWith(base->path, kPath)) base->path += kPath;
  return base->path + base->query;
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

void AddMembers(const JsonView& object, std::string& body) {
  for (const auto& [name, value] : object.Members()) body += ',' + QuoteJson(name) + ':' + std::string(value.Raw());
}

void WriteTurn(const ChatRequest::Turn& turn, std::string& body) {
  const Continuation back(turn, kName);
  const std::vector<JsonView> extra = back.value()["calls"].Elements();
  body += "{\"role\":" + QuoteJson(turn.role) + ",\"content\":";
  body += turn.text.empty() && !turn.tool_calls.empty() ? "null" : QuoteJson(turn.text);
  AddMembers(back.value()["message"], body);
  if (!turn.tool_calls.empty()) {
    body += ",\"tool_calls\":[";
    for (std::size_t i = 0; i < turn.tool_calls.size(); ++i) {
      const ToolCall& call = turn.tool_calls[i];
      if (i > 0) body += ',';
      body += "{\"id\":" + QuoteJson(call.id) +
              ",\"type\":\"function\",\"function\":{\"name\":" + QuoteJson(call.name) +
              ",\"arguments\":" + QuoteJson(call.arguments) + "}";
      if (i < extra.size()) AddMembers(extra[i], body);
      body += '}';
    }
    body += ']';
  }
  if (!turn.tool_call_id.empty()) body += ",\"tool_call_id\":" + QuoteJson(turn.tool_call_id);
  body += '}';
}

class OpenAiChatAdapter final : public JsonAdapter {
 public:
  std::string_view name() const override { return kName; }

  bool Recognises(const Request& request) const override {
    return request.method == "POST" && EndsWith(PathOf(request.url), kPath);
  }

  // Azure takes its keys elsewhere; its tokens go where tokens go.
  Header Credential(std::string_view secret, std::string_view variable) const override {
    if (variable.substr(0, 6) == "AZURE_" && EndsWith(variable, "_API_KEY")) return {"api-key", std::string(secret)};
    return {"Authorization", "Bearer " + std::string(secret)};
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
  std::string_view Example() const override { return "openai/gpt-4o-mini"; }
  std::string_view StreamType() const override { return "text/event-stream"; }
  Result<std::string> Url(const ChatRequest&, std::string_view base_url) const override { return UrlBelow(base_url); }

  Status WriteBody(const ChatRequest& chat, std::string& body) const override {
    const auto said = SaidParameters(chat, {"model", "messages", "stream"});
    if (!said.ok()) return said.status();
    body = "{\"model\":" + QuoteJson(chat.model) + ",\"messages\":[";
    for (std::size_t i = 0; i < chat.turns.size(); ++i) {
      if (i > 0) body += ',';
      WriteTurn(chat.turns[i], body);
    }
    body += ']';
    for (const auto& parameter : *said) body += ',' + QuoteJson(parameter->name) + ':' + parameter->json;
    if (chat.stream) body += ",\"stream\":true";
    body += '}';
    return Status();
  }

  void ReadBody(const JsonView& root, const Request&, Prompt& prompt) const override {
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
  }

  std::string ModelOf(const JsonView& root, const std::string& url) const override {
    std::string model = root["model"].Text();
    return model.empty() ? DeploymentOf(url) : model;
  }

  void ReadReplyBody(Reply& reply) const override { ReadOpenAiReply(reply); }

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
