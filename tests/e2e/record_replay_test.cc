// What a user of a plain test program sees: record once, replay without network or key, and what is told when the test
// or the cassette has changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class RecordReplay : public E2e {};

TEST_F(RecordReplay, WhatWasRecordedIsReplayedByteForByteWithoutNetworkOrKey) {
  const Ended recorded = Record("asks", Only("Chat.Asks:Chat.AsksTwiceTheSame:Chat.Streams"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), 4);
  EXPECT_THAT(Files(), ElementsAre("cassettes/Chat/Asks.reprise", "cassettes/Chat/AsksTwiceTheSame.reprise",
                                   "cassettes/Chat/Streams.reprise"));
  for (const std::string& file : Files()) EXPECT_THAT(Read(file), Not(HasSubstr("sk-e2e"))) << file;

  const Ended replayed = Replay("asks", Only("Chat.Asks:Chat.AsksTwiceTheSame:Chat.Streams"));
  ASSERT_TRUE(replayed.ok()) << replayed.output;
  EXPECT_THAT(recorded.output, HasSubstr("replayed: 0"));
  EXPECT_THAT(replayed.output, HasSubstr("replayed: 1"));
  EXPECT_EQ(Between(replayed.output, "bodies: ", "[  "), Between(recorded.output, "bodies: ", "[  "));
  EXPECT_EQ(Between(replayed.output, "cuts: ", "\n"), Between(recorded.output, "cuts: ", "\n"));
  EXPECT_EQ(Between(replayed.output, "said: ", "\n"), Between(recorded.output, "said: ", "\n"));
}

TEST_F(RecordReplay, AReplayDoesNotTouchTheCassette) {
  ASSERT_TRUE(Record("asks", Only("Chat.Asks")).ok());
  const std::string before = Read("cassettes/Chat/Asks.reprise");
  ASSERT_TRUE(Replay("asks", Only("Chat.Asks")).ok());
  EXPECT_EQ(Read("cassettes/Chat/Asks.reprise"), before);
  EXPECT_THAT(Files(), ElementsAre("cassettes/Chat/Asks.reprise"));
}

