// What goes through the front arrives as it was: every line of the table in docs/front.md is a test here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/raw_client.h"
#include "tests/support/scripted_front.h"

namespace reprise::replayer {
namespace {

using support::RawClient;
using support::ScriptedFront;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using AnswerPtr = std::shared_ptr<Answer>;
using End = RawClient::End;

// Pushes all of it at once.
ScriptedFront::Script Say(int status, std::string reason, Headers headers, std::vector<std::string> pieces,
                          Headers trailers = {}) {
  return [=](const Arrived&, const AnswerPtr& answer) {
    answer->Head(status, reason, headers);
    for (const std::string& piece : pieces) answer->Chunk(piece, 0, false);
    answer->End(trailers);
  };
}
ScriptedFront::Script SayHi() { return Say(200, "OK", {{"Content-Length", "2"}}, {"Hi"}); }

// Keeps the answer of the first request, for the test to push into.
struct Held {
  std::promise<AnswerPtr> promise;
  ScriptedFront::Script script() {
    return [this](const Arrived&, const AnswerPtr& answer) { promise.set_value(answer); };
  }
  AnswerPtr Get() {
    auto future = promise.get_future();
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return nullptr;
    return future.get();
  }
};

std::string Repeat(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

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

// ---- Requests ----

TEST(FrontRequest, HeadArrivesInOrderAndCase) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send("POST /v1/x?y=%20z HTTP/1.1\r\nX-Zulu: 1\r\nhOST: " + front.host() +
              "\r\naccept:\t*/* \r\nX-Zulu: 2\r\nEmpty:\r\nContent-Length: 3\r\n\r\nabc");
  client.ReadReply();
  const auto arrived = front.arrived();
  ASSERT_THAT(arrived, SizeIs(1));
  EXPECT_EQ(arrived[0].method, "POST");
  EXPECT_EQ(arrived[0].target, "/v1/x?y=%20z");
  EXPECT_EQ(arrived[0].body, "abc");
  EXPECT_EQ(arrived[0].port, front.port().id);
  EXPECT_THAT(arrived[0].headers,
              ElementsAre(Header{"X-Zulu", "1"}, Header{"hOST", front.host()}, Header{"accept", "*/*"},
                          Header{"X-Zulu", "2"}, Header{"Empty", ""}, Header{"Content-Length", "3"}));
}

TEST(FrontRequest, AnUnknownMethodPasses) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send("PROPFIND /dav HTTP/1.1\r\nHost: " + front.host() + "\r\n\r\n");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  ASSERT_THAT(front.arrived(), SizeIs(1));
  EXPECT_EQ(front.arrived()[0].method, "PROPFIND");
}

TEST(FrontRequest, AGetMayHaveABody) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send("GET /x HTTP/1.1\r\nHost: " + front.host() + "\r\nContent-Length: 5\r\n\r\n");
  client.Send("hello");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  ASSERT_THAT(front.arrived(), SizeIs(1));
  EXPECT_EQ(front.arrived()[0].body, "hello");
}

