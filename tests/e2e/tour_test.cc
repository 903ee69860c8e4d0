// The tour of the README, as a newcomer walks it: its own commands, in their order, with a program of ours in the
// place of the reader's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Tour : public ::testing::Test, protected Workshop {
 protected:
  void SetUp() override {
    OpenProvider();
    std::filesystem::create_directories(folder() + "/bin");
    std::filesystem::create_symlink(REPRISE_PROGRAM, folder() + "/bin/reprise");
    std::filesystem::create_directories(folder() + "/build");
    const std::string program = folder() + "/build/support_test";
    std::ofstream(program) << "#!/bin/sh\nexec " REPRISE_E2E_PROGRAMS
                              "/e2e_asks --gtest_filter=Golden.OfAReply \"$@\"\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    Set("PATH", folder() + "/bin:/usr/bin:/bin").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
  }
  void TearDown() override { EXPECT_TRUE(IsQuiet()) << "a process was left behind"; }

  // Runs each line of the first block after these words.
  std::vector<Ended> Walk(const std::string& words) {
    std::ifstream file(REPRISE_SOURCE_DIR "/README.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string readme = text.str();
    const std::size_t begin = readme.find("```\n", readme.find(words)) + 4;
    std::istringstream block(readme.substr(begin, readme.find("```", begin) - begin));
    std::vector<Ended> runs;
    for (std::string line; std::getline(block, line);) runs.push_back(Start("/bin/sh", {"-c", line}));
    return runs;
  }
};

TEST_F(Tour, RecordsLooksAcceptsAndReplays) {
  const std::vector<Ended> first = Walk("**Record** it once");
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].exit_code, 1) << "nobody has accepted the answer yet";
  EXPECT_THAT(first[0].output, AllOf(HasSubstr("there is no golden yet"), HasSubstr("reprise accept")));
  EXPECT_EQ(first[1].exit_code, 0) << first[1].output;
  EXPECT_THAT(first[1].output, HasSubstr("What is the capital of France?"));
  EXPECT_EQ(first[2].exit_code, 0) << first[2].output;
  EXPECT_THAT(Files(),
              AllOf(::testing::Contains("cassettes/Golden/OfAReply.reprise"),
                    ::testing::Contains("goldens/Golden/OfAReply/1.txt"), Not(::testing::Contains(HasSubstr(".new")))));
  CloseProvider();
  Unset("OPENAI_API_KEY");
  const std::vector<Ended> again = Walk("**Replay** is the default");
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].exit_code, 0) << again[0].output;
}

// A note that names a command is read by somebody who pastes it.
TEST_F(Tour, TheRemedyForChangedRulesIsOne) {
  Set("REPRISE_ACCEPT", "1");
  ASSERT_TRUE(Record("asks", {"--gtest_filter=Chat.Asks"}).ok());
  std::ofstream(folder() + "/reprise.json") << R"({"rules": {"ignore_body": ["/metadata"]}})";
  const Ended noted = Start("asks", {"--gtest_filter=Chat.Asks"});
  EXPECT_TRUE(noted.ok()) << noted.output;
  const std::size_t begin = noted.output.find("`reprise rekey ");
  ASSERT_NE(begin, std::string::npos) << noted.output;
  const std::size_t end = noted.output.find('`', begin + 1);
  const Ended remedy = Start("/bin/sh", {"-c", noted.output.substr(begin + 1, end - begin - 1)});
  EXPECT_TRUE(remedy.ok()) << remedy.output;
  EXPECT_THAT(Start("asks", {"--gtest_filter=Chat.Asks"}).output, Not(HasSubstr("computed anew")));
}

}  // namespace
}  // namespace reprise::e2e
