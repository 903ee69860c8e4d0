// Tests of code that speaks HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>
#include <reprise/httplib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/programs/translator.h"

namespace {

using reprise::e2e::Answer;
using reprise::e2e::Print;
using reprise::e2e::Question;
using reprise::e2e::Translator;
using reprise::e2e::Word;
using ::testing::HasSubstr;

TEST(Translator, Asks) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  const Answer answer = translator.Ask(Question());
  EXPECT_EQ(answer.status, 200);
  Print("asks", answer);
}

TEST(Translator, Streams) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  const Answer answer = translator.Ask(Question(), true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_GT(answer.pieces.size(), 1u);
  Print("streams", answer);
}

TEST(Translator, SwallowsItsErrors) {  // MISS LINE
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  translator.Ask(Question());
  std::printf("went on\n");
}

TEST(Translator, SwallowsItsErrorsInAScope) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  {
    REPRISE_SCOPE("round one");  // SCOPE LINE
    translator.Ask(Question());
  }
  std::printf("went on\n");
}

TEST(Translator, LeavesInTheMiddleOfAStream) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  const Answer answer = translator.Ask(Question(), true, "tiny-1", 2);
  EXPECT_EQ(answer.pieces.size(), 2u);
  Print("left", answer);
}

TEST(Translator, AsksTwoUpstreamsOfOneFormat) {
  const reprise::Session session = reprise::Current();
  const Translator first(session.BaseUrl(reprise::OpenAi));
  const Translator judge(
      session.BaseUrl(reprise::OpenAi.At(Word("E2E_JUDGE", "http://127.0.0.1:9/v1")).Named("judge")));
  Print("first", first.Ask(Question()));
  Print("judge", judge.Ask(Question()));
}

TEST(Translator, AsksInLanes) {
  const reprise::Session session = reprise::Current();
  std::vector<std::thread> threads;
  for (const char* lane : {"worker-1", "worker-2", "worker-3"}) {
    threads.emplace_back([url = session.BaseUrl(reprise::OpenAi, {lane})] {
      const Translator translator(url);
      for (int round = 0; round < 3; ++round) EXPECT_EQ(translator.Ask(Question()).status, 200);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Translator, AlsoAsksByItself) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  EXPECT_EQ(translator.Ask(Question()).status, 200);
  EXPECT_THAT(reprise::Current().Ask(reprise::Chat("openai/tiny-1").User(Question())), reprise::IsOk());
}

TEST(Glue, PointsAClientAtAnEndpoint) {
  httplib::Client client = reprise::HttplibClient(reprise::OpenAi);
  client.set_bearer_token_auth("sk-e2e-0123456789abcdef");
  const auto models = client.Get("/v1/models");
  ASSERT_TRUE(models);
  EXPECT_THAT(models->body, HasSubstr("fake-small"));
}

TEST(Glue, KeepsItsConnectionAndItsLane) {
  std::printf("cpp-httplib %s\n", CPPHTTPLIB_VERSION);
  httplib::Client client = reprise::HttplibClient(reprise::OpenAi, {"worker-1"});
  client.set_keep_alive(true);
  for (const char* stream : {"false", "true", "false"}) {
    const std::string body =
        std::string(R"({"model":"tiny-1","stream":)") + stream + R"(,"messages":[{"role":"user","content":"Hello"}]})";
    const auto reply = client.Post("/v1/chat/completions", body, "application/json");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_THAT(reply->body, HasSubstr(stream[0] == 't' ? "data: [DONE]" : "\"finish_reason\""));
  }
}

// ---- Death tests.

[[noreturn]] void AskAndDie(const Translator& translator, const std::string& text) {
  const int status = translator.Ask(text).status;
  std::fprintf(stderr, status == 200 ? "dying of an answer\n" : "no answer\n");
  std::abort();
}

TEST(HttpDeathTest, AsksBeforeInsideAndAfter) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  EXPECT_EQ(translator.Ask("before").status, 200);
  EXPECT_DEATH(AskAndDie(translator, "inside"), "dying of an answer");
  EXPECT_EQ(translator.Ask("after").status, 200);
}

TEST(HttpDeathTest, AsksOnlyInside) {
  EXPECT_DEATH(AskAndDie(Translator(reprise::Current().BaseUrl(reprise::OpenAi)), "inside"), "dying of an answer");
}

TEST(HttpDeathTest, DiesInTheMiddleOfAStream) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  const auto die = [] {
    std::fprintf(stderr, "dying in a stream\n");
    std::abort();
  };
  EXPECT_DEATH(translator.Ask("a stream", true, "tiny-1", 0, die), "dying in a stream");
}

TEST(HttpDeathTest, DiesWhileAStreamOfItsParentIsUnderWay) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  std::promise<void> under_way;
  std::thread asking([&] {
    EXPECT_EQ(translator.Ask("slowly", true, "slow", 0, [&under_way] { under_way.set_value(); }).status, 200);
  });
  under_way.get_future().wait();
  EXPECT_DEATH(AskAndDie(translator, "inside"), "dying of an answer");
  asking.join();
}

TEST(HttpDeathTest, SwallowsItsErrorsAndDies) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  EXPECT_DEATH((translator.Ask(Question()), std::abort()), "");
}

// ---- A child program that is told where to ask by its environment alone.

TEST(Child, FindsTheWayByItsEnvironment) {
  const auto environment = reprise::Current().Environment();
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::setenv("REPRISE_E2E_CHILD", "1", 1);
    ::execl("/proc/self/exe", "child", "--gtest_filter=ChildProgram.Asks", "--gtest_brief=1", nullptr);
    ::_exit(127);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(ChildProgram, Asks) {
  if (std::getenv("REPRISE_E2E_CHILD") == nullptr) GTEST_SKIP() << "run by Child.FindsTheWayByItsEnvironment";
  EXPECT_EQ(Translator(Word("OPENAI_BASE_URL", "")).Ask("from the child").status, 200);
}

}  // namespace
