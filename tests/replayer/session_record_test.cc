// Sessions that write: what becomes of a recording.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "recorder/checked_upstream.h"
#include "replayer/deck/chain.h"
#include "tests/replayer/session_fixture.h"
#include "tests/support/scripted_transport.h"

namespace reprise::session {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(SessionTest, RecordingOverACassetteLeavesItAloneAndWaitsBesideIt) {
  Recorded({{"Who?", "Ada."}});
  const std::string before = folder_.Read("Chat/Asks.reprise");
  const std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Bob.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  EXPECT_THAT(closing.notes, ElementsAre(HasSubstr("Chat/Asks.reprise.new")));
  EXPECT_EQ(folder_.Read("Chat/Asks.reprise"), before);
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"), HasSubstr("Bob."));
}

TEST_F(SessionTest, ARecordingThatNobodyHasJudgedIsNotRecordedOverBeforeAnyCall) {
  const std::vector<RawSetting> accept = {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}};
  Recorded({{"Who?", "Ada."}});
  std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Bob.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  session->Close(Outcome::kPassed, "");
  const std::size_t asked = upstream_.requests().size();

  session = Open("record");
  const Result<Reply> refused = session->Ask(About("Who?"));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().ToString(),
              AllOf(HasSubstr("Chat/Asks.reprise.new"), HasSubstr("nobody has judged"), HasSubstr("reprise reject")));
  EXPECT_EQ(upstream_.requests().size(), asked);
  session->Close(Outcome::kFailed, "");
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"), HasSubstr("Bob."));

  // Who says so decides about both.
  session = Open("record", accept);
  upstream_.ThenSay("Carl.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  session->Close(Outcome::kPassed, "");
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), HasSubstr("Carl."));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise.new"));
}

TEST_F(SessionTest, AcceptReplacesTheCassetteOfAPassedTestAtOnce) {
  Recorded({{"Who?", "Ada."}});
  const std::unique_ptr<Session> session = Open("record", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}});
  upstream_.ThenSay("Bob.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  session->Close(Outcome::kPassed, "");
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), HasSubstr("Bob."));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise.new"));
}

TEST_F(SessionTest, AFailedTestNeverReplacesOrMakesACassetteAndLosesNothing) {
  const std::unique_ptr<Session> session = Open("record", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}});
  upstream_.ThenSay("Ada.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  const Session::Closing closing = session->Close(Outcome::kFailed, "");
  EXPECT_THAT(closing.notes, ElementsAre(AllOf(HasSubstr("the test failed"), HasSubstr("reprise accept"))));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"), HasSubstr("Ada."));
}

TEST_F(SessionTest, ASkippedTestLeavesNoRecording) {
  const std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Ada.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  session->Close(Outcome::kSkipped, "");
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise.new"));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise.new.incomplete"));
}

TEST_F(SessionTest, ACrashLeavesTheIncompleteFileAndNamesIt) {
  std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Ada.");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  EXPECT_THAT(session->Close(Outcome::kCrashed, "").notes,
              ElementsAre(AllOf(HasSubstr("1 exchange"), HasSubstr("Asks.reprise.new.incomplete"))));
  EXPECT_TRUE(folder_.Has("Chat/Asks.reprise.new.incomplete"));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
  // The next run tells of it, and does not write over it.
  session = Open("record");
  EXPECT_THAT(session->notes(), ElementsAre(HasSubstr("fsck --recover")));
  EXPECT_FALSE(session->Ask(About("Who?")).ok());
}

TEST_F(SessionTest, ARecordingThatSaysTheSameKeepsTheStoredLines) {
  Recorded({{"Who?", "Ada."}, {"When?", "1843."}});
  const std::string before = folder_.Read("Chat/Asks.reprise");
  std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Ada.", "chatcmpl-2").ThenSay("1843.", "chatcmpl-3");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  ASSERT_TRUE(session->Ask(About("When?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").notes, ElementsAre(HasSubstr("nothing changed")));
  EXPECT_EQ(folder_.Read("Chat/Asks.reprise"), before);
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise.new"));

  session = Open("record");
  upstream_.ThenSay("Ada.", "chatcmpl-4").ThenSay("1842.", "chatcmpl-5");
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  ASSERT_TRUE(session->Ask(About("When?")).ok());
  session->Close(Outcome::kPassed, "");
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"),
              AllOf(HasSubstr("chatcmpl-1"), Not(HasSubstr("chatcmpl-4")), HasSubstr("chatcmpl-5")));
}

