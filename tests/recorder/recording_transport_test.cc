#include "recorder/recording_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "recorder/checked_upstream.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_folder.h"

namespace reprise::recorder {
namespace {

using support::ScriptedTransport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a receiver sees, in order; may leave after some bytes.
class Receiver : public ReplySink {
 public:
  void OnOrigin(const Origin& origin) override { key = origin.key; }
  void OnHead(int status, const Headers&) override { seen.push_back("head " + std::to_string(status)); }
  bool OnChunk(std::string_view bytes, std::uint32_t) override {
    seen.push_back("chunk " + std::string(bytes));
    return seen.size() <= leaves_after;
  }
  void OnEnd(const BrokenEnd* end) override {
    seen.push_back(end == nullptr ? "end" : "broken " + end->how);
    if (at_end) at_end();
  }
  std::vector<std::string> seen;
  std::string key;
  std::size_t leaves_after = 1000;
  std::function<void()> at_end;
};

class Recording : public ::testing::Test {
 protected:
  Recording() {
    session::Tape::Options options;
    options.path = folder_ / "a.reprise";
    options.writer.form = CassetteWriter::Form::kText;
    tape_ = std::make_unique<session::Tape>(options, nullptr, guard_);
    recording_ = std::make_unique<RecordingTransport>(upstream_, *tape_, Rules());
    request_.endpoint = "openai";
    request_.format = "http";
    request_.method = "POST";
    request_.url = "http://127.0.0.1:9/v1/x";
    request_.body = "{\"a\":1}";
  }
  std::vector<Exchange> Sealed() {
    EXPECT_THAT(tape_->Close(session::Tape::Ending::kPassed).failures, IsEmpty());
    std::vector<Exchange> exchanges;
    Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(folder_ / "a.reprise");
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (reader.ok()) {
      const Status read = (*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
        exchanges.push_back(std::move(exchange));
        return true;
      });
      EXPECT_TRUE(read.ok()) << read;
    }
    return exchanges;
  }

