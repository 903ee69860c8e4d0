// Goldens: made by no run, accepted by a human, told well under every matcher.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Goldens : public ::testing::Test, protected Workshop {
 protected:
  void TearDown() override { EXPECT_TRUE(IsQuiet()) << "a process was left behind"; }
  static std::vector<std::string> Only(const std::string& filter) { return {"--gtest_filter=Golden." + filter}; }
  void Accept(const std::string& path) {
    const Ended run = Start(REPRISE_PROGRAM, {"accept", folder() + "/" + path});
    EXPECT_TRUE(run.ok()) << run.output;
  }
  // A test's goldens, accepted as its first run computed them.
  void AcceptAllOf(const std::string& test) {
    EXPECT_EQ(Start("asks", Only(test)).exit_code, 1) << "a golden is not made by the test itself";
    Accept("goldens/Golden/" + test);
    EXPECT_TRUE(Start("asks", Only(test)).ok());
  }
};

TEST_F(Goldens, AreMissingUntilAHumanAcceptsThem) {
  const Ended first = Start("asks", Only("OfAValue"));
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_THAT(first.output,
              AllOf(HasSubstr(LineOf("asks", "MatchesGolden(\"value\"));") + ": Failure"),
                    HasSubstr("Expected: equals the golden \"value\""), HasSubstr("there is no golden yet at"),
                    HasSubstr("reprise accept"), HasSubstr("Golden/OfAValue/value.txt.new")));
  EXPECT_EQ(Count(first.output, "Golden/OfAValue/value.txt;"), 1) << "told once";
  EXPECT_THAT(Files(), ElementsAre("goldens/Golden/OfAValue/plan.json.new", "goldens/Golden/OfAValue/value.txt.new"));
  EXPECT_EQ(Start("asks", Only("OfAValue")).exit_code, 1) << "nor does it pass the second time";
  Accept("goldens");
  EXPECT_THAT(Files(), ElementsAre("goldens/Golden/OfAValue/plan.json", "goldens/Golden/OfAValue/value.txt"));
  EXPECT_EQ(Read("goldens/Golden/OfAValue/value.txt"), "one\ntwo\n");
  const Ended accepted = Start("asks", Only("OfAValue"));
  EXPECT_TRUE(accepted.ok()) << accepted.output;
}

TEST_F(Goldens, ThatDifferShowWhereAndStayAsTheyWere) {
  AcceptAllOf("OfAValue");
  Set("E2E_VALUE", "one\nthree\n");
  const Ended run = Start("asks", Only("OfAValue"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output,
              AllOf(HasSubstr("goldens/Golden/OfAValue/value.txt"), HasSubstr("two"), HasSubstr("three"),
                    HasSubstr("(MatchesGolden at"), HasSubstr(LineOf("asks", "MatchesGolden(\"value\"));"))));
  EXPECT_EQ(Read("goldens/Golden/OfAValue/value.txt"), "one\ntwo\n");
  EXPECT_EQ(Read("goldens/Golden/OfAValue/value.txt.new"), "one\nthree\n");
  Unset("E2E_VALUE");
  EXPECT_TRUE(Start("asks", Only("OfAValue")).ok());
  EXPECT_THAT(Files(), Not(::testing::Contains(HasSubstr(".new")))) << "they agree again";
}

TEST_F(Goldens, AreToldInsideOtherMatchers) {
  AcceptAllOf("Composed");
  Set("E2E_VALUE", "one\nthree\n");
  const Ended run = Start("asks", Only("Composed"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("(has substring \"one\") and (equals the golden \"value\")"),
                                HasSubstr("value.txt"), HasSubstr("three")));
}

TEST_F(Goldens, UnderNotPassOnlyIfTheyDiffer) {
  const Ended missing = Start("asks", Only("Negated"));
  EXPECT_EQ(missing.exit_code, 1) << "a \"no\" that compared nothing is none";
  EXPECT_THAT(missing.output, HasSubstr("there is no golden yet"));
  Accept("goldens");
  const Ended equal = Start("asks", Only("Negated"));
  EXPECT_EQ(equal.exit_code, 1);
  EXPECT_THAT(equal.output,
              AllOf(HasSubstr("Expected: differs from the golden \"value\""), HasSubstr("which equals ")));
  Set("E2E_VALUE", "changed");
  const Ended differs = Start("asks", Only("Negated"));
  EXPECT_TRUE(differs.ok()) << differs.output;
}

TEST_F(Goldens, ThatNobodyAcceptedLeaveTheRecordingOfTheirTestForReview) {
  OpenProvider();
  EXPECT_EQ(Record("asks", Only("UnderNotAfterAReply")).exit_code, 1);
  EXPECT_THAT(Files(), ElementsAre("cassettes/Golden/UnderNotAfterAReply.reprise.new",
                                   "goldens/Golden/UnderNotAfterAReply/value.txt.new"));
}

TEST_F(Goldens, WithoutANameAreNumberedByEvaluationAlsoWhenOneFails) {
  AcceptAllOf("Numbered");
  EXPECT_THAT(Files(), ElementsAre("goldens/Golden/Numbered/1.txt", "goldens/Golden/Numbered/2.txt",
                                   "goldens/Golden/Numbered/3.txt"));
  Set("E2E_VALUE", "changed");
  const Ended run = Start("asks", Only("Numbered"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(Count(run.output, ": Failure"), 1) << "the third keeps its number:\n" << run.output;
  EXPECT_THAT(Files(), ElementsAre("goldens/Golden/Numbered/1.txt", "goldens/Golden/Numbered/2.txt",
                                   "goldens/Golden/Numbered/2.txt.new", "goldens/Golden/Numbered/3.txt"));
}

TEST_F(Goldens, UnderCiPendingFilesStayOutOfTheSourceTree) {
  Set("CI", "true").Set("REPRISE_PENDING_DIR", folder() + "/pending");
  EXPECT_EQ(Start("asks", Only("Negated")).exit_code, 1);
  for (const std::string& file : Files()) EXPECT_EQ(file.rfind("pending/", 0), 0u) << file;
  EXPECT_THAT(Files(), Not(IsEmpty()));
}

TEST_F(Goldens, OfAChangedRequestAreStaleRatherThanWrong) {
  OpenProvider();
  EXPECT_EQ(Record("asks", Only("OfAReply")).exit_code, 1);
  Accept("goldens");
  Accept("cassettes");
  EXPECT_TRUE(Replay("asks", Only("OfAReply")).ok());
  OpenProvider();
  Set("E2E_WORD", "Italy").Set("REPRISE_ACCEPT", "1");
  const Ended run = Record("asks", Only("OfAReply"));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("STALE"));
}

}  // namespace
}  // namespace reprise::e2e
