// Started by ctest only, as reprise_discover_tests registered it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

TEST(Discovered, KnowsItsCassetteRoot) {
  const std::string root = REPRISE_CASSETTE_ROOT;
  EXPECT_EQ(root.front(), '/');
  EXPECT_EQ(root.substr(root.rfind('/')), "/my cassettes");
}

TEST(Discovered, RunsInTheModeItWasGiven) {
  const char* mode = std::getenv("REPRISE_MODE");
  ASSERT_NE(mode, nullptr);
  EXPECT_STREQ(mode, "verify");
}
