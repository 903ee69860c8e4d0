// What a user sees whose code speaks HTTP already: recorded through a base URL, replayed without network or key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/workshop.h"
#include "tests/support/fake_provider.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Http : public E2e {
 protected:
  // Recorded and replayed, all well.
  void ThereAndBack(const std::string& program, const std::vector<std::string>& arguments) {
    const Ended recorded = Record(program, arguments);
    ASSERT_TRUE(recorded.ok()) << recorded.output;
    Set("E2E_KEY", "a dummy");
    const Ended replayed = ReplayOverLoopback(program, arguments);
    EXPECT_TRUE(replayed.ok()) << replayed.output;
  }
};

TEST_F(Http, WholeAndStreamedRepliesComeBackByteForByteWithoutNetworkOrKey) {
  const auto tests = Only("Translator.Asks:Translator.Streams");
  const Ended recorded = Record("speaks_http", tests);
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), 2);
  for (const std::string& file : Files()) EXPECT_THAT(Read(file), Not(HasSubstr("sk-e2e"))) << file;
  Set("E2E_KEY", "a dummy");
  const Ended replayed = ReplayOverLoopback("speaks_http", tests);
  ASSERT_TRUE(replayed.ok()) << replayed.output;
  for (const char* what : {"asks 200", "streams 200"}) {
    EXPECT_NE(Between(recorded.output, what, "[  "), "");
    EXPECT_EQ(Between(replayed.output, what, "[  "), Between(recorded.output, what, "[  "));
  }
}

