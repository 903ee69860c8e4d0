// kill -9 in a loop, at random moments of a recording, of the test or of its deck: what was answered is never lost, and
// no cassette is ever damaged. REPRISE_KILL_ROUNDS=300 makes it long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include "reprise/cassette.h"
#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

constexpr char kCassette[] = "cassettes/Processes/AsksWithoutEnd.reprise";

int Rounds() {
  const char* text = std::getenv("REPRISE_KILL_ROUNDS");
  return text == nullptr ? 12 : std::atoi(text);
}

pid_t DeckOf(const Workshop& workshop) {
  for (const pid_t pid : workshop.Processes()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    std::string program;
    std::getline(file, program, '\0');
    if (program.find("reprise-deck") != std::string::npos) return pid;
  }
  return 0;
}

struct Found {
  int exchanges = 0;
  bool damaged = false;
};

Found Scan(const std::string& path) {
  Found found;
  const auto reader = CassetteReader::Open(path);
  if (!reader.ok()) return {0, true};
  const Status read = (*reader)->ForEach([&found](CassetteReader::Ref, Exchange&&) { return ++found.exchanges, true; });
  found.damaged = !read.ok() || !(*reader)->damage().empty();
  return found;
}

TEST(KillLoop, LosesNoExchangeThatWasAnsweredAndDamagesNoCassette) {
  const std::uint32_t seed = 20'261'125;
  std::mt19937 random(seed);
  const int rounds = Rounds();
  int answered = 0, kept = 0, lost = 0, damaged = 0, tests_killed = 0, decks_killed = 0, torn_ends = 0, ended_first = 0;
  for (int round = 0; round < rounds; ++round) {
    Workshop workshop;
    workshop.OpenProvider();
    // A cassette of an earlier day lies there in every second round; whatever happens, its bytes stay.
    const bool older = round % 2 == 0;
    workshop.Set("REPRISE_MODE", "record").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
    std::string before;
    if (older) {
      const std::string path = workshop.folder() + "/" + kCassette;
      auto writer = CassetteWriter::Create(path, {}, {});
      ASSERT_TRUE(writer.ok()) << writer.status();
      ASSERT_TRUE((*writer)->Seal().ok());
      before = workshop.Read(kCassette);
    }
    const bool kill_test = random() % 2 == 0;
    const int after_lines = static_cast<int>(random() % 12);
    const auto delay = std::chrono::microseconds(random() % 3000);
    bool killed = false;
    const Ended run = workshop.Start(
        "processes", {"--gtest_filter=Processes.AsksWithoutEnd"}, [&](pid_t pid, const std::string& output) {
          if (killed || Count(output, "answered ") < after_lines) return;
          const pid_t victim = kill_test ? pid : DeckOf(workshop);
          if (victim == 0) return;
          // Any moment will do, and each round takes another: in the middle of a write, of a request, between two.
          for (const auto start = std::chrono::steady_clock::now(); std::chrono::steady_clock::now() - start < delay;) {
          }
          killed = true;
          ::kill(victim, SIGKILL);
        });
    ASSERT_TRUE(run.in_time) << "a kill must never make anything hang: " << run.output;
    if (!killed) {  // it had ended before its turn came; such a round proves nothing and is not counted
      ++ended_first;
      ASSERT_LT(ended_first, rounds) << run.output;
      --round;
      continue;
    }
    ++(kill_test ? tests_killed : decks_killed);
    ASSERT_TRUE(workshop.IsQuiet()) << "a process was left behind";

    const int told = kill_test ? Count(run.output, "answered ") : Count(run.output, ": 1\n");
    Found found;
    for (const std::string& file : workshop.Files()) {
      if (file.find(".reprise") == std::string::npos || (older && file == kCassette)) continue;
      // Half-packed, for a deck was killed while it sealed: nobody takes it for a cassette, and the journal is whole.
      if (file.size() > 4 && file.compare(file.size() - 4, 4, ".tmp") == 0) continue;
      const Found here = Scan(workshop.folder() + "/" + file);
      found.exchanges += here.exchanges;
      // A torn last frame is what a kill may leave of a journal; it is no exchange that anybody was given.
      if (here.damaged) ++(file.find(".incomplete") != std::string::npos ? torn_ends : damaged);
    }
    answered += told;
    kept += found.exchanges;
    lost += told > found.exchanges ? told - found.exchanges : 0;
    if (older) {
      EXPECT_EQ(workshop.Read(kCassette), before) << "round " << round;
    }
  }
  std::printf(
      "kill -9 in %d rounds (seed %u): tests killed %d, decks killed %d; answered %d, kept %d, lost %d; cassettes "
      "damaged %d; torn last frames %d\n",
      rounds, seed, tests_killed, decks_killed, answered, kept, lost, damaged, torn_ends);
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(damaged, 0);
}

}  // namespace
}  // namespace reprise::e2e
