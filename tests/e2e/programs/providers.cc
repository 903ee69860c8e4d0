// Asks each provider in its own format, by the names that are built in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdlib>
#include <string>

namespace {

std::string Word() {
  const char* text = std::getenv("E2E_WORD");
  return text == nullptr ? "parcel" : text;
}

class Providers : public ::testing::TestWithParam<const char*> {
 protected:
  static reprise::Chat Question() {
    return reprise::Chat(std::string(GetParam()) + "/fake-small")
        .System("Be brief.")
        .User("Where is my " + Word() + "?")
        .MaxTokens(200);
  }
};

TEST_P(Providers, AnswerTheSameWholeAndStreamed) {
  const auto whole = reprise::Current().Ask(Question());
  const auto streamed = reprise::Current().Ask(Question().Stream());
  ASSERT_THAT(whole, reprise::IsOk());
  ASSERT_THAT(streamed, reprise::IsOk());
  EXPECT_EQ(whole->text, streamed->text);
  EXPECT_FALSE(whole->text.empty());
  EXPECT_FALSE(whole->finish_reason.empty());
  EXPECT_EQ(whole->model.asked, "fake-small");
  EXPECT_EQ(whole->model.answered, "fake-small-2024-07-18");
  EXPECT_TRUE(whole->usage.total_tokens.has_value());
  EXPECT_GT(streamed->cuts.size(), 1u);
  std::printf("%s said: %s\n", GetParam(), streamed->text.c_str());
}

TEST_P(Providers, CallToolsAndTakeTheirResults) {
  reprise::Chat chat = Question();
  chat.Tool("find", "Finds it.", R"({"type":"object","properties":{"number":{"type":"integer"}}})");
  const auto call = reprise::Current().Ask(chat);
  ASSERT_THAT(call, reprise::IsOk());
  ASSERT_EQ(call->tool_calls.size(), 1u);
  EXPECT_EQ(call->tool_calls[0].name, "find");
  EXPECT_THAT(call->tool_calls[0].arguments, ::testing::HasSubstr("\"number\":"));
  const auto streamed = reprise::Current().Ask(reprise::Chat(chat).Stream());
  ASSERT_THAT(streamed, reprise::IsOk());
  ASSERT_EQ(streamed->tool_calls.size(), 1u);
  EXPECT_EQ(streamed->tool_calls[0].arguments, call->tool_calls[0].arguments);
  chat.Assistant(call->text, call->tool_calls).ToolResult(call->tool_calls[0].id, "on its way");
  const auto answer = reprise::Current().Ask(chat);
  ASSERT_THAT(answer, reprise::IsOk());
  EXPECT_EQ(answer->error, "");
  EXPECT_FALSE(answer->text.empty());
}

TEST_P(Providers, TellTheirErrors) {
  const auto reply =
      reprise::Current().Ask(reprise::Chat(std::string(GetParam()) + "/error-429").User("Hi").MaxTokens(9));
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_EQ(reply->status, 429);
  EXPECT_EQ(reply->error, "The fake provider was asked for the status 429.");
}

TEST_P(Providers, TellAnErrorInTheMiddleOfAStream) {
  const auto reply = reprise::Current().Ask(
      reprise::Chat(std::string(GetParam()) + "/error-midstream").User("Tell me a story.").MaxTokens(200).Stream());
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_EQ(reply->status, 200);
  EXPECT_FALSE(reply->text.empty());
  EXPECT_EQ(reply->error, "The server had an error.");
}

INSTANTIATE_TEST_SUITE_P(Known, Providers, ::testing::Values("openai", "anthropic", "gemini", "ollama"),
                         [](const auto& named) { return std::string(named.param); });

}  // namespace
