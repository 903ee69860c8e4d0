// Each provider is asked live over the loopback in its own format, recorded, and replayed without a network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ProvidersE2e : public E2e, public ::testing::WithParamInterface<const char*> {
 protected:
  static std::vector<std::string> Known(const std::string& test) {
    return {"--gtest_filter=Known/Providers." + test + "/" + GetParam()};
  }
};

TEST_P(ProvidersE2e, AreRecordedAndReplayedWithoutANetworkOrKey) {
  const Ended recorded = Record("providers", Known("*"));
  ASSERT_TRUE(recorded.ok()) << recorded.output;
  EXPECT_EQ(requests(), 7);
  for (const std::string& file : Files()) EXPECT_THAT(Read(file), Not(HasSubstr("sk-e2e"))) << file;
  const Ended replayed = Replay("providers", Known("*"));
  ASSERT_TRUE(replayed.ok()) << replayed.output;
  const auto said = [](const std::string& output) {
    const std::size_t begin = output.find(" said: ");
    return output.substr(begin, output.find('\n', begin) - begin);
  };
  EXPECT_EQ(said(replayed.output), said(recorded.output));
}

TEST_P(ProvidersE2e, AChangedWordIsToldWhereItStands) {
  ASSERT_TRUE(Record("providers", Known("AnswerTheSame*")).ok());
  Set("E2E_WORD", "letter");
  const Ended run = Replay("providers", Known("AnswerTheSame*"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("No recorded exchange matches"), HasSubstr("(user)"),
                                HasSubstr("\"parcel?\" is now \"letter?\"")));
}

INSTANTIATE_TEST_SUITE_P(Known, ProvidersE2e, ::testing::Values("openai", "anthropic", "gemini", "ollama"),
                         [](const auto& named) { return std::string(named.param); });

}  // namespace
}  // namespace reprise::e2e
