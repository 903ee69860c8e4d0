// The deck over its socket: modes, versions, nonsense, tests, names, goldens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "lib/client/wire.h"
#include "tests/replayer/deck_fixture.h"
#include "tests/support/deck_driver.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Deck, RecordsFromALiveServerAndReplaysWithoutIt) {
  StartProvider();
  std::string said;
  {
    DeckDriver deck(REPRISE_DECK_PATH, Environment());
    DeckConnection connection = deck.Connect();
    const Message opened = connection.Call(Open("record"));
    ASSERT_EQ(opened.Get("mode"), "record") << Text(opened);
    EXPECT_EQ(opened.Get("cassette"), folder_ / "Chat/Asks.reprise");
    const Message answer = connection.Call(Ask(opened, "Who was Ada?"));
    ASSERT_EQ(answer.Get("status"), "ok") << Text(answer);
    said = internal::DecodeReply(answer).text;
    EXPECT_FALSE(said.empty());
    EXPECT_FALSE(internal::DecodeReply(answer).replayed);
    EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty());
  }
  const std::size_t asked = provider_->requests().size();
  provider_.reset();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("replay"));
  const Reply reply = internal::DecodeReply(connection.Call(Ask(opened, "Who was Ada?")));
  EXPECT_EQ(reply.text, said);
  EXPECT_TRUE(reply.replayed);
  EXPECT_EQ(asked, 1u);
  const Message closed = connection.Call(Close(opened));
  EXPECT_THAT(closed.All("failure"), IsEmpty());
  EXPECT_THAT(closed.All("property"), Contains("reprise.served=1"));
}

TEST_F(Deck, MapsNoNetworkClientWhileItReplays) {
  Record({"Who was Ada?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("replay"));
  ASSERT_EQ(connection.Call(Ask(opened, "Who was Ada?")).Get("status"), "ok");
  const Result<std::string> maps = base::ReadFile("/proc/" + std::to_string(deck.pid()) + "/maps");
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_THAT(*maps, AllOf(HasSubstr("reprise-deck"), Not(HasSubstr("libcurl")), Not(HasSubstr("reprise-curl"))));
  connection.Call(Close(opened));
}

TEST_F(Deck, TheModeIsHeldAgainstTheCiLockAndAMisspelledOneAgainstTheGoodOnes) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  EXPECT_THAT(Text(connection.Call(Open("record").Add("env.CI", "true"))),
              AllOf(HasSubstr("\"record\" (REPRISE_MODE)"), HasSubstr("REPRISE_CI_WRITES=1")));
  EXPECT_THAT(Text(connection.Call(Open("recrod"))), HasSubstr("did you mean \"record\"?"));
  EXPECT_EQ(connection.Call(Open("record").Add("env.CI", "true").Add("setting.env.ci_writes", "1")).Get("status"),
            "ok");
}

TEST_F(Deck, OfTheEnvironmentWhatTheMessageSaysHoldsAndElseTheOneItWasStartedWith) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment({"CI=true", "REPRISE_MODE=record"}));
  DeckConnection connection = deck.Connect();
  Message silent("open");
  silent.Add("suite", "Chat").Add("test", "Other").Add("cassettes", folder_.path()).Add("cwd", folder_.path());
  EXPECT_THAT(Text(connection.Call(silent)), HasSubstr("CI is set to \"true\""));
  EXPECT_EQ(connection.Call(Open("live")).Get("mode"), "live");
}

TEST_F(Deck, AVersionThatDoesNotFitIsASentenceWithBothVersionsAndBothPaths) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection keeps_it_alive = deck.Connect();
  DeckConnection connection = deck.ConnectSilently();
  Message hello("hello");
  hello.Add("protocol", "99").Add("library", "9.9.9").Add("program", "/opt/new_test").Add("origin", "test");
  EXPECT_THAT(Text(connection.Call(hello)), AllOf(HasSubstr("protocol 1"), HasSubstr("protocol 99"), HasSubstr("9.9.9"),
                                                  HasSubstr("/opt/new_test"), HasSubstr(REPRISE_DECK_PATH)));
}

