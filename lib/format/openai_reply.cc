#include "lib/format/openai_reply.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, 3) == kByteOrderMark) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Is something said of an error? `"error": null`, `""`, `false` and `{}` say that there is none.
bool TellsError(const JsonView& error) {
  return error && !error.Is(JsonKind::kFalse) && error.Raw() != "\"\"" && error.Raw() != "{}";
}

// A character outside the basic plane may come as two escapes in two fragments: decoded one by one they are surrogates
// of three bytes each. Joins such pairs; a lone half becomes U+FFFD, so that what is understood is UTF-8.
void MendSurrogates(std::string& text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  const auto half = [&](std::size_t i) -> unsigned {  // the surrogate that starts at byte i, or 0
    if (i + 2 >= text.size() || text[i] != '\xED' || static_cast<unsigned char>(text[i + 1]) < 0xA0) return 0;
    return 0xD000u | (static_cast<unsigned>(text[i + 1]) & 0x3F) << 6 | (static_cast<unsigned>(text[i + 2]) & 0x3F);
  };
  if (text.find('\xED') == std::string::npos) return;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned high = half(i);
    if (high == 0) {
      out.push_back(text[i++]);
      continue;
    }
    const unsigned low = half(i + 3);
    if (high >= 0xDC00 || low < 0xDC00) {
      out += kReplacement;
      i += 3;
      continue;
    }
    const unsigned code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    for (const unsigned byte :
         {0xF0 | code >> 18, 0x80 | (code >> 12 & 0x3F), 0x80 | (code >> 6 & 0x3F), 0x80 | (code & 0x3F)}) {
      out.push_back(static_cast<char>(byte));
    }
    i += 6;
  }
  text = std::move(out);
}

// A call under way: its fragments name it by index, or by id, or not at all.
struct OpenCall {
  std::optional<std::int64_t> index;
  ToolCall call;
};

struct Choice {
  std::string text, refusal, reasoning, finish_reason;
  std::vector<OpenCall> calls;
  std::vector<TokenLogprob> logprobs;
};

// Gathers what chunks say; a whole reply is one chunk whose choices have `message` in the place of `delta`. Perplexity
// sends both: an empty `delta` in whole replies, and in streams a `message` that grows.
class Gatherer {
 public:
  Gatherer(Reply& reply, bool streamed) : reply_(reply), streamed_(streamed) {}

  void Add(const JsonView& root) {
    if (TellsError(root["error"]) || root["object"].Text() == "error" || TellsError(root["x_groq"]["error"])) {
      AddError(root);
    }
    if (std::string model = root["model"].Text(); reply_.model.answered.empty())
      reply_.model.answered = std::move(model);
    if (std::string print = root["system_fingerprint"].Text(); !print.empty()) reply_.fingerprint = std::move(print);
    if (const std::string version = root["metadata"]["weight_version"].Text();
        !version.empty() && version != "default" && reply_.model.pin.empty()) {
      reply_.model.pin = version;
    }
    AddUsage(root["usage"] ? root["usage"] : root["x_groq"]["usage"]);
    std::int64_t position = 0;
    for (const JsonView& choice : root["choices"].Elements()) {
      AddChoice(choice, choices_[choice["index"].Integer().value_or(position)]);
      ++position;
    }
  }

  // The first error wins: what follows it is a consequence.
  void AddError(const JsonView& root);

  void Finish() {
    if (choices_.empty()) return;
    for (auto& [index, choice] : choices_) {
      for (std::string* text : {&choice.text, &choice.refusal, &choice.reasoning}) MendSurrogates(*text);
      for (OpenCall& open : choice.calls) MendSurrogates(open.call.arguments);
    }
    Choice& first = choices_.begin()->second;
    reply_.text = first.text;
    reply_.refusal = std::move(first.refusal);
    reply_.reasoning = std::move(first.reasoning);
    reply_.finish_reason = std::move(first.finish_reason);
    reply_.logprobs = std::move(first.logprobs);
    for (OpenCall& open : first.calls) reply_.tool_calls.push_back(std::move(open.call));
    if (choices_.size() < 2) return;
    for (auto& [index, choice] : choices_) reply_.choices.push_back(std::move(choice.text));
  }

 private:
  void AddUsage(const JsonView& usage) {
    const auto take = [&](const char* name, std::optional<std::int64_t>& count) {
      if (const std::optional<std::int64_t> told = usage[name].Integer()) count = told;
    };
    take("prompt_tokens", reply_.usage.prompt_tokens);
    take("completion_tokens", reply_.usage.completion_tokens);
    take("total_tokens", reply_.usage.total_tokens);
  }

