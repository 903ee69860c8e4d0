// Sessions over real cassettes on disk; only the provider is scripted. The chain is the deck's own.
#include "lib/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "recorder/checked_upstream.h"
#include "replayer/deck/chain.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_folder.h"

namespace reprise::session {
namespace {

using support::ScriptedTransport;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using Outcome = Session::Outcome;

class SessionTest : public ::testing::Test {
 protected:
  // A session of Chat.Asks in this mode, over the folder's cassettes.
  std::unique_ptr<Session> Open(const std::string& mode, std::vector<RawSetting> more = {}) {
    Result<std::unique_ptr<Session>> session = TryOpen(mode, std::move(more));
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? *std::move(session) : nullptr;
  }
  Result<std::unique_ptr<Session>> TryOpen(const std::string& mode, std::vector<RawSetting> more = {}) {
    Session::Opening opening;
    opening.name = {"Chat", "Asks", "", "", folder_.path()};
    opening.compiled_in = folder_.path();
    opening.program = "./chat_test";
    opening.by = "reprise test";
    opening.environment = [this](const std::string& name) { return variables_[name]; };
    opening.secrets = secrets_;
    more.push_back({Place::kEnvironment, "mode", mode, "REPRISE_MODE"});
    more.push_back({Place::kEnvironment, "form", "text", "REPRISE_FORM"});
    Result<Settings> settings = Settings::Resolve(more, nullptr, "");
    if (!settings.ok()) return settings.status();
    opening.settings = *std::move(settings);
    return Session::Open(std::move(opening), names_,
                         [this](const ChainParts& parts) { return replayer::ComposeChain(parts, checked_); });
  }
  static Session::Question About(const std::string& text) {
    Session::Question question;
    question.endpoint = {"openai", "openai.chat", "http://127.0.0.1:9/v1", ""};
    question.chat.model = "tiny-1";
    question.chat.turns.push_back({"user", text, {}, ""});
    question.chat.parameters = {{"temperature", "0"}};
    question.place = "chat_test.cc:14";
    return question;
  }
  // Records these answers to these questions, with the test passing.
  void Recorded(const std::vector<std::pair<std::string, std::string>>& dialogue) {
    const std::unique_ptr<Session> session = Open("record");
    for (const auto& [question, answer] : dialogue) {
      upstream_.ThenSay(answer);
      ASSERT_TRUE(session->Ask(About(question)).ok());
    }
    ASSERT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
    ASSERT_TRUE(folder_.Has("Chat/Asks.reprise"));
  }

  support::TempFolder folder_;
  ScriptedTransport upstream_;
  recorder::CheckedUpstream checked_{[this]() -> Result<std::unique_ptr<Transport>> {
    struct Forward : Transport {
      explicit Forward(Transport& to_) : to(to_) {}
      Status Send(const Request& request, const SendContext& context, ReplySink& sink) override {
        return to.Send(request, context, sink);
      }
      std::string Describe() const override { return to.Describe(); }
      Transport& to;
    };
    return std::unique_ptr<Transport>(new Forward(upstream_));
  }};
  NameRegistry names_;
  std::map<std::string, std::string> variables_;
  std::vector<std::pair<std::string, std::string>> secrets_;
};

TEST_F(SessionTest, WhatWasRecordedIsReplayedWithoutUpstream) {
  Recorded({{"Who are you?", "Ada."}});
  const std::size_t asked = upstream_.requests().size();
  const std::unique_ptr<Session> session = Open("replay");
  const Result<Reply> reply = session->Ask(About("Who are you?"));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "Ada.");
  EXPECT_TRUE(reply->replayed);
  EXPECT_EQ(reply->model.asked, "tiny-1");
  EXPECT_EQ(reply->model.answered, "tiny-1-2024");
  EXPECT_EQ(reply->key.size(), 64u);
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  EXPECT_THAT(closing.failures, IsEmpty());
  EXPECT_THAT(closing.notes, IsEmpty());
  EXPECT_THAT(closing.properties, Contains(Pair("reprise.served", "1")));
  EXPECT_THAT(closing.properties, Contains(Pair("reprise.unused", "0")));
  EXPECT_EQ(upstream_.requests().size(), asked);
}

TEST_F(SessionTest, AMissNamesTheWordAndTheCommandThatRepairsIt) {
  Recorded({{"What is the capital of Frnace?", "Paris."}});
  const std::unique_ptr<Session> session = Open("replay");
  const Result<Reply> reply = session->Ask(About("What is the capital of France?"));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.status().kind(), ErrorKind::kMismatch);
  EXPECT_THAT(reply.status().ToString(),
              AllOf(HasSubstr("Frnace"), HasSubstr("France"),
                    HasSubstr("REPRISE_MODE=record REPRISE_ACCEPT=1 ./chat_test --gtest_filter=Chat.Asks")));
  EXPECT_THAT(session->Close(Outcome::kFailed, "").properties, Contains(Pair("reprise.missed", "1")));
}

