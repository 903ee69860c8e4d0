// The real deck, over its socket, with the real network module and a provider on the loopback.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <thread>

#include "lib/client/wire.h"
#include "reprise/cassette.h"
#include "tests/support/deck_driver.h"
#include "tests/support/fake_provider.h"
#include "tests/support/temp_folder.h"

namespace reprise::replayer {
namespace {

using internal::Message;
using support::DeckConnection;
using support::DeckDriver;
using support::FakeProvider;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Text(const Message& answer) { return answer.ToStatus().ToString(); }

class Deck : public ::testing::Test {
 protected:
  std::vector<std::string> Environment(std::vector<std::string> more = {}) const {
    more.push_back("REPRISE_LOG=" + (folder_ / "deck.log"));
    return more;
  }
  Message Open(const std::string& mode, const std::string& test = "Asks") const {
    Message open("open");
    open.Add("suite", "Chat").Add("test", test).Add("file", "chat_test.cc").Add("cwd", folder_.path());
    open.Add("cassettes", folder_.path()).Add("argv.0", "./chat_test");
    open.Add("setting.env.mode", mode).Add("setting.env.form", "text");
    return open;
  }
  Message Ask(const Message& opened, const std::string& text, const std::string& model = "tiny-1") const {
    Message ask("ask");
    ask.Add("session", opened.Get("session")).Add("lane", "main").Add("place", "chat_test.cc:14");
    ask.Add("endpoint.name", "openai").Add("endpoint.format", "openai.chat").Add("endpoint.upstream", upstream_);
    ask.Add("model", model).Add("param.temperature", "0").Add("turn.role", "user").Add("turn.text", text);
    return ask;
  }
  static Message Close(const Message& opened, const std::string& outcome = "passed") {
    return Message("close").Add("session", opened.Get("session")).Add("outcome", outcome);
  }
  void StartProvider(FakeProvider::Options options = {}) {
    provider_ = FakeProvider::Start(options);
    ASSERT_NE(provider_, nullptr);
    upstream_ = provider_->base_url();
  }
  // Records these questions to Chat.Asks.
  void Record(const std::vector<std::string>& questions) {
    StartProvider();
    {
      DeckDriver deck(REPRISE_DECK_PATH, Environment());
      DeckConnection connection = deck.Connect();
      const Message opened = connection.Call(Open("record"));
      for (const std::string& question : questions)
        ASSERT_EQ(connection.Call(Ask(opened, question)).Get("status"), "ok");
      const Message closed = connection.Call(Close(opened));
      ASSERT_THAT(closed.All("failure"), IsEmpty());
      ASSERT_TRUE(folder_.Has("Chat/Asks.reprise"));
    }
    // After the deck, whose connection it would wait for.
    provider_.reset();
  }
  // Runs `body` in a forked process and returns its pid; the child ends when `body` returns.
  static pid_t Fork(const std::function<void()>& body) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    body();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  static int Reap(pid_t pid) {
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
  }

