// Ollama's own formats, /api/chat and /api/generate. (Its OpenAI and Anthropic routes are read as those formats.)
//
// Writing. A chat's turns are messages as they are, with the arguments of calls as objects; /api/generate takes one
// prompt and one system text, and refuses any other conversation. Parameters become members of `options` (`max_tokens`
// is `num_predict`), `response_format` becomes `format`, `reasoning_effort` becomes `think`; other names pass through,
// into `options` where they belong there. `stream` is always said, because Ollama streams unless told not to. What it
// has no word for (`n`, `tool_choice`, ...) is refused: its OpenAI route would drop it in silence.
//
// The thinking before a tool call goes back with it, where the turn brings its continuation.
//
// Reading. One JSON object, or one a line; text and thinking in order; tool calls whole, with their arguments as
// compact JSON; an error as a line of a 200 stream. Counts that are zero are left out by the server and absent here. A
// tag is an alias and the reply does not tell the digest, so there is no pin unless the caller gives one.
//
// Static, without state, any thread. Source: Ollama's documentation and server code, and recordings.
#ifndef REPRISE_FORMAT_OLLAMA_H_
#define REPRISE_FORMAT_OLLAMA_H_

#include "lib/format/adapter.h"

namespace reprise::format {

const Adapter& OllamaChat();      // "ollama.chat"
const Adapter& OllamaGenerate();  // "ollama.generate"

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_OLLAMA_H_