TEST_F(Deck, NonsenseOnTheSocketEndsThatConnectionOnly) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection good = deck.Connect();
  for (const std::string& nonsense : {std::string("\xff\xff\xff\xff"), std::string("\x04\x00\x00\x00zzzz", 8),
                                      std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string(100, '\0')}) {
    DeckConnection bad = deck.ConnectSilently();
    ::send(bad.fd(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL);
    ::shutdown(bad.fd(), SHUT_WR);
    char byte = 0;
    while (::recv(bad.fd(), &byte, 1, 0) > 0) {
    }
  }
  DeckConnection early = deck.ConnectSilently();
  EXPECT_THAT(Text(early.Call(Message("ask"))), HasSubstr("hello"));
  EXPECT_THAT(Text(good.Call(Message("dance"))), HasSubstr("no verb \"dance\""));
  EXPECT_THAT(Text(good.Call(Message("ask").Add("session", "7"))), HasSubstr("not open"));
  EXPECT_EQ(good.Call(Message("finish")).Get("status"), "ok");
}

TEST_F(Deck, ATestThatIsRunAgainOpensANewSession) {
  Record({"One?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  for (int run = 0; run < 3; ++run) {
    const Message opened = connection.Call(Open("replay"));
    EXPECT_EQ(connection.Call(Open("replay")).Get("session"), opened.Get("session"));
    EXPECT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
    EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty());
  }
}

TEST_F(Deck, OnlyIfOpenOpensNothing) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  EXPECT_FALSE(connection.Call(Open("replay").Add("only_if_open", "1")).Has("session"));
  const Message opened = connection.Call(Open("replay"));
  EXPECT_EQ(connection.Call(Open("replay").Add("only_if_open", "1")).Get("session"), opened.Get("session"));
}

TEST_F(Deck, ASkippedTestThatHasACassetteIsTold) {
  Record({"One?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  Message skipped("skipped");
  const Message recorded = Open("replay"), never = Open("replay", "NeverRecorded");
  for (const auto& [name, value] : recorded.fields())
    if (name != "verb") skipped.Add(name, value);
  EXPECT_THAT(connection.Call(skipped.Add("skip_reason", "no key")).All("note"),
              ElementsAre(HasSubstr("replay needs no key")));
  Message other("skipped");
  for (const auto& [name, value] : never.fields())
    if (name != "verb") other.Add(name, value);
  EXPECT_THAT(connection.Call(other).All("note"), IsEmpty());
}

TEST_F(Deck, FinishSaysWhenReplayServedNothing) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  EXPECT_THAT(connection.Call(Message("finish")).All("line"), IsEmpty());
  connection.Call(Close(connection.Call(Open("replay"))));
  EXPECT_THAT(connection.Call(Message("finish")).All("line"), ElementsAre(HasSubstr("replay served nothing")));
}

TEST_F(Deck, NamesWithSpacesUnicodeAndDotsStayInTheirFolder) {
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  for (const std::string test : {"a b", "\xc3\xa9t\xc3\xa9", "..", "../../etc/x", "quo'te"}) {
    const Message opened = connection.Call(Open("record", test));
    ASSERT_EQ(opened.Get("status"), "ok") << Text(opened);
    EXPECT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
    EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty());
    EXPECT_EQ(std::string(opened.Get("cassette")).rfind(folder_.path() + "/Chat/", 0), 0u);
    EXPECT_TRUE(base::Exists(std::string(opened.Get("cassette")))) << opened.Get("cassette");
  }
}

