#include "lib/session/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/temp_folder.h"

namespace reprise::session {
namespace {

using ::testing::HasSubstr;
using Form = CassetteWriter::Form;

class FormTest : public ::testing::Test {
 protected:
  FormChoice Choose(const std::string& setting = "auto") {
    return ChooseForm(setting, folder_ / "repo/tests/cassettes/Chat/Asks.reprise",
                      [this](const std::string& name) { return variables_[name]; });
  }
  support::TempFolder folder_;
  std::map<std::string, std::string> variables_ = {{"HOME", folder_ / "home"}};
};

TEST_F(FormTest, OutsideGitAndWithoutAttributesItIsZstd) {
  EXPECT_EQ(Choose().form, Form::kZstd);
  folder_.Write("repo/.git/config", "[core]\n");
  EXPECT_EQ(Choose().form, Form::kZstd);
  folder_.Write("repo/.gitattributes", "*.png binary\n");
  EXPECT_EQ(Choose().form, Form::kZstd);
}

TEST_F(FormTest, WhereAttributesAskForAFilterThatThisCloneLacksItIsText) {
  folder_.Write("repo/.git/config", "[core]\n");
  folder_.Write("repo/.gitattributes", "*.png binary\n*.reprise        filter=reprise diff=reprise -text\n");
  const FormChoice choice = Choose();
  EXPECT_EQ(choice.form, Form::kText);
  EXPECT_THAT(choice.note, HasSubstr("reprise git install"));
  EXPECT_EQ(Choose("zstd").form, Form::kZstd) << "decided by hand";
}

TEST_F(FormTest, WithTheFilterSetUpForTheCloneOrTheUserItIsZstd) {
  folder_.Write("repo/.gitattributes", "*.reprise filter=reprise\n");
  folder_.Write("repo/.git/config", "[filter \"reprise\"]\n\tprocess = reprise git filter\n");
  EXPECT_EQ(Choose().form, Form::kZstd);
  folder_.Write("repo/.git/config", "[core]\n");
  EXPECT_EQ(Choose().form, Form::kText);
  folder_.Write("home/.gitconfig", "[filter \"reprise\"]\n");
  EXPECT_EQ(Choose().form, Form::kZstd);
}

TEST_F(FormTest, ADeeperAttributeFileMayTakeTheFilterAway) {
  folder_.Write("repo/.git/config", "");
  folder_.Write("repo/.gitattributes", "*.reprise filter=reprise\n");
  folder_.Write("repo/tests/.gitattributes", "*.reprise -filter\n");
  EXPECT_EQ(Choose().form, Form::kZstd);
}

TEST_F(FormTest, AWorktreeReadsTheConfigurationOfItsRepository) {
  folder_.Write("main/.git/config", "[filter \"reprise\"]\n");
  folder_.Write("main/.git/worktrees/w/commondir", "../..\n");
  folder_.Write("repo/.git", "gitdir: " + (folder_ / "main/.git/worktrees/w") + "\n");
  folder_.Write("repo/.gitattributes", "*.reprise filter=reprise\n");
  EXPECT_EQ(Choose().form, Form::kZstd);
  folder_.Write("main/.git/config", "");
  EXPECT_EQ(Choose().form, Form::kText);
}

}  // namespace
}  // namespace reprise::session
