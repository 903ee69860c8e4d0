#include "lib/format/anthropic_messages.h"

#include "lib/format/anthropic_reply.h"
#include "lib/format/chat_parts.h"
#include "lib/format/continuation.h"
#include "lib/format/json_adapter.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_text.h"
#include "lib/wire/json_view.h"
#include "lib/wire/url.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;
using wire::QuoteJson;

constexpr std::string_view kProvider = "Anthropic's Messages API";
constexpr std::string_view kName = "anthropic.messages";
constexpr std::string_view kPath = "/v1/messages";

// "https://host" -> "https://host/v1/messages"; a base URL may have the "/v1" already.
Result<std::string> UrlBelow(std::string_view base_url) {
  Result<BaseUrl> base =
      ReadBaseUrl(base_url, "an Anthropic-style server", "https://api.anthropic.com or http://localhost:11434");
  if (!base.ok()) return base.status();
  if (EndsWith(base->path, "/v1"))
    base->path += "/messages";
  else if (!EndsWith(base->path, kPath))
    base->path += kPath;
  return base->path + base->query;
}

// Vertex AI: ".../publishers/anthropic/models/claude-x@20250101:streamRawPredict" names the model. "" elsewhere.
std::string ModelInPath(std::string_view url) {
  constexpr std::string_view kMark = "/publishers/anthropic/models/";
  const std::string path = wire::PercentDecode(PathOf(url));
  const std::size_t at = path.find(kMark);
  if (at == std::string::npos) return {};
  const std::string rest = path.substr(at + kMark.size());
  const std::size_t verb = rest.rfind(':');
  if (verb == std::string::npos) return {};
  return rest.substr(verb) == ":rawPredict" || rest.substr(verb) == ":streamRawPredict" ? rest.substr(0, verb) : "";
}

// Text as a human reads it of one block; `thinking` blocks are named, not told.
std::string BlockText(const JsonView& block) {
  const std::string type = block["type"].Text();
  if (block.Is(JsonKind::kString)) return TextOf(block);
  if (type == "text") return TextOf(block["text"]);
  if (EndsWith(type, "tool_use"))
    return "-> " + TextOf(block["name"]) + "(" + (block["input"] ? CompactJson(block["input"]) : "") + ")";
  if (type == "tool_result") {
    std::string text;
    const JsonView content = block["content"];
    if (!content.Is(JsonKind::kArray)) text = content.Is(JsonKind::kString) ? TextOf(content) : CompactJson(content);
    for (const JsonView& part : content.Elements()) text += BlockText(part);
    return "<- " + std::string(block["is_error"].Is(JsonKind::kTrue) ? "error: " : "") + text;
  }
  std::string name = type.empty() ? "part" : type;
  for (char& c : name)
    if (c == '_') c = ' ';
  return "[" + name + "]";
}

// Blocks of text join as they are; what a tool was told or told stands on a line of its own.
std::string ContentOf(const JsonView& content) {
  if (!content.Is(JsonKind::kArray)) return content.Is(JsonKind::kString) ? TextOf(content) : std::string();
  std::string out;
  bool plain = true;
  for (const JsonView& block : content.Elements()) {
    const std::string text = BlockText(block);
    const bool arrow = text.substr(0, 3) == "-> " || text.substr(0, 3) == "<- ";
    if (!out.empty() && (arrow || !plain)) out += '\n';
    plain = !arrow;
    out += text;
  }
  return out;
}

std::string TextBlock(const std::string& text) { return "{\"type\":\"text\",\"text\":" + QuoteJson(text) + "}"; }

// The members of a request that are put together from several parameters.
class Writer {
 public:
  explicit Writer(const ChatRequest& chat) : chat_(chat) {}

  Status Write(std::string& body) {
    body_.Add("model", QuoteJson(chat_.model));
    REPRISE_RETURN_IF_ERROR(WriteTurns());
    const auto said = SaidParameters(chat_, {"model", "messages", "system", "stream"});
    if (!said.ok()) return said.status();
    for (const auto& parameter : *said) REPRISE_RETURN_IF_ERROR(WriteParameter(*parameter));
    if (!limited_) {
      return BadRequest("chat request", "says no max_tokens, and " + std::string(kProvider) + " requires it",
                        "Say how many tokens the answer may have: .MaxTokens(1024).");
    }
    REPRISE_RETURN_IF_ERROR(WriteToolChoice());
    if (!output_config_.empty()) body_.Add("output_config", output_config_.Text());
    if (chat_.stream) body_.Add("stream", "true");
    body = body_.Text();
    return Status();
  }

