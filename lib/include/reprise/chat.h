// Chat: a request to a chat model, in no provider's words, built by chained calls.
//
//   reprise::Chat("openai/gpt-4o-mini-2024-07-18")        // endpoint before the first slash, then the model
//       .System("Answer in one word.")
//       .User("What is the capital of France?")
//       .Temperature(0).Seed(42).MaxTokens(10)
//
// What is not said is not sent. Every value is part of the key of the exchange, so numbers are spelled as C++ has them:
// 0 is `0`, 0.7 is `0.7`, 0.7f is `0.7`, in every locale. JSON given as text is checked by whoever writes the request;
// `Ask` then returns a sentence that names the parameter.
//
// A plain value: copy it, keep it, vary it. The usual rules for threads hold. C++17, without exceptions or RTTI.
#ifndef REPRISE_CHAT_H_
#define REPRISE_CHAT_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise {

// Whom to ask: a name, a wire format, and where it lives. Name, format and the path of the base URL are part of the
// key; its scheme, host and port are not. What is empty is found by the name: in reprise.json, or built in.
class Endpoint {
 public:
  Endpoint() = default;
  explicit Endpoint(std::string name, std::string format = {}) : name_(std::move(name)), format_(std::move(format)) {}

  // The same endpoint at another base URL: OpenAi.At("http://localhost:8000/v1"). A key goes only to the upstream it
  // was named for, so one at another URL is asked without, unless CredentialFrom names one.
  Endpoint At(std::string base_url) const {
    Endpoint other = *this;
    other.upstream_ = std::move(base_url);
    return other;
  }
  // Under another name, so that its recordings are told apart from those of the original.
  Endpoint Named(std::string name) const {
    Endpoint other = *this;
    other.name_ = std::move(name);
    return other;
  }
  // With its credential taken from that environment variable of the test.
  Endpoint CredentialFrom(std::string variable) const {
    Endpoint other = *this;
    other.credential_from_ = std::move(variable);
    return other;
  }

  const std::string& name() const { return name_; }
  const std::string& format() const { return format_; }
  const std::string& upstream() const { return upstream_; }
  const std::string& credential_from() const { return credential_from_; }

 private:
  std::string name_, format_, upstream_, credential_from_;
};

// OpenAI's chat completions, at $OPENAI_BASE_URL (or $OPENAI_API_BASE), else https://api.openai.com/v1, with
// $OPENAI_API_KEY. The format that vLLM, SGLang, TGI, llama.cpp, TensorRT-LLM and many others speak too:
// OpenAi.At(url).
inline const Endpoint OpenAi("openai", "openai.chat");
// Anthropic's messages, at $ANTHROPIC_BASE_URL, else https://api.anthropic.com, with $ANTHROPIC_API_KEY, else the token
// $ANTHROPIC_AUTH_TOKEN.
inline const Endpoint Anthropic("anthropic", "anthropic.messages");
// Google's generateContent, at $GOOGLE_GEMINI_BASE_URL, else https://generativelanguage.googleapis.com, with
// $GOOGLE_API_KEY, else $GEMINI_API_KEY.
inline const Endpoint Gemini("gemini", "gemini.generate");
// Ollama's own API, at $OLLAMA_HOST, else http://127.0.0.1:11434, with $OLLAMA_API_KEY where that is set.
inline const Endpoint Ollama("ollama", "ollama.chat");
// Built in by name too, in OpenAI's format: Chat("groq/...") with $GROQ_API_KEY, "openrouter/..." with
// $OPENROUTER_API_KEY, and "azure/..." (deployments; version 1 of its API) at $AZURE_OPENAI_ENDPOINT with
// $AZURE_OPENAI_AD_TOKEN, else $AZURE_OPENAI_API_KEY.

namespace internal {

// JSON spelling of a number: integers in full, others the shortest that reads back the same. "" for what JSON cannot
// say (infinities, NaN).
REPRISE_API std::string Spell(std::int64_t value);
REPRISE_API std::string Spell(std::uint64_t value);
REPRISE_API std::string Spell(double value);
REPRISE_API std::string Spell(float value);

// Any arithmetic value but bool and the character types, as JSON text.
struct Number {
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, bool> &&
                                                    !std::is_same_v<T, char> && !std::is_same_v<T, wchar_t>>>
  Number(T value) : text(SpellAny(value)) {}  // NOLINT: implicit, so that Temperature(0) reads well