  void AddChoice(const JsonView& view, Choice& choice) {
    const char* first = streamed_ ? "delta" : "message";
    const JsonView said = view[first] ? view[first] : view[streamed_ ? "message" : "delta"];
    choice.text += ContentText(said["content"], &choice.reasoning);
    choice.text += said["audio"]["transcript"].Text();  // spoken, with `content` null
    choice.refusal += said["refusal"].Text();
    choice.reasoning += Thought(said);
    for (const JsonView& call : said["tool_calls"].Elements()) AddToolCall(call, choice.calls);
    if (said["function_call"]) AddFunctionCall(said["function_call"], choice.calls);
    if (std::string finish = view["finish_reason"].Text(); !finish.empty()) choice.finish_reason = std::move(finish);
    for (const JsonView& token : view["logprobs"]["content"].Elements()) choice.logprobs.push_back(Logprob(token));
    if (TellsError(view["error"])) AddError(view);  // OpenRouter tells of one choice's failure there
  }

  // Some send the same under two or three names.
  static std::string Thought(const JsonView& said) {
    for (const char* name : {"reasoning_content", "reasoning"}) {
      if (std::string text = said[name].Text(); !text.empty()) return text;
    }
    std::string out;
    for (const JsonView& detail : said["reasoning_details"].Elements()) out += detail["text"].Text();
    return out;
  }

  static TokenLogprob Logprob(const JsonView& view) {
    TokenLogprob out;
    out.token = view["token"].Text();
    out.logprob = view["logprob"].Number().value_or(0);
    for (const JsonView& top : view["top_logprobs"].Elements()) {
      out.top.emplace_back(top["token"].Text(), top["logprob"].Number().value_or(0));
    }
    return out;
  }

  static void AddToolCall(const JsonView& view, std::vector<OpenCall>& calls) {
    const JsonView function = view["function"] ? view["function"] : view["custom"];
    const std::string id = view["id"].Text();
    const std::string name = function["name"].Text();
    const std::optional<std::int64_t> index = view["index"].Integer();
    OpenCall& open = Find(calls, index, id, !name.empty());
    if (open.call.id.empty()) open.call.id = id;
    // Some repeat the name with every fragment; who sends it in pieces sends others.
    if (open.call.name != name) open.call.name += name;
    open.call.arguments += function["arguments"] ? function["arguments"].TextOrRaw() : function["input"].TextOrRaw();
  }

  // The call a fragment belongs to: that of its index, unless it has an id of its own and opens another (Gemini's
  // OpenAI route gives each whole call the index 0); without an index that of its id; with neither the last one.
  static OpenCall& Find(std::vector<OpenCall>& calls, std::optional<std::int64_t> index, const std::string& id,
                        bool named) {
    const auto found = std::find_if(calls.rbegin(), calls.rend(), [&](const OpenCall& open) {
      return index ? open.index == index : !id.empty() && open.call.id == id;
    });
    if (found != calls.rend()) {
      const bool opens_another = named && !id.empty() && !found->call.id.empty() && found->call.id != id;
      if (!opens_another) return *found;
    } else if (!index && id.empty() && !named && !calls.empty()) {
      return calls.back();
    }
    calls.push_back({index, {}});
    return calls.back();
  }

  // The form before tools: one call, without an id. Snowflake sends an empty one beside tool calls.
  static void AddFunctionCall(const JsonView& view, std::vector<OpenCall>& calls) {
    const std::string name = view["name"].Text();
    if (name.empty() && view["arguments"].TextOrRaw().empty()) return;
    if (calls.empty()) calls.emplace_back();
    if (calls.front().call.name != name) calls.front().call.name += name;
    calls.front().call.arguments += view["arguments"].TextOrRaw();
  }

  Reply& reply_;
  const bool streamed_;
  std::map<std::int64_t, Choice> choices_;
};

