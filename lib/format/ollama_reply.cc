#include "lib/format/ollama_reply.h"

#include <string>
#include <utility>

#include "lib/format/continuation.h"
#include "lib/format/reply_text.h"
#include "lib/wire/json_objects.h"
#include "lib/wire/json_text.h"

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonView;

void AddLine(const JsonView& line, Reply& reply) {
  if (TellsError(line["error"])) TellError(line, reply);
  if (std::string model = TextOf(line["model"]); reply.model.answered.empty()) reply.model.answered = std::move(model);
  const JsonView message = line["message"];
  reply.text += message["content"].Text() + line["response"].Text();
  reply.reasoning += message["thinking"].Text() + line["thinking"].Text();
  for (const JsonView& call : message["tool_calls"].Elements()) {
    const JsonView arguments = call["function"]["arguments"];
    reply.tool_calls.push_back(
        {TextOf(call["id"]), TextOf(call["function"]["name"]),
         arguments.Is(JsonKind::kString) ? CompactJsonText(TextOf(arguments)) : CompactJson(arguments)});
  }
  if (std::string reason = TextOf(line["done_reason"]); !reason.empty()) reply.finish_reason = std::move(reason);
  if (const auto count = line["prompt_eval_count"].Integer()) reply.usage.prompt_tokens = count;
  if (const auto count = line["eval_count"].Integer()) reply.usage.completion_tokens = count;
  for (const JsonView& view : line["logprobs"].Elements()) {
    TokenLogprob& token = reply.logprobs.emplace_back();
    token.token = TextOf(view["token"]);
    token.logprob = view["logprob"].Number().value_or(0);
    for (const JsonView& top : view["top_logprobs"].Elements())
      token.top.emplace_back(TextOf(top["token"]), top["logprob"].Number().value_or(0));
  }
}

}  // namespace

void ReadOllamaReply(Reply& reply) {
  ForgetMeaning(reply);
  for (const std::string_view object : wire::JsonObjectsIn(reply.body)) AddLine(ReplyPiece(object).root(), reply);
  MendSurrogates(reply.text);
  MendSurrogates(reply.reasoning);
  if (!reply.reasoning.empty() && !reply.tool_calls.empty())
    reply.continuation = MakeContinuation("ollama.chat", "{\"thinking\":" + wire::QuoteJson(reply.reasoning) + "}");
  if (reply.usage.prompt_tokens && reply.usage.completion_tokens)
    reply.usage.total_tokens = *reply.usage.prompt_tokens + *reply.usage.completion_tokens;
  TellFailure(reply);
}

}  // namespace reprise::format
