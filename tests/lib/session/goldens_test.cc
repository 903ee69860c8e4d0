#include "lib/session/goldens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/temp_folder.h"

namespace reprise::session {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = compare::GoldenAnswer::Kind;

class GoldensTest : public ::testing::Test {
 protected:
  void Resolve(std::vector<RawSetting> raws, const std::string& ci = "") {
    settings_ = Settings::Resolve(raws, nullptr, ci).value();
  }
  Goldens Make() { return Goldens(settings_, environment_, test_, folder_ / "cassettes"); }

  support::TempFolder folder_;
  Settings settings_ = Settings::Resolve({}, nullptr, "").value();
  std::map<std::string, std::string> variables_;
  Environment environment_ = [this](const std::string& name) { return variables_[name]; };
  TestName test_{"Chat", "Asks", "", "", folder_.path()};
};

TEST_F(GoldensTest, LieBesideTheCassettesNamedAfterTheirTest) {
  folder_.Write("goldens/Chat/Asks/greeting.txt", "hello");
  Goldens goldens = Make();
  const Result<GoldenResult> result = goldens.Judge({"greeting", false, "hello", "", "t.cc:1"}, true);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->kind, Kind::kPass);
  EXPECT_EQ(result->path, folder_ / "goldens/Chat/Asks/greeting.txt");
  EXPECT_EQ(result->message, "");
  EXPECT_EQ(goldens.judged(), 1u);
}

TEST_F(GoldensTest, AMissingOneSaysWhatTheValueIsAndHowToAcceptIt) {
  Goldens goldens = Make();
  const GoldenResult result = *goldens.Judge({"g", false, "evil \x1b[2J", "", ""}, true);
  EXPECT_EQ(result.kind, Kind::kMissing);
  EXPECT_THAT(result.message, AllOf(HasSubstr("there is no golden yet"), HasSubstr("evil \\x1b[2J"),
                                    HasSubstr("reprise accept " + (folder_ / "goldens/Chat/Asks/g.txt.new"))));
}

TEST_F(GoldensTest, OneNameForTwoValuesIsRefusedWithBothPlaces) {
  Goldens goldens = Make();
  EXPECT_TRUE(goldens.Judge({"g", false, "a", "", "t.cc:1"}, true).ok());
  EXPECT_TRUE(goldens.Judge({"g", false, "a", "", "t.cc:1"}, true).ok()) << "the same value again";
  const Result<GoldenResult> second = goldens.Judge({"g", false, "b", "", "t.cc:9"}, true);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().ToString(), AllOf(HasSubstr("t.cc:1"), HasSubstr("t.cc:9")));
  EXPECT_EQ(folder_.Read("goldens/Chat/Asks/g.txt.new"), "a");
}

TEST_F(GoldensTest, UnderCiPendingFilesMirrorTheProjectInAnotherFolder) {
  folder_.Write(".git/HEAD", "");
  Resolve({}, "true");
  const GoldenValue value{"g", false, "a", "", ""};
  Make().Judge(value, true).value();
  EXPECT_EQ(folder_.Read("reprise-pending/goldens/Chat/Asks/g.txt.new"), "a");
  variables_["TEST_UNDECLARED_OUTPUTS_DIR"] = folder_ / "outputs";
  Make().Judge(value, true).value();
  EXPECT_TRUE(folder_.Has("outputs/goldens/Chat/Asks/g.txt.new"));
  Resolve({{Place::kEnvironment, "pending_dir", "pending", "REPRISE_PENDING_DIR"}}, "true");
  const GoldenResult judged = Make().Judge(value, true).value();
  EXPECT_THAT(judged.message, HasSubstr("reprise accept --from " + (folder_ / "pending") + " --to " + folder_.path() +
                                        " " + (folder_ / "pending/goldens/Chat/Asks/g.txt.new")));
  EXPECT_TRUE(folder_.Has("pending/goldens/Chat/Asks/g.txt.new"));
  EXPECT_FALSE(folder_.Has("goldens")) << "the source tree is as it was";
  Resolve({{Place::kEnvironment, "ci_writes", "1", "REPRISE_CI_WRITES"}}, "true");
  Make().Judge(value, true).value();
  EXPECT_TRUE(folder_.Has("goldens/Chat/Asks/g.txt.new"));
}

TEST_F(GoldensTest, AMirrorIsTakenOverFromAnywhereAlsoWhereTheProjectIsPartOfARepository) {
  folder_.Write(".git/HEAD", "");
  ProjectFile project;
  project.path = folder_ / "my tests/reprise.json";
  project.folder = folder_ / "my tests";
  settings_ = Settings::Resolve({}, &project, "true").value();
  Goldens goldens(settings_, environment_, test_, folder_ / "my tests/cassettes");
  const GoldenResult judged = *goldens.Judge({"g", false, "a", "", ""}, true);
  EXPECT_TRUE(folder_.Has("reprise-pending/goldens/Chat/Asks/g.txt.new"));
  EXPECT_THAT(judged.message, HasSubstr("reprise accept --from " + (folder_ / "reprise-pending") + " --to '" +
                                        (folder_ / "my tests") + "' "));
}

TEST_F(GoldensTest, AChildWritesNothing) {
  EXPECT_EQ(Make().Judge({"g", false, "a", "", ""}, false)->kind, Kind::kMissing);
  EXPECT_FALSE(folder_.Has("goldens"));
}

TEST_F(GoldensTest, OneThatHoldsForAnotherRequestIsToldAsStale) {
  folder_.Write("goldens/Chat/Asks/g.txt", "a");
  folder_.Write("goldens/Chat/Asks/g.txt.key", "k1\n");
  Goldens goldens = Make();
  EXPECT_EQ(goldens.Judge({"g", false, "a", "k2", ""}, true)->kind, Kind::kPass);
  EXPECT_THAT(goldens.stale(), ElementsAre(AllOf(HasSubstr("STALE"), HasSubstr("reprise accept"))));
}

TEST_F(GoldensTest, NamesAreSafeAsThoseOfTestsAre) {
  const std::string path = Make().Judge({"../../etc/passwd", false, "a", "", ""}, true)->path;
  EXPECT_EQ(path.rfind(folder_ / "goldens/Chat/Asks/", 0), 0u);
  EXPECT_EQ(path.find("/.."), std::string::npos) << path;
}

TEST_F(GoldensTest, WithoutAnyFolderThereIsASentence) {
  Goldens goldens(settings_, environment_, test_, "");
  EXPECT_THAT(goldens.Judge({"g", false, "a", "", ""}, true).status().ToString(), HasSubstr("REPRISE_GOLDENS"));
}

}  // namespace
}  // namespace reprise::session