 private:
  Status WriteTurns() {
    std::vector<std::string> system;
    std::string messages;
    const auto add = [&messages](const std::string& role, const std::string& content) {
      if (!messages.empty()) messages += ',';
      messages += "{\"role\":" + QuoteJson(role) + ",\"content\":" + content + "}";
    };
    for (std::size_t i = 0; i < chat_.turns.size(); ++i) {
      const ChatRequest::Turn& turn = chat_.turns[i];
      if (IsSystem(turn)) {
        REPRISE_RETURN_IF_ERROR(CheckSystem(chat_, i, kProvider));
        system.push_back(turn.text);
      } else if (turn.role == "tool") {
        const Result<std::string> results = ToolResults(chat_, i, [](const ToolCall& call, const std::string& text) {
          return "{\"type\":\"tool_result\",\"tool_use_id\":" + QuoteJson(call.id) + ",\"content\":" + QuoteJson(text) +
                 "}";
        });
        if (!results.ok()) return results.status();
        add("user", "[" + *results + "]");
      } else if (const Continuation back(turn, kName); back.value().Is(JsonKind::kArray)) {
        add(turn.role, std::string(back.value().Raw()));
      } else if (!turn.tool_calls.empty()) {
        std::string blocks = turn.text.empty() ? "" : TextBlock(turn.text);
        for (const ToolCall& call : turn.tool_calls) {
          const Result<std::string> input = ArgumentsObject(chat_, i, call);
          if (!input.ok()) return input.status();
          blocks += (blocks.empty() ? "" : ",") + ("{\"type\":\"tool_use\",\"id\":" + QuoteJson(call.id) +
                                                   ",\"name\":" + QuoteJson(call.name) + ",\"input\":" + *input + "}");
        }
        add(turn.role, "[" + blocks + "]");
      } else {
        add(turn.role, QuoteJson(turn.text));
      }
    }
    if (messages.empty())
      return BadRequest("chat request", "has no turn but system text", "Add a turn: .User(\"...\").");
    // Several are several blocks: joining them would make a text that nobody said.
    if (system.size() == 1) body_.Add("system", QuoteJson(system[0]));
    if (system.size() > 1) {
      std::string blocks;
      for (const std::string& text : system) blocks += (blocks.empty() ? "" : ",") + TextBlock(text);
      body_.Add("system", "[" + blocks + "]");
    }
    body_.Add("messages", "[" + messages + "]");
    return Status();
  }

  Status WriteParameter(const Parameter& parameter) {
    const std::string& name = parameter.name;
    if (name == "max_tokens" || name == "max_completion_tokens") {
      limited_ = true;
      body_.Add("max_tokens", parameter.json);
    } else if (name == "stop") {
      body_.Add("stop_sequences", StopArray(parameter));
    } else if (name == "tools") {
      body_.Add("tools", Tools(parameter.value()));
    } else if (name == "tool_choice") {
      tool_choice_ = parameter.json;
    } else if (name == "parallel_tool_calls") {
      one_call_ = parameter.value().Is(JsonKind::kFalse);
    } else if (name == "response_format") {
      const ResponseFormat format = ReadResponseFormat(parameter.value());
      if (format.kind == "text") return Status();
      if (format.kind != "json_schema") {
        return BadRequest("parameter \"response_format\"", "is none that " + std::string(kProvider) + " knows",
                          "Give a schema: {\"type\": \"json_schema\", \"json_schema\": {\"schema\": ...}}.");
      }
      output_config_.Add("format", "{\"type\":\"json_schema\",\"schema\":" + format.schema + "}");
    } else if (name == "reasoning_effort") {
      output_config_.Add("effort", parameter.json);
    } else if (name == "output_config") {
      for (const auto& [member, value] : parameter.value().Members()) output_config_.Add(member, value.Raw());
    } else if (name == "user") {
      body_.Add("metadata", "{\"user_id\":" + parameter.json + "}");
    } else if (name == "stream_options") {
      // Asks for the usage, which always comes.
    } else {
      for (const std::string_view none :
           {"seed", "logprobs", "top_logprobs", "n", "presence_penalty", "frequency_penalty", "logit_bias"}) {
        if (name == none) return NoWordFor(name, kProvider, "Leave it away where Anthropic is asked.");
      }
      body_.Add(name, parameter.json);
    }
    return Status();
  }

  static std::string Tools(const JsonView& tools) {
    std::string out = "[";
    for (const FunctionTool& tool : ReadTools(tools)) {
      if (out.size() > 1) out += ',';
      if (tool.name.empty()) {
        out += tool.json;
        continue;
      }
      JsonObject object;
      object.Add("name", QuoteJson(tool.name));
      if (!tool.description.empty()) object.Add("description", tool.description);
      object.Add("input_schema", tool.schema.empty() ? "{\"type\":\"object\"}" : tool.schema);
      out += object.Text();
    }
    return out + "]";
  }