  support::TempFolder folder_;
  ScriptedTransport upstream_;
  session::SecretGuard guard_;
  std::unique_ptr<session::Tape> tape_;
  std::unique_ptr<RecordingTransport> recording_;
  Request request_;
};

TEST_F(Recording, ChunksArePassedOnAsTheyComeAndTheEndWhenTheExchangeIsOnDisk) {
  Receiver receiver;
  std::vector<std::string> at_last_chunk;
  std::uint64_t kept_at_end = 0;
  ScriptedTransport::Step step;
  step.chunks = {"one", "two"};
  step.before_end = [&] { at_last_chunk = receiver.seen; };
  upstream_.Then(step);
  receiver.at_end = [&] { kept_at_end = tape_->kept(); };
  ASSERT_TRUE(recording_->Send(request_, {}, receiver).ok());
  EXPECT_THAT(at_last_chunk, ElementsAre("head 200", "chunk one", "chunk two"));
  EXPECT_THAT(receiver.seen, ElementsAre("head 200", "chunk one", "chunk two", "end"));
  EXPECT_EQ(kept_at_end, 1u) << "who has seen the end can be killed without losing it";
  EXPECT_EQ(receiver.key, KeyOf(request_, 0, Rules()));
  const std::vector<Exchange> exchanges = Sealed();
  ASSERT_EQ(exchanges.size(), 1u);
  EXPECT_EQ(exchanges[0].reply.body, "onetwo");
  EXPECT_EQ(exchanges[0].reply.cuts, (std::vector<std::uint64_t>{3, 3}));
}

TEST_F(Recording, PhraseVersionAndTrailersAreKeptButTheUsualPhraseIsNotSpelled) {
  ScriptedTransport::Step odd, usual;
  odd.chunks = usual.chunks = {"one"};
  odd.line = {"1.0", "Fine by me"};
  odd.trailers = {{"X-Sum", "9"}};
  usual.line = {"1.1", "OK"};
  upstream_.Then(odd).Then(usual);
  Receiver first, second;
  ASSERT_TRUE(recording_->Send(request_, {}, first).ok());
  ASSERT_TRUE(recording_->Send(request_, {}, second).ok());
  const std::vector<Exchange> exchanges = Sealed();
  ASSERT_EQ(exchanges.size(), 2u);
  EXPECT_EQ(exchanges[0].reply.reason, "Fine by me");
  EXPECT_EQ(exchanges[0].reply.version, "1.0");
  EXPECT_EQ(exchanges[0].reply.trailers, (Headers{{"X-Sum", "9"}}));
  EXPECT_EQ(exchanges[1].reply.reason, std::nullopt);
  EXPECT_EQ(exchanges[1].reply.version, "");
}

TEST_F(Recording, AReceiverThatLeavesTruncatesNothing) {
  Receiver receiver;
  receiver.leaves_after = 2;  // the head and one chunk
  ScriptedTransport::Step step;
  step.chunks = {"one", "two", "three"};
  upstream_.Then(step);
  ASSERT_TRUE(recording_->Send(request_, {}, receiver).ok());
  EXPECT_THAT(receiver.seen, ElementsAre("head 200", "chunk one", "chunk two", "broken closed"));
  const std::vector<Exchange> exchanges = Sealed();
  ASSERT_EQ(exchanges.size(), 1u);
  EXPECT_EQ(exchanges[0].reply.body, "onetwothree");
  EXPECT_EQ(exchanges[0].left, std::uint64_t{3});
}

TEST_F(Recording, ABreakIsRecordedAsABreakAndAFailureNotAtAll) {
  Receiver broken, refused;
  ScriptedTransport::Step step;
  step.chunks = {"half"};
  step.end = BrokenEnd{"reset", 4};
  ScriptedTransport::Step error;
  error.error = Status(ErrorKind::kUpstream, "x", "refused");
  upstream_.Then(step).Then(error);
  EXPECT_TRUE(recording_->Send(request_, {}, broken).ok());
  EXPECT_EQ(broken.seen.back(), "broken reset");
  EXPECT_FALSE(recording_->Send(request_, {}, refused).ok());
  EXPECT_THAT(refused.seen, IsEmpty());
  const std::vector<Exchange> exchanges = Sealed();
  ASSERT_EQ(exchanges.size(), 1u);
  EXPECT_EQ(exchanges[0].reply.end, (BrokenEnd{"reset", 4}));
}

TEST_F(Recording, TwoOverlappingCallsWithDifferentAnswersAreMarked) {
  Receiver outer, inner;
  ScriptedTransport::Step first, second;
  first.chunks = {"one answer"};
  // While the first is under way, the same is asked again.
  first.before_end = [&] { EXPECT_TRUE(recording_->Send(request_, {}, inner).ok()); };
  second.chunks = {"another"};
  upstream_.Then(first).Then(second);
  ASSERT_TRUE(recording_->Send(request_, {}, outer).ok());
  const std::vector<Exchange> exchanges = Sealed();
  ASSERT_EQ(exchanges.size(), 2u);
  EXPECT_TRUE(exchanges[0].overlaps && exchanges[1].overlaps);
}

TEST_F(Recording, ACallThatSaysTheSameAsOneOfItsTwoOverlappingOnesIsMarkedForTheOther) {
  for (const bool same_first : {true, false}) {
    ScriptedTransport::Step first, second, third;
    Receiver outer, inner, another;
    first.chunks = {"one answer"};
    first.before_end = [&] {
      EXPECT_TRUE(recording_->Send(request_, {}, inner).ok());
      EXPECT_TRUE(recording_->Send(request_, {}, another).ok());
    };
    (same_first ? second : third).chunks = {"one answer"};
    (same_first ? third : second).chunks = {"another"};
    upstream_.Then(first).Then(second).Then(third);
    ASSERT_TRUE(recording_->Send(request_, {}, outer).ok());
    request_.body = "{\"a\":2}";
  }
  const std::vector<Exchange> exchanges = Sealed();
  ASSERT_EQ(exchanges.size(), 6u);
  for (const Exchange& exchange : exchanges) EXPECT_TRUE(exchange.overlaps);
}

TEST_F(Recording, OverlappingCallsThatSayTheSameOrAskInOtherLanesAreNotMarked) {
  for (const bool same_lane : {true, false}) {
    ScriptedTransport::Step first, second;
    Receiver outer, inner;
    SendContext other;
    if (!same_lane) other.lane = "worker-1";
    first.chunks = {"one answer"};
    first.before_end = [&] { EXPECT_TRUE(recording_->Send(request_, other, inner).ok()); };
    second.chunks = {same_lane ? "one answer" : "another"};
    upstream_.Then(first).Then(second);
    ASSERT_TRUE(recording_->Send(request_, {}, outer).ok());
    request_.body = "{\"a\":2}";
  }
  for (const Exchange& exchange : Sealed()) EXPECT_FALSE(exchange.overlaps);
}

TEST_F(Recording, WhichOfTwoOverlappingCallsEndsFirstDoesNotShow) {
  std::string texts[2];
  for (const bool swapped : {false, true}) {
    session::Tape::Options options;
    options.path = folder_ / (swapped ? "swapped.reprise" : "straight.reprise");
    session::SecretGuard guard;
    session::Tape tape(options, nullptr, guard);
    RecordingTransport recording(upstream_, tape, Rules());
    Request a = request_, b = request_;
    b.body = "{\"b\":1}";
    Receiver outer, inner;
    ScriptedTransport::Step first, second;
    first.chunks = {swapped ? "of b" : "of a"};
    first.before_end = [&] { EXPECT_TRUE(recording.Send(swapped ? a : b, {}, inner).ok()); };
    second.chunks = {swapped ? "of a" : "of b"};
    upstream_.Then(first).Then(second);
    ASSERT_TRUE(recording.Send(swapped ? b : a, {}, outer).ok());
    EXPECT_THAT(tape.Close(session::Tape::Ending::kPassed).failures, IsEmpty());
    const auto reader = CassetteReader::Open(options.path);
    ASSERT_TRUE(reader.ok()) << reader.status();
    (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
      texts[swapped ? 1 : 0] += exchange.reply.body + "; ";
      return true;
    });
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_THAT(texts[0], HasSubstr("of b; "));
}

TEST_F(Recording, WhatCannotBeWrittenIsToldBeforeTheCall) {
  folder_.Write("in_the_way", "a file, no folder");
  session::Tape::Options options;
  options.path = folder_ / "in_the_way/a.reprise";
  session::SecretGuard guard;
  session::Tape tape(options, nullptr, guard);
  RecordingTransport recording(upstream_, tape, Rules());
  Receiver receiver;
  EXPECT_EQ(recording.Send(request_, {}, receiver).kind(), ErrorKind::kIo);
  EXPECT_THAT(upstream_.requests(), IsEmpty());
}

TEST(CheckedUpstream, KnowsThisMachineFromAllOthers) {
  for (const char* here : {"http://localhost:8000/v1", "http://127.0.0.1/x", "http://127.8.9.1:1", "http://[::1]:80/v1",
                           "http://LOCALHOST/", "http://user@localhost/"})
    EXPECT_TRUE(IsLoopback(here)) << here;
  for (const char* there :
       {"https://api.openai.com/v1", "http://127.0.0.1.example.org/", "http://localhost.example.org",
        "http://localhost@example.org/", "http://10.0.0.1/", "http://[::2]/", "http://1270.0.0.1/", ""})
    EXPECT_FALSE(IsLoopback(there)) << there;
}

TEST(CheckedUpstream, LoadsWhenFirstNeededAndOnce) {
  int loads = 0;
  CheckedUpstream upstream([&]() -> Result<std::unique_ptr<Transport>> {
    ++loads;
    return Status(ErrorKind::kUpstream, "reprise-curl.so", "is missing");
  });
  ScriptedTransport own;
  own.ThenSay("hello");
  SendContext call;
  call.own_upstream = &own;
  CollectingSink sink;
  EXPECT_TRUE(upstream.Send({}, call, sink).ok());
  EXPECT_EQ(loads, 0) << "a function of the test's own needs no network";
  EXPECT_THAT(upstream.Send({}, {}, sink).ToString(), HasSubstr("is missing"));
  EXPECT_THAT(upstream.Send({}, {}, sink).ToString(), HasSubstr("is missing"));
  EXPECT_EQ(loads, 1);
}

}  // namespace
}  // namespace reprise::recorder