  std::string text;

 private:
  template <typename T>
  static std::string SpellAny(T value) {
    if constexpr (std::is_same_v<T, float>)
      return Spell(value);
    else if constexpr (std::is_floating_point_v<T>)
      return Spell(static_cast<double>(value));
    else if constexpr (std::is_signed_v<T>)
      return Spell(static_cast<std::int64_t>(value));
    else
      return Spell(static_cast<std::uint64_t>(value));
  }
};

}  // namespace internal

class REPRISE_API Chat {
 public:
  struct Turn {
    std::string role, text;
    std::vector<ToolCall> tool_calls;  // of an assistant's turn
    std::string tool_call_id;          // of a tool's turn
    std::string continuation = {};     // of an assistant's turn: Reply::continuation
  };

  // "openai/gpt-4o-mini-2024-07-18": the endpoint's name, a slash, the model's name (which may hold more slashes).
  // Without a slash the endpoint is OpenAi.
  explicit Chat(std::string endpoint_and_model);
  Chat(Endpoint endpoint, std::string model) : endpoint_(std::move(endpoint)), model_(std::move(model)) {}

  // Turns of the conversation, in order.
  Chat& System(std::string text) { return Say("system", std::move(text)); }
  Chat& User(std::string text) { return Say("user", std::move(text)); }
  Chat& Assistant(std::string text) { return Say("assistant", std::move(text)); }
  Chat& Assistant(std::string text, std::vector<ToolCall> calls);  // as it came in Reply::tool_calls
  // A reply as it came, with what its provider wants back: some refuse a conversation whose tool calls have lost the
  // signatures of their thoughts. A provider of another format is told the text and the calls.
  Chat& Assistant(const Reply& reply);
  Chat& ToolResult(std::string call_id, std::string text);
  Chat& Say(std::string role, std::string text);  // any other role: "developer"

  // Parameters. Saying one again replaces it.
  Chat& Temperature(internal::Number value) { return Set("temperature", std::move(value)); }
  Chat& TopP(internal::Number value) { return Set("top_p", std::move(value)); }
  Chat& Seed(internal::Number value) { return Set("seed", std::move(value)); }
  Chat& MaxTokens(internal::Number value) { return Set("max_tokens", std::move(value)); }
  Chat& Stop(const std::string& text);   // adds one to the list
  Chat& Stream(bool stream = true);      // asked for as a stream; the reply is whole all the same, with its cuts
  Chat& Logprobs(internal::Number top);  // log probabilities, with so many alternatives; 0: of the chosen token only
  Chat& ResponseFormat(std::string json) { return Param("response_format", std::move(json)); }
  // A function the model may call; `json_schema` describes its parameters.
  Chat& Tool(const std::string& name, const std::string& description, const std::string& json_schema);
  // "auto", "none", "required", or the name of a tool that must be called.
  Chat& ToolChoice(const std::string& choice);
  // Any other parameter of the provider, as JSON text: Param("reasoning_effort", "\"low\"").
  Chat& Param(std::string name, std::string json);

  // A credential of its own for this request, which then is part of the key as "the first", "the second" of the
  // session (never its value). Without it the endpoint's credential is used, and is no part of what was asked.
  Chat& Credential(std::string secret);

  const Endpoint& endpoint() const { return endpoint_; }
  const std::string& model() const { return model_; }
  const std::vector<Turn>& turns() const { return turns_; }
  bool stream() const { return stream_; }
  const std::string& credential() const { return credential_; }
  // Names and JSON texts, in the order in which they were first said.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }
  // The first thing that cannot be sent (a NaN), or OK.
  const Status& status() const { return status_; }
  // The request as one JSON object in the words of the OpenAI format; what `Record` stores of a Chat.
  std::string ToJson() const;

 private:
  Chat& Set(const char* name, internal::Number value);

  Endpoint endpoint_;
  std::string model_;
  std::vector<Turn> turns_;
  std::vector<std::pair<std::string, std::string>> parameters_;
  std::vector<std::string> stop_, tools_;  // JSON texts of the elements
  bool stream_ = false;
  std::string credential_;
  Status status_;
};

}  // namespace reprise

#endif  // REPRISE_CHAT_H_
