// The OpenAI Chat Completions format, as OpenAI speaks it and as those do who imitate it: vLLM, SGLang, TGI, llama.cpp,
// transformers, TensorRT-LLM, Ollama, Groq, OpenRouter, DeepSeek, Mistral, xAI, Azure.
//
// A whole reply and a streamed one give one value. The reader is lenient where providers differ, and says nothing where
// they say nothing:
//   - white space before the JSON (OpenRouter, DeepSeek); comment lines; no "[DONE]" at the end (transformers);
//   - fragments of tool calls by index, by id where there is no index (Mistral), arguments as an object kept as text;
//   - choices interleaved; choice 0 is the text, `choices` has all of them when there are several;
//   - thinking as `reasoning_content` or `reasoning`, or as parts of an array of contents;
//   - usage on the last chunk, on a chunk without choices, or under `x_groq`; the last one counts;
//   - errors as an object, a text, a flat object, FastAPI's `detail`, Azure's and xAI's forms, also inside a 200
//   stream;
//   - `finish_reason` is the provider's own word.
// An assistant's turn that called tools takes back what its reply said of thoughts (`reasoning_content`, `reasoning`,
// `reasoning_details`) and of each call (`extra_content`, Gemini's signature), where it brings its continuation:
// DeepSeek, Moonshot and Gemini refuse the tool's result without.
//
// `ModelIdentity::pin` is filled only from what names weights: a commit behind the "@" of transformers' model names,
// and SGLang's `weight_version` where somebody set it. A pin that the caller has given stays.
//
// Static, without state, any thread. Source: the API reference of OpenAI and the servers'
// code.
#ifndef REPRISE_FORMAT_OPENAI_CHAT_H_
#define REPRISE_FORMAT_OPENAI_CHAT_H_

#include "lib/format/adapter.h"

namespace reprise::format {

const Adapter& OpenAiChat();

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_OPENAI_CHAT_H_
