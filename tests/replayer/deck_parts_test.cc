// The deck's parts for HTTP, each by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "replayer/deck/child_environment.h"
#include "replayer/deck/current_tests.h"
#include "replayer/deck/reply_writer.h"
#include "replayer/deck/steps.h"
#include "replayer/deck/workers.h"

namespace reprise::replayer {
namespace {

using reprise::internal::Message;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Message About(const std::string& suite, const std::string& test) {
  return Message("open").Add("suite", suite).Add("test", test).Add("file", "a.cc");
}
std::string Key(const std::string& suite, const std::string& test) { return CurrentTests::KeyOf(About(suite, test)); }

// ---- CurrentTests

TEST(CurrentTests, ARequestBelongsToTheTestElseToItsSuiteElseToNobody) {
  CurrentTests tests;
  EXPECT_FALSE(tests.Enter("a"));
  tests.Begin(About("Chat", "Asks"));
  EXPECT_EQ(tests.Enter("a").Opening().Get("test"), "Asks");
  tests.End(Key("Chat", "Asks"), milliseconds(0));
  EXPECT_EQ(tests.Enter("a").Opening().Get("test"), "");
  EXPECT_EQ(tests.Enter("a").Opening().Get("suite"), "Chat");
  EXPECT_EQ(tests.Enter("a").Opening().Get("file"), "a.cc");
  tests.Begin(About("Chat", "AsksAgain"));
  EXPECT_EQ(tests.Enter("a").Opening().Get("test"), "AsksAgain");
  tests.Begin(About("Other", ""));
  EXPECT_EQ(tests.Enter("a").Opening().Get("suite"), "Other") << "a suite ends what was before it";
  tests.End(Key("Other", ""), milliseconds(0));
  EXPECT_FALSE(tests.Enter("a"));
}

TEST(CurrentTests, ATestIsOpenedAsWasSaidLastAndItsSuiteAsTheSuiteSaid) {
  CurrentTests tests;
  tests.Begin(About("Chat", "").Add("env.OPENAI_BASE_URL", "http://suite"));
  tests.Begin(About("Chat", "Asks"));
  tests.Begin(About("Chat", "Asks").Add("env.OPENAI_BASE_URL", "http://fixture"));
  EXPECT_EQ(tests.Enter("a").Opening().Get("env.OPENAI_BASE_URL"), "http://fixture");
  tests.End(Key("Chat", "Asks"), milliseconds(0));
  EXPECT_EQ(tests.Enter("a").Opening().Get("env.OPENAI_BASE_URL"), "http://suite");
}

TEST(CurrentTests, AFailureIsOfTheTestThatRunsElseOfItsSuiteElseOfNobody) {
  CurrentTests tests;
  EXPECT_FALSE(tests.FailCurrent("nobody's"));
  tests.Begin(About("Chat", "Asks"));
  EXPECT_TRUE(tests.FailCurrent("the test's"));
  EXPECT_THAT(tests.End(Key("Chat", "Asks"), milliseconds(0)).failures, ElementsAre("the test's"));
  EXPECT_TRUE(tests.FailCurrent("the suite's"));
  EXPECT_THAT(tests.End(Key("Chat", ""), milliseconds(0)).failures, ElementsAre("the suite's"));
  EXPECT_FALSE(tests.FailCurrent("nobody's"));
}

TEST(CurrentTests, AMessageThatNamesNoSuiteBeginsNothing) {
  CurrentTests tests;
  tests.Begin(About("", ""));
  EXPECT_FALSE(tests.Enter("a"));
}

TEST(CurrentTests, TheEndWaitsForWhoIsInsideAndNamesWhoStays) {
  CurrentTests tests;
  tests.Begin(About("Chat", "Asks"));
  CurrentTests::Guest stays = tests.Enter("POST /slow");
  EXPECT_THAT(tests.End(Key("Chat", "Asks"), milliseconds(0)).inside, ElementsAre("POST /slow"));
  tests.Begin(About("Chat", "Asks"));
  std::promise<void> entered;
  std::thread guest([&] {
    CurrentTests::Guest leaves = tests.Enter("POST /quick");
    leaves.Fail("odd");
    entered.set_value();
  });
  entered.get_future().wait();
  const CurrentTests::Ended ended = tests.End(Key("Chat", "Asks"), milliseconds(10'000));
  guest.join();
  EXPECT_THAT(ended.inside, IsEmpty());
  EXPECT_THAT(ended.failures, ElementsAre("odd"));
}

TEST(CurrentTests, BeginningTwiceIsOnce) {
  CurrentTests tests;
  tests.Begin(About("Chat", "Asks"));
  const CurrentTests::Guest guest = tests.Enter("a");
  tests.Begin(About("Chat", "Asks"));
  EXPECT_THAT(tests.End(Key("Chat", "Asks"), milliseconds(0)).inside, ElementsAre("a"));
}

// ---- Steps

TEST(Steps, LetThePiecesOfTheOldestReplyGoFirst) {
  Steps steps;
  std::string sent;
  const auto piece = [&sent](const char* what) { return [&sent, what] { sent += what; }; };
  steps.Add({piece("a"), piece("b")}, piece("."));
  steps.Add({piece("c")}, piece("!"));
  EXPECT_EQ(sent, "");
  steps.Release(1);
  EXPECT_EQ(sent, "a");
  steps.Release(1);
  EXPECT_EQ(sent, "ab.");
  steps.Release(2);
  EXPECT_EQ(sent, "ab.c!");
  steps.Add({piece("d"), piece("e")}, piece("?"));
  EXPECT_EQ(sent, "ab.c!d") << "one was left over";
  steps.ReleaseAll();
  steps.Add({piece("f")}, piece("."));
  steps.Add({}, piece(";"));
  EXPECT_EQ(sent, "ab.c!de?f.;");
}

// ---- Workers

TEST(Workers, RunAllThatTheyWereGivenBeforeTheyGo) {
  std::atomic<int> ran{0};
  {
    Workers workers(3);
    for (int i = 0; i < 200; ++i) workers.Run([&ran] { ++ran; });
    for (int i = 0; i < 20; ++i) workers.RunAlone([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 220);
}

TEST(Workers, OneThatWaitsAloneKeepsNobodyElseWaiting) {
  std::promise<void> go, ran;  // outlive those who wait
  Workers workers(1);
  workers.RunAlone([&go] { go.get_future().wait(); });
  workers.RunAlone([&ran] { ran.set_value(); });
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  go.set_value();
}

// While it lives no thread can be started: each would want more stack than there are addresses.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    ::pthread_attr_init(&huge);
    EXPECT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);
    EXPECT_EQ(::pthread_setattr_default_np(&huge), 0);
    ::pthread_attr_destroy(&huge);
  }
  ~NoMoreThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }

 private:
  pthread_attr_t before_;
};

TEST(Workers, WithoutAnyThreadTheCallerDoesTheWork) {
  Workers workers(2);
  const NoMoreThreads none;
  std::vector<std::thread::id> ran_on;
  workers.Run([&ran_on] { ran_on.push_back(std::this_thread::get_id()); });
  workers.RunAlone([&ran_on] { ran_on.push_back(std::this_thread::get_id()); });
  EXPECT_THAT(ran_on, ElementsAre(std::this_thread::get_id(), std::this_thread::get_id()));
}

TEST(Workers, WhatCannotHaveAThreadOfItsOwnRunsInThePool) {
  std::thread::id pool, alone, more;
  {
    std::promise<void> started, go;
    Workers workers(2);
    workers.Run([&] {
      pool = std::this_thread::get_id();
      started.set_value();
      go.get_future().wait();
    });
    started.get_future().wait();
    const NoMoreThreads none;
    workers.RunAlone([&alone] { alone = std::this_thread::get_id(); });
    workers.Run([&more] { more = std::this_thread::get_id(); });  // the pool may have two, but gets no second
    go.set_value();
  }
  EXPECT_EQ(alone, pool);
  EXPECT_EQ(more, pool);
}

// ---- Heads and environments

TEST(FieldsToSend, AreAllButForTheLengthAndCodingOfWhatWasUndone) {
  const Headers headers = {{"Content-Encoding", "gzip"}, {"X-A", "1"}, {"content-length", "7"}};
  EXPECT_EQ(FieldsToSend(headers, false), headers);
  EXPECT_EQ(FieldsToSend(headers, true), (Headers{{"X-A", "1"}}));
}

TEST(ChildEnvironment, LeavesKeysAloneThatAreSetAndAddsDummiesOnlyWhereNobodyIsAsked) {
  std::map<std::string, std::string> variables = {
      {"GOOGLE_API_KEY", "real"}, {"ANTHROPIC_AUTH_TOKEN", "real"}, {"GROQ_BASE_URL", "http://h"}, {"no_proxy", "*"}};
  const session::Environment environment = [&variables](const std::string& name) {
    const auto it = variables.find(name);
    return it == variables.end() ? std::string() : it->second;
  };
  std::vector<Pointed> pointed;
  for (session::SdkVariables& sdk : session::SdksToPoint({}, environment))
    pointed.push_back({sdk, "http://127.0.0.1:1/" + sdk.endpoint + "/openai/v1"});
  const auto pairs = [&](bool offline) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : ChildEnvironment(pointed, environment, offline)) out[name] = value;
    return out;
  };
  const auto offline = pairs(true), online = pairs(false);
  EXPECT_EQ(offline.count("OPENAI_API_KEY"), 1u);
  EXPECT_EQ(offline.count("GEMINI_API_KEY"), 0u) << "its SDK takes GOOGLE_API_KEY";
  EXPECT_EQ(offline.count("ANTHROPIC_API_KEY"), 0u) << "its SDK takes a token";
  EXPECT_EQ(offline.count("OLLAMA_API_KEY"), 0u) << "it needs none";
  EXPECT_EQ(offline.count("GROQ_API_KEY"), 1u);
  EXPECT_EQ(offline.size(), online.size() + 2);
  EXPECT_EQ(online.at("OPENAI_BASE_URL"), "http://127.0.0.1:1/openai/openai/v1");
  EXPECT_EQ(online.at("OPENAI_API_BASE"), online.at("OPENAI_BASE_URL"));
  EXPECT_EQ(online.at("GROQ_BASE_URL"), "http://127.0.0.1:1/groq");
  EXPECT_EQ(online.at("no_proxy"), "*");
  EXPECT_EQ(online.at("NO_PROXY"), "127.0.0.1,localhost,::1");
  EXPECT_EQ(online.size(), 8u);
}

}  // namespace
}  // namespace reprise::replayer