TEST_F(SessionTest, WithoutACassetteAReplayedRequestSaysHowToRecordOne) {
  const std::unique_ptr<Session> session = Open("replay");
  const Result<Reply> reply = session->Ask(About("Hello?"));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.status().kind(), ErrorKind::kCassette);
  EXPECT_THAT(reply.status().ToString(),
              AllOf(HasSubstr(folder_ / "Chat/Asks.reprise"), HasSubstr("there is no cassette"),
                    HasSubstr("REPRISE_MODE=record REPRISE_ACCEPT=1 ./chat_test")));
}

TEST_F(SessionTest, LeftoversFailAPassedReplayAndAreANoteOtherwise) {
  Recorded({{"One?", "1"}, {"Two?", "2"}});
  for (const Outcome outcome : {Outcome::kPassed, Outcome::kFailed, Outcome::kSkipped}) {
    const std::unique_ptr<Session> session = Open("replay");
    ASSERT_TRUE(session->Ask(About("One?")).ok());
    const Session::Closing closing = session->Close(outcome, "no key");
    const auto left = HasSubstr("1 recorded exchange of " + (folder_ / "Chat/Asks.reprise") + " was not asked for");
    if (outcome == Outcome::kPassed) {
      EXPECT_THAT(closing.failures, ElementsAre(AllOf(left, HasSubstr("Two?"))));
    } else {
      EXPECT_THAT(closing.failures, IsEmpty());
    }
    if (outcome == Outcome::kFailed) {
      EXPECT_THAT(closing.notes, Contains(left));
    }
  }
}

TEST_F(SessionTest, AllowUnusedTurnsLeftoversIntoANoteWithItsReason) {
  Recorded({{"One?", "1"}, {"Two?", "2"}});
  const std::unique_ptr<Session> session = Open("replay");
  ASSERT_TRUE(session->Ask(About("One?")).ok());
  session->AllowUnused("the second depends on the clock");
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  EXPECT_THAT(closing.failures, IsEmpty());
  EXPECT_THAT(closing.notes, ElementsAre(HasSubstr("the second depends on the clock")));
}

TEST_F(SessionTest, AReplayThatServedNothingSaysSo) {
  EXPECT_THAT(Open("replay")->Close(Outcome::kPassed, "").notes, ElementsAre(HasSubstr("was served nothing")));
}

TEST_F(SessionTest, ASkippedTestWithACassetteIsToldThatReplayNeedsNoKey) {
  Recorded({{"One?", "1"}});
  EXPECT_THAT(Open("replay")->Close(Outcome::kSkipped, "no OPENAI_API_KEY").notes,
              ElementsAre(AllOf(HasSubstr("was skipped (no OPENAI_API_KEY)"), HasSubstr("replay needs no key"))));
}

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

TEST_F(SessionTest, LiveReadsAndWritesNothing) {
  Recorded({{"One?", "1"}});
  const std::unique_ptr<Session> session = Open("live");
  upstream_.ThenSay("another");
  EXPECT_EQ(session->Ask(About("One?"))->text, "another");
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  EXPECT_THAT(closing.failures, IsEmpty());
  EXPECT_THAT(closing.notes, IsEmpty());
}

TEST_F(SessionTest, VerifyReturnsTheLiveReplyAndFailsWhereItDiffers) {
  Recorded({{"One?", "the first"}, {"Two?", "the second"}});
  const std::unique_ptr<Session> session = Open("verify");
  upstream_.ThenSay("the first", "chatcmpl-9").ThenSay("the other");
  EXPECT_TRUE(session->Ask(About("One?")).ok());
  const Result<Reply> second = session->Ask(About("Two?"));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->text, "the other");
  EXPECT_FALSE(second->replayed);
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures,
              ElementsAre(AllOf(HasSubstr("FAIL by text"), HasSubstr("expected \"second\", got \"other\""),
                                HasSubstr("request 2"), HasSubstr("chat_test.cc:14"))));
}

