// docs/front.md names tests that exist.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

TEST(FrontTable, NamesTestsThatExist) {
  std::ifstream page(REPRISE_SOURCE_DIR "/docs/front.md");
  const std::string text((std::istreambuf_iterator<char>(page)), std::istreambuf_iterator<char>());
  std::set<std::string> known;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const std::string name = suite.GetTestInfo(j)->name();
      known.insert("`" + std::string(suite.name()) + "." + name.substr(0, name.find('/')) + "`");
      if (const std::size_t at = name.find('/'); at != std::string::npos) known.insert(name.substr(at + 1));
    }
  }
  int named = 0;
  for (std::size_t at = text.find("`Front"); at != std::string::npos; at = text.find("`Front", at + 1), ++named) {
    const std::string name = text.substr(at, text.find('`', at + 1) + 1 - at);
    EXPECT_TRUE(known.count(name)) << name;
  }
  EXPECT_GT(named, 50);
  // The cases of refused attacks are the plain words of the last column.
  int cases = 0;
  const std::string attacks = text.substr(text.find("## Attacks"));
  for (const char* name : {"LengthThenCoding", "TlsHello", "EmptySegment"}) EXPECT_TRUE(known.count(name)) << name;
  for (const std::string& name : known) {
    if (name[0] == '`' || name == "EmptyMethod" || name == "TwoBlankLinesFirst") continue;
    ++cases;
    EXPECT_NE(attacks.find(name), std::string::npos) << name << " is missing in docs/front.md";
  }
  EXPECT_GT(cases, 70);
}

}  // namespace
}  // namespace reprise::replayer
