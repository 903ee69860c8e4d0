#include "lib/format/ollama.h"

#include <algorithm>

#include "lib/format/chat_parts.h"
#include "lib/format/continuation.h"
#include "lib/format/json_adapter.h"
#include "lib/format/ollama_reply.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_text.h"
#include "lib/wire/json_view.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;
using wire::QuoteJson;

constexpr std::string_view kProvider = "Ollama";

// Members of `options`; said as parameters, they go there.
constexpr std::string_view kOptions[] = {"draft_num_predict",
                                         "frequency_penalty",
                                         "min_p",
                                         "num_batch",
                                         "num_ctx",
                                         "num_gpu",
                                         "num_keep",
                                         "num_predict",
                                         "num_thread",
                                         "presence_penalty",
                                         "repeat_last_n",
                                         "repeat_penalty",
                                         "seed",
                                         "temperature",
                                         "top_k",
                                         "top_p",
                                         "typical_p"};

bool IsOption(std::string_view name) {
  return std::find(std::begin(kOptions), std::end(kOptions), name) != std::end(kOptions);
}

Result<std::string> UrlBelow(std::string_view base_url, std::string_view path) {
  Result<BaseUrl> base = ReadBaseUrl(base_url, "an Ollama server", "http://127.0.0.1:11434 or https://ollama.com");
  if (!base.ok()) return base.status();
  if (EndsWith(base->path, "/api"))
    base->path += path.substr(4);
  else if (!EndsWith(base->path, path))
    base->path += path;
  return base->path + base->query;
}

std::string ImagesText(const JsonView& images) {
  std::string out;
  for (std::size_t i = 0; i < images.Elements().size(); ++i) out += "[image]";
  return out;
}

class Writer {
 public:
  explicit Writer(const ChatRequest& chat) : chat_(chat) { body_.Add("model", QuoteJson(chat_.model)); }

  Status WriteMessages() {
    std::string messages;
    for (std::size_t i = 0; i < chat_.turns.size(); ++i) {
      const ChatRequest::Turn& turn = chat_.turns[i];
      JsonObject message;
      message.Add("role", QuoteJson(turn.role == "developer" ? "system" : turn.role));
      message.Add("content", QuoteJson(turn.text));
      const Continuation back(turn, "ollama.chat");
      for (const auto& [name, value] : back.value().Members()) message.Add(name, value.Raw());
      if (!turn.tool_calls.empty()) {
        std::string calls;
        for (const ToolCall& call : turn.tool_calls) {
          const Result<std::string> arguments = ArgumentsObject(chat_, i, call);
          if (!arguments.ok()) return arguments.status();
          JsonObject object;
          if (!call.id.empty()) object.Add("id", QuoteJson(call.id));
          object.Add("function", JsonObject().Add("name", QuoteJson(call.name)).Add("arguments", *arguments).Text());
          calls += (calls.empty() ? "" : ",") + object.Text();
        }
        message.Add("tool_calls", "[" + calls + "]");
      }
      if (turn.role == "tool") {
        const Result<const ToolCall*> call = CallAnswered(chat_, i);
        if (!call.ok()) return call.status();
        message.Add("tool_name", QuoteJson((*call)->name));
        if (!(*call)->id.empty()) message.Add("tool_call_id", QuoteJson((*call)->id));
      }
      messages += (messages.empty() ? "" : ",") + message.Text();
    }
    body_.Add("messages", "[" + messages + "]");
    return Status();
  }

  Status WritePrompt() {
    std::size_t systems = 0;
    while (systems < chat_.turns.size() && IsSystem(chat_.turns[systems])) ++systems;
    const bool one = systems < 2 && chat_.turns.size() == systems + 1 && chat_.turns[systems].role == "user";
    if (!one) {
      return BadRequest("chat request", "is a conversation, and /api/generate takes one prompt",
                        "Say one .User(\"...\"), after one .System(\"...\") at most; or ask the format ollama.chat.");
    }
    if (systems == 1) body_.Add("system", QuoteJson(chat_.turns[0].text));
    body_.Add("prompt", QuoteJson(chat_.turns[systems].text));
    return Status();
  }

  Status WriteParameters(bool with_tools) {
    const auto said = SaidParameters(chat_, {"model", "messages", "prompt", "system", "stream"});
    if (!said.ok()) return said.status();
    for (const auto& parameter : *said) REPRISE_RETURN_IF_ERROR(WriteParameter(*parameter, with_tools));
    if (!options_.empty()) body_.Add("options", options_.Text());
    body_.Add("stream", chat_.stream ? "true" : "false");
    return Status();
  }

  std::string Body() const { return body_.Text(); }