TEST(FrontRequest, WhoExpects100GetsItAndThenSendsTheBody) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send("POST /x HTTP/1.1\r\nHost: " + front.host() + "\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(front.arrived(), IsEmpty());
  client.Send("hello");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  EXPECT_EQ(front.arrived()[0].body, "hello");
  // One that does not wait is not told twice.
  client.Send(front.Post("/y", "hello", "Expect: 100-continue\r\n"));
  EXPECT_THAT(client.ReadReply(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(FrontRequest, WhoExpects100ForTooLargeABodyIsSpared) {
  FrontLimits limits;
  limits.body_bytes = 10;
  ScriptedFront front(SayHi(), limits);
  RawClient client = front.Connect();
  client.Send("POST /x HTTP/1.1\r\nHost: " + front.host() + "\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
}

TEST(FrontRequest, AnotherExpectationIsRefusedWith417) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Post("/x", "hello", "Expect: miracles\r\n"));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 417 Expectation Failed\r\n"));
  EXPECT_THAT(front.arrived(), IsEmpty());
}

TEST(FrontRequest, MultipartAndGzipBodiesAreByteExact) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const std::string multipart =
      "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n" + every_byte + "\r\n--b--\r\n";
  const std::string gzip = std::string("\x1f\x8b\x08\0", 4) + every_byte;
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Post("/m", multipart, "Content-Type: multipart/form-data; boundary=b\r\n"));
  client.ReadReply();
  client.Send(front.Post("/z", gzip, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"));
  client.ReadReply();
  ASSERT_THAT(front.arrived(), SizeIs(2));
  EXPECT_EQ(front.arrived()[0].body, multipart);
  EXPECT_EQ(front.arrived()[1].body, gzip);
  EXPECT_THAT(front.arrived()[1].headers, ::testing::Contains(Header{"Content-Encoding", "gzip"}));
}

TEST(FrontRequest, ThirtyMegabytesArriveWhole) {
  const std::string body = Repeat("0123456789abcdef", (30 << 20) / 16);
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Post("/x", body));
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  ASSERT_THAT(front.arrived(), SizeIs(1));
  EXPECT_TRUE(front.arrived()[0].body == body);
}

TEST(FrontRequest, AChunkedUploadIsOneBodyAndItsTrailersStandApart) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send("POST /x HTTP/1.1\r\nHost: " + front.host() +
              "\r\nTransfer-Encoding: chunked\r\n\r\n"
              "5\r\nhello\r\n06;name=value\r\n world\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  client.Send("POST /y HTTP/1.1\r\nHost: " + front.host() + "\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  const auto arrived = front.arrived();
  ASSERT_THAT(arrived, SizeIs(2));
  EXPECT_EQ(arrived[0].body, "hello world");
  EXPECT_THAT(arrived[0].trailers, ElementsAre(Header{"X-Sum", "1"}, Header{"x-sum", "2"}));
  EXPECT_THAT(arrived[0].headers, SizeIs(2));
  EXPECT_EQ(arrived[1].body, "");
}

TEST(FrontRequest, BytesThatComeOneByOneMakeTheSameRequests) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  const std::string two = "\r\n" + front.Post("/a", "hello") + "POST /b HTTP/1.1\r\nHost: " + front.host() +
                          "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: 1\r\n\r\n";
  for (const char byte : two) ASSERT_TRUE(client.Send(std::string_view(&byte, 1)));
  client.ReadReply();
  client.ReadReply();
  const auto arrived = front.arrived();
  ASSERT_THAT(arrived, SizeIs(2));
  EXPECT_EQ(arrived[0].body, "hello");
  EXPECT_EQ(arrived[1].body, "abcde");
  EXPECT_THAT(arrived[1].trailers, ElementsAre(Header{"T", "1"}));
}

TEST(FrontRequest, FivePipelinedRequestsAreAnsweredInOrder) {
  ScriptedFront front([](const Arrived& request, const AnswerPtr& answer) {
    answer->Head(200, "OK", {{"Content-Length", "2"}});
    answer->Chunk(request.target, 0, false);
    answer->End();
  });
  RawClient client = front.Connect();
  std::string all;
  for (const char* target : {"/1", "/2", "/3", "/4", "/5"}) all += front.Get(target);
  client.Send(all);
  std::string bodies;
  for (int i = 0; i < 5; ++i) bodies += client.ReadUntil("\r\n\r\n").empty() ? "" : client.Read(2);
  EXPECT_EQ(bodies, "/1/2/3/4/5");
}

TEST(FrontRequest, TheNextPipelinedRequestWaitsForTheReply) {
  std::promise<AnswerPtr> first;
  ScriptedFront front([&first](const Arrived& request, const AnswerPtr& answer) {
    if (request.target == "/1") first.set_value(answer);
  });
  RawClient client = front.Connect();
  client.Send(front.Get("/1") + front.Get("/2"));
  const AnswerPtr answer = first.get_future().get();
  RawClient other = front.Connect();
  other.Send(front.Get("/other"));
  ASSERT_TRUE(front.WaitForRequests(2));
  EXPECT_EQ(front.arrived()[1].target, "/other") << "and not /2, whose turn has not come";
  answer->Head(204, "No Content", {});
  answer->End();
  ASSERT_TRUE(front.WaitForRequests(3));
  EXPECT_EQ(front.arrived()[2].target, "/2");
  front.Stop();
}