TEST_F(SessionTest, VerifyMissesWhatWasNeverRecordedAndDoesNotAsk) {
  Recorded({{"One?", "1"}});
  const std::unique_ptr<Session> session = Open("verify");
  const std::size_t asked = upstream_.requests().size();
  EXPECT_EQ(session->Ask(About("Other?")).status().kind(), ErrorKind::kMismatch);
  EXPECT_EQ(upstream_.requests().size(), asked);
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, Contains(HasSubstr("not asked for")));
}

TEST_F(SessionTest, AnErrorOfTheProviderIsRecordedAsTheAnswerItIs) {
  std::unique_ptr<Session> session = Open("record");
  ScriptedTransport::Step limited;
  limited.status = 429;
  limited.chunks = {R"({"error":{"message":"slow down","type":"rate_limit"}})"};
  upstream_.Then(limited);
  EXPECT_EQ(session->Ask(About("Who?"))->error, "slow down");
  session->Close(Outcome::kPassed, "");
  session = Open("replay");
  const Result<Reply> reply = session->Ask(About("Who?"));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 429);
  EXPECT_EQ(reply->error, "slow down");
}

TEST_F(SessionTest, ABrokenStreamComesBackBrokenAtTheSameByte) {
  std::unique_ptr<Session> session = Open("record");
  ScriptedTransport::Step broken;
  broken.headers = {{"Content-Type", "text/event-stream"}};
  broken.chunks = {"data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n",
                   "data: {\"id"};
  broken.end = BrokenEnd{"reset", 0};
  for (const std::string& chunk : broken.chunks) broken.end->after += chunk.size();
  upstream_.Then(broken);
  Session::Question question = About("Who?");
  question.chat.stream = true;
  ASSERT_TRUE(session->Ask(question).ok());
  session->Close(Outcome::kPassed, "");
  session = Open("replay");
  const Result<Reply> reply = session->Ask(question);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, broken.chunks[0] + broken.chunks[1]);
  EXPECT_EQ(reply->cuts, (std::vector<std::uint64_t>{broken.chunks[0].size(), broken.chunks[1].size()}));
  ASSERT_TRUE(reply->end.has_value());
  EXPECT_EQ(*reply->end, *broken.end);
}

TEST_F(SessionTest, AnUpstreamThatDoesNotAnswerIsAnErrorAndRecordsNothing) {
  const std::unique_ptr<Session> session = Open("record");
  ScriptedTransport::Step refused;
  refused.error = Status(ErrorKind::kUpstream, "http://127.0.0.1:9", "connection refused");
  upstream_.Then(refused);
  EXPECT_EQ(session->Ask(About("Who?")).status().kind(), ErrorKind::kUpstream);
  session->Close(Outcome::kPassed, "");
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
}

TEST_F(SessionTest, ACredentialIsNeverStoredAndItsExchangeFailsTheTestWithoutNamingIt) {
  variables_["OPENAI_API_KEY"] = "sk-secret-0123456789abcdef";
  const std::unique_ptr<Session> session = Open("record");
  Session::Question question = About("My key is sk-secret-0123456789abcdef, keep it.");
  question.endpoint.credential_from = "OPENAI_API_KEY";
  upstream_.ThenSay("I will.").ThenSay("Fine.");
  EXPECT_TRUE(session->Ask(question).ok()) << "the client gets its reply all the same";
  EXPECT_EQ(upstream_.contexts()[0].credential, "sk-secret-0123456789abcdef");
  EXPECT_TRUE(session->Ask(About("And now?")).ok());
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  ASSERT_THAT(closing.failures,
              ElementsAre(AllOf(HasSubstr("OPENAI_API_KEY"), HasSubstr("/request/body"), Not(HasSubstr("sk-secret")))));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise")) << "a recording with a hole is not accepted";
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"), AllOf(HasSubstr("And now?"), Not(HasSubstr("sk-secret"))));
}

