#include "lib/session/pace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <string>

namespace reprise::session {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Reply Stream() {
  Reply reply;
  reply.key = "key";
  reply.body = "abcdefghij";
  reply.cuts = {3, 4, 3};
  reply.ms = {100, 0, 50};
  return reply;
}

Pace Of(const std::string& pace, const std::string& resplit = "off") {
  Pace out;
  EXPECT_TRUE(ParsePace(pace, &out).ok()) << pace;
  EXPECT_TRUE(ParseResplit(resplit, &out).ok()) << resplit;
  return out;
}

TEST(Pace, NowSendsThePiecesAsRecordedAtOnce) {
  EXPECT_THAT(PiecesOf(Stream(), Of("now")), ElementsAre(Piece{3, 0}, Piece{4, 0}, Piece{3, 0}));
}

TEST(Pace, RecordedAndScaledBringTheWaitsBack) {
  EXPECT_THAT(PiecesOf(Stream(), Of("recorded")), ElementsAre(Piece{3, 100}, Piece{4, 0}, Piece{3, 50}));
  EXPECT_THAT(PiecesOf(Stream(), Of("x0.5")), ElementsAre(Piece{3, 50}, Piece{4, 0}, Piece{3, 25}));
  EXPECT_THAT(PiecesOf(Stream(), Of("x3")), ElementsAre(Piece{3, 300}, Piece{4, 0}, Piece{3, 150}));
  EXPECT_THAT(PiecesOf(Stream(), Of("x0")), ElementsAre(Piece{3, 0}, Piece{4, 0}, Piece{3, 0}));
}

TEST(Pace, RoundingDoesNotAddUp) {
  Reply reply = Stream();
  reply.body = std::string(1000, 'x');
  reply.cuts.assign(1000, 1);
  reply.ms.assign(1000, 1);
  std::uint64_t total = 0;
  for (const Piece& piece : PiecesOf(reply, Of("x0.3"))) total += piece.after_ms;
  EXPECT_GE(total, 299u);
  EXPECT_LE(total, 300u);
}

TEST(Pace, AReplyWithoutCutsOrTimesIsOnePiece) {
  Reply reply = Stream();
  reply.cuts.clear();
  EXPECT_THAT(PiecesOf(reply, Of("recorded")), ElementsAre(Piece{10, 100}));
  reply.ms.clear();
  EXPECT_THAT(PiecesOf(reply, Of("recorded")), ElementsAre(Piece{10, 0}));
  reply.body.clear();
  EXPECT_THAT(PiecesOf(reply, Of("recorded")), IsEmpty());
}

TEST(Pace, CutsThatDoNotFitTheBodyLoseNothing) {
  Reply reply = Stream();
  reply.cuts = {4};
  EXPECT_THAT(PiecesOf(reply, Of("now")), ElementsAre(Piece{4, 0}, Piece{6, 0}));
  reply.cuts = {4, 400};
  EXPECT_THAT(PiecesOf(reply, Of("now")), ElementsAre(Piece{4, 0}, Piece{6, 0}));
}

TEST(Pace, CutAnewEveryByteComesOnceAndASeedSaysWhere) {
  Reply reply = Stream();
  reply.body = std::string(2000, 'x');
  reply.cuts = {500, 500, 1000};
  std::set<std::vector<std::uint64_t>> all;
  for (int seed = 0; seed < 200; ++seed) {
    std::vector<std::uint64_t> cuts;
    for (const Piece& piece : PiecesOf(reply, Of("now", std::to_string(seed)))) cuts.push_back(piece.bytes);
    EXPECT_EQ(std::accumulate(cuts.begin(), cuts.end(), std::uint64_t{0}), 2000u);
    for (const std::uint64_t cut : cuts) EXPECT_GT(cut, 0u);
    all.insert(cuts);
  }
  EXPECT_GT(all.size(), 100u);
  EXPECT_THAT(all, ::testing::Contains(std::vector<std::uint64_t>(2000, 1))) << "also byte by byte";
  EXPECT_EQ(PiecesOf(reply, Of("now", "7")), PiecesOf(reply, Of("now", "7")));
  Reply other = reply;
  other.key = "another";
  EXPECT_NE(PiecesOf(reply, Of("now", "7")), PiecesOf(other, Of("now", "7")));
}

TEST(Pace, CutAnewAByteComesWhenItCame) {
  const std::vector<Piece> pieces = PiecesOf(Stream(), Of("recorded", "3"));
  std::uint64_t at = 0, time = 0;
  for (const Piece& piece : pieces) {
    at += piece.bytes;
    time += piece.after_ms;
    EXPECT_EQ(time, at <= 7 ? 100u : 150u) << "up to byte " << at;
  }
}

TEST(Pace, WhatIsNoneIsTold) {
  Pace pace;
  for (const char* bad : {"", "fast", "x", "x.", "x1.2.3", "x-1", "x1e3", "0.5", "x1001", "NOW"})
    EXPECT_THAT(ParsePace(bad, &pace).ToString(), HasSubstr("x0.5")) << bad;
  for (const char* bad : {"", "on", "-1", "1.5", "99999999999999999999", "7 "})
    EXPECT_THAT(ParseResplit(bad, &pace).ToString(), HasSubstr("random")) << bad;
}

}  // namespace
}  // namespace reprise::session
