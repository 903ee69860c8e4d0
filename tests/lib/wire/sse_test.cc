#include "lib/wire/sse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace reprise::wire {

bool operator==(const SseEvent& a, const SseEvent& b) { return a.type == b.type && a.data == b.data && a.id == b.id; }
void PrintTo(const SseEvent& e, std::ostream* out) { *out << '{' << e.type << '|' << e.data << '|' << e.id << '}'; }

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SseEvent Event(std::string data, std::string type = "", std::string id = "") {
  return {std::move(type), std::move(data), std::move(id)};
}

TEST(Sse, ReadsTheExamplesOfTheStandard) {
  EXPECT_THAT(ParseSse("data: YHOO\ndata: +2\ndata: 10\n\n"), ElementsAre(Event("YHOO\n+2\n10")));
  EXPECT_THAT(ParseSse(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
              ElementsAre(Event("first event", "", "1"), Event("second event"), Event(" third event")));
  EXPECT_THAT(ParseSse("data\n\ndata\ndata\n\ndata:"), ElementsAre(Event(""), Event("\n"), Event("")));
  EXPECT_THAT(ParseSse("data:test\n\ndata: test\n\n"), ElementsAre(Event("test"), Event("test")));
}

TEST(Sse, LineEndsMayBeMixed) {
  EXPECT_THAT(ParseSse("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n"),
              ElementsAre(Event("a"), Event("b"), Event("c"), Event("d")));
}

TEST(Sse, ACarriageReturnAndItsLineFeedAreOneLineEndAlsoWhenTheyComeApart) {
  const std::string body = "data: one\r\ndata: two\r\n\r\n";
  EXPECT_THAT(ParseSse(body), ElementsAre(Event("one\ntwo")));
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    SseParser parser;
    std::vector<SseEvent> events;
    parser.Feed(body.substr(0, cut), events);
    parser.Feed(body.substr(cut), events);
    EXPECT_THAT(events, ElementsAre(Event("one\ntwo"))) << cut;
  }
}

TEST(Sse, AByteOrderMarkCountsOnlyAtTheStart) {
  EXPECT_THAT(ParseSse("\xEF\xBB\xBF"
                       "data: a\n\n\xEF\xBB\xBF"
                       "data: b\n\n"),
              ElementsAre(Event("a")));
}

TEST(Sse, CommentsUnknownFieldsAndEmptyEventsSayNothing) {
  EXPECT_THAT(ParseSse(": PROCESSING\n\nretry: 10\nfoo: bar\n\nevent: ping\n\n\n\n"), IsEmpty());
  EXPECT_THAT(ParseSse("event: ping\n\ndata: x\n\n"), ElementsAre(Event("x")));
}

TEST(Sse, NamesTheTypeAndKeepsTheLastId) {
  EXPECT_THAT(ParseSse("event: add\nid: 7\ndata: 1\n\ndata: 2\n\n"),
              ElementsAre(Event("1", "add", "7"), Event("2", "", "7")));
  EXPECT_THAT(ParseSse(std::string("id: 1\nid: a\0b\ndata: 2\n\n", 21)), ElementsAre(Event("2", "", "1")));
}

TEST(Sse, AnErrorLineReadsAsAnErrorEvent) {
  EXPECT_THAT(ParseSse("error: {\"code\":500}\n\n"), ElementsAre(Event("{\"code\":500}", "error")));
}

TEST(Sse, AnEventCutOffByTheEndIsHadFromFinishAlone) {
  SseParser parser;
  std::vector<SseEvent> events;
  parser.Feed("data: a\n\ndata: [DO", events);
  EXPECT_THAT(events, ElementsAre(Event("a")));
  EXPECT_EQ(parser.Finish(), Event("[DO"));
  parser.Feed(
      "\xEF\xBB\xBF"
      "data: new\n\n",
      events);  // as new
  EXPECT_THAT(events, ElementsAre(Event("a"), Event("new")));
  EXPECT_EQ(parser.Finish(), std::nullopt);
}

TEST(Sse, LinesThatAreNoEventsAreKept) {
  EXPECT_EQ(LinesOutsideEvents(
                "data: a\r\n\r\n{\r\n  \"error\": {}\r\n}\n: comment\nevent: x\nid: 1\nretry: 2\rerror: y\n[1"),
            "{\n  \"error\": {}\n}\n[1\n");
  EXPECT_EQ(LinesOutsideEvents("\xEF\xBB\xBF"
                               "data: a\ndata\n"),
            "");
  EXPECT_EQ(LinesOutsideEvents(""), "");
}

TEST(Sse, PiecesCutAnywhereGiveTheSameEvents) {
  const std::string body =
      "\xEF\xBB\xBF: hello\r\nevent: delta\r\ndata: Zürich 🙂\rdata: two\r\n\r\nid: 9\ndata: naïve\n\ndata: last";
  const std::vector<SseEvent> whole = ParseSse(body);
  ASSERT_EQ(whole.size(), 3u);
  for (std::size_t first = 0; first <= body.size(); ++first) {
    for (std::size_t second = first; second <= body.size(); ++second) {
      SseParser parser;
      std::vector<SseEvent> events;
      parser.Feed(body.substr(0, first), events);
      parser.Feed(body.substr(first, second - first), events);
      parser.Feed(body.substr(second), events);
      if (const auto last = parser.Finish()) events.push_back(*last);
      ASSERT_EQ(events, whole) << first << ' ' << second;
    }
  }
}

}  // namespace
}  // namespace reprise::wire
