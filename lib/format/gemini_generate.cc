#include "lib/format/gemini_generate.h"

#include <algorithm>

#include "lib/format/chat_parts.h"
#include "lib/format/continuation.h"
#include "lib/format/gemini_reply.h"
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

constexpr std::string_view kName = "gemini.generate";
constexpr std::string_view kProvider = "Gemini";
constexpr std::string_view kWhole = ":generateContent", kStreamed = ":streamGenerateContent";

// Members of `generationConfig` in Google's spelling; said as parameters, they go there.
constexpr std::string_view kGenerationMembers[] = {"audioTimestamp",
                                                   "candidateCount",
                                                   "enableAffectiveDialog",
                                                   "frequencyPenalty",
                                                   "imageConfig",
                                                   "logprobs",
                                                   "maxOutputTokens",
                                                   "mediaResolution",
                                                   "presencePenalty",
                                                   "responseJsonSchema",
                                                   "responseLogprobs",
                                                   "responseMimeType",
                                                   "responseModalities",
                                                   "responseSchema",
                                                   "routingConfig",
                                                   "seed",
                                                   "speechConfig",
                                                   "stopSequences",
                                                   "temperature",
                                                   "thinkingConfig",
                                                   "topK",
                                                   "topP"};

struct Word {
  std::string_view ours, theirs;
};
constexpr Word kWords[] = {{"temperature", "temperature"},
                           {"top_p", "topP"},
                           {"top_k", "topK"},
                           {"seed", "seed"},
                           {"max_tokens", "maxOutputTokens"},
                           {"max_completion_tokens", "maxOutputTokens"},
                           {"n", "candidateCount"},
                           {"presence_penalty", "presencePenalty"},
                           {"frequency_penalty", "frequencyPenalty"},
                           {"logprobs", "responseLogprobs"},
                           {"top_logprobs", "logprobs"}};

// One segment of a path: letters, digits and what names of models hold stand; all else is %XX.
std::string EncodeSegment(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '@' || c == '/';
    if (plain)
      out += c;
    else
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return out;
}