TEST_F(SessionTest, ExtendServesWhatItHasAndRecordsWhatIsMissing) {
  Recorded({{"One?", "1"}, {"Two?", "2"}});
  const std::unique_ptr<Session> session = Open("extend", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}});
  const std::size_t asked = upstream_.requests().size();
  upstream_.ThenSay("3");
  EXPECT_TRUE(session->Ask(About("One?"))->replayed);
  EXPECT_FALSE(session->Ask(About("Three?"))->replayed);
  EXPECT_EQ(upstream_.requests().size(), asked + 1);
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  EXPECT_THAT(closing.failures, IsEmpty());
  EXPECT_THAT(closing.notes, Contains(HasSubstr("Two?"))) << "never used is reported";
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), AllOf(HasSubstr("One?"), HasSubstr("Two?"), HasSubstr("Three?")));
}

TEST_F(SessionTest, ExtendWithNothingMissingWritesNothing) {
  Recorded({{"One?", "1"}});
  const std::unique_ptr<Session> session = Open("extend");
  EXPECT_TRUE(session->Ask(About("One?"))->replayed);
  EXPECT_THAT(session->Close(Outcome::kPassed, "").notes, IsEmpty());
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise.new"));
}

TEST_F(SessionTest, ExtendUnderOtherRulesGivesEveryExchangeTheKeyItHasThere) {
  Recorded({{"One?", "1"}});
  const RawSetting rules{Place::kCode, "rules", R"({"ignore_body":["/temperature"]})", "code"};
  std::unique_ptr<Session> session = Open("extend", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}, rules});
  upstream_.ThenSay("2");
  ASSERT_TRUE(session->Ask(About("One?")).ok());
  ASSERT_TRUE(session->Ask(About("Two?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  session = Open("replay", {rules});
  EXPECT_THAT(session->notes(), IsEmpty()) << "no key had to be computed anew";
  for (const char* question : {"One?", "Two?"}) {
    Session::Question warmer = About(question);
    warmer.chat.parameters = {{"temperature", "1"}};
    EXPECT_TRUE(session->Ask(warmer).ok()) << question;
  }
}

TEST_F(SessionTest, ExtendKeepsWhatThisVersionDoesNotKnow) {
  Recorded({{"One?", "1"}});
  std::string text = folder_.Read("Chat/Asks.reprise");
  const std::size_t head = text.find("}\n");
  text.insert(head, R"(,"mood":"calm")");
  folder_.Write("Chat/Asks.reprise", text + R"({"drift":{"seen":3}})"
                                            "\n");
  const std::unique_ptr<Session> session = Open("extend", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}});
  upstream_.ThenSay("2");
  ASSERT_TRUE(session->Ask(About("One?")).ok());
  ASSERT_TRUE(session->Ask(About("Two?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"),
              AllOf(HasSubstr(R"("mood":"calm")"), HasSubstr(R"({"drift":{"seen":3}})"), HasSubstr("Two?")));
}

TEST_F(SessionTest, WhatIsDamagedIsNeverReplacedByWhatIsLeft) {
  Recorded({{"One?", "1"}, {"Two?", "2"}});
  std::string text = folder_.Read("Chat/Asks.reprise");
  text.replace(text.find("Two?"), 4, "T\x01o?");
  folder_.Write("Chat/Asks.reprise", text);
  const std::unique_ptr<Session> session = Open("extend", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}});
  upstream_.ThenSay("3");
  ASSERT_TRUE(session->Ask(About("One?")).ok());
  ASSERT_TRUE(session->Ask(About("Three?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, Contains(HasSubstr("damaged")));
  EXPECT_EQ(folder_.Read("Chat/Asks.reprise"), text);
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"), AllOf(HasSubstr("One?"), HasSubstr("Three?")))
      << "and what was asked is not lost";
}

}  // namespace
}  // namespace reprise::session