  support::TempFolder folder_;
  std::unique_ptr<FakeProvider> provider_;
  std::string upstream_ = "http://127.0.0.1:9/v1";
};

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

TEST_F(Deck, IsDetachedFromTheTestProcess) {
  ASSERT_EQ(::setenv("REPRISE_TEST_PROBE", "1", 1), 0);
  const base::FileDescriptor leak(::open("/dev/null", O_RDONLY));  // not close-on-exec
  DeckDriver deck(REPRISE_DECK_PATH, Environment({"LD_PRELOAD="}));
  DeckConnection connection = deck.Connect();
  const std::string proc = "/proc/" + std::to_string(deck.pid());
  EXPECT_EQ(::waitpid(deck.pid(), nullptr, WNOHANG), -1) << "it is no child of ours";
  EXPECT_EQ(errno, ECHILD);
  EXPECT_NE(::getpgid(deck.pid()), ::getpgid(0));
  EXPECT_EQ(std::filesystem::read_symlink(proc + "/cwd"), "/");
  for (const auto& entry : std::filesystem::directory_iterator(proc + "/fd")) {
    const int fd = std::stoi(entry.path().filename());
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
    if (error) continue;
    if (fd <= 2)
      EXPECT_EQ(target, "/dev/null");
    else
      EXPECT_TRUE(target.rfind("socket:", 0) == 0 || target.rfind("anon_inode:", 0) == 0 ||
                  target == folder_ / "deck.log")
          << fd << " -> " << target;
  }
  const std::string status = base::ReadFile(proc + "/status").value();
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
  const std::string limits = base::ReadFile(proc + "/limits").value();
  EXPECT_TRUE(limits.find("Max core file size        1 ") != std::string::npos ||
              limits.find("Max core file size        0 ") != std::string::npos)
      << limits;
}

TEST_F(Deck, EndsWhenTheLastConnectionOfTheTestProcessIsClosed) {
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection first = deck.Connect(), second = deck.Connect();
  first.Close();
  EXPECT_EQ(second.Call(Message("finish")).Get("status"), "ok");
  second.Close();
  EXPECT_TRUE(DeckDriver::IsGone(deck.pid()));
}

TEST_F(Deck, EndsWithAKilledTestProcessEvenIfAForkOfItKeepsTheConnection) {
  int to_parent[2];
  ASSERT_EQ(::pipe(to_parent), 0);
  const pid_t owner = Fork([&] {
    DeckDriver deck(REPRISE_DECK_PATH, Environment());
    DeckConnection connection = deck.Connect();
    const pid_t heir = Fork([] { ::pause(); });
    const pid_t pids[2] = {deck.pid(), heir};
    EXPECT_EQ(::write(to_parent[1], pids, sizeof pids), static_cast<ssize_t>(sizeof pids));
    ::pause();
  });
  pid_t pids[2] = {0, 0};
  ASSERT_EQ(::read(to_parent[0], pids, sizeof pids), static_cast<ssize_t>(sizeof pids));
  ::kill(owner, SIGKILL);
  Reap(owner);
  EXPECT_EQ(::kill(pids[1], 0), 0) << "the heir lives";
  EXPECT_TRUE(DeckDriver::IsGone(pids[0]));
  ::kill(pids[1], SIGKILL);
  ::close(to_parent[0]);
  ::close(to_parent[1]);
}

TEST_F(Deck, AKilledTestLosesNoCompleteExchangeAndTheLogSaysWhereTheyAre) {
  StartProvider();
  int to_parent[2];
  ASSERT_EQ(::pipe(to_parent), 0);
  const pid_t owner = Fork([&] {
    DeckDriver deck(REPRISE_DECK_PATH, Environment());
    DeckConnection connection = deck.Connect();
    const Message opened = connection.Call(Open("record"));
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(connection.Call(Ask(opened, "Question " + std::to_string(i))).Get("status"), "ok");
    const pid_t pid = deck.pid();
    EXPECT_EQ(::write(to_parent[1], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
    ::pause();
  });
  pid_t deck = 0;
  ASSERT_EQ(::read(to_parent[0], &deck, sizeof deck), static_cast<ssize_t>(sizeof deck));
  ::kill(owner, SIGKILL);
  Reap(owner);
  ASSERT_TRUE(DeckDriver::IsGone(deck));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
  const std::string left = folder_ / "Chat/Asks.reprise.new.incomplete";
  EXPECT_THAT(folder_.Read("deck.log"), AllOf(HasSubstr(left), HasSubstr("3 exchanges")));
  Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(left);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->exchange_count(), 3u);
  ::close(to_parent[0]);
  ::close(to_parent[1]);
}

TEST_F(Deck, AKilledDeckLosesNoCompleteExchangeAndItsClientDoesNotHang) {
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record"));
  ASSERT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  ::kill(deck.pid(), SIGKILL);
  const Message answer = connection.Call(Ask(opened, "Two?"));
  EXPECT_NE(answer.Get("status"), "ok");
  ASSERT_TRUE(DeckDriver::IsGone(deck.pid()));
  Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(folder_ / "Chat/Asks.reprise.new.incomplete");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->exchange_count(), 1u);
}

// Killed wherever it happens to be: what was answered is complete, and nothing is damaged. REPRISE_KILLS=300 for more.
TEST_F(Deck, KilledAtAnyMomentTestAndDeckLoseNoExchangeThatWasAnswered) {
  StartProvider();
  const char* asked_for = std::getenv("REPRISE_KILLS");
  const int rounds = asked_for == nullptr ? 8 : std::atoi(asked_for);
  std::mt19937 random(11);
  for (int round = 0; round < rounds; ++round) {
    const std::string name = "Round" + std::to_string(round);
    int to_parent[2];
    ASSERT_EQ(::pipe(to_parent), 0);
    const pid_t owner = Fork([&] {
      DeckDriver deck(REPRISE_DECK_PATH, Environment());
      DeckConnection connection = deck.Connect();
      const Message opened = connection.Call(Open("record", name));
      const pid_t pid = deck.pid();
      if (::write(to_parent[1], &pid, sizeof pid) != sizeof pid) return;
      for (int i = 0; connection.Call(Ask(opened, "Question " + std::to_string(i))).Get("status") == "ok"; ++i)
        if (::write(to_parent[1], "+", 1) != 1) return;
      ::pause();
    });
    ::close(to_parent[1]);
    pid_t deck = 0;
    ASSERT_EQ(::read(to_parent[0], &deck, sizeof deck), static_cast<ssize_t>(sizeof deck));
    // After some answers, and then after some thousand turns of a loop: anywhere in the next exchange.
    std::uint64_t answered = 0;
    char plus = 0;
    for (const std::uint64_t wanted = random() % 4; answered < wanted && ::read(to_parent[0], &plus, 1) == 1;)
      ++answered;
    for (volatile std::uint32_t turns = random() % 3'000'000; turns > 0;) turns = turns - 1;
    ::kill(round % 2 == 0 ? owner : deck, SIGKILL);
    ASSERT_TRUE(DeckDriver::IsGone(deck)) << "round " << round;
    ::kill(owner, SIGKILL);
    Reap(owner);
    while (::read(to_parent[0], &plus, 1) == 1) ++answered;
    ::close(to_parent[0]);
    EXPECT_FALSE(folder_.Has("Chat/" + name + ".reprise"));
    if (answered == 0) continue;
    Result<std::unique_ptr<CassetteReader>> reader =
        CassetteReader::Open(folder_ / "Chat/" + name + ".reprise.new.incomplete");
    ASSERT_TRUE(reader.ok()) << reader.status();
    std::uint64_t read = 0;
    const Status status = (*reader)->ForEach([&](CassetteReader::Ref, Exchange&&) { return ++read > 0; });
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_GE(read, answered) << "round " << round;
    EXPECT_LE(read, answered + 1) << "round " << round;
  }
}

TEST_F(Deck, AnUnfinishedRecordingIsToldByTheNextRunAndNeverWrittenOver) {
  folder_.Write("Chat/Asks.reprise.new.incomplete", "left behind");
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record"));
  EXPECT_THAT(opened.All("note"), ElementsAre(AllOf(HasSubstr("unfinished recording"), HasSubstr("fsck --recover"))));
  EXPECT_NE(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  EXPECT_THAT(provider_->requests(), IsEmpty());
  EXPECT_EQ(folder_.Read("Chat/Asks.reprise.new.incomplete"), "left behind");
}

TEST_F(Deck, TwoProcessesOnOneCassetteAreToldApartBeforeACall) {
  StartProvider();
  DeckDriver first(REPRISE_DECK_PATH, Environment()), second(REPRISE_DECK_PATH, Environment());
  DeckConnection a = first.Connect(), b = second.Connect();
  const Message opened_a = a.Call(Open("record")), opened_b = b.Call(Open("record"));
  ASSERT_EQ(a.Call(Ask(opened_a, "One?")).Get("status"), "ok");
  const Message refused = b.Call(Ask(opened_b, "One?"));
  EXPECT_THAT(Text(refused), AllOf(HasSubstr("Asks.reprise"), HasSubstr(std::to_string(first.pid()))));
  EXPECT_EQ(provider_->requests().size(), 1u);
  EXPECT_THAT(a.Call(Close(opened_a)).All("failure"), IsEmpty());
  b.Call(Close(opened_b, "failed"));
  EXPECT_TRUE(folder_.Has("Chat/Asks.reprise"));
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

// A file system of 256 KiB, where we may make one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    std::filesystem::create_directories(path);
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return path_; }
  std::uint64_t ExchangesIn(const std::string& name) const {
    Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path_ + "/" + name);
    return reader.ok() ? (*reader)->exchange_count() : 0;
  }

