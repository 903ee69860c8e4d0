// Do two replies say the same, whatever their bytes?
#ifndef REPRISE_TESTS_CONFORMANCE_SAME_MEANING_H_
#define REPRISE_TESTS_CONFORMANCE_SAME_MEANING_H_

#include <gtest/gtest.h>

#include "reprise/exchange.h"

namespace reprise::format {

inline void ExpectSameMeaning(const Reply& a, const Reply& b) {
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.refusal, b.refusal);
  EXPECT_EQ(a.reasoning, b.reasoning);
  EXPECT_EQ(a.finish_reason, b.finish_reason);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.choices, b.choices);
  EXPECT_EQ(a.usage.prompt_tokens, b.usage.prompt_tokens);
  EXPECT_EQ(a.usage.completion_tokens, b.usage.completion_tokens);
  EXPECT_EQ(a.usage.total_tokens, b.usage.total_tokens);
  ASSERT_EQ(a.tool_calls.size(), b.tool_calls.size());
  for (std::size_t i = 0; i < a.tool_calls.size(); ++i) {
    EXPECT_EQ(a.tool_calls[i].id, b.tool_calls[i].id);
    EXPECT_EQ(a.tool_calls[i].name, b.tool_calls[i].name);
    EXPECT_EQ(a.tool_calls[i].arguments, b.tool_calls[i].arguments);
  }
  ASSERT_EQ(a.logprobs.size(), b.logprobs.size());
  for (std::size_t i = 0; i < a.logprobs.size(); ++i) {
    EXPECT_EQ(a.logprobs[i].token, b.logprobs[i].token);
    EXPECT_EQ(a.logprobs[i].logprob, b.logprobs[i].logprob);
    EXPECT_EQ(a.logprobs[i].top, b.logprobs[i].top);
  }
}

}  // namespace reprise::format

#endif  // REPRISE_TESTS_CONFORMANCE_SAME_MEANING_H_
