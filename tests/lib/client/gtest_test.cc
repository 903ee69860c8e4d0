// The GoogleTest face: how its matchers judge and what they say. Sessions are looked at in tests/e2e.
#include "reprise/gtest.h"

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>

namespace reprise {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::DescribeMatcher;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::StrEq;

const Status kMiss(ErrorKind::kMismatch, "", "No recorded exchange matches request 1\n  POST /v1", "Record it");

template <typename Value, typename M>
std::string Explain(const Value& value, const M& matcher) {
  ::testing::StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(IsOk, AcceptsWhatIsOkAndPrintsTheErrorOtherwise) {
  EXPECT_THAT(Status(), IsOk());
  EXPECT_THAT(Result<int>(7), IsOk());
  EXPECT_THAT(kMiss, Not(IsOk()));
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(Result<int>(Status(ErrorKind::kIo, "disk", "is full")), IsOk()),
                          "Expected: is OK\n  Actual: error: disk: is full");
}

TEST(IsOk, TellsALongMissByItsFirstLineOnly) {
  EXPECT_NONFATAL_FAILURE(EXPECT_THAT(Result<int>(kMiss), IsOk()),
                          "Actual: error: No recorded exchange matches request 1 ... (told in full above)");
}

TEST(IsOkAndHolds, LooksAtTheValueInside) {
  EXPECT_THAT(Result<int>(7), IsOkAndHolds(7));
  EXPECT_THAT(Result<std::string>("Paris"), IsOkAndHolds(HasSubstr("ari")));
  EXPECT_THAT(Result<std::string>("Paris"), Not(IsOkAndHolds(StrEq("Rome"))));
  EXPECT_THAT(Result<int>(kMiss), Not(IsOkAndHolds(_)));
  EXPECT_EQ(Explain(Result<std::string>("Paris"), IsOkAndHolds(StartsWith("R"))), "which holds \"Paris\"");
  EXPECT_EQ(DescribeMatcher<Result<int>>(IsOkAndHolds(7)), "is OK and holds a value that is equal to 7");
  EXPECT_EQ(DescribeMatcher<Result<int>>(Not(IsOkAndHolds(7))), "is an error, or holds a value that isn't equal to 7");
}

TEST(StatusIs, NamesBothKinds) {
  EXPECT_THAT(kMiss, StatusIs(ErrorKind::kMismatch));
  EXPECT_THAT(Result<int>(kMiss), StatusIs(ErrorKind::kMismatch));
  EXPECT_THAT(Result<int>(7), Not(StatusIs(ErrorKind::kMismatch)));
  EXPECT_EQ(Explain(kMiss, StatusIs(ErrorKind::kStale)), "whose kind is kMismatch");
  EXPECT_EQ(DescribeMatcher<Status>(StatusIs(ErrorKind::kStale)), "is of kind kStale");
  EXPECT_EQ(DescribeMatcher<Status>(Not(StatusIs(ErrorKind::kStale))), "is not of kind kStale");
}

TEST(MatchesGolden, SaysWhatItIsUnderEveryMatcher) {
  EXPECT_EQ(DescribeMatcher<std::string>(MatchesGolden("near")), "equals the golden \"near\"");
  EXPECT_EQ(DescribeMatcher<std::string>(Not(MatchesGolden())), "differs from its golden");
  EXPECT_THAT(DescribeMatcher<std::string>(AllOf(HasSubstr("a"), MatchesGolden("near"))),
              EndsWith("and (equals the golden \"near\")"));
}

TEST(Print, QuotesTheWordsOfAModel) {
  Reply reply;
  reply.status = 200;
  reply.text = "\x1b[31mred";
  EXPECT_EQ(::testing::PrintToString(reply), "reply 200, text \"\\x1B[31mred\"");
  reply.error = "slow\r";
  EXPECT_THAT(::testing::PrintToString(reply), EndsWith(", error \"slow\\r\""));
  EXPECT_EQ(::testing::PrintToString(Result<int>(7)), "7");
}

void FailInScope() {
  REPRISE_SCOPE("round " << 7);
  ADD_FAILURE() << "here";
}

TEST(Scope, IsNamedByFailuresInsideIt) { EXPECT_NONFATAL_FAILURE(FailInScope(), "round 7"); }

TEST(Scope, IsKnownByFileLineAndTextAsLongAsItsBlock) {
  REPRISE_SCOPE("outer");
  {
    REPRISE_SCOPE("inner " << 1);
    EXPECT_THAT(internal::ScopesOfThread(),
                ElementsAre(AllOf(HasSubstr("gtest_test.cc:"), EndsWith(" outer")), EndsWith(" inner 1")));
  }
  EXPECT_THAT(internal::ScopesOfThread(), ElementsAre(EndsWith(" outer")));
}

}  // namespace
}  // namespace reprise
