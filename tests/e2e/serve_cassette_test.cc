// `reprise serve-cassette`: the recordings of programs and tests, on ports that are printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Served : public E2e {
 protected:
  // What is printed before the URL, and the comment behind it.
  using Urls = std::map<std::string, std::string>;

  static Urls UrlsIn(const std::string& output) {
    Urls urls;
    std::size_t at = 0;
    for (std::size_t end; (end = output.find('\n', at)) != std::string::npos; at = end + 1) {
      const std::string line = output.substr(at, end - at);
      const std::size_t url = line.find("http://"), behind = line.find(' ', url);
      if (url == std::string::npos) continue;
      urls[line.substr(0, url) + (behind == std::string::npos ? "" : line.substr(behind))] =
          line.substr(url, behind - url);
    }
    return urls;
  }
  // Calls `ask` with the URLs when there are so many, and ends it.
  Ended Serve(const std::vector<std::string>& words, std::size_t count, const std::function<void(const Urls&)>& ask,
              int signal = SIGINT) {
    std::vector<std::string> all = {"serve-cassette"};
    all.insert(all.end(), words.begin(), words.end());
    bool asked = false;
    return Start(REPRISE_PROGRAM, all, [&](pid_t pid, const std::string& output) {
      const Urls urls = UrlsIn(output);
      if (asked || urls.size() < count) return;
      asked = true;
      ask(urls);
      ::kill(pid, signal);
    });
  }
  std::string Ask(const std::string& url, const std::vector<std::string>& places) {
    Set("OPENAI_BASE_URL", url).Set("E2E_WORD", "What is the capital of ");
    std::vector<std::string> words = {"ask"};
    words.insert(words.end(), places.begin(), places.end());
    std::string said = Start("agent", words).output;
    Set("OPENAI_BASE_URL", "http://127.0.0.1:9/v1");  // else the next one to serve would take it for its upstream
    return said;
  }
  void RecordAgent(const std::vector<std::string>& places) {
    Set("E2E_WORD", "What is the capital of ");
    std::vector<std::string> words = {"record", "-c", "a.reprise", "--", REPRISE_E2E_PROGRAMS "/e2e_agent", "ask"};
    words.insert(words.end(), places.begin(), places.end());
    const Ended run = Start(REPRISE_PROGRAM, words);
    ASSERT_TRUE(run.ok()) << run.output;
    CloseProvider();
  }
};

TEST_F(Served, ARecordingIsGivenOutAndWhatIsMissedOrLeftIsTold) {
  ASSERT_NO_FATAL_FAILURE(RecordAgent({"France", "Peru"}));
  std::string answers;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const Ended all = Serve(
        {"a.reprise"}, 1,
        [&](const Urls& urls) {
          answers = Ask(urls.at("OPENAI_BASE_URL="), {"France", "Peru"});
        },
        signal);
    EXPECT_EQ(all.exit_code, 0) << all.output << answers;
    EXPECT_EQ(Count(answers, "answer 200"), 2);
  }
  const Ended less = Serve({"a.reprise"}, 1, [&](const Urls& urls) {
    answers = Ask(urls.at("OPENAI_BASE_URL="), {"France", "Chile"});
  });
  EXPECT_EQ(less.exit_code, 1);
  EXPECT_EQ(Count(answers, "answer 200"), 1);
  EXPECT_THAT(less.output,
              AllOf(HasSubstr("No recorded exchange matches"), HasSubstr("was not asked for"),
                    Not(HasSubstr("AllowUnused")), HasSubstr("reprise record --accept --cassette a.reprise -- CMD")));
  const Ended none = Serve({"a.reprise"}, 1, [](const Urls&) {});
  EXPECT_EQ(none.exit_code, 1) << "nobody asked: " << none.output;
}

