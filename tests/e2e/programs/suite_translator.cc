// Fifty tests of a user's, over HTTP, of one provider: whole, streamed, in conversation, from threads, with errors,
// dying.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/programs/suite.h"

namespace {

using reprise::e2e::Answer;
using reprise::e2e::Kept;
using reprise::e2e::Post;
using reprise::e2e::Translator;
using reprise::e2e::Word;
using ::testing::HasSubstr;

std::string Url() { return reprise::Current().BaseUrl(reprise::OpenAi); }

// What every fifth number is, so that equal requests are asked by several tests, each from its own cassette.
std::string Phrase(int number) { return "Say it in French, number " + std::to_string(number % 5) + "."; }

class Phrases : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, Phrases, ::testing::Range(0, 15));

TEST_P(Phrases, AreAnsweredWhole) {
  const Answer answer = Kept(Translator(Url()).Ask(Phrase(GetParam())));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"finish_reason\""));
}

TEST_P(Phrases, AreAnsweredInAStream) {
  const Answer answer = Kept(Translator(Url()).Ask(Phrase(GetParam()), true));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("data: [DONE]"));
}

class Conversations : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, Conversations, ::testing::Range(0, 5));

TEST_P(Conversations, GoOnForFourTurns) {
  const Translator translator(Url());
  std::string said = "Let us talk of " + std::to_string(GetParam());
  for (int turn = 0; turn < 4; ++turn) {
    const Answer answer = Kept(translator.Ask(said, turn % 2 == 1));
    ASSERT_EQ(answer.status, 200);
    said += ", and then of " + std::to_string(answer.body.size() % 7 + static_cast<std::size_t>(turn) * 10);
  }
}

class Threads : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, Threads, ::testing::Range(0, 4));

TEST_P(Threads, AskInLanesOfTheirOwn) {
  const reprise::Session session = reprise::Current();
  std::vector<std::thread> threads;
  for (const char* lane : {"worker-1", "worker-2", "worker-3"}) {
    threads.emplace_back([url = session.BaseUrl(reprise::OpenAi, {lane}), lane] {
      for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(Kept(Translator(url).Ask(Phrase(round), GetParam() % 2 == 1), lane).status, 200);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class Errors : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(All, Errors, ::testing::Values(400, 401, 403, 404, 429, 500, 502, 503));

TEST_P(Errors, AreAnswersToo) {
  const Translator translator(Url());
  const std::string model = "error-" + std::to_string(GetParam());
  EXPECT_EQ(Kept(translator.Ask("Fail, please.", false, model)).status, GetParam());
  EXPECT_EQ(Kept(translator.Ask("Fail, please.", false, model)).status, GetParam()) << "as a client that tries again";
  EXPECT_EQ(Kept(translator.Ask("And now?")).status, 200);
}

void AskAndDie(const Translator& translator) {
  std::fprintf(stderr, Kept(translator.Ask("inside")).status == 200 ? "dying of an answer\n" : "no answer\n");
  std::abort();
}

class DyingDeathTest : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Style, DyingDeathTest, ::testing::Values("fast", "threadsafe"));

TEST_P(DyingDeathTest, AsksAroundItsDeathAndInIt) {
  GTEST_FLAG_SET(death_test_style, GetParam());
  const Translator translator(Url());
  EXPECT_EQ(Kept(translator.Ask("before")).status, 200);
  EXPECT_DEATH(AskAndDie(translator), "dying of an answer");
  EXPECT_EQ(Kept(translator.Ask("after")).status, 200);
}

TEST(Children, AskByTheirEnvironment) {
  const auto environment = reprise::Current().Environment();
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::_exit(Kept(Translator(Word("OPENAI_BASE_URL", "")).Ask("from a child")).status == 200 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

}  // namespace
