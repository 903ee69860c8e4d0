// Sessions of death tests: branches of their parent's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "lib/session/session.h"
#include "recorder/checked_upstream.h"
#include "replayer/deck/chain.h"
#include "tests/replayer/session_fixture.h"
#include "tests/support/scripted_transport.h"

namespace reprise::session {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(SessionTest, ABranchGoesOnWhereItsParentStoodAndWhatItUsesCounts) {
  Recorded({{"One?", "1"}, {"One?", "1 again"}, {"Two?", "2"}});
  const std::unique_ptr<Session> session = Open("replay");
  EXPECT_EQ(session->Ask(About("One?"))->text, "1");
  ASSERT_TRUE(session->OpenBranch(77, false).ok());
  EXPECT_EQ(session->Ask(About("One?"), 77)->text, "1 again");
  EXPECT_EQ(session->Ask(About("Two?"), 77)->text, "2");
  session->EndBranch(77);
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
}

TEST_F(SessionTest, ABranchFromTheStartAsksAgainWhatItsParentAsked) {
  Recorded({{"One?", "1"}, {"Two?", "2"}});
  const std::unique_ptr<Session> session = Open("replay");
  EXPECT_EQ(session->Ask(About("One?"))->text, "1");
  ASSERT_TRUE(session->OpenBranch(77, true).ok());
  EXPECT_EQ(session->Ask(About("One?"), 77)->text, "1");
  EXPECT_EQ(session->Ask(About("Two?"), 77)->text, "2");
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty()) << "closing ends the branches";
}

TEST_F(SessionTest, UnnamedGoldensAreNumberedAlongTheBranchTheyStandOn) {
  const std::unique_ptr<Session> session = Open("replay");
  const auto name = [&](const char* value, Session::Asker asker = 0) {
    return session->CompareGolden({"", false, value, "", "chat_test.cc:9"}, asker)->name;
  };
  EXPECT_EQ(name("a"), "1");
  EXPECT_EQ(session->CompareGolden({"named", false, "n", "", ""})->name, "named");
  ASSERT_TRUE(session->OpenBranch(77, true).ok());
  EXPECT_EQ(name("a", 77), "1") << "a re-executed child comes by the same lines again";
  session->EndBranch(77);
  ASSERT_TRUE(session->OpenBranch(78, false).ok());
  EXPECT_EQ(name("b", 78), "2") << "a forked child goes on";
  session->EndBranch(78);
  EXPECT_EQ(name("c"), "3") << "what a child used counts";
}

TEST_F(SessionTest, AMissInABranchFailsTheParentsTest) {
  Recorded({{"One?", "1"}});
  const std::unique_ptr<Session> session = Open("replay");
  EXPECT_TRUE(session->Ask(About("One?")).ok());
  ASSERT_TRUE(session->OpenBranch(77, false).ok());
  EXPECT_FALSE(session->Ask(About("Other?"), 77).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures,
              ElementsAre(AllOf(HasSubstr("In a child process"), HasSubstr("Other?"))));
}

TEST_F(SessionTest, ARecordingBranchFromTheStartIsServedWhatTheSessionHasThenAsksAndRecords) {
  std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("1");
  ASSERT_TRUE(session->Ask(About("One?")).ok());
  ASSERT_TRUE(session->OpenBranch(77, true).ok());
  upstream_.ThenSay("2");
  const Result<Reply> again = session->Ask(About("One?"), 77);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(session->Ask(About("Two?"), 77)->text, "2");
  ASSERT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  session = Open("replay");
  EXPECT_TRUE(session->Ask(About("One?")).ok());
  EXPECT_TRUE(session->Ask(About("Two?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
}

TEST_F(SessionTest, ARecordingBranchFromAForkRecordsIntoTheSession) {
  const std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("1").ThenSay("2");
  ASSERT_TRUE(session->Ask(About("One?")).ok());
  ASSERT_TRUE(session->OpenBranch(77, false).ok());
  EXPECT_FALSE(session->Ask(About("Two?"), 77)->replayed);
  session->Close(Outcome::kPassed, "");
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), AllOf(HasSubstr("One?"), HasSubstr("Two?")));
}

}  // namespace
}  // namespace reprise::session
