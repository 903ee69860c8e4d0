// A user's test program with the stock main. Its driver chooses tests by filter and words by environment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Word(const char* name, const char* otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : text;
}

reprise::Chat Question() {
  reprise::Chat chat("openai/tiny-1");
  chat.System("Answer in one word.").User("What is the capital of " + Word("E2E_WORD", "France") + "?");
  return chat.Temperature(0).Seed(42);
}

TEST(Chat, Asks) {
  const auto reply = reprise::Current().Ask(Question());
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_THAT(reply->text, Not(IsEmpty()));
  std::printf("said: %s\nreplayed: %d\n", reply->text.c_str(), reply->replayed);
}

TEST(Chat, AsksTwiceTheSame) {
  const auto first = reprise::Current().Ask(Question());
  const auto second = reprise::Current().Ask(Question());
  ASSERT_THAT(first, reprise::IsOk());
  ASSERT_THAT(second, reprise::IsOk());
  std::printf("bodies: %s\n%s\n", first->body.c_str(), second->body.c_str());
  EXPECT_NE(first->body, second->body) << "two takes: ids differ";
}

TEST(Chat, Streams) {
  const auto reply = reprise::Current().Ask(Question().Stream());
  ASSERT_THAT(reply, reprise::IsOk());
  std::printf("said: %s\ncuts: %zu\n", reply->text.c_str(), reply->cuts.size());
  EXPECT_GT(reply->cuts.size(), 1u);
}

TEST(Chat, SwallowsItsErrors) {
  const auto reply = reprise::Current().Ask(Question());  // MISS LINE
  std::printf("ok: %d\n", reply.ok());
}

TEST(Chat, TellsStatus) {
  const auto reply = reprise::Current().Ask(reprise::Chat(Word("E2E_MODEL", "openai/tiny-1")).User("Hi"));
  ASSERT_THAT(reply, reprise::IsOk());
  std::printf("status: %d\nbody: %s\nerror: %s\n", reply->status, reply->body.c_str(), reply->error.c_str());
}

TEST(Chat, AsksForADate) {
  if (std::getenv("E2E_ASKS_NOTHING") != nullptr) {
    (void)reprise::Current();
    return;
  }
  EXPECT_THAT(reprise::Current().Ask(Question()), reprise::IsOk());
  if (std::getenv("E2E_ALLOWS") != nullptr) reprise::Current().AllowUnused("the date is not asked on Sundays");
  if (std::getenv("E2E_STOPS_EARLY") != nullptr) return;
  EXPECT_THAT(reprise::Current().Ask(reprise::Chat("openai/tiny-1").User("Which day is it?")), reprise::IsOk());
}

// A fixture that moves the provider when the deck is long up.
class Moved : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    provider_ = Word("OPENAI_BASE_URL", "");
    ::setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1", 1);
    (void)reprise::BaseUrl(reprise::OpenAi);
  }
  void SetUp() override { ::setenv("OPENAI_BASE_URL", provider_.c_str(), 1); }
  static inline std::string provider_;
};
TEST_F(Moved, Asks) { EXPECT_THAT(reprise::Current().Ask(Question()), reprise::IsOk()); }

TEST(Chat, NeverMeetsReprise) { SUCCEED(); }

TEST(Chat, NeedsAKey) {
  if (std::getenv("OPENAI_API_KEY") == nullptr) GTEST_SKIP() << "no OPENAI_API_KEY\n";
  EXPECT_THAT(reprise::Current().Ask(Question()), reprise::IsOk());
}

TEST(Engine, Records) {
  int runs = 0;
  const auto reply =
      reprise::Current().Record(reprise::Call("generate", R"({"prompt":")" + Word("E2E_WORD", "France") + "\"}")
                                    .Model("tiny")
                                    .Snapshot("sha256:1"),
                                [&runs] {
                                  ++runs;
                                  return Word("E2E_ANSWER", "Paris");
                                });
  ASSERT_THAT(reply, reprise::IsOk());
  std::printf("said: %s\nruns: %d\n", reply->text.c_str(), runs);
}

TEST(Engine, RecordsAnError) {
  const auto reply = reprise::Current().Record(reprise::Call("generate", "{}"), []() -> reprise::Result<std::string> {
    return reprise::Status(reprise::ErrorKind::kUsage, "engine", "is cold");
  });
  EXPECT_THAT(reply.status().ToString(), HasSubstr("engine: is cold"));
}

TEST(Engine, RecordsTheKindOfAnError) {
  const auto reply = reprise::Current().Record(reprise::Call("generate", "{}"), []() -> reprise::Result<std::string> {
    return reprise::Status(reprise::ErrorKind::kIo, "weights.bin", "cannot be read", "Fetch it");
  });
  EXPECT_THAT(reply, reprise::StatusIs(reprise::ErrorKind::kIo));
  EXPECT_EQ(reply.status().ToString(), "weights.bin: cannot be read. Fetch it");
}

TEST(Throws, Caught) {
  if (reprise::Current().mode() == "replay") return;  // there is nothing to replay
  EXPECT_THROW((void)reprise::Current().Record(reprise::Call("generate", "{}"),
                                               []() -> std::string { throw std::runtime_error("cold"); }),
               std::runtime_error);
}

TEST(Golden, UnderNotAfterAReply) {
  const auto reply = reprise::Current().Ask(Question());
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_THAT(Word("E2E_VALUE", "other"), Not(reprise::MatchesGolden("value")));
}

TEST(Golden, OfAReply) {
  const auto reply = reprise::Current().Ask(Question());
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_THAT(*reply, reprise::MatchesGolden());
}

TEST(Golden, OfAValue) {
  EXPECT_THAT(Word("E2E_VALUE", "one\ntwo\n"), reprise::MatchesGolden("value"));
  EXPECT_THAT(R"({"a": [1, 2]})", reprise::MatchesGolden("plan.json"));
}

TEST(Golden, Composed) {
  const std::string value = Word("E2E_VALUE", "one\ntwo\n");
  EXPECT_THAT(value, AllOf(HasSubstr("one"), reprise::MatchesGolden("value")));
}

TEST(Golden, Negated) { EXPECT_THAT(Word("E2E_VALUE", "other"), Not(reprise::MatchesGolden("value"))); }

TEST(Golden, Numbered) {
  EXPECT_THAT("first", reprise::MatchesGolden());
  EXPECT_THAT(Word("E2E_VALUE", "second"), reprise::MatchesGolden());
  EXPECT_THAT("third", reprise::MatchesGolden());
}

}  // namespace
