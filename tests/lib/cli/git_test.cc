// reprise git, in real repositories with the real git.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "lib/base/file_system.h"
#include "lib/cli/child.h"
#include "tests/lib/cli/fixtures.h"
#include "tests/lib/cli/program.h"
#include "tests/support/canary_keys.h"

namespace reprise::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::map<std::string, std::string> kGitEnvironment = {
    {"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_NOSYSTEM", "1"},  {"GIT_AUTHOR_NAME", "Ada"},
    {"GIT_AUTHOR_EMAIL", "a@example"},  {"GIT_COMMITTER_NAME", "Ada"}, {"GIT_COMMITTER_EMAIL", "a@example"},
    {"GIT_TERMINAL_PROMPT", "0"},       {"GIT_MERGE_AUTOEDIT", "no"},
};

// A repository in a folder whose name wants quoting, with a cassette of two exchanges.
class Git : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, value] : kGitEnvironment) ::setenv(name.c_str(), value.c_str(), 1);
    for (const char* name : {"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"}) ::unsetenv(name);
    if (!RunChild({"git", "--version"}).ok()) GTEST_SKIP() << "git is not installed";
    top_ = folder_ / "it's a \xC3\xA9 \"repo\"";
    ASSERT_TRUE(base::MakeFolders(top_).ok());
    Order({"init", "-q", "-b", "main", "."});
  }

  ChildOutput GitIn(const std::string& folder, std::vector<std::string> words) {
    // Bounded, with everything that git starts: a filter that waits for ever must not outlive its test.
    words.insert(words.begin(), {"timeout", "-k", "5", "60", "git"});
    auto said = RunChild(words, folder);
    EXPECT_TRUE(said.ok()) << said.status();
    return said.ok() ? *said : ChildOutput{-1, "", ""};
  }
  ChildOutput Try(const std::vector<std::string>& words) { return GitIn(top_, words); }
  // One that must work; what it printed.
  std::string Order(const std::vector<std::string>& words) {
    const ChildOutput said = Try(words);
    EXPECT_EQ(said.code, 0) << words[0] << ": " << said.err;
    return said.out;
  }
  Ran Reprise(const std::vector<std::string>& words, const std::string& folder = "") {
    return RunReprise(words, {.folder = folder.empty() ? top_ : folder, .environment = kGitEnvironment});
  }
  void Install() {
    const Ran ran = Reprise({"git", "install"});
    ASSERT_EQ(ran.code, 0) << ran.err;
    Order({"add", ".gitattributes", ".gitignore"});
    Order({"commit", "-q", "-m", "set up"});
  }
  void Cassette(const std::string& name, const std::vector<Exchange>& exchanges,
                CassetteWriter::Form form = CassetteWriter::Form::kZstd) {
    ASSERT_TRUE(base::RemoveFile(top_ + "/" + name).ok());
    WriteCassette(top_ + "/" + name, exchanges, form);
  }
  void Commit(const std::string& message) {
    Order({"add", "-A"});
    Order({"commit", "-q", "-m", message});
  }
  std::string Bytes(const std::string& name) { return base::ReadFile(top_ + "/" + name).value(); }
  static bool IsZstd(const std::string& bytes) { return bytes.substr(0, 4) == "\x28\xB5\x2F\xFD"; }
  std::string Stored(const std::string& name) { return Order({"cat-file", "-p", ":" + name}); }
  std::string StatusOf() { return Order({"status", "--porcelain"}); }

  TemporaryFolder folder_;
  std::string top_;
};

TEST_F(Git, TheStoreHoldsTextAndTheWorkTreeZstd) {
  Install();
  Cassette("Chat/A B.reprise", {Chat("Say hello to the world", "Hello, world")});
  ASSERT_TRUE(IsZstd(Bytes("Chat/A B.reprise")));
  Commit("a cassette");
  const std::string text = Stored("Chat/A B.reprise");
  EXPECT_THAT(text, StartsWith("{\"reprise\":1,"));
  EXPECT_EQ(StatusOf(), "");
  ASSERT_TRUE(base::RemoveFile(top_ + "/Chat/A B.reprise").ok());
  Order({"checkout", "-q", "--", "."});
  EXPECT_TRUE(IsZstd(Bytes("Chat/A B.reprise")));
  EXPECT_EQ(StatusOf(), "");
  EXPECT_EQ(Reprise({"export", "Chat/A B.reprise"}).out, text);

  // The same content in the other form is no change. (Of a file whose size has changed `git status` says " M" without
  // looking into it, until it is added.)
  Cassette("Chat/A B.reprise", {Chat("Say hello to the world", "Hello, world")}, CassetteWriter::Form::kText);
  EXPECT_EQ(Order({"diff"}), "");
  Order({"add", "-A"});
  EXPECT_EQ(StatusOf(), "");

  Cassette("Chat/A B.reprise", {Chat("Say hello to the word", "Hello, world")});
  const std::string diff = Order({"diff"});
  EXPECT_THAT(diff, AllOf(HasSubstr("\n- {\"role\":\"user\",\"content\":\"Say hello to the world\"}"),
                          HasSubstr("\n+ {\"role\":\"user\",\"content\":\"Say hello to the word\"}")))
      << diff;
  EXPECT_THAT(Order({"diff", "--stat"}), Not(HasSubstr("Bin")));
  EXPECT_EQ(Reprise({"git", "check"}).code, 0);
}

