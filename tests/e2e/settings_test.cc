// Settings as a user gives them: good, misspelled, against each other; and goldens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SettingsOfATest : public E2e {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::string file = folder() + "/" + path;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
  }
};

TEST_F(SettingsOfATest, AMisspelledModeFailsAtTheFirstUseAndNamesTheGoodOnes) {
  Set("REPRISE_MODE", "recrod");
  const Ended run = Start("asks", Only("Chat.SwallowsItsErrors"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr(LineOf("asks", "// MISS LINE") + ": Failure"), HasSubstr("REPRISE_MODE"),
                                HasSubstr("recrod"), HasSubstr("record")));
  EXPECT_EQ(requests(), 0);
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(SettingsOfATest, AMisspelledFlagNamesTheNearest) {
  const Ended run = Start("asks", {"--gtest_filter=Chat.Asks", "--reprise_mdoe=record"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("--reprise_mdoe"), HasSubstr("mode")));
}

TEST_F(SettingsOfATest, UnderCiNothingIsRecordedUnlessItIsAskedForByName) {
  Set("CI", "true");
  const Ended refused = Record("asks", Only("Chat.Asks"));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("CI"), HasSubstr("REPRISE_CI_WRITES=1")));
  EXPECT_EQ(requests(), 0);
  EXPECT_THAT(Files(), IsEmpty());
  Set("REPRISE_CI_WRITES", "1");
  EXPECT_TRUE(Record("asks", Only("Chat.Asks")).ok());
  Unset("REPRISE_CI_WRITES");
  EXPECT_TRUE(Replay("asks", Only("Chat.Asks")).ok()) << "replay is what CI is for";
}

TEST_F(SettingsOfATest, CodeMayRestrictModesAndAClashNamesBothPlaces) {
  const Ended run = Record("configured", Only("Configured.*"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("REPRISE_MODE"), HasSubstr(LineOf("configured", "// RESTRICTED"))));
  EXPECT_EQ(requests(), 0);
}

TEST_F(SettingsOfATest, CodeIsAskedAfterTheEnvironment) {
  Unset("REPRISE_CASSETTES");
  Write("from-code/Configured/Asks.reprise", "");
  const Ended run = Start("configured", Only("Configured.Asks"));
  EXPECT_THAT(run.output, HasSubstr(folder() + "/from-code/Configured/Asks.reprise"));
  Set("REPRISE_CASSETTES", folder() + "/from-environment");
  const Ended other = Start("configured", Only("Configured.Asks"));
  EXPECT_THAT(other.output, HasSubstr(folder() + "/from-environment/Configured/Asks.reprise"));
}

TEST_F(SettingsOfATest, ABaseUrlThatAFixtureSetsHoldsAlsoWhenTheDeckIsLongUp) {
  const Ended run = Record("asks", Only("Moved.Asks"));
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_EQ(requests(), 1);
}

TEST_F(SettingsOfATest, WhatTheDeckReadsAtItsStartIsRefusedAnywhereElse) {
  const Ended run = Start("asks", {"--gtest_filter=Chat.Asks", "--reprise_log=deck.log"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("--reprise_log: \"log\" is read when the deck starts"),
                                HasSubstr("Set REPRISE_LOG before")));
}

TEST_F(SettingsOfATest, WithoutARootForCassettesAllPlacesAreNamed) {
  Unset("REPRISE_CASSETTES");
  const Ended run = Start("asks", Only("Chat.Asks"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("REPRISE_CASSETTES"), HasSubstr("cassettes")));
}

TEST_F(SettingsOfATest, ADeckThatIsNotThereIsOneSentenceAtTheFirstUse) {
  Set("REPRISE_DECK", folder() + "/reprise-deck");
  const Ended run = Start("asks", Only("Chat.SwallowsItsErrors"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr(LineOf("asks", "// MISS LINE") + ": Failure"),
                                HasSubstr("REPRISE_DECK=" + folder() + "/reprise-deck: is no program")));
  EXPECT_EQ(Count(run.output, "is no program"), 1);
}

TEST_F(SettingsOfATest, OutsideOfATestTheSentenceSaysSo) {
  const Ended run = Start("configured", {"--gtest_filter=Nothing.*", "--ask-early"});
  EXPECT_THAT(run.output, HasSubstr("early: reprise::Current(): no test is running"));
}

TEST_F(SettingsOfATest, TwoProcessesOnOneCassetteDoNotMix) {
  Set("REPRISE_MODE", "record").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
  Ended second;
  const Ended first = StartWithGate("processes", Only("Processes.AsksWithoutEnd"), [&](pid_t, const std::string&) {
    second = Start("processes", Only("Processes.AsksWithoutEnd"));
  });
  EXPECT_TRUE(first.ok()) << first.output;
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr(".incomplete"));
  EXPECT_THAT(Files(), ElementsAre("cassettes/Processes/AsksWithoutEnd.reprise"));
}

}  // namespace
}  // namespace reprise::e2e