 private:
  Status WriteParameter(const Parameter& parameter, bool with_tools) {
    const std::string& name = parameter.name;
    if (name == "max_tokens" || name == "max_completion_tokens") {
      options_.Add("num_predict", parameter.json);
    } else if (name == "stop") {
      options_.Add("stop", StopArray(parameter));
    } else if (name == "options") {
      for (const auto& [member, value] : parameter.value().Members()) options_.Add(member, value.Raw());
    } else if (name == "response_format") {
      const ResponseFormat format = ReadResponseFormat(parameter.value());
      if (format.kind.empty()) {
        return BadRequest("parameter \"response_format\"", "is none that Ollama knows",
                          "Say text, json_object or json_schema; or Param(\"format\", ...).");
      }
      if (format.kind != "text") body_.Add("format", format.schema.empty() ? "\"json\"" : format.schema);
    } else if (name == "reasoning_effort") {
      body_.Add("think", parameter.json);
    } else if (name == "tool_choice" && ReadToolChoice(parameter.value()).kind == "auto") {
      // What it does.
    } else if (name == "tools" && !with_tools) {
      return NoWordFor(name, "/api/generate", "Ask the format ollama.chat.");
    } else if (name == "n" || name == "tool_choice" || name == "parallel_tool_calls" || name == "logit_bias" ||
               name == "user") {
      return NoWordFor(name, kProvider, "Leave it away where Ollama is asked.");
    } else if (name == "stream_options") {
      // Asks for the usage, which always comes.
    } else if (IsOption(name)) {
      options_.Add(name, parameter.json);
    } else {
      body_.Add(name, parameter.json);
    }
    return Status();
  }

  const ChatRequest& chat_;
  JsonObject body_, options_;
};

class OllamaAdapter final : public JsonAdapter {
 public:
  OllamaAdapter(std::string_view name, std::string_view path) : name_(name), path_(path) {}

  std::string_view name() const override { return name_; }

  // Others have such a path too; a model is named by each request of ours.
  bool Recognises(const Request& request) const override {
    if (request.method != "POST" || !EndsWith(PathOf(request.url), path_)) return false;
    const Result<JsonTree> tree = JsonTree::Parse(request.body);
    return tree.ok() && JsonView(*tree)["model"].Is(JsonKind::kString);
  }

  Header Credential(std::string_view secret, std::string_view) const override {
    return {"Authorization", "Bearer " + std::string(secret)};
  }

  std::vector<std::string> VolatileFields() const override {
    return {"/created_at",    "/total_duration",    "/load_duration",          "/prompt_eval_duration",
            "/eval_duration", "/prompt_eval_count", "/message/tool_calls/*/id"};
  }

 private:
  std::string_view Example() const override { return "ollama/qwen3:0.6b"; }
  std::string_view StreamType() const override { return "application/x-ndjson"; }
  Result<std::string> Url(const ChatRequest&, std::string_view base_url) const override {
    return UrlBelow(base_url, path_);
  }
  Status WriteBody(const ChatRequest& chat, std::string& body) const override {
    Writer writer(chat);
    REPRISE_RETURN_IF_ERROR(IsChat() ? writer.WriteMessages() : writer.WritePrompt());
    REPRISE_RETURN_IF_ERROR(writer.WriteParameters(IsChat()));
    body = writer.Body();
    return Status();
  }

  void ReadBody(const JsonView& root, const Request&, Prompt& prompt) const override {
    prompt.stream = !root["stream"].Is(JsonKind::kFalse);
    if (root["system"]) prompt.messages.push_back({"system", TextOf(root["system"]), "/system"});
    if (root["prompt"])
      prompt.messages.push_back({"user", TextOf(root["prompt"]) + ImagesText(root["images"]), "/prompt"});
    std::size_t index = 0;
    for (const JsonView& message : root["messages"].Elements())
      prompt.messages.push_back(
          {TextOf(message["role"]), MessageText(message), "/messages/" + std::to_string(index++)});
    for (const JsonView& tool : root["tools"].Elements()) prompt.tools.push_back(TextOf(tool["function"]["name"]));
    for (const auto& [member, value] : root.Members()) {
      if (member == "options") {
        for (const auto& [option, setting] : value.Members())
          prompt.parameters.emplace_back("options." + option, setting.Raw());
        continue;
      }
      bool told = false;
      for (const char* part : {"model", "stream", "system", "prompt", "images", "messages", "tools"})
        told = told || member == part;
      if (!told) prompt.parameters.emplace_back(member, value.Raw());
    }
  }

  std::string ModelOf(const JsonView& root, const std::string&) const override { return TextOf(root["model"]); }
  void ReadReplyBody(Reply& reply) const override { ReadOllamaReply(reply); }

  bool IsChat() const { return path_ == "/api/chat"; }

  static std::string MessageText(const JsonView& message) {
    std::string text = TextOf(message["content"]) + ImagesText(message["images"]);
    for (const JsonView& call : message["tool_calls"].Elements()) {
      const JsonView arguments = call["function"]["arguments"];
      text += (text.empty() ? "" : "\n") + ("-> " + TextOf(call["function"]["name"]) + "(") +
              (arguments.Is(JsonKind::kString) ? TextOf(arguments) : CompactJson(arguments)) + ")";
    }
    return text;
  }

  const std::string_view name_, path_;
};

}  // namespace

const Adapter& OllamaChat() {
  static const OllamaAdapter adapter("ollama.chat", "/api/chat");
  return adapter;
}

const Adapter& OllamaGenerate() {
  static const OllamaAdapter adapter("ollama.generate", "/api/generate");
  return adapter;
}

}  // namespace reprise::format
