#include "lib/match/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_cassette.h"

namespace reprise::match {
namespace {

using ::reprise::testing::MemoryCassette;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Request Chat(const std::string& text) {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = "http://h/v1/chat/completions";
  request.headers = {{"content-type", "application/json"}};
  request.body = R"({"model":"tiny-1","messages":[{"role":"user","content":")" + text + R"("}]})";
  return request;
}

// A matcher over a cassette in memory, asked in the words of a session.
class MatcherTest : public ::testing::Test {
 protected:
  Matcher& matcher() {
    if (matcher_ == nullptr) {
      auto opened = Matcher::Open(cassette_, options_);
      EXPECT_TRUE(opened.ok()) << opened.status();
      matcher_ = *std::move(opened);
    }
    return *matcher_;
  }

  Result<Exchange> Take(const Request& request, Cursors& cursors, const std::string& lane = "main", int auth = 0) {
    Asked asked;
    asked.request = &request;
    asked.key = KeyOf(request, auth, options_.rules);
    asked.lane = lane;
    asked.auth = auth;
    asked.session = "Chat.AsksTwice";
    asked.number = ++number_;
    return matcher().Take(asked, cursors);
  }

  // The reply, or the first line of what was said instead.
  std::string Ask(const std::string& text, Cursors& cursors, const std::string& lane = "main", int auth = 0) {
    const Result<Exchange> exchange = Take(Chat(text), cursors, lane, auth);
    if (exchange.ok()) return exchange->reply.body;
    EXPECT_EQ(exchange.status().kind(), ErrorKind::kMismatch);
    return exchange.status().reason().substr(0, exchange.status().reason().find('\n'));
  }
  std::string Ask(const std::string& text) { return Ask(text, cursors_); }

  MemoryCassette cassette_;
  MatchOptions options_;
  Cursors cursors_;
  std::unique_ptr<Matcher> matcher_;
  int number_ = 0;
};

TEST_F(MatcherTest, OpeningReadsNothing) {
  for (int i = 0; i < 100; ++i) cassette_.Record(Chat(std::to_string(i)), "r");
  matcher();
  EXPECT_EQ(cassette_.reads + cassette_.finds + cassette_.scans, 0);
}

TEST_F(MatcherTest, AHitReadsOneExchange) {
  for (int i = 0; i < 100; ++i) cassette_.Record(Chat(std::to_string(i)), "r" + std::to_string(i));
  EXPECT_EQ(Ask("42"), "r42");
  EXPECT_EQ(cassette_.finds, 1);
  EXPECT_EQ(cassette_.reads, 1);
  EXPECT_EQ(cassette_.scans, 0);
}

TEST_F(MatcherTest, TakesAreServedInOrder) {
  cassette_.Record(Chat("a"), "first");
  cassette_.Record(Chat("b"), "other");
  cassette_.Record(Chat("a"), "second");
  EXPECT_EQ(Ask("a"), "first");
  EXPECT_EQ(Ask("a"), "second");
  EXPECT_EQ(Ask("b"), "other");
}

TEST_F(MatcherTest, AskingOnceMoreThanRecordedFails) {
  cassette_.Record(Chat("a"), "first");
  cassette_.Record(Chat("a"), "second");
  Ask("a");
  Ask("a");
  const Result<Exchange> third = Take(Chat("a"), cursors_);
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.status().kind(), ErrorKind::kMismatch);
  EXPECT_THAT(third.status().reason(), HasSubstr("recorded twice"));
  EXPECT_THAT(third.status().reason(), HasSubstr("\"takes\": \"repeat\""));
}

TEST_F(MatcherTest, TheLastTakeRepeatsWhereThatIsStated) {
  options_.repeat_last_take = true;
  cassette_.Record(Chat("a"), "first");
  cassette_.Record(Chat("a"), "last");
  EXPECT_EQ(Ask("a"), "first");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask("a"), "last");
  EXPECT_EQ(Ask("b"), "No recorded exchange matches request 5 of Chat.AsksTwice");
  EXPECT_EQ(cursors_.Total(), 2u);
}

