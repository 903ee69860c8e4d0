#include "lib/session/mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::session {
namespace {

using ::testing::HasSubstr;

TEST(Mode, EveryRowIsFoundByItsNameAndByItsMode) {
  for (const Mode mode : {Mode::kReplay, Mode::kRecord, Mode::kExtend, Mode::kVerify, Mode::kLive}) {
    EXPECT_EQ(RowOf(mode).mode, mode);
    const Result<Mode> parsed = ParseMode(RowOf(mode).name);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, mode);
  }
}

TEST(Mode, ReplayNeverAsksUpstreamAndFailsOnWhatIsMissingOrUnused) {
  const ModeRow& row = RowOf(Mode::kReplay);
  EXPECT_EQ(row.upstream, ModeRow::Upstream::kNever);
  EXPECT_TRUE(row.reads);
  EXPECT_FALSE(row.writes);
  EXPECT_TRUE(row.unmatched_fails);
  EXPECT_EQ(row.unused, ModeRow::Unused::kFailure);
}

TEST(Mode, AMisspelledModeNamesTheGoodOnesAndTheNearest) {
  const Result<Mode> mode = ParseMode("recrod");
  ASSERT_FALSE(mode.ok());
  EXPECT_EQ(mode.status().kind(), ErrorKind::kUsage);
  EXPECT_THAT(mode.status().ToString(), HasSubstr("did you mean \"record\"?"));
  EXPECT_THAT(mode.status().ToString(), HasSubstr("Good ones: replay, record, extend, verify, live"));
}

TEST(Mode, AWordThatIsNearNoModeSuggestsNone) {
  const Result<Mode> mode = ParseMode("banana");
  ASSERT_FALSE(mode.ok());
  EXPECT_EQ(mode.status().ToString().find("did you mean"), std::string::npos);
  EXPECT_FALSE(ParseMode("").ok());
  EXPECT_FALSE(ParseMode("Replay").ok());
}

}  // namespace
}  // namespace reprise::session
