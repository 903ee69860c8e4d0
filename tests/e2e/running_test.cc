// The ways in which GoogleTest programs are run: listed, one process per test, in shards, again, in another order; and
// tests of every kind of name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Running : public E2e {};

TEST_F(Running, TestsAreListedWithoutAWordAFileOrAChild) {
  Set("REPRISE_MODE", "record").Set("SCRIPTED_DECK_LOG", folder() + "/log").Set("REPRISE_DECK", SCRIPTED_DECK_PROGRAM);
  const Ended run = Start("asks", {"--gtest_list_tests"});
  EXPECT_TRUE(run.ok());
  EXPECT_THAT(run.output, HasSubstr("AsksTwiceTheSame"));
  EXPECT_THAT(run.output, Not(HasSubstr("REPRISE")));
  EXPECT_THAT(Files(), IsEmpty()) << "a deck would have logged its birth";
  EXPECT_THAT(Processes(), IsEmpty());
}

TEST_F(Running, ATestThatNeverMeetsItStartsNothing) {
  Set("SCRIPTED_DECK_LOG", folder() + "/log").Set("REPRISE_DECK", SCRIPTED_DECK_PROGRAM);
  EXPECT_TRUE(Start("asks", {"--gtest_filter=Chat.NeverMeetsReprise"}).ok());
  EXPECT_THAT(Files(), IsEmpty()) << "a deck would have logged its birth";
}

TEST_F(Running, EachTestMayHaveAProcessOfItsOwn) {
  Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
  std::vector<std::string> names = TestsOf("asks");
  names.erase(std::remove_if(names.begin(), names.end(), [](const auto& n) { return n.rfind("Golden", 0) == 0; }),
              names.end());
  ASSERT_THAT(names, SizeIs(::testing::Gt(8u)));
  for (const std::string& name : names) {
    const Ended run = Record("asks", {"--gtest_filter=" + name});
    EXPECT_TRUE(run.ok()) << run.output;
  }
  for (const std::string& name : names) {
    const Ended run = Replay("asks", {"--gtest_filter=" + name});
    EXPECT_TRUE(run.ok()) << run.output;
  }
}

TEST_F(Running, ShardsEachRecordAndReplayTheirPart) {
  const std::string filter = "--gtest_filter=Chat.*-Chat.NeedsAKey";
  Set("GTEST_TOTAL_SHARDS", "3");
  for (const char* shard : {"0", "1", "2"}) {
    Set("GTEST_SHARD_INDEX", shard);
    const Ended run = Record("asks", {filter});
    EXPECT_TRUE(run.ok()) << run.output;
  }
  const std::vector<std::string> recorded = Files();
  EXPECT_THAT(recorded, SizeIs(6)) << "all but the test that never asks";
  for (const char* shard : {"0", "1", "2"}) {
    Set("GTEST_SHARD_INDEX", shard);
    const Ended run = Replay("asks", {filter});
    EXPECT_TRUE(run.ok()) << run.output;
  }
  Unset("GTEST_TOTAL_SHARDS").Unset("GTEST_SHARD_INDEX");
  EXPECT_TRUE(Replay("asks", {filter}).ok()) << "cassettes do not know of shards";
  EXPECT_EQ(Files(), recorded);
}

TEST_F(Running, RepeatedAndShuffledTestsReplayTheSame) {
  const std::string filter = "--gtest_filter=Chat.*:Engine.*-Chat.NeedsAKey";
  ASSERT_TRUE(Record("asks", {filter}).ok());
  const Ended run = Replay("asks", {filter, "--gtest_repeat=3", "--gtest_shuffle", "--gtest_random_seed=7"});
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_EQ(Count(run.output, "replayed: 1"), 3);
}

TEST_F(Running, ARepeatedRecordingKeepsTheFirst) {
  ASSERT_TRUE(Record("asks", {"--gtest_filter=Chat.Asks", "--gtest_repeat=2"}).ok());
  EXPECT_TRUE(Replay("asks", {"--gtest_filter=Chat.Asks"}).ok());
  EXPECT_THAT(Files(), Contains("cassettes/Chat/Asks.reprise"));
}

TEST_F(Running, FlagsOfOursAreReadUnderAStockMain) {
  Set("REPRISE_MODE", "live");
  const Ended run = Start("asks", {"--gtest_filter=Chat.Asks", "--reprise_mode=record"});
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_THAT(Files(), ElementsAre("cassettes/Chat/Asks.reprise")) << "the command line wins over the environment";
}

TEST_F(Running, InitTakesOurFlagsFromAMainThatRefusesStrangers) {
  const Ended run = Start("names", {"--gtest_filter=Languages/*", "--reprise_mode=record"});
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_THAT(Files(), ElementsAre("cassettes/Languages/Translates/Greeting/French.reprise",
                                   "cassettes/Languages/Translates/Greeting/German.reprise"));
  EXPECT_EQ(Start("names", {"--strange"}).exit_code, 64);
}

TEST_F(Running, TestsOfEveryNameHaveCassettesOfTheirOwnInsideTheRoot) {
  const std::vector<std::string> names = TestsOf("names");
  const Ended recorded = Record("names");
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  const std::vector<std::string> files = Files();
  EXPECT_THAT(files, Each(StartsWith("cassettes/")));
  EXPECT_THAT(files, Not(Contains(HasSubstr(".incomplete"))));
  // Shared.Second asks nothing; the suite itself has a cassette.
  EXPECT_EQ(files.size(), names.size());
  EXPECT_THAT(files, Contains("cassettes/Holds/0/AValue.reprise"));
  EXPECT_THAT(files, Contains("cassettes/Holds/1/AValue.reprise"));
  EXPECT_THAT(files, Contains("cassettes/Shared.suite.reprise"));
  EXPECT_THAT(files, Contains(StartsWith("cassettes/Odd_names-")));
  for (const std::string& file : files) {
    for (std::size_t at = 0; at < file.size();) {
      const std::size_t end = std::min(file.find('/', at), file.size());
      EXPECT_LE(end - at, 120u) << file;
      at = end + 1;
    }
  }
  const Ended replayed = Replay("names");
  EXPECT_TRUE(replayed.ok()) << replayed.output;
  EXPECT_EQ(Files(), files);
}

TEST_F(Running, WhatASuitesSetUpLeavesUnaskedFailsTheSuite) {
  ASSERT_TRUE(Record("names", {"--gtest_filter=Shared.*"}).ok());
  // The set-up asks first; here its cassette holds more than it asks.
  ASSERT_EQ(std::system(("cp '" + folder() + "/cassettes/Shared/First.reprise' '" + folder() +
                         "/cassettes/Shared.suite.reprise'")
                            .c_str()),
            0);
  const Ended run = Replay("names", {"--gtest_filter=Shared.*"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("No recorded exchange matches request 1 of Shared"));
}

}  // namespace
}  // namespace reprise::e2e
