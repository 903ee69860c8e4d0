// Requests arrive as they were sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

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

}  // namespace
}  // namespace reprise::replayer
