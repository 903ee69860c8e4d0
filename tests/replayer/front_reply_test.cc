// Replies go out as they were said: each line of the table in docs/front.md is a test here or beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// ---- Replies ----

TEST(FrontReply, HeadIsVerbatimInOrderCaseAndReasonPhrase) {
  ScriptedFront front(Say(418, "I'm a very  odd teapot",
                          {{"X-Zulu", "1"},
                           {"content-TYPE", "text/plain"},
                           {"x-Alpha", "two  words"},
                           {"Content-Length", "2"},
                           {"X-Empty", ""}},
                          {"Hi"}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 418 I'm a very  odd teapot\r\n"
            "X-Zulu: 1\r\n"
            "content-TYPE: text/plain\r\n"
            "x-Alpha: two  words\r\n"
            "Content-Length: 2\r\n"
            "X-Empty: \r\n\r\nHi");
  EXPECT_EQ(client.end(), End::kOpen);
}

TEST(FrontReply, TwoCookiesStayTwo) {
  ScriptedFront front(
      Say(200, "OK", {{"Set-Cookie", "a=1; Path=/"}, {"A", "b"}, {"Set-Cookie", "b=2"}, {"Content-Length", "0"}}, {}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nA: b\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n");
}

TEST(FrontReply, ChunkBoundariesAreKeptWhenPushedAtOnce) {
  ScriptedFront front(
      Say(200, "OK", {{"Content-Type", "text/event-stream"}}, {"data: a\n\n", "data:", "", " b\n\n", "x"}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            "9\r\ndata: a\n\n\r\n5\r\ndata:\r\n4\r\n b\n\n\r\n1\r\nx\r\n0\r\n\r\n");
}

TEST(FrontReply, PacedChunksComeInOrderAndNotTooEarly) {
  ScriptedFront front([](const Arrived&, const AnswerPtr& answer) {
    answer->Head(200, "OK", {});
    for (int i = 0; i < 5; ++i) answer->Chunk(std::to_string(i), 20, false);
    answer->End({}, 20);
  });
  RawClient client = front.Connect();
  const auto start = std::chrono::steady_clock::now();
  client.Send(front.Get("/"));
  EXPECT_THAT(client.ReadReply(), EndsWith("1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n1\r\n3\r\n1\r\n4\r\n0\r\n\r\n"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(120));
}

TEST(FrontReply, APacedPieceWaitsWhileOthersAreServed) {
  ScriptedFront front([](const Arrived& request, const AnswerPtr& answer) {
    answer->Head(200, "OK", {{"Content-Length", "1"}});
    answer->Chunk("x", request.target == "/slow" ? 3'600'000 : 0, false);
    answer->End();
  });
  RawClient slow = front.Connect(), quick = front.Connect();
  slow.Send(front.Get("/slow"));
  slow.ReadUntil("\r\n\r\n");
  quick.Send(front.Get("/quick"));
  EXPECT_THAT(quick.ReadReply(), EndsWith("\r\n\r\nx"));
  EXPECT_TRUE(slow.Silent());
}

TEST(FrontReply, AReplyWithALengthComesPieceByPiece) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  ASSERT_NE(answer, nullptr);
  answer->Head(200, "OK", {{"Content-Length", "6"}});
  answer->Chunk("abc", 0, true);
  EXPECT_EQ(client.ReadUntil("abc"), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc");
  answer->Chunk("def", 0, true);
  answer->End();
  EXPECT_EQ(client.Read(3), "def");
  client.Send(front.Get("/again"));
  EXPECT_TRUE(front.WaitForRequests(2)) << "the connection stays open";
}

TEST(FrontReply, ARecordedChunkedStaysInItsPlace) {
  ScriptedFront front(Say(200, "OK",
                          {{"A", "1"},
                           {"transfer-encoding", "chunked"},
                           {"Connection", "keep-alive"},
                           {"Keep-Alive", "timeout=5"},
                           {"B", "2"}},
                          {"x"}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 200 OK\r\nA: 1\r\ntransfer-encoding: chunked\r\nB: 2\r\n\r\n1\r\nx\r\n0\r\n\r\n");
}

TEST(FrontReply, ALengthThatTheWholeBodyContradictsGivesWayToChunks) {
  ScriptedFront front(Say(200, "OK", {{"Content-Length", "99"}}, {"short"}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n0\r\n\r\n");
}

TEST(FrontReply, AStreamLongerThanItsLengthIsCutThere) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  answer->Head(200, "OK", {{"Content-Length", "4"}});
  answer->Chunk("abcdef", 0, true);
  EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
  EXPECT_EQ(client.end(), End::kClosed);
  EXPECT_FALSE(answer->Chunk("more", 0, true));
}

TEST(FrontReply, AStreamShorterThanItsLengthClosesTheConnection) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  answer->Head(200, "OK", {{"Content-Length", "4"}});
  answer->Chunk("ab", 0, true);
  EXPECT_EQ(client.ReadUntil("ab"), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
  answer->End();
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(client.end(), End::kClosed);
}

TEST(FrontReply, ACutWithinAChunkIsAtExactlyThatByte) {
  for (const bool reset : {false, true}) {
    ScriptedFront front([reset](const Arrived&, const AnswerPtr& answer) {
      answer->Head(200, "OK", {});
      answer->Chunk("whole", 0, false);
      answer->Cut({reset ? "reset" : "closed", 9}, "half");
    });
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n5\r\nhalf");
    EXPECT_EQ(client.end(), reset ? End::kReset : End::kClosed);
  }
}

TEST(FrontReply, ACutBetweenChunksIsAtExactlyThatByte) {
  for (const bool reset : {false, true}) {
    ScriptedFront front([reset](const Arrived&, const AnswerPtr& answer) {
      answer->Head(200, "OK", {});
      answer->Chunk("whole", 0, false);
      answer->Cut({reset ? "reset" : "closed", 5});
    });
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n");
    EXPECT_EQ(client.end(), reset ? End::kReset : End::kClosed);
  }
}

TEST(FrontReply, ACutWithinALengthIsAtExactlyThatByte) {
  for (const bool reset : {false, true}) {
    ScriptedFront front([reset](const Arrived&, const AnswerPtr& answer) {
      answer->Head(200, "OK", {{"Content-Length", "100"}});
      answer->Chunk("only this", 0, false);
      answer->Cut({reset ? "reset" : "closed", 9});
    });
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    EXPECT_EQ(client.end(), reset ? End::kReset : End::kClosed);
  }
}

TEST(FrontReply, AResetLosesNoByteToAClientThatReadsLate) {
  const std::string piece(100'000, 'x');
  ScriptedFront front([&piece](const Arrived&, const AnswerPtr& answer) {
    answer->Head(200, "OK", {{"Content-Length", "99999999"}});
    for (int i = 0; i < 50; ++i) answer->Chunk(piece, 0, false);
    answer->Cut({"reset", 5'000'000});
  });
  RawClient client(front.port().number, false, 4096);
  client.Send(front.Get("/"));
  client.ReadUntil("\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), SizeIs(5'000'000));
  EXPECT_EQ(client.end(), End::kReset);
}

TEST(FrontReply, ACutBeforeAnyByteSendsNone) {
  for (const bool reset : {false, true}) {
    ScriptedFront front([reset](const Arrived&, const AnswerPtr& answer) {
      answer->Cut({reset ? "reset" : "closed", 0});
    });
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    EXPECT_EQ(client.ReadAll(), "");
    EXPECT_EQ(client.end(), reset ? End::kReset : End::kClosed);
  }
}

TEST(FrontReply, TrailersFollowTheLastChunk) {
  ScriptedFront front(Say(200, "OK", {{"Trailer", "X-Sum"}}, {"x"},
                          {{"X-Sum", "abc"}, {"x-OTHER", "2"}, {"Content-Length", "7"}, {"Bad", "a\r\nb"}}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
            "X-Sum: abc\r\nx-OTHER: 2\r\n\r\n");
}

TEST(FrontReply, RepliesWithoutBodyAreVerbatim) {
  for (const int status : {204, 304}) {
    ScriptedFront front([status](const Arrived& request, const AnswerPtr& answer) {
      if (request.target == "/next") return Say(200, "OK", {{"Content-Length", "2"}}, {"Hi"})(request, answer);
      answer->Head(status, "Whatever", {{"ETag", "\"x\""}});
      answer->Chunk("not sent", 0, false);
      answer->End();
    });
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    EXPECT_EQ(client.ReadReply(false), "HTTP/1.1 " + std::to_string(status) + " Whatever\r\nETag: \"x\"\r\n\r\n");
    client.Send(front.Get("/next"));
    EXPECT_THAT(client.ReadReply(), StartsWith("HTTP/1.1 200 OK\r\n")) << "nothing stands between two replies";
  }
}

TEST(FrontReply, ABodyUntilCloseEndsWithTheConnection) {
  ScriptedFront front(Say(200, "OK", {{"Connection", "close"}, {"A", "b"}}, {"no length, ", "no chunks"}));
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nConnection: close\r\nA: b\r\n\r\nno length, no chunks");
  EXPECT_EQ(client.end(), End::kClosed);
}

TEST(FrontReply, AHeadRequestGetsTheHeadAlone) {
  for (const Header& framing : {Header{"Content-Length", "12345"}, Header{"Transfer-Encoding", "chunked"}}) {
    ScriptedFront front(Say(200, "OK", {{"A", "b"}, framing}, {"a body"}));
    RawClient client = front.Connect();
    client.Send("HEAD /x HTTP/1.1\r\nHost: " + front.host() + "\r\n\r\n");
    EXPECT_EQ(client.ReadReply(false),
              "HTTP/1.1 200 OK\r\nA: b\r\n" + framing.name + ": " + framing.value + "\r\n\r\n");
    EXPECT_TRUE(client.Silent());
    client.Send("HEAD /y HTTP/1.1\r\nHost: " + front.host() + "\r\n\r\n");
    EXPECT_THAT(client.ReadReply(false), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST(FrontReply, AClientOfHttp10GetsItUntilClose) {
  ScriptedFront front(Say(200, "OK", {{"Transfer-Encoding", "chunked"}}, {"one", "two"}, {{"X-Sum", "1"}}));
  RawClient client = front.Connect();
  client.Send("GET /x HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwo");
  ASSERT_THAT(front.arrived(), SizeIs(1));
  EXPECT_TRUE(front.arrived()[0].http_1_0);
}

TEST(FrontReply, AClientThatAsksToCloseIsClosed) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Get("/", "Connection: close\r\n"));
  EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nHi");
}

TEST(FrontReply, AHeadThatCannotBeSentIsTold) {
  const Headers bad[] = {
      {{"A", "b\r\nSet-Cookie: stolen=1"}}, {{"A b", "c"}}, {{"A", std::string("nul\0", 4)}}, {{"", "x"}}};
  for (const Headers& headers : bad) {
    ScriptedFront front(Say(200, "OK", headers, {"x"}));
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    const std::string reply = client.ReadAll();
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
    EXPECT_THAT(reply, Not(HasSubstr("stolen")));
  }
  for (const auto& [status, reason] :
       {std::pair{101, "Switching Protocols"}, std::pair{0, ""}, std::pair{200, "a\nb"}}) {
    ScriptedFront front(Say(status, reason, {}, {"x"}));
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
  }
}

TEST(FrontReply, AnAnswerThatIsLetGoIsTold) {
  ScriptedFront front([](const Arrived& request, const AnswerPtr& answer) {
    if (request.target == "/begun") answer->Head(200, "OK", {{"Content-Length", "5"}});
  });
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  RawClient other = front.Connect();
  other.Send(front.Get("/begun"));
  EXPECT_EQ(other.ReadAll(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(other.end(), End::kReset);
}

TEST(FrontReply, PushedWithoutAHeadIsTold) {
  ScriptedFront front([](const Arrived&, const AnswerPtr& answer) {
    answer->Chunk("x", 0, false);
    answer->End();
  });
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

}  // namespace
}  // namespace reprise::replayer