TEST_F(MatcherTest, LanesHaveTheirOwnOrder) {
  cassette_.Record(Chat("a"), "main 1");
  cassette_.Record(Chat("a"), "main 2");
  cassette_.Record(Chat("a"), "worker 1", "worker");
  EXPECT_EQ(Ask("a", cursors_, "worker"), "worker 1");
  EXPECT_EQ(Ask("a", cursors_, "main"), "main 1");
  EXPECT_EQ(Ask("a", cursors_, "main"), "main 2");
}

TEST_F(MatcherTest, AnotherLanesTakeIsNeverServed) {
  cassette_.Record(Chat("a"), "worker 1", "worker");
  const Result<Exchange> exchange = Take(Chat("a"), cursors_);
  ASSERT_FALSE(exchange.ok());
  EXPECT_THAT(exchange.status().reason(), HasSubstr("in lane \"worker\" (exchange 1), and was asked in lane \"main\""));
}

TEST_F(MatcherTest, CredentialsAreToldApartByTheirAlias) {
  cassette_.Record(Chat("a"), "200", "main", 1);
  cassette_.Record(Chat("a"), "401", "main", 2);
  EXPECT_EQ(Ask("a", cursors_, "main", 2), "401");
  EXPECT_EQ(Ask("a", cursors_, "main", 1), "200");
  EXPECT_EQ(Ask("a", cursors_, "main", 0), "No recorded exchange matches request 3 of Chat.AsksTwice");
}

TEST_F(MatcherTest, OverlappingRepliesThatDifferAreRefusedByName) {
  for (const char* reply : {"one", "two"}) {
    Exchange exchange;
    exchange.request = Chat("a");
    exchange.key = KeyOf(exchange.request, 0, {});
    exchange.reply.body = reply;
    exchange.overlaps = true;
    cassette_.Append(exchange);
  }
  const Result<Exchange> exchange = Take(Chat("a"), cursors_);
  ASSERT_FALSE(exchange.ok());
  EXPECT_EQ(exchange.status().kind(), ErrorKind::kMismatch);
  EXPECT_THAT(exchange.status().reason(), HasSubstr("reprise::Lane lane(\"worker-1\");"));
}

TEST_F(MatcherTest, ABranchGoesOnFromACopyAndIsMergedBack) {
  cassette_.Record(Chat("a"), "1");
  cassette_.Record(Chat("a"), "2");
  cassette_.Record(Chat("a"), "3");
  EXPECT_EQ(Ask("a"), "1");
  Cursors forked = cursors_, reexecuted;
  EXPECT_EQ(Ask("a", forked), "2");
  EXPECT_EQ(Ask("a", forked), "3");
  EXPECT_EQ(Ask("a", reexecuted), "1");
  EXPECT_EQ(Ask("a"), "2");
  cursors_.MergeMax(reexecuted);
  EXPECT_EQ(cursors_.Total(), 2u);
  cursors_.MergeMax(forked);
  EXPECT_EQ(cursors_.Total(), 3u);
  const auto unused = matcher().WhatIsUnused(cursors_);
  ASSERT_TRUE(unused.ok());
  EXPECT_THAT(*unused, IsEmpty());
}

TEST_F(MatcherTest, WhatNobodyAskedForIsListedInFileOrder) {
  cassette_.Record(Chat("a"), "1");
  cassette_.Record(Chat("b"), "1");
  cassette_.Record(Chat("a"), "2");
  cassette_.Record(Chat("a"), "1", "worker");
  Ask("a");
  const auto unused = matcher().WhatIsUnused(cursors_);
  ASSERT_TRUE(unused.ok());
  ASSERT_THAT(*unused, SizeIs(3));
  EXPECT_EQ((*unused)[0].line, R"(POST /v1/chat/completions   model "tiny-1"   "b")");
  EXPECT_EQ((*unused)[0].take, 1u);
  EXPECT_EQ((*unused)[1].take, 2u);
  EXPECT_EQ((*unused)[2].lane, "worker");
}

TEST_F(MatcherTest, NothingIsScannedWhenEverythingWasServed) {
  cassette_.Record(Chat("a"), "1");
  Ask("a");
  EXPECT_THAT(*matcher().WhatIsUnused(cursors_), IsEmpty());
  EXPECT_EQ(cassette_.scans, 0);
}

