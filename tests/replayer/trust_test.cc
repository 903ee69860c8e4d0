// What a session keeps back, and what it tells: secrets, replies that are no whole answers, placeholders, and text that
// is hostile to whoever prints it. Real cassettes on disk; only the provider is scripted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "recorder/checked_upstream.h"
#include "replayer/deck/chain.h"
#include "replayer/verify_transport.h"
#include "tests/support/canary_keys.h"
#include "tests/support/hostile_texts.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_folder.h"

namespace reprise::session {
namespace {

using support::CanaryKeys;
using support::ScriptedTransport;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Outcome = Session::Outcome;

class TrustTest : public ::testing::Test {
 protected:
  std::unique_ptr<Session> Open(const std::string& mode, const std::string& rules = "") {
    Session::Opening opening;
    opening.name = {"Chat", "Asks", "", "", folder_.path()};
    opening.compiled_in = folder_.path();
    opening.program = "./chat_test";
    opening.by = "reprise test";
    opening.environment = [](const std::string&) { return std::string(); };
    opening.secrets = secrets_;
    std::vector<RawSetting> settings = {{Place::kEnvironment, "mode", mode, "REPRISE_MODE"},
                                        {Place::kEnvironment, "form", "text", "REPRISE_FORM"},
                                        {Place::kEnvironment, "goldens", folder_ / "goldens", "REPRISE_GOLDENS"},
                                        {Place::kEnvironment, "accept", "1", "REPRISE_ACCEPT"}};
    if (!rules.empty()) settings.push_back({Place::kCode, "rules", rules, "trust_test.cc"});
    Result<Settings> resolved = Settings::Resolve(settings, nullptr, "");
    EXPECT_TRUE(resolved.ok()) << resolved.status();
    opening.settings = *std::move(resolved);
    Result<std::unique_ptr<Session>> session =
        Session::Open(std::move(opening), names_,
                      [this](const ChainParts& parts) { return replayer::ComposeChain(parts, upstream_); });
    EXPECT_TRUE(session.ok()) << session.status();
    return *std::move(session);
  }
  static Session::Question About(const std::string& text) {
    Session::Question question;
    question.endpoint = {"openai", "openai.chat", "http://127.0.0.1:9/v1", ""};
    question.chat.model = "tiny-1";
    question.chat.turns.push_back({"user", text, {}, ""});
    return question;
  }
  // The notes of a recording of this one reply, the test passing.
  std::vector<std::string> NotesOf(ScriptedTransport::Step step, bool stream = false) {
    const std::unique_ptr<Session> session = Open("record");
    upstream_.Then(std::move(step));
    Session::Question question = About("Who?");
    question.chat.stream = stream;
    EXPECT_TRUE(session->Ask(question).ok());
    Session::Closing closing = session->Close(Outcome::kPassed, "");
    EXPECT_THAT(closing.failures, IsEmpty());
    return closing.notes;
  }
  static ScriptedTransport::Step Finished(const std::string& reason) {
    ScriptedTransport::Step step;
    step.chunks = {R"({"choices":[{"index":0,"message":{"content":"Ada"},"finish_reason":")" + reason + R"("}]})"};
    return step;
  }