  Status WriteToolChoice() {
    if (tool_choice_.empty() && !one_call_) return Status();
    JsonObject choice;
    if (tool_choice_.empty()) {
      choice.Add("type", "\"auto\"");
    } else {
      const Result<JsonTree> tree = JsonTree::Parse(tool_choice_);
      const JsonView said(*tree);
      const ToolChoice read = ReadToolChoice(said);
      if (read.kind == "required") {
        choice.Add("type", "\"any\"");
      } else if (read.kind == "named") {
        choice.Add("type", "\"tool\"").Add("name", QuoteJson(read.name));
      } else if (!read.kind.empty()) {
        choice.Add("type", QuoteJson(read.kind));
      } else if (said.Is(JsonKind::kObject)) {  // in Anthropic's own words
        for (const auto& [member, value] : said.Members()) choice.Add(member, value.Raw());
      } else {
        return BadRequest("parameter \"tool_choice\"", "is none that " + std::string(kProvider) + " knows",
                          "Say auto, none, required, or the name of a tool.");
      }
    }
    if (one_call_) choice.Add("disable_parallel_tool_use", "true");
    body_.Add("tool_choice", choice.Text());
    return Status();
  }

  const ChatRequest& chat_;
  JsonObject body_, output_config_;
  std::string tool_choice_;  // JSON text
  bool one_call_ = false, limited_ = false;
};

class AnthropicMessagesAdapter final : public JsonAdapter {
 public:
  std::string_view name() const override { return kName; }

  bool Recognises(const Request& request) const override {
    return request.method == "POST" && (EndsWith(PathOf(request.url), kPath) || !ModelInPath(request.url).empty());
  }

  // An OAuth token goes where such tokens go, and so does what a variable calls one (ANTHROPIC_AUTH_TOKEN, of a
  // gateway); all else is a key.
  Header Credential(std::string_view secret, std::string_view variable) const override {
    if (secret.substr(0, 10) == "sk-ant-oat" || EndsWith(variable, "_AUTH_TOKEN"))
      return {"Authorization", "Bearer " + std::string(secret)};
    return {"x-api-key", std::string(secret)};
  }

  std::vector<std::string> VolatileFields() const override {
    std::vector<std::string> out = {"/content/*/id",       "/content/*/signature",
                                    "/content/*/data",     "/content/*/tool_use_id",
                                    "/content_block/id",   "/content_block/signature",
                                    "/content_block/data", "/content_block/tool_use_id",
                                    "/delta/signature",    "/request_id",
                                    "/delta/container/id", "/delta/container/expires_at"};
    for (const std::string message : {"", "/message"}) {
      for (const char* field : {"/id", "/container/id", "/container/expires_at", "/usage/cache_creation_input_tokens",
                                "/usage/cache_read_input_tokens", "/usage/cache_creation", "/usage/service_tier",
                                "/usage/inference_geo", "/usage/iterations"}) {
        out.push_back(message + field);
      }
    }
    return out;
  }

 private:
  std::string_view Example() const override { return "anthropic/claude-sonnet-4-5-20250929"; }
  std::string_view StreamType() const override { return "text/event-stream"; }
  Headers OwnHeaders() const override { return {{"anthropic-version", "2023-06-01"}}; }
  Result<std::string> Url(const ChatRequest&, std::string_view base_url) const override { return UrlBelow(base_url); }
  Status WriteBody(const ChatRequest& chat, std::string& body) const override { return Writer(chat).Write(body); }

  void ReadBody(const JsonView& root, const Request&, Prompt& prompt) const override {
    prompt.stream = root["stream"].Is(JsonKind::kTrue);
    if (root["system"]) prompt.messages.push_back({"system", ContentOf(root["system"]), "/system"});
    std::size_t index = 0;
    for (const JsonView& message : root["messages"].Elements()) {
      prompt.messages.push_back(
          {TextOf(message["role"]), ContentOf(message["content"]), "/messages/" + std::to_string(index++)});
    }
    for (const JsonView& tool : root["tools"].Elements())
      prompt.tools.push_back(TextOf(tool[tool["name"] ? "name" : "type"]));
    for (const auto& [member, value] : root.Members()) {
      if (member == "model" || member == "stream" || member == "system" || member == "messages" || member == "tools")
        continue;
      prompt.parameters.emplace_back(member, value.Raw());
    }
  }

  std::string ModelOf(const JsonView& root, const std::string& url) const override {
    std::string model = TextOf(root["model"]);
    return model.empty() ? ModelInPath(url) : model;
  }

  void ReadReplyBody(Reply& reply) const override { ReadAnthropicReply(reply); }
};

}  // namespace

const Adapter& AnthropicMessages() {
  static const AnthropicMessagesAdapter adapter;
  return adapter;
}

}  // namespace reprise::format