TEST_F(MatcherTest, ADamagedRecordingIsToldAndIsNoMiss) {
  cassette_.Record(Chat("a"), "1");
  cassette_.Damage(0);
  for (int i = 0; i < 2; ++i) {
    const Result<Exchange> exchange = Take(Chat("a"), cursors_);
    ASSERT_FALSE(exchange.ok());
    EXPECT_EQ(exchange.status().kind(), ErrorKind::kCassette);
    EXPECT_THAT(exchange.status().ToString(), HasSubstr("the frame at byte 512 is damaged"));
  }
  EXPECT_EQ(cursors_.Total(), 0u);
}

TEST_F(MatcherTest, OtherRulesThanTheHeadsComputeTheKeysAnewAndSaySoOnce) {
  cassette_.Record(Chat("a"), "1");
  cassette_.Record(Chat("b"), "2");
  options_.rules.ignore_body = {"/messages"};
  EXPECT_THAT(matcher().notes(), ElementsAre(HasSubstr("keys were computed anew, for the rules in force "
                                                       "({\"ignore_body\":[\"/messages\"]}) are not those")));
  EXPECT_THAT(matcher().notes()[0], HasSubstr("`reprise rekey --rules project Chat/AsksTwice.reprise` stores"));
  EXPECT_EQ(cassette_.scans, 1);
  EXPECT_EQ(Ask("never recorded"), "1");
  EXPECT_EQ(Ask("never recorded"), "2");
  EXPECT_EQ(cassette_.scans, 1);
  EXPECT_THAT(*matcher().WhatIsUnused(cursors_), IsEmpty());
}

TEST(Matcher, AnotherNormalFormComputesTheKeysAnew) {
  CassetteHead head;
  head.normal = 7;
  MemoryCassette cassette(head);
  Exchange exchange;
  exchange.key = std::string(64, '7');
  exchange.request = Chat("a");
  cassette.Append(exchange);
  const auto matcher = Matcher::Open(cassette, {});
  ASSERT_TRUE(matcher.ok());
  EXPECT_THAT((*matcher)->notes(), ElementsAre(HasSubstr("normal form 7, not 1")));
  Asked asked;
  asked.request = &exchange.request;
  asked.key = KeyOf(exchange.request, 0, {});
  asked.lane = "main";
  Cursors cursors;
  const auto taken = (*matcher)->Take(asked, cursors);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->key, asked.key);
}

// The index finds keys by their first eight bytes.
class CollidingCassette : public MemoryCassette {
 public:
  std::vector<Ref> Find(std::string_view) override { return {{0, 0}, {0, 1}}; }
};

TEST(Matcher, KeysThatBeginAlikeAreToldApart) {
  CollidingCassette cassette;
  cassette.Record(Chat("a"), "1");
  cassette.Record(Chat("b"), "2");
  const auto matcher = Matcher::Open(cassette, {});
  ASSERT_TRUE(matcher.ok());
  const Request request = Chat("b");
  Asked asked;
  asked.request = &request;
  asked.key = KeyOf(request, 0, {});
  asked.lane = "main";
  Cursors cursors;
  const auto taken = (*matcher)->Take(asked, cursors);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->reply.body, "2");
}

TEST_F(MatcherTest, AListThatGrowsIsServedAsItGrows) {
  EXPECT_EQ(Ask("a"), "No recorded exchange matches request 1 of Chat.AsksTwice");
  cassette_.Record(Chat("a"), "1");
  EXPECT_EQ(Ask("a"), "1");
  EXPECT_EQ(Ask("a"), "No recorded exchange is left for request 3 of Chat.AsksTwice");
  cassette_.Record(Chat("a"), "2");
  EXPECT_EQ(Ask("a"), "2");
}

TEST_F(MatcherTest, WithoutExplanationsAMissCostsNoScan) {
  options_.explain_misses = false;
  cassette_.Record(Chat("a"), "1");
  EXPECT_EQ(Ask("b"), "No recorded exchange matches request 1 of Chat.AsksTwice");
  EXPECT_EQ(cassette_.scans, 0);
}

}  // namespace
}  // namespace reprise::match
