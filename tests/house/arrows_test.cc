#include "tests/house/arrows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lib/base/file_system.h"

namespace reprise::house {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ArrowTable OurTable() {
  const auto text = base::ReadFile(REPRISE_SOURCE_DIR "/tests/house/arrows.txt");
  EXPECT_TRUE(text.ok()) << text.status();
  auto table = ArrowTable::Parse(*text);
  EXPECT_TRUE(table.ok()) << table.status();
  return std::move(table).value();
}

// A small tree of sources, in which a rule can be broken.
class PlantedTree : public ::testing::Test {
 protected:
  PlantedTree() {
    std::string name = ::testing::TempDir() + "reprise-arrows-XXXXXX";
    root_ = mkdtemp(name.data());
    Plant("lib/include/reprise/result.h", "");
    Plant("lib/base/log.h", "#include <string>\n#include <unistd.h>\n#include \"reprise/result.h\"\n");
    for (const char* folder : {"recorder", "replayer"}) std::filesystem::create_directories(root_ / folder);
    Plant("lib/wire/sse.h", "#include \"lib/base/log.h\"\n");
  }
  ~PlantedTree() override { std::filesystem::remove_all(root_); }

  void Plant(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::vector<std::string> Broken() {
    const auto broken = BrokenArrows(OurTable(), root_.string(), {"lib", "recorder", "replayer"});
    EXPECT_TRUE(broken.ok()) << broken.status();
    return *broken;
  }

  std::filesystem::path root_;
};

TEST_F(PlantedTree, ATreeThatKeepsTheRulesIsSilent) { EXPECT_THAT(Broken(), IsEmpty()); }

TEST_F(PlantedTree, AnArrowThatGoesUpIsNamedWithItsLine) {
  Plant("lib/base/hash.cc", "// one\n#include \"lib/wire/sse.h\"\n");
  EXPECT_THAT(Broken(), ElementsAre("lib/base/hash.cc:2: lib/wire/sse.h: base may not include wire"));
}

TEST_F(PlantedTree, AHeaderOfTheSameFolderFollowsTheRuleOfItsLayer) {
  Plant("recorder/importers/document.h", "");
  Plant("recorder/importers/har.cc", "#include \"document.h\"\n");
  EXPECT_THAT(Broken(), IsEmpty());
}

TEST_F(PlantedTree, RecorderAndReplayerDoNotKnowEachOther) {
  Plant("recorder/upstream.h", "");
  Plant("replayer/replay_transport.cc", "#include \"recorder/upstream.h\"\n");
  Plant("replayer/deck.cc", "#include \"recorder/upstream.h\"\n");
  EXPECT_THAT(Broken(), ElementsAre(HasSubstr("replayer may not include recorder")));
}

TEST_F(PlantedTree, TheClientKnowsPublicHeadersOnly) {
  Plant("lib/client/client.cc", "#include \"reprise/result.h\"\n#include \"lib/base/log.h\"\n");
  EXPECT_THAT(Broken(), ElementsAre("lib/client/client.cc:2: lib/base/log.h: client may not include base"));
}

TEST_F(PlantedTree, ADependencyOutsideItsDoorIsNamed) {
  Plant("lib/cassette/frame.cc", "#include <zstd.h>\n");
  Plant("lib/cassette/reader.cc", "  #  include <zstd.h>\n");
  EXPECT_THAT(Broken(), ElementsAre("lib/cassette/reader.cc:1: zstd.h: its door is lib/cassette/frame.cc, tests/"));
}

TEST_F(PlantedTree, JsonStaysInSourcesAndOutOfTheClient) {
  Plant("lib/session/settings.cc", "#include <nlohmann/json.hpp>\n");
  Plant("lib/session/settings.h", "#include <nlohmann/json_fwd.hpp>\n");
  EXPECT_THAT(Broken(), IsEmpty());
  Plant("lib/session/session.h", "#include <nlohmann/json.hpp>\n");
  Plant("lib/client/client.cc", "#include <nlohmann/json.hpp>\n");
  EXPECT_THAT(Broken(), ElementsAre(HasSubstr("lib/client/client.cc:1"), HasSubstr("lib/session/session.h:1")));
}

TEST_F(PlantedTree, ALibraryThatNobodyDeclaredIsNamed) {
  Plant("lib/base/log.cc", "#include <glib.h>\n#include <absl/status/status.h>\n");
  EXPECT_THAT(Broken(), ElementsAre(HasSubstr("glib.h: it has no door"), HasSubstr("absl/status/status.h: it has no")));
}

TEST_F(PlantedTree, AFolderThatIsInNoLayerIsNamed) {
  Plant("lib/util/misc.h", "#include \"reprise/result.h\"\n");
  EXPECT_THAT(Broken(), ElementsAre(HasSubstr("the file is in no layer of the table")));
}

TEST(ArrowTable, AWordThatItDoesNotKnowIsAnErrorWithItsLine) {
  EXPECT_THAT(ArrowTable::Parse("# fine\nlayer a lib/\nlayr b lib/b/\n").status().ToString(),
              HasSubstr("line 3 of the table: \"layr\""));
  EXPECT_THAT(ArrowTable::Parse("layer a lib/\nallow a b\n").status().ToString(), HasSubstr("there is no layer \"b\""));
}

TEST(Arrows, OfOurTreeGoDownOnly) {
  const auto broken =
      BrokenArrows(OurTable(), REPRISE_SOURCE_DIR, {"lib", "recorder", "replayer", "examples", "tests"});
  ASSERT_TRUE(broken.ok()) << broken.status();
  for (const std::string& line : *broken) ADD_FAILURE() << line;
}

}  // namespace
}  // namespace reprise::house