TEST_F(RecordReplay, AChangedWordIsAMissThatNamesItAtTheLineOfTheAsk) {
  ASSERT_TRUE(Record("asks", Only("Chat.SwallowsItsErrors")).ok());
  Set("E2E_WORD", "Frankreich");
  const Ended run = Replay("asks", Only("Chat.SwallowsItsErrors"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr(LineOf("asks", "// MISS LINE") + ": Failure"));
  EXPECT_THAT(run.output, AllOf(HasSubstr("No recorded exchange matches request 1 of Chat.SwallowsItsErrors"),
                                HasSubstr("\"France?\" is now \"Frankreich?\""),
                                HasSubstr("REPRISE_MODE=record REPRISE_ACCEPT=1")));
  EXPECT_THAT(run.output, HasSubstr("ok: 0")) << "the code under test went on, and the test failed all the same";
  EXPECT_EQ(Count(run.output, "No recorded exchange matches"), 1) << "told once";
}

TEST_F(RecordReplay, AMissIsToldInFullOnce) {
  ASSERT_TRUE(Record("asks", Only("Chat.Asks")).ok());
  Set("E2E_WORD", "Frankreich");
  const Ended run = Replay("asks", Only("Chat.Asks"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(Count(run.output, "is now \"Frankreich?\""), 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("Actual: error: No recorded exchange matches request 1 of Chat.Asks ... (told"));
}

TEST_F(RecordReplay, ATestWithoutACassetteIsToldHowToRecordIt) {
  const Ended run = Replay("asks", Only("Chat.Asks"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("cassettes/Chat/Asks.reprise"), HasSubstr("REPRISE_MODE=record")));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(RecordReplay, ARecordingThatNobodyAskedForFailsItsTest) {
  ASSERT_TRUE(Record("asks", Only("Chat.AsksForADate")).ok());
  Set("E2E_STOPS_EARLY", "1");
  const Ended run = Replay("asks", Only("Chat.AsksForADate"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr(LineOf("asks", "TEST(Chat, AsksForADate)") + ": Failure"),
                                HasSubstr("1 recorded exchange of"), HasSubstr("Which day is it?"),
                                HasSubstr("[  FAILED  ] Chat.AsksForADate")));
}

TEST_F(RecordReplay, ARecordingMayBeLeftForAReason) {
  ASSERT_TRUE(Record("asks", Only("Chat.AsksForADate")).ok());
  Set("E2E_STOPS_EARLY", "1").Set("E2E_ALLOWS", "1");
  const Ended run = Replay("asks", Only("Chat.AsksForADate"));
  EXPECT_TRUE(run.ok()) << run.output;
}

TEST_F(RecordReplay, ATestThatWasServedNothingSaysSo) {
  ASSERT_TRUE(Record("asks", Only("Chat.AsksForADate")).ok());
  Set("E2E_ASKS_NOTHING", "1");
  const Ended run = Replay("asks", Only("Chat.AsksForADate"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("2 recorded exchanges of"), HasSubstr("replay served nothing")));
}

TEST_F(RecordReplay, ASkippedTestThatCouldHaveBeenReplayedIsTold) {
  ASSERT_TRUE(Record("asks", Only("Chat.NeedsAKey")).ok());
  const Ended run = Replay("asks", Only("Chat.NeedsAKey"));
  EXPECT_TRUE(run.ok());
  EXPECT_THAT(run.output, AllOf(HasSubstr("[  REPRISE ] Chat.NeedsAKey was skipped (no OPENAI_API_KEY) although"),
                                HasSubstr("cassettes/Chat/NeedsAKey.reprise")));
}

TEST_F(RecordReplay, ASkippedTestWithoutACassetteIsNotTold) {
  const Ended run = Replay("asks", Only("Chat.NeedsAKey"));
  EXPECT_TRUE(run.ok());
  EXPECT_THAT(run.output, Not(HasSubstr("REPRISE")));
}

TEST_F(RecordReplay, AProvidersErrorIsAnAnswerLikeAnyOther) {
  Set("E2E_MODEL", "openai/error-429");
  const Ended recorded = Record("asks", Only("Chat.TellsStatus"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_THAT(recorded.output, HasSubstr("status: 429"));
  const Ended replayed = Replay("asks", Only("Chat.TellsStatus"));
  EXPECT_TRUE(replayed.ok()) << replayed.output;
  EXPECT_EQ(Between(replayed.output, "status: ", "\n["), Between(recorded.output, "status: ", "\n["));
}

TEST_F(RecordReplay, AnUpstreamThatIsNotThereIsOneSentence) {
  CloseProvider();
  const Ended run = Record("asks", Only("Chat.SwallowsItsErrors"));
  EXPECT_EQ(run.exit_code, 1) << "although the code under test swallowed it";
  EXPECT_THAT(run.output, HasSubstr(LineOf("asks", "// MISS LINE") + ": Failure"));
  EXPECT_THAT(Files(), IsEmpty()) << "a failed test leaves no cassette";
}

// ---- Calls in the test's own process

TEST_F(RecordReplay, ARecordedCallIsNotRunAgain) {
  const Ended recorded = Record("asks", Only("Engine.*"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_THAT(recorded.output, HasSubstr("said: Paris\nruns: 1"));
  EXPECT_EQ(requests(), 0);
  Set("E2E_ANSWER", "Rome");
  const Ended replayed = Replay("asks", Only("Engine.*"));
  EXPECT_TRUE(replayed.ok()) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr("said: Paris\nruns: 0"));
}

TEST_F(RecordReplay, OfACallThatIsLeftByAnExceptionNothingIsRecorded) {
  const Ended recorded = Record("asks", Only("Throws.Caught"));
  EXPECT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(RecordReplay, ACassetteThatIsNamedAsTextIsTheCassette) {
  ASSERT_TRUE(Record("asks", Only("Chat.Asks")).ok());
  const std::string name = folder() + "/cassettes/Chat/Asks.reprise";
  std::filesystem::rename(name, name + ".jsonl");
  EXPECT_TRUE(Replay("asks", Only("Chat.Asks")).ok());
  OpenProvider();
  Set("E2E_WORD", "Italy");
  const Ended again = Record("asks", Only("Chat.Asks"));
  EXPECT_TRUE(again.ok()) << again.output;
  EXPECT_THAT(Files(), ElementsAre("cassettes/Chat/Asks.reprise.jsonl", "cassettes/Chat/Asks.reprise.jsonl.new"));
  EXPECT_THAT(Read("cassettes/Chat/Asks.reprise.jsonl.new"), StartsWith("{\"reprise\":")) << "text, as its name says";
  Unset("OPENAI_API_KEY");
  std::filesystem::rename(name + ".jsonl", folder() + "/cassettes/Chat/NeedsAKey.reprise.jsonl");
  EXPECT_THAT(Start("asks", Only("Chat.NeedsAKey")).output, HasSubstr("although there is a cassette"));
}

TEST_F(RecordReplay, ACallWithAnotherInputIsAMiss) {
  ASSERT_TRUE(Record("asks", Only("Engine.Records")).ok());
  Set("E2E_WORD", "Italy");
  const Ended run = Replay("asks", Only("Engine.Records"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("France"), HasSubstr("Italy")));
}

// ---- Reports

TEST_F(RecordReplay, TheXmlReportHoldsWhatWasServed) {
  ASSERT_TRUE(Record("asks", Only("Chat.AsksTwiceTheSame")).ok());
  const Ended run = Replay("asks", {"--gtest_filter=Chat.AsksTwiceTheSame:Chat.NeverMeetsReprise",
                                    "--gtest_output=xml:" + folder() + "/report.xml"});
  EXPECT_TRUE(run.ok()) << run.output;
  const std::string report = Read("report.xml");
  for (const char* property : {"name=\"reprise.mode\" value=\"replay\"", "name=\"reprise.served\" value=\"2\"",
                               "name=\"reprise.missed\" value=\"0\"", "name=\"reprise.unused\" value=\"0\""}) {
    EXPECT_EQ(Count(report, property), 1) << property << " in\n" << report;
  }
  EXPECT_THAT(report, HasSubstr("name=\"reprise.cassette_sha256\" value=\""));
}

TEST_F(RecordReplay, TheEndOfTheRunIsQuietWhenGoogleTestIs) {
  ASSERT_TRUE(Record("asks", Only("Chat.AsksForADate")).ok());
  Set("E2E_ASKS_NOTHING", "1");
  const Ended run = Replay("asks", {"--gtest_filter=Chat.AsksForADate", "--gtest_brief=1"});
  EXPECT_THAT(run.output, Not(HasSubstr("replay served nothing in")));
}

}  // namespace
}  // namespace reprise::e2e
