// What goes through the front arrives as it was: every line of the table in docs/front.md is a test here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/raw_client.h"
#include "tests/support/scripted_front.h"

namespace reprise::replayer {
namespace {

using support::RawClient;
using support::ScriptedFront;
using ::testing::ElementsAre;
using AnswerPtr = std::shared_ptr<Answer>;

const Headers kOddHead = {{"X-Zulu", "1"},           {"content-TYPE", "text/plain"}, {"Set-Cookie", "a=1; Path=/"},
                          {"x-Alpha", "two  words"}, {"Set-Cookie", "b=2"},          {"Content-Length", "2"}};

TEST(FrontFidelity, AReplyHeadIsVerbatimInOrderCaseAndReasonPhrase) {
  ScriptedFront front([](const Arrived&, const AnswerPtr& answer) {
    answer->Head(418, "I'm a very  odd teapot", kOddHead);
    answer->Chunk("Hi", 0, false);
    answer->End();
  });
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 418 I'm a very  odd teapot\r\n"
            "X-Zulu: 1\r\n"
            "content-TYPE: text/plain\r\n"
            "Set-Cookie: a=1; Path=/\r\n"
            "x-Alpha: two  words\r\n"
            "Set-Cookie: b=2\r\n"
            "Content-Length: 2\r\n\r\nHi");
  EXPECT_EQ(client.end(), RawClient::End::kOpen);
}

TEST(FrontFidelity, ChunkBoundariesAreKeptWhenPushedAtOnce) {
  ScriptedFront front([](const Arrived&, const AnswerPtr& answer) {
    answer->Head(200, "OK", {{"Content-Type", "text/event-stream"}});
    for (const char* piece : {"data: a\n\n", "data:", " b\n\n", "x"}) answer->Chunk(piece, 0, false);
    answer->End();
  });
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_EQ(client.ReadReply(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            "9\r\ndata: a\n\n\r\n5\r\ndata:\r\n4\r\n b\n\n\r\n1\r\nx\r\n0\r\n\r\n");
}

TEST(FrontFidelity, ARequestHeadArrivesInOrderAndCase) {
  ScriptedFront front([](const Arrived&, const AnswerPtr& answer) {
    answer->Head(204, "No Content", {});
    answer->End();
  });
  RawClient client = front.Connect();
  client.Send("POST /v1/x?y=%20z HTTP/1.1\r\nX-Zulu: 1\r\nhOST: " + front.host() +
              "\r\naccept:\t*/* \r\nX-Zulu: 2\r\nContent-Length: 3\r\n\r\nabc");
  client.ReadReply(false);
  const auto arrived = front.arrived();
  ASSERT_EQ(arrived.size(), 1u);
  EXPECT_EQ(arrived[0].method, "POST");
  EXPECT_EQ(arrived[0].target, "/v1/x?y=%20z");
  EXPECT_EQ(arrived[0].body, "abc");
  EXPECT_THAT(arrived[0].headers,
              ElementsAre(Header{"X-Zulu", "1"}, Header{"hOST", front.host()}, Header{"accept", "*/*"},
                          Header{"X-Zulu", "2"}, Header{"Content-Length", "3"}));
}

}  // namespace
}  // namespace reprise::replayer
