#include "lib/format/gemini_reply.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "lib/format/continuation.h"
#include "lib/format/partial_args.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_objects.h"
#include "lib/wire/json_text.h"
#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonView;

struct Call {
  ToolCall call;
  PartialArgs partial;
};

// A part as it goes back, its text joined with that of the unsigned parts of its kind beside it.
struct Part {
  std::string text;
  bool is_text = false, closed = false;  // closed: nothing joins it, since it is signed or holds more
  std::optional<std::size_t> call;       // its place among the calls
  JsonMembers members;                   // all but text and call
};

struct Candidate {
  std::vector<Part> parts;
  bool is_signed = false;
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
    if (first.is_signed) reply_.continuation = MakeContinuation("gemini.generate", PartsOf(first));
    reply_.text = first.text;
    reply_.reasoning = std::move(first.reasoning);
    reply_.finish_reason = std::move(first.finish_reason);
    reply_.logprobs = std::move(first.logprobs);
    for (Call& call : first.calls) reply_.tool_calls.push_back({call.call.id, call.call.name, Arguments(call)});
    if (candidates_.size() < 2) return;
    for (auto& [index, candidate] : candidates_) reply_.choices.push_back(std::move(candidate.text));
  }

 private:
  // Totals grow, but fields come and go, and with tools on the server the counts begin anew: the last chunk has it all.
  void ReadUsage(const JsonView& view) {
    Usage& usage = reply_.usage;
    usage.prompt_tokens = view["promptTokenCount"].Integer();
    usage.completion_tokens = view["candidatesTokenCount"].Integer();
    if (const auto thoughts = view["thoughtsTokenCount"].Integer())
      usage.completion_tokens = usage.completion_tokens.value_or(0) + *thoughts;
    usage.total_tokens = view["totalTokenCount"].Integer();
  }

  static void AddCandidate(const JsonView& view, Candidate& candidate) {
    for (const JsonView& part : view["content"]["parts"].Elements()) {
      (part["thought"].Is(JsonKind::kTrue) ? candidate.reasoning : candidate.text) += part["text"].Text();
      const std::size_t calls = candidate.calls.size();
      if (part["functionCall"].Is(JsonKind::kObject)) AddCall(part["functionCall"], candidate);
      AddPart(part, candidate.calls.size() > calls, candidate);
    }
    if (std::string reason = FinishReason(view["finishReason"]); !reason.empty())
      candidate.finish_reason = std::move(reason);
    AddLogprobs(view["logprobsResult"], candidate.logprobs);
  }

  static void AddPart(const JsonView& view, bool opens_call, Candidate& candidate) {
    const bool is_signed = static_cast<bool>(view["thoughtSignature"]);
    candidate.is_signed = candidate.is_signed || is_signed;
    Part part;
    part.members = MembersOf(view);
    part.is_text = part.members.erase("text") > 0;
    const bool goes_on = part.members.erase("functionCall") > 0 && !opens_call;
    part.text = view["text"].Text();
    if (opens_call) part.call = candidate.calls.size() - 1;
    std::vector<Part>& parts = candidate.parts;
    if (goes_on) {  // a piece of a call, which may bring the signature
      if (!parts.empty()) parts.back().members.merge(part.members);
      return;
    }
    const bool thought = view["thought"].Is(JsonKind::kTrue);
    part.closed = !part.is_text || part.members.size() > (thought ? 1 : 0);
    if (part.text.empty() && !part.closed) return;
    if (!parts.empty() && !part.closed && !parts.back().closed && parts.back().members == part.members)
      parts.back().text += part.text;
    else
      parts.push_back(std::move(part));
  }

  static std::string Arguments(const Call& call) {
    return call.partial.empty() ? call.call.arguments : call.partial.Text();
  }

  static std::string PartsOf(const Candidate& candidate) {
    std::string out;
    for (const Part& part : candidate.parts) {
      JsonMembers members = part.members;
      if (part.is_text) {
        std::string text = part.text;
        MendSurrogates(text);
        members["text"] = wire::QuoteJson(text);
      }
      if (part.call) {
        const Call& call = candidate.calls[*part.call];
        JsonMembers said = {{"name", wire::QuoteJson(call.call.name)}, {"args", Arguments(call)}};
        if (!call.call.id.empty()) said["id"] = wire::QuoteJson(call.call.id);
        members["functionCall"] = ObjectText(said);
      }
      out += (out.empty() ? "" : ",") + ObjectText(members);
    }
    return "[" + out + "]";
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
