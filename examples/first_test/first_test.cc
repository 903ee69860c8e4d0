// The shortest useful test: ask a model, compare its answer with what a human accepted.
//
// The answer comes from cassettes/, the accepted text from goldens/. When either is missing the test says how to make
// it; when the prompt changes by one word it says which.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

TEST(Support, ExplainsCrdts) {
  const auto reply = reprise::Current().Ask(reprise::Chat("openai/fake-small-2024-07-18")
                                                .System("You explain computer science to patient readers.")
                                                .User("Explain CRDTs in 3 bullets.")
                                                .Temperature(0)
                                                .Seed(42)
                                                .MaxTokens(300));
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_THAT(reply->text, reprise::MatchesGolden());
  EXPECT_EQ(reply->finish_reason, "stop");
  EXPECT_EQ(reply->model.answered, "fake-small-2024-07-18");
}

// An answer with an HTTP error is an answer too: it is recorded, and replays as it was.
TEST(Support, ToldOfAModelThatDoesNotExist) {
  const auto reply = reprise::Current().Ask(reprise::Chat("openai/error-404").User("Hello?"));
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_EQ(reply->status, 404);
  EXPECT_THAT(reply->error, testing::HasSubstr("does not exist"));
}
