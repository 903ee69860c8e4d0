// Death tests, forks, threads, waits, and kills while recording.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "reprise/cassette.h"
#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Processes : public E2e {
 protected:
  // Complete exchanges in the one recording that was under way, or -1.
  int ExchangesLeft() const {
    for (const std::string& file : Files()) {
      if (file.find(".incomplete") == std::string::npos) continue;
      const auto reader = CassetteReader::Open(folder() + "/" + file);
      if (!reader.ok()) return -1;
      int count = 0;
      (void)(*reader)->ForEach([&count](CassetteReader::Ref, Exchange&&) { return ++count, true; });
      return count;
    }
    return -1;
  }
};

class DeathTests : public Processes, public ::testing::WithParamInterface<const char*> {
 protected:
  std::vector<std::string> In(const std::string& filter) const {
    return {"--gtest_filter=AgentDeathTest." + filter, std::string("--gtest_death_test_style=") + GetParam()};
  }
};
INSTANTIATE_TEST_SUITE_P(Style, DeathTests, ::testing::Values("fast", "threadsafe"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(DeathTests, AreRecordedAndReplayedWithWhatTheirChildrenAsk) {
  const Ended recorded = Record("deaths", In("*-*Something*"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_THAT(Files(), ElementsAre("cassettes/AgentDeathTest/AsksBeforeInsideAndAfter.reprise",
                                   "cassettes/AgentDeathTest/AsksOnlyInsideTheDeath.reprise",
                                   "cassettes/AgentDeathTest/DiesTwiceOfTheSame.reprise",
                                   "cassettes/AgentDeathTest/ExitsThroughEveryDestructor.reprise"));
  const Ended replayed = Replay("deaths", In("*-*Something*"));
  EXPECT_TRUE(replayed.ok()) << replayed.output;
  EXPECT_THAT(replayed.output, Not(HasSubstr("REPRISE")));
}

TEST_P(DeathTests, AskInsideTheDeathOnceHoweverOftenTheChildStartsAnew) {
  ASSERT_TRUE(Record("deaths", In("AsksBeforeInsideAndAfter")).ok());
  EXPECT_EQ(requests(), 3) << "a child that runs the test from its beginning is served what was recorded";
}

TEST_P(DeathTests, FailForAMissInTheChild) {
  ASSERT_TRUE(Record("deaths", In("AsksSomethingNew")).ok());
  Set("E2E_WORD", "new");
  const Ended run = Replay("deaths", In("AsksSomethingNew"));
  EXPECT_EQ(run.exit_code, 1) << "the child died as expected, of a miss";
  EXPECT_THAT(run.output, HasSubstr("No recorded exchange matches request 1 of AgentDeathTest.AsksSomethingNew"));
}

TEST_P(DeathTests, ReplayWithARecordingOfTheOtherStyle) {
  ASSERT_TRUE(Record("deaths", In("AsksBeforeInsideAndAfter:DiesTwiceOfTheSame")).ok());
  const std::string other = std::string(GetParam()) == "fast" ? "threadsafe" : "fast";
  const Ended run = Replay("deaths", {"--gtest_filter=*AsksBeforeInsideAndAfter", "--gtest_death_test_style=" + other});
  EXPECT_TRUE(run.ok()) << run.output;
}

TEST_F(Processes, ThatWaitForAllTheirChildrenNeverMeetTheDeck) {
  const std::string filter = "Processes.Waits*:Processes.Ignores*";
  const Ended recorded = Record("processes", Only(filter));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  const Ended replayed = Replay("processes", Only(filter));
  EXPECT_TRUE(replayed.ok()) << replayed.output;
}

TEST_F(Processes, ThatForkAskThroughTheirParentsDeck) {
  const std::string filter = "Processes.AsksInAForkedChild:Processes.AsksOnlyInAForkedChild";
  const Ended recorded = Record("processes", Only(filter));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), 4);
  EXPECT_THAT(Files(), ElementsAre("cassettes/Processes/AsksInAForkedChild.reprise",
                                   "cassettes/Processes/AsksOnlyInAForkedChild.reprise"));
  const Ended replayed = Replay("processes", Only(filter));
  EXPECT_TRUE(replayed.ok()) << replayed.output;
}

TEST_F(Processes, ThatOutliveTheirTestDoNotKeepItsDeck) {
  Set("E2E_CHILD", "1");
  const Ended recorded = Record("processes", Only("Processes.LeavesAChildBehind"));
  EXPECT_TRUE(recorded.ok()) << recorded.output;
  // The child holds the parent's connection; the deck must go all the same.
  for (int tries = 0; Deck() != 0 && tries < 5000; ++tries) ::usleep(2000);
  EXPECT_EQ(Deck(), 0);
  EXPECT_THAT(Files(), ElementsAre("cassettes/Processes/LeavesAChildBehind.reprise"));
  for (const pid_t pid : Workshop::Processes()) ::kill(pid, SIGKILL);
}

TEST_F(Processes, WithThreadsRecordEachLaneInItsOrder) {
  const Ended recorded = Record("processes", Only("Processes.AsksFromThreadsInLanes"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), 12);
  for (int round = 0; round < 5; ++round) {
    const Ended replayed = Replay("processes", Only("Processes.AsksFromThreadsInLanes"));
    EXPECT_TRUE(replayed.ok()) << replayed.output;
  }
}

TEST_F(Processes, ATestKilledWhileItRecordsLeavesItsExchangesAndNoDeck) {
  Set("REPRISE_MODE", "record").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef").Set("E2E_ROUNDS", "100000");
  const Ended run = Start("processes", Only("Processes.AsksWithoutEnd"), [](pid_t pid, const std::string& output) {
    if (Count(output, "answered ") >= 5) ::kill(pid, SIGKILL);
  });
  EXPECT_EQ(run.signal, SIGKILL);
  EXPECT_TRUE(run.in_time);
  EXPECT_TRUE(IsQuiet()) << "the deck goes with its test";
  EXPECT_THAT(Files(), Not(Contains("cassettes/Processes/AsksWithoutEnd.reprise")));
  EXPECT_GE(ExchangesLeft(), Count(run.output, "answered ")) << "none that was answered is lost";
}

TEST_F(Processes, ADeckKilledWhileItRecordsIsOneSentenceAndTheNextTestGoesOn) {
  Set("REPRISE_MODE", "record").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef").Set("E2E_ROUNDS", "100000");
  bool killed = false;
  const Ended run =
      Start("processes", Only("Processes.AsksWithoutEnd:Processes.WaitsBeforeItAsks:Processes.AsksFromThreadsInLanes"),
            [&](pid_t, const std::string& output) {
              if (killed || Count(output, "answered ") < 5) return;
              killed = true;
              const pid_t deck = Deck();
              EXPECT_NE(deck, 0);
              if (deck != 0) ::kill(deck, SIGKILL);
            });
  EXPECT_TRUE(killed);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("went away while it was asked to \"ask\""));
  EXPECT_THAT(run.output, HasSubstr("[  FAILED  ] Processes.AsksWithoutEnd"));
  EXPECT_THAT(run.output, HasSubstr("[       OK ] Processes.AsksFromThreadsInLanes"));
  EXPECT_GE(ExchangesLeft(), Count(run.output, ": 1\n")) << "none that was answered is lost";
}

TEST_F(Processes, ATestThatCrashesDoesNotReplaceItsCassette) {
  const Ended run = Record("processes", Only("Processes.Crashes"));
  EXPECT_EQ(run.signal, SIGABRT);
  EXPECT_TRUE(IsQuiet());
  EXPECT_THAT(Files(), Not(Contains("cassettes/Processes/Crashes.reprise")));
}

}  // namespace
}  // namespace reprise::e2e
