// How the deck and its test process live and end, also by kill -9.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "lib/client/wire.h"
#include "reprise/cassette.h"
#include "tests/replayer/deck_fixture.h"
#include "tests/support/deck_driver.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace reprise::replayer