TEST_F(Deck, JudgesGoldensAndSaysThatReplayedOnesGuardTheTestsCode) {
  Record({"One?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("replay").Add("setting.env.goldens", folder_ / "goldens"));
  const Reply reply = internal::DecodeReply(connection.Call(Ask(opened, "One?")));
  const auto golden = [&](const std::string& actual) {
    Message message("golden");
    message.Add("session", opened.Get("session")).Add("name", "greeting").Add("actual", actual).Add("kind", "txt");
    return message.Add("key", reply.key).Add("place", "chat_test.cc:20");
  };
  const Message missing = connection.Call(golden("Bonjour"));
  EXPECT_EQ(missing.Get("verdict"), "missing") << Text(missing);
  EXPECT_EQ(missing.Get("path"), folder_ / "goldens/Chat/Asks/greeting.txt");
  EXPECT_THAT(std::string(missing.Get("message")), HasSubstr("reprise accept"));
  folder_.Write("goldens/Chat/Asks/greeting.txt", "Bonjour");
  EXPECT_EQ(connection.Call(golden("Bonjour")).Get("verdict"), "pass");
  EXPECT_FALSE(folder_.Has("goldens/Chat/Asks/greeting.txt.new"));
  const Message policy = connection.Call(golden("Bonjour").Add("policy.word_edits", "0.05"));
  EXPECT_THAT(Text(policy), HasSubstr("does not know the policy \"word_edits\""));
  EXPECT_THAT(connection.Call(Close(opened)).All("property"), Contains("reprise.goldens=2"));
  EXPECT_THAT(connection.Call(Message("finish")).All("line"),
              ElementsAre(HasSubstr("guards the tests' code, not the model")));
}

TEST_F(Deck, AReplyGoesBackWithItsContinuation) {
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record"));
  Message ask = Ask(opened, "One?");
  ask.Add("turn.role", "assistant").Add("turn.text", "Two.");
  ask.Add("turn.continuation", R"({"openai.chat":{"message":{"reasoning_content":"Hm."}}})");
  ask.Add("turn.role", "user").Add("turn.text", "Three?");
  ASSERT_EQ(connection.Call(ask).Get("status"), "ok");
  EXPECT_THAT(provider_->requests().at(0).body, HasSubstr(R"("content":"Two.","reasoning_content":"Hm.")"));
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty());
}

TEST_F(Deck, ATokenOfAnthropicsIsABearersOne) {
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment({"ANTHROPIC_AUTH_TOKEN=of-a-gateway-0123456789",
                                                  "ANTHROPIC_BASE_URL=" + provider_->origin()}));
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record"));
  Message ask("ask");
  ask.Add("session", opened.Get("session")).Add("lane", "main").Add("place", "chat_test.cc:14");
  ask.Add("endpoint.name", "anthropic").Add("model", "tiny-1").Add("param.max_tokens", "9");
  ask.Add("turn.role", "user").Add("turn.text", "One?");
  ASSERT_EQ(connection.Call(ask).Get("status"), "ok");
  EXPECT_EQ(provider_->requests().at(0).Header("Authorization"), "Bearer of-a-gateway-0123456789");
  EXPECT_EQ(provider_->requests().at(0).Header("x-api-key"), "");
}

TEST_F(Deck, ALoggedCredentialIsNone) {
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment({"OPENAI_API_KEY=sk-very-secret-0123456789"}));
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record"));
  ASSERT_EQ(connection.Call(Ask(opened, "One?").Add("endpoint.credential_from", "OPENAI_API_KEY")).Get("status"), "ok");
  EXPECT_EQ(provider_->requests().at(0).Header("Authorization"), "Bearer sk-very-secret-0123456789");
  connection.Call(Ask(opened, "My key: sk-very-secret-0123456789"));
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), ElementsAre(HasSubstr("OPENAI_API_KEY")));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
    if (entry.is_regular_file()) {
      EXPECT_THAT(base::ReadFile(entry.path()).value(), Not(HasSubstr("sk-very-secret"))) << entry.path();
    }
}

}  // namespace
}  // namespace reprise::replayer
