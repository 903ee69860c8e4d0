// Sessions: replay, verify, errors, credentials.
#include "lib/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

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
using ::testing::Pair;

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
