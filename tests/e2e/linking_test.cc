// What is loaded where: nothing of ours but the client in the test's process, no libcurl in a deck that replays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Linking : public ::testing::Test, protected Workshop {
 protected:
  void SetUp() override { OpenProvider(); }
  void TearDown() override { EXPECT_TRUE(IsQuiet()) << "a process was left behind"; }

  static std::string MapsOf(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/maps");
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
  }
  static int ThreadsOf(pid_t pid) {
    int count = 0;
    std::error_code gone;
    for (auto at = std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone);
         at != std::filesystem::directory_iterator(); ++at) {
      ++count;
    }
    return count;
  }
};

TEST_F(Linking, ProgramsWithTheirOwnLibrariesOfTheSameNamesRunBesideOurs) {
  for (const char* program : {"own_libraries", "own_libraries_shared", "http_user"}) {
    OpenProvider();
    const Ended recorded = Record(program);
    EXPECT_TRUE(recorded.ok()) << recorded.output;
    const Ended replayed = program == std::string("http_user") ? Start(program) : Replay(program);
    EXPECT_TRUE(replayed.ok()) << replayed.output;
    std::filesystem::remove_all(folder() + "/cassettes");
  }
}

TEST_F(Linking, TheSharedClientServesLikeTheStaticOne) {
  const std::vector<std::string> all = {"--gtest_filter=Chat.*:Engine.*-Chat.NeedsAKey"};
  ASSERT_TRUE(Record("asks_shared", all).ok());
  const Ended mixed = Replay("asks", all);
  EXPECT_TRUE(mixed.ok()) << mixed.output;
}

TEST_F(Linking, AReplayMapsNoNetworkClientAndMakesNoThreadInTheTest) {
  ASSERT_TRUE(Record("processes", {"--gtest_filter=Processes.AsksWithoutEnd"}).ok());
  ASSERT_TRUE(IsQuiet()) << "the deck that recorded, with its network client, is still there";
  std::string test_maps, deck_maps;
  int threads = 0;
  const Ended run =
      StartWithGate("processes", {"--gtest_filter=Processes.AsksWithoutEnd"}, [&](pid_t pid, const std::string&) {
        test_maps = MapsOf(pid);
        threads = ThreadsOf(pid);
        const pid_t deck = Deck();
        if (deck != 0) deck_maps = MapsOf(deck);
      });
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_EQ(threads, 1);
  EXPECT_THAT(deck_maps, HasSubstr("reprise-deck"));
  for (const char* library : {"libcurl", "reprise-curl", "libssl", "libnghttp", "libboost"}) {
    EXPECT_THAT(deck_maps, Not(HasSubstr(library)));
  }
  for (const char* library : {"libcurl", "libssl", "libcrypto", "libzstd", "libboost", "reprise_core"}) {
    EXPECT_THAT(test_maps, Not(HasSubstr(library)));
  }
}

TEST_F(Linking, ARecordingLoadsTheNetworkClientInTheDeckOnly) {
  std::string test_maps, deck_maps;
  Set("REPRISE_MODE", "record").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
  const Ended run =
      StartWithGate("processes", {"--gtest_filter=Processes.AsksWithoutEnd"}, [&](pid_t pid, const std::string&) {
        test_maps = MapsOf(pid);
        if (const pid_t deck = Deck(); deck != 0) deck_maps = MapsOf(deck);
      });
  EXPECT_TRUE(run.ok()) << run.output;
  EXPECT_THAT(deck_maps, HasSubstr("libcurl")) << "the control of the test above";
  EXPECT_THAT(test_maps, Not(HasSubstr("libcurl")));
}

}  // namespace
}  // namespace reprise::e2e