TEST_F(Served, EachRecordingIsServedOnceUnlessTheLastIsToBeRepeated) {
  ASSERT_NO_FATAL_FAILURE(RecordAgent({"France"}));
  std::string answers;
  const auto twice = [&](const Urls& urls) {
    answers = Ask(urls.at("OPENAI_BASE_URL="), {"France"}) + Ask(urls.at("OPENAI_BASE_URL="), {"France"});
  };
  EXPECT_EQ(Serve({"a.reprise"}, 1, twice).exit_code, 1);
  EXPECT_EQ(Count(answers, "answer 200"), 1);
  Set("REPRISE_TAKES", "repeat");
  EXPECT_EQ(Serve({"a.reprise"}, 1, twice).exit_code, 0);
  EXPECT_EQ(Count(answers, "answer 200"), 2);
}

TEST_F(Served, LanesHaveAPortEach) {
  ASSERT_TRUE(Record("speaks_http", Only("Translator.AsksInLanes")).ok());
  CloseProvider();
  std::string answers;
  const Ended all = Serve({"cassettes/Translator/AsksInLanes.reprise"}, 3, [&](const Urls& urls) {
    for (const char* lane : {"worker-3", "worker-1", "worker-2"})
      for (int round = 0; round < 3; ++round)
        answers += Ask(urls.at(std::string("OPENAI_BASE_URL=  # lane ") + lane), {"France?"});
  });
  EXPECT_EQ(all.exit_code, 0) << all.output << answers;
  EXPECT_EQ(Count(answers, "answer 200"), 9);
}

TEST_F(Served, AnEndpointOfOnesOwnIsToldByItsName) {
  const auto judge = support::FakeProvider::Start();
  Set("E2E_JUDGE", judge->base_url());
  const Ended recorded = Record("speaks_http", Only("Translator.AsksTwoUpstreamsOfOneFormat"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  CloseProvider();
  std::string answers;
  const Ended all = Serve({"cassettes/Translator/AsksTwoUpstreamsOfOneFormat.reprise"}, 2, [&](const Urls& urls) {
    answers = Ask(urls.at("OPENAI_BASE_URL="), {"France?"}) + Ask(urls.at("judge ") + "/v1", {"France?"});
  });
  EXPECT_EQ(all.exit_code, 0) << all.output << answers;
  EXPECT_EQ(Count(answers, "answer 200"), 2);
}

TEST_F(Served, ClientsThatKeepNoPathGetHostAndPort) {
  ASSERT_NO_FATAL_FAILURE(RecordAgent({"France"}));
  std::string url, answers;
  const Ended all = Serve({"--host-only", "a.reprise"}, 1, [&](const Urls& urls) {
    url = urls.at("OPENAI_BASE_URL=");
    answers = Ask(url + "/v1", {"France"});
  });
  EXPECT_EQ(all.exit_code, 0) << all.output << answers;
  EXPECT_EQ(url.find('/', 7), std::string::npos) << url;
}

TEST_F(Served, JsonSaysTheSame) {
  ASSERT_TRUE(Record("speaks_http", Only("Translator.AsksInLanes")).ok());
  const Ended run = Serve({"--json", "cassettes/Translator/AsksInLanes.reprise"}, 1, [](const Urls&) {});
  EXPECT_THAT(run.output,
              AllOf(HasSubstr("\"schema\": \"reprise.serve-cassette/1\""), HasSubstr("\"lane\": \"worker-1\""),
                    HasSubstr("\"variable\": \"OPENAI_BASE_URL\""), HasSubstr("\"url\": \"http://127.0.0.1:")));
}

TEST_F(Served, WhatCannotBeServedIsToldBeforeAnyPort) {
  const Ended missing = Start(REPRISE_PROGRAM, {"serve-cassette", "no.reprise"});
  EXPECT_EQ(missing.exit_code, 3) << missing.output;
  EXPECT_THAT(missing.output, AllOf(HasSubstr("no.reprise"), Not(HasSubstr("http://"))));
  ASSERT_TRUE(Record("asks", Only("Engine.Records")).ok());
  const Ended calls = Start(REPRISE_PROGRAM, {"serve-cassette", "cassettes/Engine/Records.reprise"});
  EXPECT_EQ(calls.exit_code, 3) << calls.output;
  EXPECT_THAT(calls.output, HasSubstr("holds no exchange over HTTP"));
}

}  // namespace
}  // namespace reprise::e2e
