// The Anthropic Messages format, as Anthropic speaks it and as those do who imitate it: Vertex AI, Ollama, gateways.
//
// Writing. `system` turns stand before the conversation, in `system`; tool results are blocks of a user message, those
// that follow one another in one message; `max_tokens` must be said, because the provider requires it and what is not
// said is not sent. `stop` becomes `stop_sequences`; `response_format` with a schema and `reasoning_effort` become
// `output_config`; `parallel_tool_calls: false` goes into `tool_choice`. What Anthropic has no word for (`seed`,
// `logprobs`, `n`, penalties) is refused. All other names pass through: `top_k`, `thinking`, `metadata`.
//
// An assistant's turn that brings a continuation goes back block by block as it came: thinking blocks are signed, and
// the provider refuses a tool's result whose call has lost them.
//
// Reading. A whole reply and a streamed one give one value: blocks by their `index`, whatever order they come in;
// unknown events, deltas and blocks are passed over, and `ping`; usage is overwritten, never added up; an `error` event
// is told beside the text before it. The arguments of a tool call are compact JSON in both. Calls of the provider's
// own tools (`server_tool_use`, `mcp_tool_use`) are no tool calls: nobody here has to answer them. Tokens of the prompt
// are those billed as input plus those read from and written to the cache, and the total is a sum of ours.
//
// There is no seed, no fingerprint, no log probabilities, and no pin. Static, without state, any thread. Source:
// Anthropic's API reference and SDK, and recordings.
#ifndef REPRISE_FORMAT_ANTHROPIC_MESSAGES_H_
#define REPRISE_FORMAT_ANTHROPIC_MESSAGES_H_

#include "lib/format/adapter.h"

namespace reprise::format {

const Adapter& AnthropicMessages();  // "anthropic.messages"

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_ANTHROPIC_MESSAGES_H_