TEST_F(Http, AMissFailsTheTestAlthoughTheCodeSwallowsIt) {
  ASSERT_TRUE(Record("speaks_http", Only("Translator.SwallowsItsErrors")).ok());
  Set("E2E_WORD", "Frankreich");
  const Ended run = ReplayOverLoopback("speaks_http", Only("Translator.SwallowsItsErrors"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("went on"));
  EXPECT_THAT(run.output, HasSubstr(LineOf("speaks_http", "// MISS LINE") + ": Failure"));
  EXPECT_THAT(run.output, AllOf(HasSubstr("\"France?\" is now \"Frankreich?\""),
                                HasSubstr("REPRISE_MODE=record REPRISE_ACCEPT=1")));
  EXPECT_EQ(Count(run.output, "No recorded exchange matches"), 1) << "told once";
}

TEST_F(Http, AMissInAScopeFailsAtTheScope) {
  ASSERT_TRUE(Record("speaks_http", Only("Translator.SwallowsItsErrorsInAScope")).ok());
  Set("E2E_WORD", "Frankreich");
  const Ended run = ReplayOverLoopback("speaks_http", Only("Translator.SwallowsItsErrorsInAScope"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr(LineOf("speaks_http", "// SCOPE LINE") + ": Failure"));
  EXPECT_EQ(Count(run.output, "No recorded exchange matches"), 1) << "told once";
}

TEST_F(Http, AClientThatLeavesAStreamTruncatesNothing) {
  Set("REPRISE_FORM", "text");
  ASSERT_NO_FATAL_FAILURE(ThereAndBack("speaks_http", Only("Translator.LeavesInTheMiddleOfAStream")));
  EXPECT_THAT(Read("cassettes/Translator/LeavesInTheMiddleOfAStream.reprise"), HasSubstr("data: [DONE]"));
}

TEST_F(Http, TwoUpstreamsOfOneFormatAreToldApart) {
  support::FakeProvider::Options options;
  options.drift = true;
  std::unique_ptr<support::FakeProvider> judge = support::FakeProvider::Start(options);
  ASSERT_NE(judge, nullptr);
  Set("E2E_JUDGE", judge->base_url());
  const Ended recorded = Record("speaks_http", Only("Translator.AsksTwoUpstreamsOfOneFormat"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), 1);
  EXPECT_EQ(judge->requests().size(), 1u);
  judge.reset();
  const Ended replayed = ReplayOverLoopback("speaks_http", Only("Translator.AsksTwoUpstreamsOfOneFormat"));
  EXPECT_TRUE(replayed.ok()) << replayed.output;
  EXPECT_EQ(Between(replayed.output, "first 200", "[  "), Between(recorded.output, "first 200", "[  "));
}

TEST_F(Http, LanesOfOneTestAreReplayedEachInItsOrder) { ThereAndBack("speaks_http", Only("Translator.AsksInLanes")); }

TEST_F(Http, CodeThatSpeaksHttpStandsBesideAsk) { ThereAndBack("speaks_http", Only("Translator.AlsoAsksByItself")); }

TEST_F(Http, TheGlueOfHttplibPointsAClientHere) { ThereAndBack("speaks_http", Only("Glue.*")); }

TEST_F(Http, AChildProgramFindsTheWayByItsEnvironment) {
  ThereAndBack("speaks_http", Only("Child.FindsTheWayByItsEnvironment"));
  EXPECT_THAT(Files(), ElementsAre("cassettes/Child/FindsTheWayByItsEnvironment.reprise"));
}

// ---- Death tests

class HttpDeaths : public Http, public ::testing::WithParamInterface<const char*> {
 protected:
  std::vector<std::string> In(const std::string& filter) const {
    return {"--gtest_filter=HttpDeathTest." + filter, std::string("--gtest_death_test_style=") + GetParam()};
  }
  bool fast() const { return std::string(GetParam()) == "fast"; }
  // A child that runs its test from the beginning asks anew for what is still under way in its parent: recorded twice.
  std::vector<std::string> All() const { return In(fast() ? "*" : "*-*UnderWay"); }
  // All of them in a mode that needs the provider; what reached it is counted anew.
  Ended RunIn(const std::string& mode) {
    OpenProvider();
    Set("REPRISE_MODE", mode).Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
    Ended run = Start("speaks_http", mode == "live" ? In("*") : All());
    Unset("REPRISE_MODE").Unset("OPENAI_API_KEY");
    return run;
  }
  // Before, inside, after; inside; a stream; a question; a slow stream, and inside.
  int AllRequests() const { return fast() ? 8 : 6; }
};
INSTANTIATE_TEST_SUITE_P(Style, HttpDeaths, ::testing::Values("fast", "threadsafe"),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(HttpDeaths, AreRecordedReplayedExtendedAndVerified) {
  const Ended recorded = RunIn("record");
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), AllRequests()) << "a child that runs its test from the beginning is served what was recorded";
  const Ended verified = RunIn("verify");
  EXPECT_TRUE(verified.ok()) << verified.output;
  EXPECT_GE(requests(), AllRequests());
  const Ended extended = RunIn("extend");
  EXPECT_TRUE(extended.ok()) << extended.output;
  EXPECT_EQ(requests(), 0) << "nothing was missing";
  Set("E2E_KEY", "a dummy");
  const Ended replayed = ReplayOverLoopback("speaks_http", All());
  EXPECT_TRUE(replayed.ok()) << replayed.output;
}

TEST_P(HttpDeaths, AreRecordedByExtendWhereNothingWas) {
  const Ended extended = RunIn("extend");
  ASSERT_TRUE(extended.ok()) << extended.output;
  EXPECT_EQ(requests(), AllRequests());
  EXPECT_TRUE(ReplayOverLoopback("speaks_http", All()).ok());
}

TEST_P(HttpDeaths, RunLiveAndLeaveNothing) {
  const Ended live = RunIn("live");
  EXPECT_TRUE(live.ok()) << live.output;
  EXPECT_GE(requests(), AllRequests());
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_P(HttpDeaths, FailForAMissThatTheirChildSwallows) {
  ASSERT_TRUE(Record("speaks_http", In("SwallowsItsErrorsAndDies")).ok());
  Set("E2E_WORD", "Frankreich");
  const Ended run = ReplayOverLoopback("speaks_http", In("SwallowsItsErrorsAndDies"));
  EXPECT_EQ(run.exit_code, 1) << "the child died as expected, of a miss";
  EXPECT_THAT(run.output, HasSubstr("\"France?\" is now \"Frankreich?\""));
}

// ---- A client that is older than main

TEST_F(Http, AStaticClientIsServedTestByTest) {
  ThereAndBack("keeps_url", Only("Static.*"));
  EXPECT_THAT(Files(), ElementsAre("cassettes/Static/AsksFirst.reprise", "cassettes/Static/AsksSecond.reprise"));
}

TEST_F(Http, ListingTheTestsOfAStaticClientStartsNothing) {
  Set("REPRISE_LOG", folder() + "/deck.log");
  const Ended run = Start("keeps_url", {"--gtest_list_tests"});
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("AsksFirst"), Not(HasSubstr("REPRISE"))));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(Http, ARecordingThatAStaticClientLeavesUnusedFailsItsTest) {
  ASSERT_TRUE(Record("keeps_url", Only("Static.AsksFirst")).ok());
  ASSERT_EQ(std::rename((folder() + "/cassettes/Static/AsksFirst.reprise").c_str(),
                        (folder() + "/cassettes/Static/AsksNothing.reprise").c_str()),
            0);
  const Ended run = ReplayOverLoopback("keeps_url", Only("Static.AsksNothing"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("1 recorded exchange of"));
}

TEST_F(Http, WhatIsAskedBetweenTestsBelongsToTheSuite) {
  ThereAndBack("keeps_url", Only("Suite.*"));
  EXPECT_THAT(Files(), ElementsAre("cassettes/Suite.suite.reprise", "cassettes/Suite/One.reprise",
                                   "cassettes/Suite/Two.reprise"));
}

TEST_F(Http, OutsideOfTestsARequestIsRefusedAndTold) {
  Set("E2E_OUTSIDE", "1");
  const Ended run = Record("keeps_url", Only("Static.AsksFirst"));
  EXPECT_THAT(run.output, AllOf(HasSubstr("outside 424"), HasSubstr("while no test was running")));
  EXPECT_EQ(requests(), 1);
}

TEST_F(Http, AStragglerBelongsToItsTestAndIsNotMetByTheNext) {
  ThereAndBack("keeps_url", Only("Straggler.*"));
  EXPECT_THAT(Files(), ElementsAre("cassettes/Straggler/IsNotMetByTheNextTest.reprise",
                                   "cassettes/Straggler/IsStillUnderWayWhenItsTestEnds.reprise"));
}

}  // namespace
}  // namespace reprise::e2e
