// A client that lives as long as the process, made before main, and requests that come at odd times.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/programs/translator.h"

namespace {

using reprise::e2e::Print;
using reprise::e2e::Translator;

const Translator kTranslator(reprise::BaseUrl(reprise::OpenAi));

TEST(Static, AsksFirst) { EXPECT_EQ(kTranslator.Ask("first").status, 200); }
TEST(Static, AsksSecond) { EXPECT_EQ(kTranslator.Ask("second").status, 200); }
TEST(Static, AsksNothing) {}

class Suite : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { EXPECT_EQ(kTranslator.Ask("set-up").status, 200); }
  static void TearDownTestSuite() { EXPECT_EQ(kTranslator.Ask("tear-down").status, 200); }
};
TEST_F(Suite, One) { EXPECT_EQ(kTranslator.Ask("one").status, 200); }
TEST_F(Suite, Two) { EXPECT_EQ(kTranslator.Ask("two").status, 200); }

// A request that is still under way when its test ends, and one that comes when none runs.
std::vector<std::thread>& Stragglers() {
  static std::vector<std::thread> threads;
  return threads;
}
class Outside : public ::testing::Environment {
 public:
  void TearDown() override {
    for (std::thread& thread : Stragglers()) thread.join();
    if (std::getenv("E2E_OUTSIDE") != nullptr) Print("outside", kTranslator.Ask("outside"));
  }
};
const ::testing::Environment* const kOutside = ::testing::AddGlobalTestEnvironment(new Outside);

TEST(Straggler, IsStillUnderWayWhenItsTestEnds) {
  std::promise<void> under_way;
  Stragglers().emplace_back([&under_way] {
    EXPECT_EQ(kTranslator.Ask("slowly", true, "slow", 0, [&under_way] { under_way.set_value(); }).status, 200);
  });
  EXPECT_EQ(under_way.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}
TEST(Straggler, IsNotMetByTheNextTest) { EXPECT_EQ(kTranslator.Ask("next").status, 200); }

}  // namespace