 private:
  const std::string path_;
  bool mounted_ = false;
};

// Text that no compressor makes smaller than 6 bits a character.
std::string Noise(std::size_t length) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < length) text += static_cast<char>('0' + random() % 64);
  return text;
}

TEST_F(Deck, AFullDiskFailsTheTestWithASentenceAndLosesNothingThatWasComplete) {
  const SmallDisk disk(folder_ / "small");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a small file system";
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record").Add("setting.env.cassettes", disk.path()));
  ASSERT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  const Message big = connection.Call(Ask(opened, Noise(600'000)));
  EXPECT_EQ(big.Get("status"), "ok") << "the reply was paid for: " << Text(big);
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), ElementsAre(HasSubstr("No space left on device")));
  EXPECT_FALSE(base::Exists(disk.path() + "/Chat/Asks.reprise"));
  EXPECT_EQ(disk.ExchangesIn("Chat/Asks.reprise.new"), 1u);
}

TEST_F(Deck, ADiskThatFillsAtTheVeryEndKeepsTheUnsealedRecordingAndNamesIt) {
  const SmallDisk disk(folder_ / "small");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a small file system";
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record").Add("setting.env.cassettes", disk.path()));
  ASSERT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  // Small while compressed, too large as the text it is sealed to.
  ASSERT_EQ(connection.Call(Ask(opened, std::string(400'000, 'x'))).Get("status"), "ok");
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"),
              ElementsAre(AllOf(HasSubstr("No space left on device"), HasSubstr("Asks.reprise.new.incomplete"))));
  EXPECT_FALSE(base::Exists(disk.path() + "/Chat/Asks.reprise"));
  EXPECT_EQ(disk.ExchangesIn("Chat/Asks.reprise.new.incomplete"), 2u);
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
