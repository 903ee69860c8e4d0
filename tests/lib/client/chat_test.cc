#include "reprise/chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <limits>

namespace reprise {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Chat, TakesTheEndpointBeforeTheFirstSlash) {
  const Chat chat("judge/org/model:7b");
  EXPECT_EQ(chat.endpoint().name(), "judge");
  EXPECT_EQ(chat.endpoint().format(), "") << "the settings know it";
  EXPECT_EQ(chat.model(), "org/model:7b");
}

TEST(Chat, IsForOpenAiWhenNoEndpointIsNamed) {
  EXPECT_EQ(Chat("gpt-4o-mini").endpoint().name(), "openai");
  EXPECT_EQ(Chat("gpt-4o-mini").model(), "gpt-4o-mini");
}

TEST(Endpoint, IsVariedWithoutChangingTheOriginal) {
  const Endpoint judge = OpenAi.At("http://localhost:8000/v1").Named("judge").CredentialFrom("JUDGE_KEY");
  EXPECT_EQ(judge.name(), "judge");
  EXPECT_EQ(judge.format(), "openai.chat");
  EXPECT_EQ(judge.upstream(), "http://localhost:8000/v1");
  EXPECT_EQ(judge.credential_from(), "JUDGE_KEY");
  EXPECT_EQ(OpenAi.name(), "openai");
  EXPECT_EQ(OpenAi.upstream(), "");
}

TEST(Chat, SpellsNumbersAsTheyWereWritten) {
  Chat chat("m");
  chat.Temperature(0).TopP(0.7).Seed(std::numeric_limits<std::uint64_t>::max()).MaxTokens(300u);
  EXPECT_THAT(chat.parameters(), ElementsAre(Pair("temperature", "0"), Pair("top_p", "0.7"),
                                             Pair("seed", "18446744073709551615"), Pair("max_tokens", "300")));
  EXPECT_EQ(internal::Spell(0.7f), "0.7");
  EXPECT_EQ(internal::Spell(0.1), "0.1");
  EXPECT_EQ(internal::Spell(1e300), "1e+300");
  EXPECT_EQ(internal::Spell(5e-324), "5e-324");
  EXPECT_EQ(internal::Spell(-0.0), "-0");
  EXPECT_EQ(internal::Spell(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

TEST(Chat, SpellsNumbersAlikeInEveryLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  bool found = false;
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"}) {
    found = found || std::setlocale(LC_ALL, locale) != nullptr;
  }
  if (!found) GTEST_SKIP() << "no locale with a decimal comma is installed here";
  EXPECT_EQ(internal::Spell(0.5), "0.5");
  std::setlocale(LC_ALL, before.c_str());
}

TEST(Chat, RemembersTheFirstNumberThatJsonCannotSay) {
  Chat chat("m");
  EXPECT_TRUE(chat.Temperature(1).status().ok());
  chat.TopP(std::numeric_limits<double>::quiet_NaN()).Temperature(std::numeric_limits<float>::infinity());
  EXPECT_THAT(chat.status().ToString(), HasSubstr("parameter \"top_p\": is not a finite number"));
}

TEST(Chat, SaysAParameterOnceHoweverOftenItIsSet) {
  Chat chat("m");
  chat.Temperature(0).Seed(1).Temperature(1).Param("seed", "2");
  EXPECT_THAT(chat.parameters(), ElementsAre(Pair("temperature", "1"), Pair("seed", "2")));
}

TEST(Chat, GathersStopsAndToolsIntoOneListEach) {
  Chat chat("m");
  chat.Stop("\n").Stop("\"").Tool("look", "Looks \"it\" up", R"({"type":"object"})").Tool("see", "", "{}");
  EXPECT_THAT(
      chat.parameters(),
      ElementsAre(Pair("stop", R"(["\n","\""])"),
                  Pair("tools", R"([{"type":"function","function":{"name":"look","description":"Looks \"it\" up",)"
                                R"("parameters":{"type":"object"}}},{"type":"function","function":{"name":"see",)"
                                R"("description":"","parameters":{}}}])")));
}

TEST(Chat, TellsWordsOfToolChoiceFromNamesOfTools) {
  for (const char* word : {"auto", "none", "required"}) {
    EXPECT_THAT(Chat("m").ToolChoice(word).parameters(),
                ElementsAre(Pair("tool_choice", '"' + std::string(word) + '"')));
  }
  EXPECT_THAT(Chat("m").ToolChoice("look").parameters(),
              ElementsAre(Pair("tool_choice", R"({"type":"function","function":{"name":"look"}})")));
}

TEST(Chat, AsksForAlternativesOnlyWhereSomeAreWanted) {
  EXPECT_THAT(Chat("m").Logprobs(0).parameters(), ElementsAre(Pair("logprobs", "true")));
  EXPECT_THAT(Chat("m").Logprobs(5).parameters(), ElementsAre(Pair("logprobs", "true"), Pair("top_logprobs", "5")));
}

TEST(Chat, TakesAReplyAsATurnWithAllThatBelongsToIt) {
  Reply reply;
  reply.text = "T";
  reply.tool_calls = {{"c1", "look", "{}"}};
  reply.continuation = "{\"f\":[]}";
  Chat chat("m");
  chat.User("U").Assistant(reply);
  ASSERT_EQ(chat.turns().size(), 2u);
  EXPECT_EQ(chat.turns()[1].role, "assistant");
  EXPECT_EQ(chat.turns()[1].text, "T");
  EXPECT_EQ(chat.turns()[1].tool_calls.size(), 1u);
  EXPECT_EQ(chat.turns()[1].continuation, "{\"f\":[]}");
  EXPECT_THAT(chat.ToJson(), ::testing::HasSubstr("\"continuation\":{\"f\":[]}}"));
}

TEST(Chat, ReadsAsOneJsonObject) {
  Chat chat("openai/tiny-1");
  chat.System("S").User("\x01\"\\\xC3\xA9").Assistant("", {{"c1", "look", "{}"}}).ToolResult("c1", "r");
  EXPECT_EQ(chat.Temperature(0).Stream().ToJson(),
            "{\"model\":\"tiny-1\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
            "{\"role\":\"user\",\"content\":\"\\u0001\\\"\\\\\xC3\xA9\"},"
            "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\","
            "\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]},"
            "{\"role\":\"tool\",\"content\":\"r\",\"tool_call_id\":\"c1\"}],\"temperature\":0,\"stream\":true}");
  EXPECT_THAT(chat.credential(), IsEmpty());
}

}  // namespace
}  // namespace reprise
