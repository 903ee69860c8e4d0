// The Gemini format, generateContent and streamGenerateContent, as AI Studio and Vertex AI speak it.
//
// The model stands in the path, and so does the wish for a stream. A base URL is a host, or ends where "/models"
// begins: https://generativelanguage.googleapis.com, and for Vertex AI
// https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION/publishers/google.
//
// Writing. `system` turns stand before the conversation, in `systemInstruction`; assistants are "model"; tool calls and
// results are parts, results named after the call they answer (by its id, its name, or the order). A result that is no
// JSON object stands as {"result": text}. Parameters become members of `generationConfig` (`max_tokens` is
// `maxOutputTokens`, `stop` is `stopSequences`, `n` is `candidateCount`, ...), `tool_choice` becomes `toolConfig`;
// other names pass through, into `generationConfig` where they belong there. An assistant's turn that brings a
// continuation goes back part by part as it came, each thought signature on its part: Gemini 3 refuses tool results
// without them.
//
// Reading. Server-sent events with any line ends, one JSON array written piece by piece, or one object; an error as
// plain JSON in the middle of a stream; parts in order, thoughts apart; function calls whole, or as `partialArgs`,
// their arguments as compact JSON; enums as words or numbers; the usage of the last chunk. Tokens of the completion
// include thoughts, as they do in the limit and in the bill. A blocked prompt is a refusal. Names are without
// "models/".
//
// There is no fingerprint and no pin. Static, without state, any thread. Source: Google's protocol definitions, SDKs,
// and recordings.
#ifndef REPRISE_FORMAT_GEMINI_GENERATE_H_
#define REPRISE_FORMAT_GEMINI_GENERATE_H_

#include "lib/format/adapter.h"

namespace reprise::format {

const Adapter& GeminiGenerate();  // "gemini.generate"

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_GEMINI_GENERATE_H_
