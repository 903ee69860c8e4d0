// Death tests, in the style the driver chooses, that ask before, inside and after the death.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::string Ask(const std::string& text) {
  const auto reply = reprise::Current().Ask(reprise::Chat("openai/tiny-1").User(text));
  return reply.ok() ? reply->text : "";
}

// Dies as a careful program does when the model says nothing, with what it said otherwise.
[[noreturn]] void AskAndDie(const std::string& text) {
  const std::string said = Ask(text);
  std::fprintf(stderr, said.empty() ? "no answer\n" : "dying of an answer\n");
  std::abort();
}

TEST(AgentDeathTest, AsksOnlyInsideTheDeath) { EXPECT_DEATH(AskAndDie("the inside"), "dying of an answer"); }

TEST(AgentDeathTest, AsksBeforeInsideAndAfter) {
  EXPECT_NE(Ask("before"), "");
  EXPECT_DEATH(AskAndDie("inside"), "dying of an answer");
  EXPECT_NE(Ask("after"), "");
}

TEST(AgentDeathTest, DiesTwiceOfTheSame) {
  EXPECT_DEATH(AskAndDie("the same"), "dying of an answer");
  EXPECT_DEATH(AskAndDie("the same"), "dying of an answer");
}

TEST(AgentDeathTest, ExitsThroughEveryDestructor) {
  EXPECT_NE(Ask("before"), "");
  EXPECT_EXIT((Ask("inside"), std::exit(3)), ::testing::ExitedWithCode(3), "");
}

TEST(AgentDeathTest, DiesWithoutAsking) { EXPECT_DEATH(std::abort(), ""); }

TEST(AgentDeathTest, AsksSomethingNew) {
  const char* word = std::getenv("E2E_WORD");
  EXPECT_DEATH(AskAndDie(word != nullptr ? word : "old"), "");
}

}  // namespace
