#include "lib/format/gemini_reply.h"

#include <map>
#include <utility>
#include <vector>

#include "lib/format/partial_args.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_objects.h"
#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonView;

struct Call {
  ToolCall call;
  PartialArgs partial;
};

struct Candidate {
  std::string text, reasoning, finish_reason;
  std::vector<Call> calls;
  bool open = false;  // the last call goes on
  std::vector<TokenLogprob> logprobs;
};

// Clients that speak protocol buffers get enums as numbers; these are the same on both services.
std::string FinishReason(const JsonView& reason) {
  static constexpr const char* kNames[] = {"", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"};
  if (reason.Is(JsonKind::kString)) return TextOf(reason);
  const std::int64_t number = reason.Integer().value_or(0);
  return number > 0 && number < 6 ? kNames[number] : reason.TextOrRaw();
}

// Gathers what chunks say; a whole reply is one chunk.
class Gatherer {
 public:
  explicit Gatherer(Reply& reply) : reply_(reply) {}

  void Add(const JsonView& root) {
    if (TellsError(root["error"])) TellError(root, reply_);
    if (std::string model = WithoutModels(TextOf(root["modelVersion"])); reply_.model.answered.empty())
      reply_.model.answered = std::move(model);
    if (root["usageMetadata"].Is(JsonKind::kObject)) ReadUsage(root["usageMetadata"]);
    if (const JsonView feedback = root["promptFeedback"]; feedback["blockReason"]) {
      blocked_ = TextOf(feedback["blockReasonMessage"]);
      if (blocked_.empty()) blocked_ = "the prompt was blocked: " + feedback["blockReason"].TextOrRaw();
      MendSurrogates(blocked_);
    }
    std::int64_t position = 0;
    for (const JsonView& candidate : root["candidates"].Elements()) {
      AddCandidate(candidate, candidates_[candidate["index"].Integer().value_or(position)]);
      ++position;
    }
  }

  void Finish() {
    reply_.refusal = std::move(blocked_);
    if (candidates_.empty()) return;
    for (auto& [index, candidate] : candidates_) {
      MendSurrogates(candidate.text);
      MendSurrogates(candidate.reasoning);
    }
    Candidate& first = candidates_.begin()->second;
    reply_.text = first.text;
    reply_.reasoning = std::move(first.reasoning);
    reply_.finish_reason = std::move(first.finish_reason);
    reply_.logprobs = std::move(first.logprobs);
    for (Call& call : first.calls) {
      if (!call.partial.empty()) call.call.arguments = call.partial.Text();
      reply_.tool_calls.push_back(std::move(call.call));
    }
    if (candidates_.size() < 2) return;
    for (auto& [index, candidate] : candidates_) reply_.choices.push_back(std::move(candidate.text));
  }

 private:
  // Totals grow, but fields come and go, and with tools on the server the counts begin anew: the last chunk has it all.
  void ReadUsage(const JsonView& view) {
    Usage& usage = reply_.usage = {};
    usage.prompt_tokens = view["promptTokenCount"].Integer();
    usage.completion_tokens = view["candidatesTokenCount"].Integer();
    if (const auto thoughts = view["thoughtsTokenCount"].Integer())
      usage.completion_tokens = usage.completion_tokens.value_or(0) + *thoughts;
    usage.total_tokens = view["totalTokenCount"].Integer();
  }

  static void AddCandidate(const JsonView& view, Candidate& candidate) {
    for (const JsonView& part : view["content"]["parts"].Elements()) {
      (part["thought"].Is(JsonKind::kTrue) ? candidate.reasoning : candidate.text) += part["text"].Text();
      if (part["functionCall"].Is(JsonKind::kObject)) AddCall(part["functionCall"], candidate);
    }
    if (std::string reason = FinishReason(view["finishReason"]); !reason.empty())
      candidate.finish_reason = std::move(reason);
    AddLogprobs(view["logprobsResult"], candidate.logprobs);
  }

  // A call without a name goes on with the one before it; an empty one ends it.
  static void AddCall(const JsonView& view, Candidate& candidate) {
    std::string name = TextOf(view["name"]);
    if (name.empty() && !candidate.open) return;
    if (!candidate.open || !name.empty()) {
      candidate.calls.emplace_back();
      candidate.calls.back().call = {TextOf(view["id"]), std::move(name), ""};
    }
    Call& call = candidate.calls.back();
    candidate.open = view["willContinue"].Is(JsonKind::kTrue);
    if (view["args"].Is(JsonKind::kObject)) call.call.arguments = CompactJson(view["args"]);
    for (const JsonView& argument : view["partialArgs"].Elements()) call.partial.Add(argument);
    if (!candidate.open && call.call.arguments.empty()) call.call.arguments = "{}";
  }

  static void AddLogprobs(const JsonView& view, std::vector<TokenLogprob>& logprobs) {
    const std::vector<JsonView> top = view["topCandidates"].Elements();
    std::size_t at = 0;
    for (const JsonView& chosen : view["chosenCandidates"].Elements()) {
      TokenLogprob& token = logprobs.emplace_back();
      token.token = TextOf(chosen["token"]);
      token.logprob = chosen["logProbability"].Number().value_or(0);
      if (at < top.size()) {
        for (const JsonView& other : top[at]["candidates"].Elements())
          token.top.emplace_back(TextOf(other["token"]), other["logProbability"].Number().value_or(0));
      }
      ++at;
    }
  }

  Reply& reply_;
  std::map<std::int64_t, Candidate> candidates_;
  std::string blocked_;
};

void AddObjects(std::string_view text, Gatherer& gatherer) {
  for (const std::string_view object : wire::JsonObjectsIn(text)) gatherer.Add(ReplyPiece(object).root());
}

}  // namespace

std::string WithoutModels(std::string name) {
  constexpr std::string_view kPrefix = "models/";
  if (name.compare(0, kPrefix.size(), kPrefix) == 0) name.erase(0, kPrefix.size());
  return name;
}

void ReadGeminiReply(Reply& reply) {
  ForgetMeaning(reply);
  Gatherer gatherer(reply);
  const std::string_view body = TrimBody(reply.body);
  if (!body.empty() && (body.front() == '{' || body.front() == '[')) {
    AddObjects(body, gatherer);
  } else {
    for (const wire::SseEvent& event : wire::ParseSse(reply.body)) AddObjects(event.data, gatherer);
    AddObjects(wire::LinesOutsideEvents(reply.body), gatherer);
  }
  gatherer.Finish();
  TellFailure(reply);
}

}  // namespace reprise::format
