// Tests of a chat bot that run without a key and without a network: the model's answers come from cassettes/.
//
// To record them again, against any server that speaks the OpenAI format:
//   REPRISE_MODE=record OPENAI_BASE_URL=http://localhost:8000/v1 ./support_bot_test
#include "examples/support_bot/support_bot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The bot's model, asked through the session of the running test.
class AskedModel {
 public:
  explicit AskedModel(bool stream = false) : stream_(stream) {}

  Turn operator()(const std::vector<Turn>& conversation) const {
    reprise::Chat chat("openai/fake-small-2024-07-18");
    chat.Temperature(0).Seed(7).MaxTokens(200).Stream(stream_);
    bool knows_orders = false;
    for (const Turn& turn : conversation) {
      switch (turn.who) {
        case Turn::Who::kSystem: chat.System(turn.text); break;
        case Turn::Who::kCustomer:
          chat.User(turn.text);
          knows_orders = knows_orders || turn.text.find("order") != std::string::npos;
          break;
        case Turn::Who::kBot: chat.Assistant(turn.text, CallsOf(turn)); break;
        case Turn::Who::kLookup: chat.ToolResult(turn.call_id, turn.text); break;
      }
    }
    if (knows_orders) {
      chat.Tool("find_order", "Finds an order of this customer.",
                R"({"type":"object","properties":{"number":{"type":"integer"}},"required":["number"]})");
    }
    const auto reply = reprise::Current().Ask(chat);
    if (!reply.ok()) return {Turn::Who::kBot, "", {}, ""};  // a miss has failed the test already, at the line above
    Turn turn{Turn::Who::kBot, reply->text, {}, ""};
    for (const reprise::ToolCall& call : reply->tool_calls) turn.lookups.push_back({call.id, call.arguments});
    return turn;
  }

 private:
  static std::vector<reprise::ToolCall> CallsOf(const Turn& turn) {
    std::vector<reprise::ToolCall> calls;
    for (const OrderLookup& lookup : turn.lookups) calls.push_back({lookup.call_id, "find_order", lookup.arguments});
    return calls;
  }

  bool stream_;
};

TEST(SupportBot, AnswersAQuestion) {
  SupportBot bot{AskedModel()};
  EXPECT_THAT(bot.Answer("How do I return a damaged Atlas?"), HasSubstr("Atlas"));
}

TEST(SupportBot, AnswersTheSameWhenStreamed) {
  SupportBot bot{AskedModel(/*stream=*/true)};
  EXPECT_THAT(bot.Answer("How do I return a damaged Atlas?"), HasSubstr("Atlas"));
}

TEST(SupportBot, RemembersTheConversation) {
  SupportBot bot{AskedModel()};
  EXPECT_THAT(bot.Answer("Do you sell second-hand Dictionaries?"), Not(IsEmpty()));
  EXPECT_THAT(bot.Answer("And how do you choose their prices?"), HasSubstr("prices"));
}

TEST(SupportBot, LooksUpAnOrderBeforeItAnswers) {
  std::vector<std::string> looked_up;
  SupportBot bot{AskedModel(), [&](const std::string& arguments) {
                   looked_up.push_back(arguments);
                   return R"({"state":"shipped","carrier":"bicycle"})";
                 }};
  EXPECT_THAT(bot.Answer("Where is my order?"), Not(IsEmpty()));
  ASSERT_EQ(looked_up.size(), 1u);
  EXPECT_THAT(looked_up[0], HasSubstr("number"));
}

}  // namespace