  support::TempFolder folder_;
  ScriptedTransport upstream_;
  NameRegistry names_;
  std::vector<std::pair<std::string, std::string>> secrets_;
};

TEST_F(TrustTest, AKeyOfAKnownShapeIsRefusedByRuleAndPlaceAndTheClientGetsItsReply) {
  CanaryKeys keys(1);
  const std::string key = keys.Of(0).value;
  const std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Your key is " + key + ", keep it.").ThenSay("Ada.");
  const Result<Reply> reply = session->Ask(About("Which key?"));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_THAT(reply->text, HasSubstr(key));
  ASSERT_TRUE(session->Ask(About("Who?")).ok());
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  EXPECT_THAT(closing.failures,
              ElementsAre(AllOf(HasSubstr("openai-key"), HasSubstr("/reply/body/choices/0/message/content"),
                                HasSubstr("allow_secret"), Not(HasSubstr(key.substr(0, 20))))));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise")) << "a recording with a hole is not accepted";
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise.new"), AllOf(HasSubstr("Who?"), Not(HasSubstr("Which key"))));
}

TEST_F(TrustTest, ADeclaredExceptionIsRecordedAndStandsInTheHead) {
  CanaryKeys keys(2);
  const std::string key = keys.Of(0).value;
  const std::string rules = R"({"allow_secret":["openai-key /reply/body"]})";
  std::unique_ptr<Session> session = Open("record", rules);
  upstream_.ThenSay("Your key is " + key + ".");
  ASSERT_TRUE(session->Ask(About("Which key?")).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), AllOf(HasSubstr("\"rules\":" + rules), HasSubstr(key)));
  session = Open("replay");
  EXPECT_THAT(session->notes(), IsEmpty()) << "an exception changes no key";
  EXPECT_TRUE(session->Ask(About("Which key?")).ok());
}

TEST_F(TrustTest, AMissQuotesNoSecretOfTheRequest) {
  CanaryKeys keys(3);
  const std::string key = keys.Of(5).value, value = keys.Value();
  std::unique_ptr<Session> session = Open("record");
  upstream_.ThenSay("Ada.");
  ASSERT_TRUE(session->Ask(About("Use the key I gave you for the first time, please.")).ok());
  session->Close(Outcome::kPassed, "");
  secrets_ = {{value, "env.MY_KEY"}};
  session = Open("replay");
  const std::string miss =
      session->Ask(About("Use the key " + key + " and " + value + " for the first time, please.")).status().ToString();
  EXPECT_THAT(miss, AllOf(HasSubstr("[anthropic-key withheld]"), HasSubstr("[env.MY_KEY withheld]")));
  for (std::size_t at = 0; at + 8 <= key.size(); ++at)
    ASSERT_THAT(miss, Not(HasSubstr(key.substr(std::max<std::size_t>(at, 15), 8)))) << "not even a part";
  for (const std::string& note : session->Close(Outcome::kFailed, "").notes) EXPECT_THAT(note, Not(HasSubstr(key)));
}

TEST_F(TrustTest, AVerdictQuotesNoSecretOfALiveReply) {
  CanaryKeys keys(6);
  const std::string key = keys.Of(5).value;
  std::unique_ptr<Session> session = Open("record");
  // Longer than what a verdict quotes, so that the key would be cut.
  const std::string prose(400, '.');
  upstream_.ThenSay(prose + "kept by Ada " + prose).ThenSay("Yes.");
  ASSERT_TRUE(session->Ask(About("Who keeps the key?")).ok());
  ASSERT_TRUE(session->Ask(About("Really?")).ok());
  session->Close(Outcome::kPassed, "");
  session = Open("verify");
  upstream_.ThenSay(prose + "it is now in the hands of " + key + " " + prose).ThenSay("No.");
  ASSERT_TRUE(session->Ask(About("Who keeps the key?")).ok());
  ASSERT_TRUE(session->Ask(About("Really?")).ok());
  const Session::Closing closing = session->Close(Outcome::kPassed, "");
  ASSERT_EQ(closing.failures.size(), 2u);
  EXPECT_THAT(closing.failures[0], HasSubstr("[anthropic-key withheld]"));
  for (std::size_t at = 16; at + 8 <= key.size(); ++at)
    ASSERT_EQ(closing.failures[0].find(key.substr(at, 8)), std::string::npos) << "not even a part";
}

TEST_F(TrustTest, WhatWasMaskedInTheRecordingIsNoDifferenceOfTheLiveReply) {
  ScriptedTransport recorded, live;
  ScriptedTransport::Step step;
  step.chunks = {R"({"access_token":"********","n":1})"};
  recorded.Then(step);
  step.chunks = {R"({"access_token":"abcdefgh","n":1})"};
  live.Then(step);
  std::vector<bool> verdicts;
  replayer::VerifyTransport verify(
      recorded, live,
      [&verdicts](int, const SendContext&, const Verdict& verdict) { verdicts.push_back(verdict.ok()); }, {});
  Request request;
  request.format = "http";
  request.method = "GET";
  CollectingSink sink;
  ASSERT_TRUE(verify.Send(request, {}, sink).ok());
  EXPECT_THAT(verdicts, ElementsAre(true));
}

TEST_F(TrustTest, AGoldenWithASecretIsNotWritten) {
  CanaryKeys keys(4);
  const std::unique_ptr<Session> session = Open("replay");
  const Result<GoldenResult> result = session->CompareGolden({"", false, "token " + keys.Of(30).value, "", "x.cc:1"});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().kind(), ErrorKind::kSecret);
  EXPECT_FALSE(folder_.Has("goldens/Chat/Asks/1.txt.new"));
  session->CompareGolden({"", false, "no token", "", "x.cc:2"}).value();
  EXPECT_TRUE(folder_.Has("goldens/Chat/Asks/2.txt.new")) << "this is where it would have been";
}

TEST_F(TrustTest, RepliesThatAreNoWholeAnswersAreToldAtTheEnd) {
  EXPECT_THAT(NotesOf(Finished("stop")), IsEmpty());
  EXPECT_THAT(NotesOf(Finished("length")), Contains(HasSubstr("ended at its token limit (finish reason \"length\")")));
  EXPECT_THAT(NotesOf(Finished("content_filter")), Contains(HasSubstr("was stopped by a filter")));
  ScriptedTransport::Step error;
  error.status = 429;
  error.chunks = {R"({"error":{"message":"slow down"}})"};
  EXPECT_THAT(NotesOf(error), Contains(HasSubstr("is an error, status 429: slow down")));
  ScriptedTransport::Step inside;
  inside.headers = {{"Content-Type", "text/event-stream"}};
  inside.chunks = {"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n",
                   "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", "data: [DONE]\n\n"};
  EXPECT_THAT(NotesOf(inside, true), Contains(HasSubstr("holds an error, though its status is 200: overloaded")));
  inside.chunks.pop_back();
  inside.chunks.pop_back();
  EXPECT_THAT(NotesOf(inside, true), Contains(HasSubstr("is a stream without its end (a finish_reason, or [DONE])")));
  ScriptedTransport::Step shorter = Finished("stop");
  shorter.headers.push_back({"Content-Length", "5000"});
  EXPECT_THAT(NotesOf(shorter), Contains(HasSubstr("where its Content-Length says 5000")));
  ScriptedTransport::Step broken = Finished("stop");
  broken.end = BrokenEnd{"reset", broken.chunks[0].size()};
  EXPECT_THAT(NotesOf(broken), Contains(HasSubstr("broke off after")));
}