TEST_F(Git, ACloneWithoutTheFilterHasPlainTextAndWorks) {
  Install();
  Cassette("x.reprise", {Chat("a", "b")});
  Commit("a cassette");
  const std::string clone = folder_ / "clone";
  ASSERT_EQ(GitIn(folder_.path(), {"clone", "-q", top_, "clone"}).code, 0);
  const std::string plain = base::ReadFile(clone + "/x.reprise").value();
  EXPECT_THAT(plain, StartsWith("{\"reprise\":1,"));
  EXPECT_EQ(Reprise({"fsck"}, clone).code, 0);
  const Ran check = Reprise({"git", "check"}, clone);
  EXPECT_EQ(check.code, 0);
  EXPECT_THAT(check.err, HasSubstr("no filter yet: reprise git install"));

  WriteCassette(clone + "/y.reprise", {Chat("c", "d")}, CassetteWriter::Form::kText);
  EXPECT_EQ(GitIn(clone, {"add", "y.reprise"}).code, 0);
  EXPECT_EQ(Reprise({"git", "check"}, clone).code, 0);

  const Ran install = Reprise({"git", "install"}, clone);
  EXPECT_EQ(install.code, 0);
  EXPECT_THAT(install.out, HasSubstr("nothing to add"));
  EXPECT_EQ(base::ReadFile(clone + "/x.reprise").value(), plain) << "the work tree stays";
  EXPECT_EQ(GitIn(clone, {"status", "--porcelain"}).out, "A  y.reprise\n");
}

