// Functions given to Record, forked and re-executed children.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "lib/client/wire.h"
#include "tests/replayer/deck_fixture.h"
#include "tests/support/deck_driver.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Deck, RecordAsksForTheFunctionOnceAndReplaysItsText) {
  const auto record = [](const Message& opened) {
    Message message("record");
    message.Add("session", opened.Get("session")).Add("lane", "main").Add("name", "engine").Add("request", "{\"p\":1}");
    return message.Add("model", "tiny").Add("pin_file", "weights.gguf");
  };
  folder_.Write("weights.gguf", "the weights");
  {
    DeckDriver deck(REPRISE_DECK_PATH, Environment());
    DeckConnection connection = deck.Connect(), other = deck.Connect();
    const Message opened = connection.Call(Open("record"));
    const Message call = connection.Call(record(opened));
    ASSERT_EQ(call.Get("call"), "1") << Text(call);
    Message recorded("recorded");
    recorded.Add("session", opened.Get("session")).Add("token", call.Get("token")).Add("text", "from the engine");
    EXPECT_EQ(internal::DecodeReply(other.Call(recorded)).text, "from the engine") << "any connection will do";
    EXPECT_NE(other.Call(recorded).Get("status"), "ok") << "a token is good once";
    EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty());
  }
  // SHA-256 of "the weights".
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"),
              HasSubstr("sha256:f38329d231164082b94f28edf29bff349b44403e09fc4057d65b31051f4ae6b5"));
  for (const bool changed : {false, true}) {
    if (changed) folder_.Write("weights.gguf", "other weights");
    DeckDriver deck(REPRISE_DECK_PATH, Environment());
    DeckConnection connection = deck.Connect();
    const Message opened = connection.Call(Open("replay"));
    const Reply reply = internal::DecodeReply(connection.Call(record(opened)));
    EXPECT_EQ(reply.text, "from the engine");
    EXPECT_TRUE(reply.replayed);
    const Message closed = connection.Call(Close(opened));
    EXPECT_THAT(closed.All("failure"), IsEmpty());
    if (changed) {
      EXPECT_THAT(closed.All("note"), ElementsAre(HasSubstr("STALE")));
    } else {
      EXPECT_THAT(closed.All("note"), IsEmpty());
    }
  }
}

TEST_F(Deck, WhatTheEnvironmentHasNowHoldsBeforeWhatItHadAtTheStart) {
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment({"OPENAI_BASE_URL=http://127.0.0.1:9/v1"}));
  DeckConnection connection = deck.Connect();
  const std::string secret = "hunter2-hunter2-hunter2";
  const Message opened =
      connection.Call(Open("record").Add("env.OPENAI_BASE_URL", upstream_).Add("env.SOME_TOKEN", secret));
  Message ask("ask");
  ask.Add("session", opened.Get("session")).Add("lane", "main").Add("place", "chat_test.cc:14");
  ask.Add("endpoint.name", "openai").Add("model", "tiny-1").Add("turn.role", "user");
  Message clean = ask;
  EXPECT_EQ(connection.Call(clean.Add("turn.text", "Hi")).Get("status"), "ok");
  EXPECT_EQ(provider_->requests().size(), 1u);
  (void)connection.Call(ask.Add("turn.text", "I am " + secret));
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), ElementsAre(HasSubstr("env.SOME_TOKEN")));
  for (const char* file : {"Chat/Asks.reprise.new", "deck.log"})
    EXPECT_THAT(folder_.Read(file), AllOf(Not(IsEmpty()), Not(HasSubstr(secret)))) << file;
}

TEST_F(Deck, AFunctionThatNeverAnswersIsGivenUpWhenItsTestEnds) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record"));
  Message record("record");
  record.Add("session", opened.Get("session")).Add("name", "engine").Add("request", "{}").Add("model", "m");
  const Message call = connection.Call(record);
  ASSERT_EQ(call.Get("call"), "1");
  EXPECT_EQ(connection.Call(Close(opened)).Get("status"), "ok");
  EXPECT_NE(connection.Call(Message("recorded").Add("token", call.Get("token")).Add("text", "late")).Get("status"),
            "ok");
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
}

TEST_F(Deck, AForkedChildReplaysOnABranchAndWhatItUsedCountsAtOnce) {
  Record({"One?", "Two?", "Three?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("replay"));
  EXPECT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  const pid_t owner = ::getpid();
  const pid_t child = Fork([&] {
    DeckConnection mine = deck.Connect("fork", owner);
    EXPECT_NE(mine.Call(Ask(opened, "One?")).Get("status"), "ok") << "its parent had that already";
    EXPECT_EQ(mine.Call(Ask(opened, "Two?")).Get("status"), "ok");
    EXPECT_EQ(mine.Call(Close(opened)).Get("status"), "ok") << "and closes nothing";
    ::abort();  // as a death test does
  });
  const int status = Reap(child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  EXPECT_EQ(connection.Call(Ask(opened, "Three?")).Get("status"), "ok");
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), ElementsAre(HasSubstr("In a child process")))
      << "the miss of the child, and no leftovers";
}

TEST_F(Deck, AChildGoesOnWhereTheOneBeforeItEndedEvenIfItsConnectionIsNotSeenToClose) {
  Record({"One?", "One?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("replay"));
  const pid_t owner = ::getpid();
  int gate[2] = {-1, -1};
  ASSERT_EQ(::pipe(gate), 0);
  for (int time = 0; time < 2; ++time) {
    const pid_t child = Fork([&] {
      ::close(gate[1]);
      DeckConnection mine = deck.Connect("fork", owner);
      EXPECT_EQ(mine.Call(Ask(opened, "One?")).Get("status"), "ok");
      Fork([&] {  // an heir keeps the connection until the test lets it go
        char byte = 0;
        static_cast<void>(::read(gate[0], &byte, 1));
      });
    });
    EXPECT_EQ(Reap(child), 0);
  }
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty()) << "the second child was given the second take";
  ::close(gate[0]);
  ::close(gate[1]);
}

TEST_F(Deck, AReexecutedChildReplaysFromTheStart) {
  Record({"One?", "Two?"});
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("replay"));
  EXPECT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  const pid_t owner = ::getpid();
  const pid_t child = Fork([&] {
    DeckConnection mine = deck.Connect("reexec", owner);
    const Message again = mine.Call(Open("replay"));
    EXPECT_EQ(again.Get("session"), opened.Get("session"));
    EXPECT_EQ(mine.Call(Ask(again, "One?")).Get("status"), "ok");
    EXPECT_EQ(mine.Call(Ask(again, "Two?")).Get("status"), "ok");
  });
  EXPECT_EQ(Reap(child), 0);
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), IsEmpty());
}

}  // namespace
}  // namespace reprise::replayer