// A last segment such as "v1", "v1beta", "v1beta1".
bool EndsInVersion(std::string_view path) {
  const std::string_view last = path.substr(path.find_last_of('/') + 1);
  return last.size() > 1 && last[0] == 'v' && last[1] >= '0' && last[1] <= '9' &&
         last.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

Result<std::string> UrlBelow(std::string_view base_url, const ChatRequest& chat) {
  Result<BaseUrl> base =
      ReadBaseUrl(base_url, "a Gemini server",
                  "https://generativelanguage.googleapis.com or "
                  "https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION/"
                  "publishers/google");
  if (!base.ok()) return base.status();
  std::string& url = base->path;
  if (!EndsInVersion(url) && !EndsWith(url, "/publishers/google")) url += "/v1beta";
  // "tunedModels/my-model" and the like name their collection themselves.
  url += chat.model.find('/') == std::string::npos ? "/models/" : "/";
  url += EncodeSegment(chat.model);
  url += chat.stream ? kStreamed : kWhole;
  url += base->query;
  if (chat.stream) url += base->query.empty() ? "?alt=sse" : "&alt=sse";
  return url;
}

// ".../models/gemini-2.5-pro:generateContent" -> the path's end with a colon, decoded; "" for another path.
struct PathParts {
  std::string model;
  bool streamed = false;
};
std::optional<PathParts> ReadPath(std::string_view url) {
  const std::string path = wire::PercentDecode(PathOf(url));
  const std::size_t colon = path.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string_view verb = std::string_view(path).substr(colon);
  if (verb != kWhole && verb != kStreamed) return std::nullopt;
  const std::string before = path.substr(0, colon);
  std::size_t begin = before.rfind("/models/");
  if (begin == std::string::npos) {
    begin = before.rfind('/');  // "tunedModels/x": the collection belongs to the name
    begin = begin == std::string::npos || begin == 0 ? begin : before.rfind('/', begin - 1);
    begin = begin == std::string::npos ? 0 : begin + 1;
  } else {
    begin += std::string_view("/models/").size();
  }
  return PathParts{before.substr(begin), verb == kStreamed};
}

// A member by its camelCase name or its snake_case one; both are right in Google's JSON.
JsonView Either(const JsonView& object, std::string_view camel) {
  if (const JsonView value = object[camel]) return value;
  std::string snake;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z') snake += '_';
    snake += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return object[snake];
}

std::string MediaName(const JsonView& data) {
  const std::string type = TextOf(Either(data, "mimeType"));
  const std::string kind = type.substr(0, type.find('/'));
  return "[" + (kind.empty() ? "file" : kind == "application" || kind == "text" ? "document" : kind) + "]";
}

// Parts of text join as they are; what a tool was told or told stands on a line of its own.
std::string PartsText(const JsonView& content) {
  if (content.Is(JsonKind::kString)) return TextOf(content);
  std::string out;
  bool plain = true;
  const auto line = [&](const std::string& text) {
    if (!out.empty()) out += '\n';
    out += text;
    plain = false;
  };
  std::vector<JsonView> parts = content["parts"].Elements();
  if (parts.empty() && content["parts"]) parts = {content["parts"]};  // one part without its array
  if (parts.empty() && content["text"]) parts = {content};
  for (const JsonView& part : parts) {
    if (const JsonView call = Either(part, "functionCall")) {
      line("-> " + TextOf(call["name"]) + "(" + (call["args"] ? CompactJson(call["args"]) : "") + ")");
      continue;
    }
    if (const JsonView result = Either(part, "functionResponse")) {
      line("<- " + TextOf(result["name"]) + ": " + CompactJson(result["response"]));
      continue;
    }
    if (!plain) out += '\n';
    plain = true;
    if (part["thought"].Is(JsonKind::kTrue)) {
      out += "[thinking]";
    } else if (part["text"]) {
      out += TextOf(part["text"]);
    } else if (const JsonView data =
                   Either(part, "inlineData") ? Either(part, "inlineData") : Either(part, "fileData")) {
      out += MediaName(data);
    } else if (Either(part, "executableCode") || Either(part, "codeExecutionResult")) {
      out += "[code]";
    } else {
      std::string kind = "part";  // of a tool of the provider's own, or newer than this
      for (const auto& [member, value] : part.Members())
        if (member != "thoughtSignature" && value.Is(JsonKind::kObject)) kind = member;
      out += "[" + kind + "]";
    }
  }
  return out;
}

std::string TextPart(const std::string& text) { return "{\"text\":" + QuoteJson(text) + "}"; }

class Writer {
 public:
  explicit Writer(const ChatRequest& chat) : chat_(chat) {}

  Status Write(std::string& body) {
    REPRISE_RETURN_IF_ERROR(WriteTurns());
    const auto said = SaidParameters(chat_, {"model", "contents", "messages", "systemInstruction", "stream"});
    if (!said.ok()) return said.status();
    for (const auto& parameter : *said) REPRISE_RETURN_IF_ERROR(WriteParameter(*parameter));
    if (!config_.empty()) body_.Add("generationConfig", config_.Text());
    body = body_.Text();
    return Status();
  }

 private:
  Status WriteTurns() {
    std::string contents, system;
    const auto add = [&contents](const std::string& role, const std::string& parts) {
      if (!contents.empty()) contents += ',';
      contents += "{\"role\":" + QuoteJson(role) + ",\"parts\":[" + parts + "]}";
    };
    for (std::size_t i = 0; i < chat_.turns.size(); ++i) {
      const ChatRequest::Turn& turn = chat_.turns[i];
      if (IsSystem(turn)) {
        REPRISE_RETURN_IF_ERROR(CheckSystem(chat_, i, kProvider));
        system += (system.empty() ? "" : ",") + TextPart(turn.text);
      } else if (turn.role == "tool") {
        const Result<std::string> parts = ToolResults(chat_, i, ResultPart);
        if (!parts.ok()) return parts.status();
        add("user", *parts);
      } else if (const Continuation back(turn, kName); back.value().Is(JsonKind::kArray)) {
        const std::string_view array = back.value().Raw();
        add("model", std::string(array.substr(1, array.size() - 2)));
      } else {
        std::string parts = turn.text.empty() && !turn.tool_calls.empty() ? "" : TextPart(turn.text);
        for (const ToolCall& call : turn.tool_calls) {
          const Result<std::string> arguments = ArgumentsObject(chat_, i, call);
          if (!arguments.ok()) return arguments.status();
          JsonObject object;
          if (!call.id.empty()) object.Add("id", QuoteJson(call.id));
          object.Add("name", QuoteJson(call.name)).Add("args", *arguments);
          parts += (parts.empty() ? "" : ",") + ("{\"functionCall\":" + object.Text() + "}");
        }
        add(turn.role == "assistant" ? "model" : turn.role, parts);
      }
    }
    if (contents.empty())
      return BadRequest("chat request", "has no turn but system text", "Add a turn: .User(\"...\").");
    if (!system.empty()) body_.Add("systemInstruction", "{\"parts\":[" + system + "]}");
    body_.Add("contents", "[" + contents + "]");
    return Status();
  }

  static std::string ResultPart(const ToolCall& call, const std::string& text) {
    const Result<JsonTree> tree = JsonTree::Parse(text);
    const bool object = tree.ok() && JsonView(*tree).Is(JsonKind::kObject);
    JsonObject response;
    if (!call.id.empty()) response.Add("id", QuoteJson(call.id));
    response.Add("name", QuoteJson(call.name)).Add("response", object ? text : "{\"result\":" + QuoteJson(text) + "}");
    return "{\"functionResponse\":" + response.Text() + "}";
  }

  Status WriteParameter(const Parameter& parameter) {
    const std::string& name = parameter.name;
    // The same name with another meaning: a number is Google's.
    if (name == "logprobs" && parameter.value().Is(JsonKind::kNumber)) {
      config_.Add(name, parameter.json);
      return Status();
    }
    for (const Word& word : kWords) {
      if (name != word.ours) continue;
      config_.Add(word.theirs, parameter.json);
      return Status();
    }
    if (name == "stop") {
      config_.Add("stopSequences", StopArray(parameter));
    } else if (name == "tools") {
      WriteTools(parameter.value());
    } else if (name == "tool_choice") {
      return WriteToolChoice(parameter.value());
    } else if (name == "response_format") {
      return WriteResponseFormat(parameter.value());
    } else if (name == "generationConfig") {
      for (const auto& [member, value] : parameter.value().Members()) config_.Add(member, value.Raw());
    } else if (name == "reasoning_effort") {
      return NoWordFor(name, kProvider, "Say it in Gemini's words: Param(\"thinkingConfig\", ...).");
    } else if (name == "logit_bias" || name == "user" || name == "parallel_tool_calls") {
      return NoWordFor(name, kProvider, "Leave it away where Gemini is asked.");
    } else if (std::find(std::begin(kGenerationMembers), std::end(kGenerationMembers), name) !=
               std::end(kGenerationMembers)) {
      config_.Add(name, parameter.json);
    } else if (name != "stream_options") {  // that asks for the usage, which always comes
      body_.Add(name, parameter.json);
    }
    return Status();
  }

  void WriteTools(const JsonView& tools) {
    std::string functions, others;
    for (const FunctionTool& tool : ReadTools(tools)) {
      if (tool.name.empty()) {
        others += (others.empty() ? "" : ",") + tool.json;
        continue;
      }
      JsonObject object;
      object.Add("name", QuoteJson(tool.name));
      if (!tool.description.empty()) object.Add("description", tool.description);
      if (!tool.schema.empty()) object.Add("parametersJsonSchema", tool.schema);
      functions += (functions.empty() ? "" : ",") + object.Text();
    }
    if (!functions.empty()) functions = "{\"functionDeclarations\":[" + functions + "]}";
    body_.Add("tools", "[" + functions + (functions.empty() || others.empty() ? "" : ",") + others + "]");
  }

  Status WriteToolChoice(const JsonView& said) {
    const ToolChoice choice = ReadToolChoice(said);
    JsonObject config;
    if (choice.kind == "auto") {
      config.Add("mode", "\"AUTO\"");
    } else if (choice.kind == "none") {
      config.Add("mode", "\"NONE\"");
    } else if (!choice.kind.empty()) {
      config.Add("mode", "\"ANY\"");
    } else {
      return BadRequest("parameter \"tool_choice\"", "is none that Gemini knows",
                        "Say auto, none, required, or the name of a tool; or Param(\"toolConfig\", ...).");
    }
    if (choice.kind == "named") config.Add("allowedFunctionNames", "[" + QuoteJson(choice.name) + "]");
    body_.Add("toolConfig", "{\"functionCallingConfig\":" + config.Text() + "}");
    return Status();
  }

  Status WriteResponseFormat(const JsonView& said) {
    const ResponseFormat format = ReadResponseFormat(said);
    if (format.kind.empty()) {
      return BadRequest("parameter \"response_format\"", "is none that Gemini knows",
                        "Say text, json_object or json_schema; or Param(\"responseMimeType\", ...).");
    }
    config_.Add("responseMimeType", format.kind == "text" ? "\"text/plain\"" : "\"application/json\"");
    if (!format.schema.empty()) config_.Add("responseJsonSchema", format.schema);
    return Status();
  }

  const ChatRequest& chat_;
  JsonObject body_, config_;
};

class GeminiGenerateAdapter final : public JsonAdapter {
 public:
  std::string_view name() const override { return kName; }

  bool Recognises(const Request& request) const override {
    return request.method == "POST" && ReadPath(request.url).has_value();
  }

  // An OAuth token, as Vertex AI wants one, goes where such tokens go; all else is a key.
  Header Credential(std::string_view secret, std::string_view) const override {
    if (secret.substr(0, 5) == "ya29.") return {"Authorization", "Bearer " + std::string(secret)};
    return {"x-goog-api-key", std::string(secret)};
  }

  std::vector<std::string> VolatileFields() const override {
    std::vector<std::string> out;
    // A stream without `alt=sse` is one array.
    for (const std::string chunk : {"", "/*"}) {
      for (const char* field :
           {"/responseId", "/createTime", "/candidates/*/content/parts/*/thoughtSignature",
            "/candidates/*/content/parts/*/functionCall/id", "/candidates/*/avgLogprobs",
            "/candidates/*/logprobsResult", "/candidates/*/finishMessage", "/candidates/*/groundingMetadata",
            "/usageMetadata/thoughtsTokenCount", "/usageMetadata/cachedContentTokenCount",
            "/usageMetadata/cacheTokensDetails", "/usageMetadata/trafficType", "/usageMetadata/serviceTier",
            "/error/details/*/retryDelay"}) {
        out.push_back(chunk + field);
      }
    }
    return out;
  }

 private:
  std::string_view Example() const override { return "gemini/gemini-2.5-flash"; }
  std::string_view StreamType() const override { return "text/event-stream"; }
  Result<std::string> Url(const ChatRequest& chat, std::string_view base_url) const override {
    return UrlBelow(base_url, chat);
  }
  Status WriteBody(const ChatRequest& chat, std::string& body) const override { return Writer(chat).Write(body); }

  void ReadBody(const JsonView& root, const Request& request, Prompt& prompt) const override {
    const std::optional<PathParts> path = ReadPath(request.url);
    prompt.stream = path && path->streamed;
    for (const auto& [member, value] : root.Members()) {
      if (member == "systemInstruction" || member == "system_instruction")
        prompt.messages.insert(prompt.messages.begin(), {"system", PartsText(value), "/" + member});
      else if (member == "contents")
        ReadContents(value, prompt);
      else if (member == "tools")
        ReadToolNames(value, prompt);
      else if (member == "generationConfig" || member == "generation_config")
        for (const auto& [name, setting] : value.Members())
          prompt.parameters.emplace_back(member + "." + name, setting.Raw());
      else if (member != "model")
        prompt.parameters.emplace_back(member, value.Raw());
    }
  }

  std::string ModelOf(const JsonView& root, const std::string& url) const override {
    const std::optional<PathParts> path = ReadPath(url);
    return path ? path->model : WithoutModels(TextOf(root["model"]));
  }

  void ReadReplyBody(Reply& reply) const override { ReadGeminiReply(reply); }

  static void ReadContents(const JsonView& contents, Prompt& prompt) {
    const auto add = [&prompt](const JsonView& content, std::string pointer) {
      std::string role = TextOf(content["role"]);
      if (role.empty()) role = "user";
      prompt.messages.push_back({std::move(role), PartsText(content), std::move(pointer)});
    };
    if (!contents.Is(JsonKind::kArray)) return add(contents, "/contents");  // one content without its array
    std::size_t index = 0;
    for (const JsonView& content : contents.Elements()) add(content, "/contents/" + std::to_string(index++));
  }

  static void ReadToolNames(const JsonView& tools, Prompt& prompt) {
    for (const JsonView& tool : tools.Elements()) {
      for (const auto& [member, value] : tool.Members()) {
        if (member != "functionDeclarations" && member != "function_declarations") {
          prompt.tools.push_back(member);
          continue;
        }
        for (const JsonView& function : value.Elements()) prompt.tools.push_back(TextOf(function["name"]));
      }
    }
  }
};

}  // namespace

const Adapter& GeminiGenerate() {
  static const GeminiGenerateAdapter adapter;
  return adapter;
}

}  // namespace reprise::format