TEST(FrontRequest, TheTokenIsTakenOffThePath) {
  ScriptedFront front(SayHi(), {}, {.token = "s3cret", .hosts = {}, .origins = {}});
  RawClient client = front.Connect();
  for (const char* target : {"/s3cret/v1/chat?x=/s3cret", "/s3cret", "/s3cret?q", "/s3cret/"}) {
    client.Send(front.Get(target));
    EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  }
  const auto arrived = front.arrived();
  ASSERT_THAT(arrived, SizeIs(4));
  EXPECT_EQ(arrived[0].target, "/v1/chat?x=/s3cret");
  EXPECT_EQ(arrived[1].target, "/");
  EXPECT_EQ(arrived[2].target, "/?q");
  EXPECT_EQ(arrived[3].target, "/");
}

TEST(FrontRequest, BothLoopbacksListenOnOneNumber) {
  ScriptedFront front(SayHi());
  if (!front.port().ipv6) GTEST_SKIP() << "this machine has no [::1]";
  RawClient client(front.port().number, true);
  ASSERT_TRUE(client.connected());
  client.Send("GET / HTTP/1.1\r\nHost: [::1]:" + std::to_string(front.port().number) + "\r\n\r\n");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
}

TEST(FrontRequest, PortsOfOneFrontAreToldApart) {
  ScriptedFront front(SayHi());
  const auto second = front.front().AddPort({});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->id, 1);
  RawClient client(second->number);
  client.Send("GET / HTTP/1.1\r\nHost: localhost:" + std::to_string(second->number) + "\r\n\r\n");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  EXPECT_EQ(front.arrived()[0].port, 1);
}

// ---- Clients that leave, and slow ones ----

// Waits for OnGone.
struct Departure {
  std::promise<std::uint64_t> promise;
  void Watch(const AnswerPtr& answer) {
    answer->OnGone([this](std::uint64_t written) { promise.set_value(written); });
  }
  bool Noticed() { return promise.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready; }
};

TEST(FrontDeparture, AClientThatLeavesASilentStreamIsNoticed) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  Departure departure;
  departure.Watch(answer);
  answer->Head(200, "OK", {});
  EXPECT_TRUE(answer->Chunk("hello", 0, true));
  client.ReadUntil("hello\r\n");
  EXPECT_FALSE(answer->gone());
  client.Close();
  ASSERT_TRUE(departure.Noticed());
  EXPECT_TRUE(answer->gone());
  EXPECT_EQ(answer->written(), 5u);
  EXPECT_FALSE(answer->Chunk("more", 0, true));
}

TEST(FrontDeparture, ItIsNoticedWithAPipelinedRequestWaiting) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/1") + front.Get("/2"));
  const AnswerPtr answer = held.Get();
  Departure departure;
  departure.Watch(answer);
  client.Close();
  EXPECT_TRUE(departure.Noticed());
  EXPECT_THAT(front.arrived(), SizeIs(1));
}

TEST(FrontDeparture, AResetAndAHalfCloseCountAsGone) {
  for (const bool reset : {true, false}) {
    Held held;
    ScriptedFront front(held.script());
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    const AnswerPtr answer = held.Get();
    Departure departure;
    departure.Watch(answer);
    if (reset)
      client.Reset();
    else
      client.FinishSending();
    EXPECT_TRUE(departure.Noticed());
  }
}

TEST(FrontDeparture, WhoAsksLateIsToldAtOnce) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  Departure departure, again;
  departure.Watch(answer);
  client.Close();
  ASSERT_TRUE(departure.Noticed());
  again.Watch(answer);
  EXPECT_TRUE(again.Noticed());
}

TEST(FrontDeparture, AReplyThatEndedWellIsDoneAndNotGone) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  std::promise<std::uint64_t> done;
  answer->OnDone([&done](std::uint64_t written) { done.set_value(written); });
  answer->Head(200, "OK", {});
  answer->Chunk("hello", 0, true);
  answer->End();
  EXPECT_EQ(done.get_future().get(), 5u);
  client.ReadReply();
  client.Close();
  EXPECT_FALSE(answer->gone());
}

