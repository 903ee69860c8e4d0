#include "lib/session/naming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace reprise::session {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Naming : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "reprise-naming-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Touch(const std::string& name) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name) << "x";
  }
  static Settings With(std::vector<RawSetting> raws) { return Settings::Resolve(raws, nullptr, "").value(); }

  std::string folder_;
};

TEST_F(Naming, APlainTestLiesInTheFolderOfItsSuite) {
  EXPECT_EQ(PathOfTest({"Chat", "AsksTwice", "", "", ""}), "Chat/AsksTwice");
}

TEST_F(Naming, AParameterIsAFileInTheFolderOfItsTest) {
  EXPECT_EQ(PathOfTest({"All/Chat", "Asks", "gpt4", "", ""}), "All/Chat/Asks/gpt4");
  EXPECT_EQ(PathOfTest({"All/Chat", "Asks/gpt4", "", "", ""}), "All/Chat/Asks/gpt4");
  EXPECT_EQ(PathOfTest({"Typed/0", "Asks", "", "", ""}), "Typed/0/Asks");
}

TEST_F(Naming, NothingLeavesTheRoot) {
  for (const std::string evil : {"..", ".", "", "../..", "/etc/passwd", "a/../../b", "..\\..", "-rf", ".git"}) {
    const std::string path = PathOfTest({evil, evil, evil, "", ""});
    const std::string normal = std::filesystem::path("/root/" + path).lexically_normal().string();
    EXPECT_THAT(normal, StartsWith("/root/"));
    EXPECT_EQ(path, std::filesystem::path(path).lexically_normal().string()) << evil;
    EXPECT_EQ(path.find("/."), std::string::npos) << path;
    EXPECT_NE(path.front(), '.') << path;
    EXPECT_NE(path.front(), '-') << path;
  }
}

TEST_F(Naming, OddCharactersAreEscapedAndStayApart) {
  const std::vector<std::string> names = {"a b",  "a_b",  "a\tb", "a:b",     "a*b", "\xc3\xa9t\xc3\xa9",
                                          "\xff", "a\nb", "con",  "NUL.txt", "a."};
  std::set<std::string> parts;
  for (const std::string& name : names) {
    const std::string part = SafePart(name);
    EXPECT_EQ(part.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."),
              std::string::npos)
        << part;
    parts.insert(part);
  }
  EXPECT_EQ(parts.size(), names.size());
  EXPECT_EQ(SafePart("a_b"), "a_b");
  EXPECT_THAT(SafePart("con"), StartsWith("_con-"));
}

TEST_F(Naming, AnEscapedNameIsNotTheNameOfAnotherTest) {
  const std::string escaped = SafePart("a b");
  EXPECT_NE(SafePart(escaped), escaped);
}

TEST_F(Naming, NamesOver100BytesAreCutAndStayApart) {
  const std::string long_name(300, 'x');
  const std::string part = SafePart(long_name + "1");
  EXPECT_LE(part.size(), 100u);
  EXPECT_NE(part, SafePart(long_name + "2"));
  EXPECT_EQ(SafePart(std::string(100, 'y')), std::string(100, 'y'));
  EXPECT_NE(SafePart(std::string(101, 'y')), std::string(101, 'y'));
}

TEST_F(Naming, TheRootIsTheEnvironmentThenWhatWasCompiledInThenBesideTheSource) {
  Touch("src/chat_test.cc");
  const TestName name{"Chat", "Asks", "", folder_ + "/src/chat_test.cc", folder_};
  const Result<std::string> none = CassetteRoot(With({}), name, "");
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.status().ToString(), HasSubstr("REPRISE_CASSETTES"));
  EXPECT_THAT(none.status().ToString(), HasSubstr("compiled in"));
  EXPECT_THAT(none.status().ToString(), HasSubstr(folder_ + "/src/cassettes does not exist"));

  std::filesystem::create_directories(folder_ + "/src/cassettes");
  EXPECT_EQ(CassetteRoot(With({}), name, "").value(), folder_ + "/src/cassettes");
  const Settings project = With({{Place::kProjectFile, "cassettes", "/from/project", "reprise.json"}});
  EXPECT_EQ(CassetteRoot(project, name, "").value(), "/from/project");
  EXPECT_EQ(CassetteRoot(project, name, "/compiled/in").value(), "/compiled/in");
  const Settings environment = With({{Place::kEnvironment, "cassettes", "relative", "REPRISE_CASSETTES"}});
  EXPECT_EQ(CassetteRoot(environment, name, "/compiled/in").value(), folder_ + "/relative");
}

TEST_F(Naming, ASourceGivenRelativeToAFolderAboveTheWorkingDirectoryIsFound) {
  Touch("src/chat_test.cc");
  std::filesystem::create_directories(folder_ + "/build/deep");
  EXPECT_EQ(SourceOf({"", "", "", "src/chat_test.cc", folder_ + "/build/deep"}), folder_ + "/src/chat_test.cc");
  EXPECT_EQ(SourceOf({"", "", "", "../src/chat_test.cc", folder_ + "/build"}), folder_ + "/src/chat_test.cc");
  EXPECT_EQ(SourceOf({"", "", "", "nowhere_test.cc", folder_ + "/build"}), "");
}

TEST_F(Naming, GoldensLieBesideTheCassettesUnlessSaidOtherwise) {
  const TestName name{"Chat", "Asks", "", "", "/home/ada"};
  EXPECT_EQ(GoldenRoot(With({}), name, "/src/tests/cassettes"), "/src/tests/goldens");
  EXPECT_EQ(GoldenRoot(With({{Place::kEnvironment, "goldens", "g", "REPRISE_GOLDENS"}}), name, "/c"), "/home/ada/g");
}

TEST_F(Naming, TwoTestsOfOneFileAreRefused) {
  NameRegistry names;
  EXPECT_TRUE(names.Claim(folder_, "A/B/c", "A.B/c", true).ok());
  EXPECT_TRUE(names.Claim(folder_, "A/B/c", "A.B/c", true).ok()) << "the same test again, as with --gtest_repeat";
  const Status other = names.Claim(folder_, "A/B/c", "A/B.c", true);
  EXPECT_EQ(other.kind(), ErrorKind::kUsage);
  EXPECT_THAT(other.ToString(), HasSubstr("A.B/c"));
}

TEST_F(Naming, NamesThatDifferInCaseOnlyAreRefused) {
  NameRegistry names;
  EXPECT_TRUE(names.Claim(folder_, "Chat/Asks", "Chat.Asks", true).ok());
  EXPECT_THAT(names.Claim(folder_, "Chat/asks", "Chat.asks", true).ToString(), HasSubstr("letter case"));
}

TEST_F(Naming, ACassetteOnDiskThatDiffersInCaseOnlyIsRefusedWithItsPath) {
  Touch("Chat/asks.reprise");
  NameRegistry names;
  const Status status = names.Claim(folder_, "Chat/Asks", "Chat.Asks", true);
  EXPECT_THAT(status.ToString(), HasSubstr(folder_ + "/Chat/asks.reprise"));
  Touch("chat2/X.reprise");
  EXPECT_FALSE(names.Claim(folder_, "Chat2/X", "Chat2.X", true).ok());
  EXPECT_TRUE(names.Claim(folder_, "chat2/X", "chat2.X", true).ok());
}

}  // namespace
}  // namespace reprise::session
