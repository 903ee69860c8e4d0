// Two suites of fifty tests each whose code speaks HTTP, run by ctest, eight processes at a time, in any order:
// recorded once, replayed once, and everything that any test got is the same. REPRISE_SUITE_ROUNDS=10 makes it long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

int Rounds() {
  const char* text = std::getenv("REPRISE_SUITE_ROUNDS");
  return text == nullptr ? 1 : std::atoi(text);
}

class Suites : public E2e {
 protected:
  // What gtest_discover_tests would have written.
  void WriteCtestFile() {
    std::ofstream file(folder() + "/CTestTestfile.cmake");
    for (const char* program : {"suite_translator", "suite_desk"}) {
      const std::vector<std::string> tests = TestsOf(program);
      EXPECT_THAT(tests, SizeIs(50)) << program;
      for (const std::string& test : tests)
        file << "add_test([=[" << test << "]=] [=[" REPRISE_E2E_PROGRAMS "/e2e_" << program
             << "]=] [=[--gtest_filter=" << test << "]=])\n";
    }
  }

  // Number of tests that failed, of so many.
  int Ctest(const std::vector<std::string>& but, int tests) {
    std::vector<std::string> words = {"-j8", "--schedule-random", "--timeout", "60", "--output-on-failure"};
    words.insert(words.end(), but.begin(), but.end());
    const Ended run = Start(REPRISE_CTEST, words);
    const std::string said = " tests failed out of " + std::to_string(tests) + "\n";
    EXPECT_THAT(run.output, HasSubstr(said)) << run.output;
    const std::size_t at = run.output.find(said);
    if (at == std::string::npos) return tests;
    const int failed = std::atoi(run.output.c_str() + run.output.rfind(' ', at - 1));
    EXPECT_EQ(failed, 0) << run.output;
    return failed;
  }

  void KeepWhatTheyGetIn(const std::string& name) {
    fs::create_directory(folder() + "/" + name);
    Set("E2E_GOT", folder() + "/" + name);
  }

  std::map<std::string, std::string> Got(const std::string& what) const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder() + "/" + what))
      files[entry.path().filename()] = Read(what + "/" + entry.path().filename().string());
    return files;
  }
};

TEST_F(Suites, OfFiftyTestsEachAreRecordedAndReplayedByEightProcessesAtATime) {
  Allow(std::chrono::seconds(300));
  WriteCtestFile();
  const int rounds = Rounds();
  int failed = 0, different = 0, asked_in_replay = 0;
  std::size_t compared = 0;
  for (int round = 0; round < rounds; ++round) {
    OpenProvider();
    Set("REPRISE_MODE", "record").Set("E2E_KEY", "sk-e2e-0123456789abcdef");
    KeepWhatTheyGetIn("recorded");
    // What is asked for a whole suite is recorded by one process.
    failed += Ctest({"-E", "^Shared"}, 97);
    if (const Ended shared = Start("suite_desk", {"--gtest_filter=Shared.*"}); !shared.ok()) {
      ++failed;
      ADD_FAILURE() << shared.output;
    }
    const int asked = requests();
    Unset("REPRISE_MODE").Set("E2E_KEY", "a dummy");
    KeepWhatTheyGetIn("replayed");
    failed += Ctest({}, 100);
    asked_in_replay += requests() - asked;
    CloseProvider();
    const auto recorded = Got("recorded"), replayed = Got("replayed");
    for (const auto& [name, text] : recorded) {
      const auto it = replayed.find(name);
      if (it != replayed.end() && it->second == text) continue;
      ++different;
      ADD_FAILURE() << name << " got\n"
                    << text << "\nand in replay\n"
                    << (it == replayed.end() ? "nothing" : it->second);
    }
    compared += recorded.size();
    ASSERT_TRUE(IsQuiet()) << "a process was left behind";
    for (const char* old : {"recorded", "replayed", "cassettes", "Testing"}) fs::remove_all(folder() + "/" + old);
  }
  std::printf(
      "ctest -j8, 100 tests over HTTP, %d rounds of record and replay: failed %d of %d; %zu outputs compared, %d "
      "different; asked in replay %d\n",
      rounds, failed, 200 * rounds, compared, different, asked_in_replay);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(asked_in_replay, 0);
}

TEST_F(Suites, ThatAskOutsideOfTheirTestsAreToldToRecordInOneProcess) {
  OpenProvider();
  Set("REPRISE_MODE", "record");
  KeepWhatTheyGetIn("got");
  const Ended first = StartWithGate("suite_desk", {"--gtest_filter=Shared.One"}, [&](pid_t, const std::string&) {
    const Ended second = Start("suite_desk", {"--gtest_filter=Shared.Two"});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_THAT(second.output,
                AllOf(HasSubstr("is being written by process"), HasSubstr("run the test program itself")));
  });
  EXPECT_TRUE(first.ok()) << first.output;
}

}  // namespace
}  // namespace reprise::e2e