TEST_F(SessionTest, AMissingCredentialForARemoteHostIsNamedBeforeAnyCall) {
  const std::unique_ptr<Session> session = Open("record");
  Session::Question question = About("Who?");
  question.endpoint = {"openai", "", "", ""};
  const Result<Reply> reply = session->Ask(question);
  ASSERT_FALSE(reply.ok());
  EXPECT_THAT(reply.status().ToString(),
              AllOf(HasSubstr("OPENAI_API_KEY is not set"), HasSubstr("api.openai.com was not asked")));
  EXPECT_THAT(upstream_.requests(), IsEmpty());
  variables_["OPENAI_BASE_URL"] = "http://localhost:9/v1";
  upstream_.ThenSay("Ada.");
  EXPECT_TRUE(session->Ask(question).ok()) << "a server on this machine may need none";
}

TEST_F(SessionTest, ARefusalOfOneWhoGaveNoCredentialSaysWhyNoneWasGiven) {
  variables_["OPENAI_API_KEY"] = "sk-real-0123456789";
  const std::unique_ptr<Session> session = Open("live");
  ScriptedTransport::Step refused;
  refused.status = 401;
  refused.chunks = {R"({"error":{"message":"who are you?"}})"};
  upstream_.Then(refused);
  EXPECT_EQ(session->Ask(About("Who?"))->status, 401);
  EXPECT_THAT(session->Close(Outcome::kPassed, "").notes,
              ElementsAre(AllOf(HasSubstr("at 127.0.0.1:9 answered 401"), HasSubstr("CredentialFrom"))));
}

TEST_F(SessionTest, SecretsOfTheEnvironmentAreNotRecordedEither) {
  secrets_ = {{"ghp_abcdefghijklmnop", "env.GIT_TOKEN"}};
  const std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("It is ghp_abcdefghijklmnop.");
  EXPECT_TRUE(session->Ask(About("Who?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures,
              ElementsAre(AllOf(HasSubstr("GIT_TOKEN"), HasSubstr("/reply/body"))));
}

TEST_F(SessionTest, ADummyKeyReplaysWhatTheRealOneRecordedAndExplicitOnesStayApart) {
  {
    const std::unique_ptr<Session> session = Open("record");
    Session::Question good = About("Who?"), bad = About("Who?");
    good.credential = "good-key-0123456789";
    bad.credential = "bad-key-0123456789";
    ScriptedTransport::Step refused;
    refused.status = 401;
    refused.chunks = {R"({"error":{"message":"bad key"}})"};
    upstream_.ThenSay("Ada.").Then(refused);
    ASSERT_TRUE(session->Ask(good).ok());
    ASSERT_TRUE(session->Ask(bad).ok());
    ASSERT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  }
  const std::unique_ptr<Session> session = Open("replay");
  Session::Question first = About("Who?"), second = About("Who?");
  first.credential = "dummy-1";
  second.credential = "dummy-2";
  EXPECT_EQ(session->Ask(first)->status, 200);
  EXPECT_EQ(session->Ask(second)->status, 401);
}

TEST_F(SessionTest, CredentialsAreCountedForEachEndpointAndLane) {
  const auto ask = [](Session& session, const std::string& endpoint, const std::string& lane, const std::string& key) {
    Session::Question question = About("Who?");
    question.endpoint.name = endpoint;
    question.lane = lane;
    question.credential = key;
    return session.Ask(question);
  };
  std::unique_ptr<Session> session = Open("record");
  for (const char* answer : {"a", "b", "c"}) upstream_.ThenSay(answer);
  ASSERT_TRUE(ask(*session, "one", "main", "key-of-the-first-01").ok());
  ASSERT_TRUE(ask(*session, "two", "main", "key-of-the-second-2").ok());
  ASSERT_TRUE(ask(*session, "two", "worker", "key-of-the-worker-3").ok());
  ASSERT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  session = Open("replay");
  EXPECT_EQ(ask(*session, "two", "worker", "dummy")->text, "c") << "lanes may overtake each other";
  EXPECT_EQ(ask(*session, "one", "main", "dummy")->text, "a");
  EXPECT_EQ(ask(*session, "two", "main", "dummy")->text, "b") << "one dummy serves two providers";
}

TEST_F(SessionTest, EveryCharacterOfACallsNameCounts) {
  for (const auto& [then, now] : {std::pair("sum#v1", "sum#v2"), std::pair("rank?token=1", "rank?token=2")}) {
    ScriptedTransport engine;
    ScriptedTransport::Step said;
    said.chunks = {"old"};
    engine.Then(said);
    Session::Call call;
    call.name = then;
    call.request = "{}";
    call.function = &engine;
    std::unique_ptr<Session> session = Open("record", {{Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}});
    ASSERT_TRUE(session->Record(call).ok());
    ASSERT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
    session = Open("replay");
    call.function = nullptr;
    call.name = now;
    EXPECT_EQ(session->Record(call).status().kind(), ErrorKind::kMismatch) << now;
    call.name = then;
    EXPECT_EQ(session->Record(call)->text, "old");
  }
}

TEST_F(SessionTest, RecordRunsTheFunctionOnceAndReplaysItsText) {
  ScriptedTransport engine;
  ScriptedTransport::Step said;
  said.headers = {{"Content-Type", "text/plain"}};
  said.chunks = {"from the engine"};
  engine.Then(said);
  Session::Call call;
  call.name = "engine";
  call.request = R"({"prompt":"hi"})";
  call.model = "tiny.gguf";
  call.pin = "sha256:1";
  call.function = &engine;
  std::unique_ptr<Session> session = Open("record");
  EXPECT_EQ(session->Record(call)->text, "from the engine");
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), AllOf(HasSubstr("sha256:1"), HasSubstr("tiny.gguf")));

  session = Open("replay");
  call.function = nullptr;
  call.pin = "sha256:2";
  const Result<Reply> reply = session->Record(call);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "from the engine");
  EXPECT_EQ(reply->model.pin, "sha256:1");
  EXPECT_THAT(session->Close(Outcome::kPassed, "").notes,
              ElementsAre(AllOf(HasSubstr("STALE"), HasSubstr("sha256:1"), HasSubstr("sha256:2"))));

  session = Open("replay");
  call.model = "other.gguf";
  EXPECT_EQ(session->Record(call).status().kind(), ErrorKind::kMismatch) << "another model is another request";
}

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

