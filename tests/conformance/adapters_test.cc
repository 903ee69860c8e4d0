// Every adapter and the suite it must pass: a sample each.
#include "tests/conformance/adapter_suite.h"

namespace reprise::format {
namespace {

AdapterSample OpenAiChatSample() {
  AdapterSample sample;
  sample.adapter = "openai.chat";
  sample.base_url = "https://api.openai.com/v1";
  sample.text = "Grüezi 🙂";
  sample.whole =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m-2025-01-01","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"Grüezi 🙂","refusal":null,"tool_calls":[{"id":"call_1","type":"function",)"
      R"("function":{"name":"add","arguments":"{\"a\":1}"}}]},"logprobs":{"content":[{"token":"Grü","logprob":-0.25,)"
      R"("bytes":null,"top_logprobs":[{"token":"Hi","logprob":-2.5,"bytes":null}]}],"refusal":null},)"
      R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13},)"
      R"("system_fingerprint":"fp_1"})";
  const std::string head =
      R"(data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":2,"model":"m-2025-01-01",)"
      R"("system_fingerprint":"fp_1","obfuscation":"x7",)";
  for (
      const char* rest :
      {R"("choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"content":"Grü"},"logprobs":{"content":[{"token":"Grü","logprob":-0.25,)"
       R"("top_logprobs":[{"token":"Hi","logprob":-2.5}]}]},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"content":"ezi \ud83d\ude42"},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",)"
       R"("function":{"name":"add","arguments":""}}]},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}}],"usage":null})",
       R"("choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null})",
       R"("choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}})"}) {
    sample.streamed += head + rest + "\n\n";
  }
  sample.streamed += "data: [DONE]\n\n";
  sample.failure =
      R"({"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}})";
  sample.failure_message = "Rate limit reached";
  return sample;
}

INSTANTIATE_TEST_SUITE_P(Adapters, AdapterSuite, ::testing::Values(OpenAiChatSample()), NameOfSample);

}  // namespace
}  // namespace reprise::format