TEST_F(Git, InstallTurnsWhatIsCompressedInTheIndexIntoText) {
  Cassette("x.reprise", {Chat("a", "b")});
  Cassette("y.reprise", {Chat("c", "d")}, CassetteWriter::Form::kText);
  Commit("as they are");
  ASSERT_TRUE(IsZstd(Stored("x.reprise")));
  const std::string before = Bytes("x.reprise");
  Cassette("x.reprise", {Chat("a", "changed, not added")});
  const Ran ran = Reprise({"git", "install"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1 cassette in the index turned from zstd into text"));
  EXPECT_THAT(Stored("x.reprise"),
              AllOf(StartsWith("{\"reprise\":1,"), HasSubstr("\"b\""), Not(HasSubstr("not added"))));
  EXPECT_THAT(StatusOf(), HasSubstr("MM x.reprise\n"));
  EXPECT_THAT(StatusOf(), Not(HasSubstr("y.reprise")));
  EXPECT_TRUE(IsZstd(Bytes("x.reprise")));
}

TEST_F(Git, InstallResolvesNoMergeOnItsOwn) {
  Cassette("x.reprise", {Chat("a", "1")});
  Commit("base");
  Order({"checkout", "-q", "-b", "other"});
  Cassette("x.reprise", {Chat("a", "2")});
  Commit("theirs");
  Order({"checkout", "-q", "main"});
  Cassette("x.reprise", {Chat("a", "3")});
  Commit("ours");
  EXPECT_EQ(Try({"merge", "other"}).code, 1);
  EXPECT_EQ(Reprise({"git", "install"}).code, 0);
  EXPECT_THAT(StatusOf(), HasSubstr("UU x.reprise\n"));
  EXPECT_THAT(Reprise({"git", "check"}).out, HasSubstr("x.reprise: its merge is not resolved"));
}

TEST_F(Git, InstallKeepsWhatStandsThereAndSaysNothingTwice) {
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/.gitattributes", "*.png binary").ok());
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/.gitignore", "build/\r\n").ok());
  ASSERT_TRUE(base::MakeFolders(top_ + "/below").ok());
  EXPECT_EQ(Reprise({"git", "install"}, top_ + "/below").code, 0);
  const std::string attributes = Bytes(".gitattributes"), ignored = Bytes(".gitignore");
  EXPECT_THAT(attributes, StartsWith("*.png binary\n*.reprise  "));
  EXPECT_THAT(ignored, StartsWith("build/\r\n*.reprise*.incomplete\n"));
  const Ran again = Reprise({"git", "install"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, AllOf(HasSubstr("nothing to add"), Not(HasSubstr(" added"))));
  EXPECT_EQ(Bytes(".gitattributes"), attributes);
  EXPECT_EQ(Bytes(".gitignore"), ignored);
  EXPECT_EQ(Order({"config", "--get-all", "filter.reprise.required"}), "true\n");
  for (const char* scratch : {"a.reprise.incomplete", "a.reprise.new.incomplete", "a.reprise.jsonl.new",
                              "b/a.reprise.tmp", "goldens/Suite/Test/1.txt.new"}) {
    EXPECT_EQ(Try({"check-ignore", "-q", scratch}).code, 0) << scratch;
  }
  EXPECT_EQ(Try({"check-ignore", "-q", "a.reprise"}).code, 1);
}

TEST_F(Git, CassettesUnderAnotherFilterAreLeftAlone) {
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/.gitattributes", "*.reprise filter=lfs\n").ok());
  const Ran ran = Reprise({"git", "install"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("already has the filter \"lfs\""));
  EXPECT_EQ(Bytes(".gitattributes"), "*.reprise filter=lfs\n");
  EXPECT_FALSE(base::Exists(top_ + "/.gitignore"));
  EXPECT_EQ(Try({"config", "filter.reprise.process"}).code, 1);
}

TEST_F(Git, CheckNamesWhatDoesNotBelongIntoHistory) {
  Cassette("x.reprise", {Chat("a", "b")});
  Cassette("y.reprise", {Chat("a", "b")}, CassetteWriter::Form::kText);
  Cassette("z.reprise.incomplete", {Chat("a", "b")});
  std::string conflict = Bytes("y.reprise");
  conflict.insert(conflict.find('\n') + 1, "<<<<<<< ours\n=======\n>>>>>>> theirs\n");
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/w.reprise", conflict).ok());
  Order({"add", "-f", "."});
  Ran ran = Reprise({"git", "check"});
  EXPECT_EQ(ran.code, 1);
  ExpectApproved("git_check", ran.out);
  const json out = json::parse(Reprise({"git", "check", "--json"}).out);
  EXPECT_EQ(out["cassettes"], 3);
  EXPECT_EQ(out["problems"].size(), 6u);
  EXPECT_EQ(out["problems"][0]["kind"], "conflict");
  EXPECT_EQ(out["installed"], false);

  // Attributes count as they would be committed.
  EXPECT_EQ(Reprise({"git", "install"}).code, 0);
  ran = Reprise({"git", "check"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("x.reprise: lacks in .gitattributes"), Not(HasSubstr("compressed"))));
  Order({"add", ".gitattributes"});
  Order({"rm", "-q", "--cached", "w.reprise", "z.reprise.incomplete"});
  EXPECT_EQ(Reprise({"git", "check"}).code, 0);
}

TEST_F(Git, CheckFindsASecretInTheIndexAndDoesNotPrintIt) {
  support::CanaryKeys keys(31);
  const std::string key = keys.Of(0).value;
  Rules allowed;
  allowed.allow_secret = {"openai-key /reply/body"};
  Cassette("x.reprise", {Chat("a", "b"), Chat("Which?", key)}, CassetteWriter::Form::kText);
  WriteCassette(top_ + "/y.reprise", {Chat("Which?", key)}, CassetteWriter::Form::kText, allowed);
  EXPECT_EQ(Reprise({"git", "install"}).code, 0);
  Order({"add", "."});
  const Ran ran = Reprise({"git", "check"});
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("x.reprise: exchange 2 holds a secret (openai-key) at /reply/body/choices/0"),
                             Not(HasSubstr("y.reprise")), Not(HasSubstr(key.substr(0, 20)))));
}

TEST_F(Git, OutsideARepositoryItSaysSo) {
  for (const char* command : {"install", "check"}) {
    const Ran ran = Reprise({"git", command}, folder_.path());
    EXPECT_EQ(ran.code, 2);
    EXPECT_THAT(ran.err, HasSubstr("is in no work tree of git"));
  }
}

TEST_F(Git, BranchesThatAddedDifferentExchangesMerge) {
  Install();
  Cassette("x.reprise", {Chat("a", "1")});
  Commit("base");
  Order({"checkout", "-q", "-b", "other"});
  Cassette("x.reprise", {Chat("a", "1"), Chat("b", "2")});
  Commit("theirs");
  Order({"checkout", "-q", "main"});
  Cassette("x.reprise", {Chat("a", "1"), Chat("c", "3")});
  Commit("ours");
  Order({"merge", "-q", "other"});
  EXPECT_EQ(StatusOf(), "");
  EXPECT_TRUE(IsZstd(Bytes("x.reprise")));
  Cassette("want.reprise", {Chat("a", "1"), Chat("c", "3"), Chat("b", "2")}, CassetteWriter::Form::kText);
  EXPECT_EQ(Stored("x.reprise"), Bytes("want.reprise"));
  EXPECT_EQ(Reprise({"fsck", "x.reprise"}).code, 0);
}

TEST_F(Git, OneKeyWithTwoAnswersIsAConflictThatStaysPlain) {
  Install();
  Cassette("x.reprise", {Chat("a", "1"), Chat("b", "2")});
  Commit("base");
  Order({"checkout", "-q", "-b", "other"});
  Cassette("x.reprise", {Chat("a", "theirs"), Chat("b", "2"), Chat("c", "3")});
  Commit("theirs");
  Order({"checkout", "-q", "main"});
  Cassette("x.reprise", {Chat("a", "ours"), Chat("b", "2")});
  Commit("ours");
  const ChildOutput merge = Try({"merge", "other"});
  EXPECT_EQ(merge.code, 1);
  EXPECT_THAT(merge.err,
              HasSubstr("reprise: x.reprise: both sides changed exchange " + Chat("a", "").key.substr(0, 12)));
  EXPECT_EQ(StatusOf(), "UU x.reprise\n");
  const std::string conflict = Bytes("x.reprise");
  EXPECT_THAT(conflict, StartsWith("{\"reprise\":1,"));
  EXPECT_THAT(conflict, AllOf(HasSubstr("\n<<<<<<< ours\n{\"key\""), HasSubstr("\n=======\n{\"key\""),
                              HasSubstr("\n>>>>>>> theirs\n{\"key\"")));
  EXPECT_EQ(Reprise({"git", "check"}).code, 1);
  EXPECT_EQ(Reprise({"fsck"}).code, 3);

  // Added with the markers in it, it still comes out plain, and check still sees it.
  Order({"add", "x.reprise"});
  EXPECT_THAT(Reprise({"git", "check"}).out, HasSubstr("x.reprise: line 2: holds a merge conflict"));
  Order({"commit", "-q", "-m", "with markers"});
  ASSERT_TRUE(base::RemoveFile(top_ + "/x.reprise").ok());
  Order({"checkout", "-q", "--", "."});
  EXPECT_EQ(Bytes("x.reprise"), conflict);

  Cassette("x.reprise", {Chat("a", "theirs"), Chat("b", "2"), Chat("c", "3")});
  Commit("resolved");
  EXPECT_EQ(Reprise({"git", "check"}).code, 0);
}

TEST_F(Git, ASideThatIsNoCassetteMakesTheWholeFileAConflict) {
  Install();
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/.git/info/attributes", "x.reprise conflict-marker-size=9\n").ok());
  Cassette("x.reprise", {Chat("a", "1")});
  Commit("base");
  Order({"checkout", "-q", "-b", "other"});
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/x.reprise", "prose").ok());
  Commit("theirs");
  Order({"checkout", "-q", "main"});
  Cassette("x.reprise", {Chat("a", "2")});
  Commit("ours");
  const ChildOutput merge = Try({"merge", "other"});
  EXPECT_EQ(merge.code, 1);
  EXPECT_THAT(merge.err, HasSubstr("x.reprise: cannot be merged by exchange, so it is one conflict: theirs: line 1"));
  EXPECT_THAT(Bytes("x.reprise"),
              AllOf(StartsWith("<<<<<<<<< ours\n{\"reprise\":1,"), HasSubstr("=========\nprose\n>>>>>>>>> theirs\n")));
}

TEST_F(Git, ADamagedCassetteIsNeverAdded) {
  Install();
  Cassette("x.reprise", {Chat("a", "b")});
  std::string damaged = Bytes("x.reprise");
  damaged[damaged.size() / 2] ^= 1;
  ASSERT_TRUE(base::WriteFileAtomically(top_ + "/x.reprise", damaged).ok());
  const ChildOutput add = Try({"add", "x.reprise"});
  EXPECT_NE(add.code, 0);
  EXPECT_THAT(add.err, HasSubstr("reprise: x.reprise: "));
  EXPECT_EQ(Order({"ls-files", "x.reprise"}), "");
  const Ran textconv = Reprise({"git", "textconv", "x.reprise"});
  EXPECT_EQ(textconv.code, 0);
  EXPECT_THAT(textconv.out, HasSubstr("reprise: x.reprise: "));
}

// A filter that dies in the middle: git stops, the index and the file stay what they were, and the next try works.
TEST_F(Git, AKilledFilterLosesNothing) {
  Install();
  Cassette("x.reprise", {Chat("a", std::string(200000, 'x'))});
  Commit("base");
  const std::string process = Order({"config", "filter.reprise.process"}), before = Stored("x.reprise");
  Cassette("x.reprise", {Chat("a", "changed " + std::string(200000, 'y'))});
  const std::string changed = Bytes("x.reprise");
  const std::string program = process.substr(0, process.find("git filter-process"));
  for (const std::string& killed :
       {std::string("kill -9 $$"),
        "dd bs=1 count=300 status=none | " + program + "git filter-process",            // in the middle of a file
        program + "git filter-process | dd bs=1 count=200 status=none; kill -9 $$"}) {  // in the middle of an answer
    Order({"config", "filter.reprise.process", killed});
    EXPECT_NE(Try({"add", "x.reprise"}).code, 0) << killed;
    EXPECT_EQ(Stored("x.reprise"), before) << killed;
    EXPECT_EQ(Bytes("x.reprise"), changed) << killed;
  }
  EXPECT_FALSE(base::Exists(top_ + "/.git/index.lock"));
  Order({"config", "filter.reprise.process", process.substr(0, process.size() - 1)});
  Order({"add", "x.reprise"});
  EXPECT_EQ(StatusOf(), "M  x.reprise\n");

  Order({"config", "filter.reprise.process", "kill -9 $$"});
  ASSERT_TRUE(base::RemoveFile(top_ + "/x.reprise").ok());
  EXPECT_NE(Try({"checkout", "--", "x.reprise"}).code, 0);
  Order({"config", "filter.reprise.process", process.substr(0, process.size() - 1)});
  Order({"checkout", "-q", "--", "x.reprise"});
  EXPECT_EQ(StatusOf(), "M  x.reprise\n");
}

TEST_F(Git, LinkedWorkTreesShareTheFilter) {
  Install();
  Cassette("x.reprise", {Chat("a", "b")});
  Commit("base");
  const std::string linked = folder_ / "linked tree";
  Order({"worktree", "add", "-q", linked, "-b", "side"});
  EXPECT_TRUE(IsZstd(base::ReadFile(linked + "/x.reprise").value()));
  EXPECT_EQ(GitIn(linked, {"status", "--porcelain"}).out, "");
  EXPECT_EQ(Reprise({"git", "check"}, linked).code, 0);
  EXPECT_THAT(Reprise({"git", "install"}, linked).out, Not(HasSubstr(" added")));
}

// The program's own path is quoted, too.
TEST_F(Git, TheProgramMayLieInAFolderWithQuotes) {
  const std::string program = folder_ / "o'dd \"bin\" $HOME/reprise";
  ASSERT_TRUE(base::MakeFolders(base::FolderOf(program)).ok());
  std::filesystem::copy_file(REPRISE_PROGRAM, program);
  const auto install = RunChild({program, "git", "install"}, top_);
  ASSERT_TRUE(install.ok());
  ASSERT_EQ(install->code, 0) << install->err;
  Cassette("x.reprise", {Chat("a", "b")});
  Commit("a cassette");
  EXPECT_THAT(Stored("x.reprise"), StartsWith("{\"reprise\":1,"));
  EXPECT_THAT(Order({"show", "HEAD:x.reprise"}), StartsWith("{\"reprise\":1,"));
}

TEST_F(Git, NamesInEveryAlphabetGoThroughTheFilter) {
  Install();
  for (const char* name : {"a b.reprise", "\xC3\xA9.reprise", "tab\there.reprise", "line\nend.reprise", "-dash.reprise",
                           "quo\"te's.reprise"}) {
    Cassette(name, {Chat("a", name)});
  }
  Commit("odd names");
  EXPECT_EQ(StatusOf(), "");
  EXPECT_THAT(Stored("line\nend.reprise"), StartsWith("{\"reprise\":1,"));
  EXPECT_EQ(Reprise({"git", "check"}).code, 0);
  EXPECT_THAT(Reprise({"git", "check"}).out, HasSubstr("6 cassettes in the index, 0 problems"));
}

}  // namespace
}  // namespace reprise::cli