TEST_F(SessionTest, ADamagedCassetteIsAnErrorOfOneSentence) {
  folder_.Write("Chat/Asks.reprise", "this is no cassette\n");
  const Result<std::unique_ptr<Session>> session = TryOpen("replay");
  ASSERT_FALSE(session.ok());
  EXPECT_EQ(session.status().kind(), ErrorKind::kCassette);
  EXPECT_THAT(session.status().ToString(), HasSubstr(folder_ / "Chat/Asks.reprise"));
}

TEST_F(SessionTest, TwoSessionsRecordingOneCassetteAreToldApart) {
  const std::unique_ptr<Session> first = Open("record");
  upstream_.ThenSay("1").ThenSay("2");
  ASSERT_TRUE(first->Ask(About("One?")).ok());
  const std::size_t asked = upstream_.requests().size();
  const std::unique_ptr<Session> second = Open("record");
  const Result<Reply> reply = second->Ask(About("One?"));
  ASSERT_FALSE(reply.ok());
  EXPECT_THAT(reply.status().ToString(), HasSubstr("Asks.reprise"));
  EXPECT_EQ(upstream_.requests().size(), asked) << "told before a call that costs money";
}

TEST_F(SessionTest, ManyThreadsMayAskAtOnce) {
  std::vector<std::pair<std::string, std::string>> dialogue;
  for (int i = 0; i < 40; ++i) dialogue.emplace_back("Question " + std::to_string(i), "Answer " + std::to_string(i));
  Recorded(dialogue);
  const std::unique_ptr<Session> session = Open("replay");
  std::vector<std::thread> threads;
  std::vector<std::string> wrong[4];
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < 40; i += 4) {
        const Result<Reply> reply = session->Ask(About("Question " + std::to_string(i)));
        if (!reply.ok() || reply->text != "Answer " + std::to_string(i)) wrong[t].push_back(std::to_string(i));
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<std::string>& list : wrong) EXPECT_THAT(list, IsEmpty());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
}

TEST_F(SessionTest, AClosedSessionAnswersNoMore) {
  Recorded({{"One?", "1"}});
  const std::unique_ptr<Session> session = Open("replay");
  session->Close(Outcome::kPassed, "");
  EXPECT_THAT(session->Ask(About("One?")).status().ToString(), HasSubstr("closed"));
}

}  // namespace
}  // namespace reprise::session
