// Every adapter and the suite it must pass.
#include "tests/conformance/adapter_samples.h"
#include "tests/conformance/adapter_suite.h"

namespace reprise::format {
namespace {

INSTANTIATE_TEST_SUITE_P(Adapters, AdapterSuite,
                         ::testing::Values(OpenAiChatSample(), AnthropicMessagesSample(), GeminiGenerateSample(),
                                           OllamaChatSample(), OllamaGenerateSample()),
                         NameOfSample);

TEST(Adapters, AreEachInTheSuite) { EXPECT_EQ(AllAdapters().size(), 5u); }

}  // namespace
}  // namespace reprise::format