TEST(FrontFlow, ASlowReaderHoldsUpItsOwnProducerOnly) {
  FrontLimits limits;
  Held held;
  ScriptedFront front(
      [&held](const Arrived& request, const AnswerPtr& answer) {
        if (request.target == "/slow") return held.promise.set_value(answer);
        SayHi()(request, answer);
      },
      limits);
  RawClient slow(front.port().number, false, 4096);
  slow.Send(front.Get("/slow"));
  const AnswerPtr answer = held.Get();
  constexpr int kPieces = 2000;
  const std::string piece(10'000, 'x');
  std::atomic<int> pushed{0};
  std::uint64_t most_unsent = 0;
  std::thread producer([&] {
    answer->Head(200, "OK", {{"Connection", "close"}});
    for (int i = 0; i < kPieces; ++i) {
      if (!answer->Chunk(piece, 0, true)) return;
      most_unsent = std::max<std::uint64_t>(most_unsent, (i + 1) * piece.size() - answer->written());
      ++pushed;
    }
    answer->End();
  });
  RawClient quick = front.Connect();
  for (int i = 0; i < 20; ++i) {
    quick.Send(front.Get("/quick"));
    EXPECT_THAT(quick.ReadReply(), EndsWith("Hi"));
  }
  EXPECT_LT(pushed, kPieces) << "20 MB cannot lie in the buffers of the kernel";
  slow.ReadUntil("\r\n\r\n");
  EXPECT_THAT(slow.ReadAll(), SizeIs(kPieces * piece.size()));
  producer.join();
  EXPECT_LE(most_unsent, limits.reply_window_bytes + piece.size());
}

TEST(FrontFlow, AProducerThatWaitsIsReleasedWhenItsClientGoes) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client(front.port().number, false, 4096);
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  std::promise<void> released;
  std::thread producer([&] {
    answer->Head(200, "OK", {});
    while (answer->Chunk(std::string(100'000, 'x'), 0, true)) continue;
    released.set_value();
  });
  client.ReadUntil("\r\n\r\n");
  client.Close();
  EXPECT_EQ(released.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  producer.join();
}

TEST(FrontFlow, ALongReplyDoesNotKeepOthersWaiting) {
  const std::string body(64 << 20, 'x');
  ScriptedFront front([&body](const Arrived& request, const AnswerPtr& answer) {
    if (request.target != "/long") return SayHi()(request, answer);
    answer->Head(200, "OK", {{"Content-Length", std::to_string(body.size())}});
    answer->Chunk(body, 0, false);
    answer->End();
  });
  RawClient longer = front.Connect();
  longer.Send(front.Get("/long"));
  longer.ReadUntil("\r\n\r\n");
  std::size_t got = 0;
  std::thread reader([&] { got = longer.Read(body.size()).size(); });
  RawClient quick = front.Connect();
  for (int i = 0; i < 10; ++i) {
    quick.Send(front.Get("/quick"));
    EXPECT_THAT(quick.ReadReply(), EndsWith("Hi"));
  }
  reader.join();
  EXPECT_EQ(got, body.size());
}

TEST(FrontLife, StoppingReleasesEverybody) {
  std::vector<AnswerPtr> answers;
  auto front = std::make_unique<ScriptedFront>(
      [&answers](const Arrived&, const AnswerPtr& answer) { answers.push_back(answer); });
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(front->Connect());
    clients.back().Send(front->Get("/"));
  }
  ASSERT_TRUE(front->WaitForRequests(8));
  std::thread producer([&] {
    answers[0]->Head(200, "OK", {});
    while (answers[0]->Chunk(std::string(100'000, 'x'), 0, true)) continue;
  });
  front->Stop();
  producer.join();
  for (const AnswerPtr& answer : answers) {
    EXPECT_TRUE(answer->gone());
    EXPECT_FALSE(answer->Chunk("x", 0, true));
    answer->Head(200, "OK", {});
    answer->End();
  }
  for (RawClient& client : clients) {
    client.ReadAll();
    EXPECT_NE(client.end(), End::kTimeout);
  }
}

TEST(FrontLife, PortsAreAddedFromManyThreads) {
  ScriptedFront front(SayHi());
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const auto port = front.front().AddPort({});
      if (!port.ok()) return;
      RawClient client(port->number);
      client.Send("GET / HTTP/1.1\r\nHost: localhost:" + std::to_string(port->number) + "\r\n\r\n");
      if (client.ReadReply().find("Hi") != std::string::npos) ++answered;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 8);
}

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
