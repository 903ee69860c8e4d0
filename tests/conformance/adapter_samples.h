// A sample of each format: what its servers really send, shortened.
#ifndef REPRISE_TESTS_CONFORMANCE_ADAPTER_SAMPLES_H_
#define REPRISE_TESTS_CONFORMANCE_ADAPTER_SAMPLES_H_

#include "tests/conformance/adapter_suite.h"

namespace reprise::format {

AdapterSample OpenAiChatSample();
AdapterSample AnthropicMessagesSample();
AdapterSample GeminiGenerateSample();
AdapterSample OllamaChatSample();
AdapterSample OllamaGenerateSample();

}  // namespace reprise::format

#endif  // REPRISE_TESTS_CONFORMANCE_ADAPTER_SAMPLES_H_