TEST_F(TrustTest, ARandomValueUnderATellingNameIsANote) {
  ScriptedTransport::Step step = Finished("stop");
  step.chunks[0].insert(1, "\"session_token\":\"q8Zr1LxT0vKd3NsWc7Yb\",");
  EXPECT_THAT(NotesOf(step), ElementsAre(AllOf(HasSubstr("/reply/body/session_token"), Not(HasSubstr("q8Zr1LxT")))));
}

constexpr char kUuids[] = R"({"placeholders":{"uuid":"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"}})";

TEST_F(TrustTest, APlaceholderReplaysUnderAnotherTokenAndTheReplySaysIt) {
  const std::string then = "11111111-aaaa-4bbb-8ccc-000000000001", now = "99999999-aaaa-4bbb-8ccc-000000000009";
  std::unique_ptr<Session> session = Open("record", kUuids);
  upstream_.ThenSay("Run " + then + " is done.");
  ASSERT_TRUE(session->Ask(About("Start run " + then)).ok());
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
  session = Open("replay", kUuids);
  Result<Reply> reply = session->Ask(About("Start run " + now));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "Run " + now + " is done.");
  EXPECT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());

  session = Open("replay", kUuids);
  const std::string miss = session->Ask(About("Stop run " + now)).status().ToString();
  EXPECT_THAT(miss, AllOf(HasSubstr("\"Start\" is now \"Stop\""), HasSubstr("[uuid-1]"), Not(HasSubstr(now))));
  session->Close(Outcome::kFailed, "");
}

TEST_F(TrustTest, AMissInARandomWordSuggestsTheRuleThatRepairsIt) {
  for (const auto& [then, now] : std::vector<std::pair<std::string, std::string>>{
           {"11111111-aaaa-4bbb-8ccc-000000000001", "99999999-aaaa-4bbb-8ccc-000000000009"},
           {"2026-11-24T10:00:00Z", "2026-11-25T09:12:33Z"},
           {"call_8xWq2Lp0Zr31", "call_9aBc7Kd5Ty42"},
           {"deadbeef0123", "0123deadbeef"},
           {"1764000000", "1764086400"}}) {
    std::unique_ptr<Session> session = Open("record");
    upstream_.ThenSay("Yes.");
    ASSERT_TRUE(session->Ask(About("Is " + then + " over, my friend?")).ok());
    session->Close(Outcome::kPassed, "");
    session = Open("replay");
    const std::string miss = session->Ask(About("Is " + now + " over, my friend?")).status().ToString();
    session->Close(Outcome::kFailed, "");
    const std::size_t begin = miss.find("{\"placeholders\"");
    ASSERT_NE(begin, std::string::npos) << miss;
    const std::string rules = miss.substr(begin, miss.find('\n', begin) - begin);
    ASSERT_TRUE(Rules::FromJson(rules).ok()) << rules << Rules::FromJson(rules).status();
    session = Open("replay", rules);
    EXPECT_TRUE(session->Ask(About("Is " + now + " over, my friend?")).ok()) << rules;
    session->Close(Outcome::kFailed, "");
  }
}

TEST_F(TrustTest, HostileTextIsHarmlessInMissesFailuresNotesAndProperties) {
  for (const std::string& hostile : support::HostileTexts()) {
    std::vector<std::string> said;
    std::unique_ptr<Session> session = Open("record");
    ScriptedTransport::Step odd;
    odd.status = 500;
    odd.chunks = {"{\"error\":{\"message\":" + support::JsonOf(hostile) + "}}"};
    upstream_.Then(odd);
    ASSERT_TRUE(session->Ask(About(hostile)).ok());
    const auto take = [&said](const Session::Closing& closing) {
      said.insert(said.end(), closing.failures.begin(), closing.failures.end());
      said.insert(said.end(), closing.notes.begin(), closing.notes.end());
      for (const auto& [name, value] : closing.properties) said.push_back(value);
    };
    take(session->Close(Outcome::kPassed, ""));
    session = Open("replay");
    said.push_back(session->Ask(About("not " + hostile)).status().ToString());
    take(session->Close(Outcome::kPassed, ""));  // with a leftover
    session = Open("replay");
    said.push_back(session->CompareGolden({"", false, hostile, "", "x.cc:1"})->message);
    take(session->Close(Outcome::kSkipped, hostile));
    ASSERT_GE(said.size(), 8u);
    EXPECT_THAT(said, Each(::testing::Truly(support::IsHarmless))) << support::JsonOf(hostile);
  }
}

}  // namespace
}  // namespace reprise::session
