#include "lib/format/openai_reply.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "lib/format/continuation.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_text.h"
#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonView;

// A call under way: its fragments name it by index, or by id, or not at all.
struct OpenCall {
  std::optional<std::int64_t> index;
  ToolCall call;
  JsonMembers extra;  // beside the function: Gemini's signature
};

// What some providers want back with a turn that called tools.
constexpr const char* kThoughts[] = {"reasoning_content", "reasoning"};

// An element of OpenRouter's `reasoning_details`: a stream brings its texts in pieces.
struct ThoughtDetail {
  std::map<std::string, std::string> texts;
  JsonMembers members;
};

struct Choice {
  std::string text, refusal, reasoning, finish_reason;
  std::vector<OpenCall> calls;
  std::vector<TokenLogprob> logprobs;
  std::map<std::string, std::string> thoughts;    // by their names, as texts
  std::map<std::int64_t, ThoughtDetail> details;  // of `reasoning_details`, by index
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

  void AddError(const JsonView& root) { TellError(root, reply_); }

  void Finish() {
    if (choices_.empty()) return;
    for (auto& [index, choice] : choices_) {
      for (std::string* text : {&choice.text, &choice.refusal, &choice.reasoning}) MendSurrogates(*text);
      for (OpenCall& open : choice.calls) MendSurrogates(open.call.arguments);
    }
    Choice& first = choices_.begin()->second;
    reply_.continuation = ContinuationOf(first);
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
    AddThoughts(said, choice);
    for (const JsonView& call : said["tool_calls"].Elements()) AddToolCall(call, choice.calls);
    if (said["function_call"]) AddFunctionCall(said["function_call"], choice.calls);
    if (std::string finish = view["finish_reason"].Text(); !finish.empty()) choice.finish_reason = std::move(finish);
    for (const JsonView& token : view["logprobs"]["content"].Elements()) choice.logprobs.push_back(Logprob(token));
    if (TellsError(view["error"])) AddError(view);  // OpenRouter tells of one choice's failure there
  }

  // Some send the same under two or three names.
  static std::string Thought(const JsonView& said) {
    for (const char* name : kThoughts) {
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
    if (view["extra_content"]) open.extra["extra_content"] = CompactJson(view["extra_content"]);
  }

  static void AddThoughts(const JsonView& said, Choice& choice) {
    for (const char* name : kThoughts)
      if (std::string text = said[name].Text(); !text.empty()) choice.thoughts[name] += text;
    std::int64_t position = 0;
    for (const JsonView& view : said["reasoning_details"].Elements()) {
      ThoughtDetail& detail = choice.details[view["index"].Integer().value_or(position++)];
      for (auto& [name, json] : MembersOf(view)) {
        if (name == "text" || name == "summary" || name == "data")
          detail.texts[name] += view[name].Text();
        else
          detail.members[name] = json;
      }
    }
  }

  // Only of a turn that called tools: it is there that thoughts are wanted back, and elsewhere some refuse them.
  static std::string ContinuationOf(Choice& choice) {
    JsonMembers message;
    for (auto& [name, text] : choice.thoughts) {
      MendSurrogates(text);
      message[name] = wire::QuoteJson(text);
    }
    std::string details;
    for (auto& [index, detail] : choice.details) {
      for (auto& [name, text] : detail.texts) {
        MendSurrogates(text);
        detail.members[name] = wire::QuoteJson(text);
      }
      details += (details.empty() ? "" : ",") + ObjectText(detail.members);
    }
    if (!details.empty()) message["reasoning_details"] = "[" + details + "]";
    std::string calls;
    bool extra = false;
    for (const OpenCall& open : choice.calls) {
      extra = extra || !open.extra.empty();
      calls += (calls.empty() ? "" : ",") + ObjectText(open.extra);
    }
    if (choice.calls.empty() || (message.empty() && !extra)) return {};
    return MakeContinuation("openai.chat",
                            ObjectText({{"message", ObjectText(message)}, {"calls", "[" + calls + "]"}}));
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
    calls.push_back({index, {}, {}});
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

void ReadStream(std::string_view body, Gatherer& gatherer) {
  for (const wire::SseEvent& event : wire::ParseSse(body)) {
    const std::string_view data = TrimBody(event.data);
    if (data.substr(0, 6) == "[DONE]") return;
    const ReplyPiece piece(data);
    if (!piece.root()) continue;
    gatherer.Add(piece.root());
    if (event.type == "error") gatherer.AddError(piece.root());
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
  ForgetMeaning(reply);
  const std::string_view body = TrimBody(reply.body);
  const bool streamed = body.empty() || (body.front() != '{' && body.front() != '[');
  Gatherer gatherer(reply, streamed);
  if (!streamed) {
    gatherer.Add(ReplyPiece(body).root());
  } else {
    ReadStream(reply.body, gatherer);
  }
  gatherer.Finish();
  TellFailure(reply);
  if (reply.model.pin.empty()) reply.model.pin = CommitOf(reply.model.answered);
}

}  // namespace reprise::format