// The sentence in an error of any of the known shapes, or "".
std::string ErrorText(const JsonView& root) {
  if (root.Is(JsonKind::kArray)) {  // Gemini's OpenAI route
    for (const JsonView& element : root.Elements()) {
      if (std::string text = ErrorText(element); !text.empty()) return text;
    }
    return {};
  }
  const JsonView error = TellsError(root["error"]) ? root["error"] : root["x_groq"]["error"];
  if (error.Is(JsonKind::kObject)) {
    const JsonView message = error["message"];
    return message ? message.TextOrRaw() : std::string(error.Raw());
  }
  if (TellsError(error)) return error.TextOrRaw();
  for (const char* name : {"message", "detail", "errors", "error_message"}) {
    const JsonView told = root[name];
    if (!told) continue;
    const std::vector<JsonView> list = told.Elements();  // FastAPI: [{"loc": [...], "msg": "..."}]
    if (!list.empty() && list[0]["msg"]) return list[0]["msg"].TextOrRaw() + " at " + std::string(list[0]["loc"].Raw());
    if (!list.empty() && list[0]["message"]) return list[0]["message"].TextOrRaw();
    return told.TextOrRaw();
  }
  return {};
}

void Gatherer::AddError(const JsonView& root) {
  if (!reply_.error.empty()) return;
  reply_.error = ErrorText(root);
  if (reply_.error.empty()) reply_.error = "an error without a message";
}

// What to say of a failure whose body says nothing that we understand.
std::string BareError(int status, std::string_view body) {
  constexpr std::size_t kLongest = 300;
  std::string out = "HTTP " + std::to_string(status);
  body = Trim(body);
  if (body.empty()) return out + " with an empty body";
  if (!wire::IsUtf8(body)) return out + " with a body that is not text";
  if (body.size() > kLongest) {
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(body[end]) & 0xC0) == 0x80) --end;
    return out + ": " + std::string(body.substr(0, end)) + "...";
  }
  return out + ": " + std::string(body);
}

void ReadStream(std::string_view body, Gatherer& gatherer) {
  for (const wire::SseEvent& event : wire::ParseSse(body)) {
    const std::string_view data = Trim(event.data);
    if (data.substr(0, 6) == "[DONE]") return;
    const Result<JsonTree> tree = JsonTree::Parse(data);
    if (!tree.ok()) continue;
    const JsonView root(*tree);
    gatherer.Add(root);
    if (event.type == "error") gatherer.AddError(root);
  }
}

// transformers names the model "org/name@<commit>" when the caller asked for a commit.
std::string CommitOf(const std::string& model) {
  const std::size_t at = model.rfind('@');
  if (at == std::string::npos || model.size() - at - 1 != 40) return {};
  const std::string commit = model.substr(at + 1);
  return commit.find_first_not_of("0123456789abcdef") == std::string::npos ? commit : std::string();
}

}  // namespace

std::string ContentText(const JsonView& content, std::string* thinking) {
  if (!content.Is(JsonKind::kArray)) return content.TextOrRaw();  // Cloudflare: structured output as an object
  std::string out;
  for (const JsonView& part : content.Elements()) {
    const std::string type = part["type"].Text();
    if (part.Is(JsonKind::kString)) {
      out += part.Text();
    } else if (type == "thinking" || type == "reasoning") {
      const JsonView thought = part["thinking"] ? part["thinking"] : part["text"];
      if (thinking != nullptr) *thinking += ContentText(thought);
    } else if (part["text"]) {
      out += part["text"].Text();
    } else if (part["refusal"]) {
      out += part["refusal"].Text();
    } else {
      const std::size_t end = type.find('_');
      out += type == "input_audio" ? "[audio]" : "[" + (type.empty() ? "part" : type.substr(0, end)) + "]";
    }
  }
  return out;
}

void ReadOpenAiReply(Reply& reply) {
  reply.text.clear();
  reply.refusal.clear();
  reply.reasoning.clear();
  reply.tool_calls.clear();
  reply.finish_reason.clear();
  reply.usage = {};
  reply.model.answered.clear();
  reply.fingerprint.clear();
  reply.error.clear();
  reply.logprobs.clear();
  reply.choices.clear();

  const std::string_view body = Trim(reply.body);
  const bool streamed = body.empty() || (body.front() != '{' && body.front() != '[');
  Gatherer gatherer(reply, streamed);
  if (!streamed) {
    if (const Result<JsonTree> tree = JsonTree::Parse(body); tree.ok()) {
      const JsonView root(*tree);
      gatherer.Add(root);
      if (reply.status >= 400 && !ErrorText(root).empty()) gatherer.AddError(root);
    }
  } else {
    ReadStream(reply.body, gatherer);
  }
  gatherer.Finish();
  if (reply.status >= 400 && reply.error.empty()) reply.error = BareError(reply.status, reply.body);
  if (reply.model.pin.empty()) reply.model.pin = CommitOf(reply.model.answered);
}

}  // namespace reprise::format
