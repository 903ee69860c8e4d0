// What comes back over HTTP, recorded and replayed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "lib/client/wire.h"
#include "tests/replayer/deck_http_fixture.h"
#include "tests/support/raw_client.h"
#include "tests/support/raw_server.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// ---- What comes back

TEST_F(DeckHttp, AStreamIsReplayedByteForByteWithHeadChunksAndTrailers) {
  StartUpstream(kStream);
  Message closed;
  const std::string recorded = AskOnce("record", Question("Hi"), &closed);
  EXPECT_THAT(closed.All("failure"), IsEmpty());
  server_.reset();
  const std::string replayed = AskOnce("replay", Question("Hi"), &closed);
  EXPECT_THAT(closed.All("failure"), IsEmpty());
  EXPECT_THAT(closed.All("property"), AllOf(Contains("reprise.served=1"), Contains("reprise.unused=0")));
  EXPECT_EQ(recorded, kStream);
  EXPECT_EQ(replayed, std::string(kStream).replace(std::string(kStream).find("a=1"), 3, "a=*")) << "cookies are masked";
  const std::vector<Exchange> exchanges = Cassette();
  ASSERT_THAT(exchanges, SizeIs(1));
  EXPECT_EQ(exchanges[0].request.url, upstream_ + "/chat/completions") << "that of the upstream, without our token";
  EXPECT_EQ(exchanges[0].request.format, "openai.chat");
  EXPECT_EQ(exchanges[0].model.asked, "tiny-1");
}

TEST_F(DeckHttp, RepliesOfEveryFramingComeBackAsTheyCame) {
  static const std::vector<std::string> replies = {
      kWhole,
      "HTTP/1.1 404 \r\nContent-Length: 0\r\nX-Empty: \r\n\r\n",
      "HTTP/1.1 204 No Content\r\nX-Id: 7\r\n\r\n",
      "HTTP/1.1 500 Oh No\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n\xFF\xFE\x80",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  };
  static std::atomic<std::size_t> next;
  StartUpstream([](RawConnection& client) {
    while (!client.ReadRequest().empty()) client.Send(replies[next]);
  });
  for (next = 0; next < replies.size(); ++next) {
    const bool body = replies[next].find(" 204 ") == std::string::npos;
    std::string seen[2];
    for (const std::string mode : {"record", "replay"}) {
      Run run(*this, mode);
      run.Open("Framing" + std::to_string(next));
      const std::string url = run.Url("Framing" + std::to_string(next));
      RawClient client(PortOf(url));
      client.Send(Post(url + "/chat/completions", Question("Hi")));
      seen[mode == "replay"] = client.ReadReply(body);
      EXPECT_THAT(run.Close().All("failure"), IsEmpty());
    }
    EXPECT_EQ(seen[0], replies[next]);
    EXPECT_EQ(seen[1], replies[next]);
  }
}

TEST_F(DeckHttp, AReasonPhraseThatIsNoUtf8ComesBackAsItCame) {
  const std::string reply = "HTTP/1.1 200 Tr\xE8s bien \xFF\r\nContent-Length: 2\r\n\r\nHi";
  StartUpstream(reply);
  EXPECT_EQ(AskOnce("record", Question("Hi")), reply);
  EXPECT_EQ(AskOnce("replay", Question("Hi")), reply);
}

TEST_F(DeckHttp, TrailersOfARequestGoUpstreamAndCountWhereTheRulesNameThem) {
  std::ofstream(folder_ / "reprise.json") << R"({"rules": {"match_headers": ["x-sum"]}})";
  StartUpstream(kWhole);
  const auto ask = [this](const std::string& mode, const std::string& sum, const std::string& other) {
    Run run(*this, mode);
    run.Open();
    const std::string url = run.Url();
    RawClient client(PortOf(url));
    client.Send("POST " + PathOf(url) + "/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(PortOf(url)) +
                "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: " +
                sum + "\r\nX-Other: " + other + "\r\n\r\n");
    const std::string reply = client.ReadReply();
    run.Close();
    return reply;
  };
  EXPECT_EQ(ask("record", "9", "a"), kWhole);
  ASSERT_THAT(server_->requests(), SizeIs(1));
  EXPECT_THAT(server_->requests()[0], ::testing::EndsWith("2\r\n{}\r\n0\r\nX-Sum: 9\r\nX-Other: a\r\n\r\n"));
  EXPECT_THAT(Cassette()[0].request.trailers, ElementsAre(Header{"X-Sum", "9"}));
  EXPECT_EQ(ask("replay", "9", "another"), kWhole);
  EXPECT_THAT(ask("replay", "10", "a"), Not(StartsWith("HTTP/1.1 200 ")));
}

TEST_F(DeckHttp, AReplyThatBrokeBreaksAtTheSameByte) {
  StartUpstream([](RawConnection& client) {
    client.ReadRequest();
    client.Send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        "9\r\ndata: a\n\n\r\n");
    client.Close();
  });
  std::string seen[2];
  for (const std::string mode : {"record", "replay"}) {
    Run run(*this, mode);
    run.Open();
    const std::string url = run.Url();
    RawClient client(PortOf(url));
    client.Send(Post(url + "/chat/completions", Question("Hi")));
    seen[mode == "replay"] = client.ReadAll();
    EXPECT_EQ(client.end(), RawClient::End::kClosed);
    EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  }
  EXPECT_THAT(seen[0], ::testing::EndsWith("\r\n\r\n9\r\ndata: a\n\n\r\n"));
  EXPECT_EQ(seen[1], seen[0]);
  EXPECT_EQ(Cassette().at(0).reply.end, (BrokenEnd{"closed", 9}));
}

TEST_F(DeckHttp, ALengthThatIsNotTheBodysCutsNothing) {
  StartUpstream(kWhole);
  AskOnce("record", Question("Hi"));
  std::string text = folder_.Read("Chat/Asks.reprise");
  ASSERT_NE(text.find("\"9\""), std::string::npos);
  text.replace(text.find("\"9\""), 3, "\"5\"");
  folder_.Write("Chat/Asks.reprise", text);
  // Step by step, so that the head is out before the front can know how long the body is.
  Run run(*this, "replay", {{"pace", "step"}});
  const Message opened = run.Open();
  const std::string url = run.Url();
  RawClient client(PortOf(url));
  client.Send(Post(url + "/chat/completions", Question("Hi")));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  run.Call(Message("step").Add("session", opened.Get("session")).Add("chunks", "1"));
  EXPECT_EQ(client.ReadUntil("0\r\n\r\n"), "9\r\n{\"a\": 1}\n\r\n0\r\n\r\n");
}

TEST_F(DeckHttp, AHeadRequestAndAnUnknownPathPassAsOpaqueHttp) {
  StartUpstream([](RawConnection& client) {
    for (std::string request = client.ReadRequest(); !request.empty(); request = client.ReadRequest())
      client.Send(request[0] == 'H' ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                                    : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  });
  for (const std::string mode : {"record", "replay"}) {
    Run run(*this, mode);
    run.Open();
    const std::string url = run.Url();
    RawClient client(PortOf(url));
    client.Send(Bare("HEAD", url + "/files/7?x=1"));
    EXPECT_EQ(client.ReadReply(false), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    client.Send(Bare("GET", url + "/files/7"));
    EXPECT_EQ(client.ReadReply(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  }
  const std::vector<Exchange> exchanges = Cassette();
  ASSERT_THAT(exchanges, SizeIs(2));
  EXPECT_EQ(exchanges[0].request.format, "http");
  EXPECT_EQ(exchanges[0].request.url, upstream_ + "/files/7?x=1");
}

TEST_F(DeckHttp, ChunksReachTheClientWhileTheUpstreamStillWrites) {
  std::promise<void> seen;
  StartUpstream([&](RawConnection& client) {
    client.ReadRequest();
    client.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    seen.get_future().wait_for(std::chrono::seconds(10));
    client.Send("3\r\ntwo\r\n0\r\n\r\n");
  });
  Run run(*this, "record");
  run.Open();
  const std::string url = run.Url();
  RawClient client(PortOf(url));
  client.Send(Post(url + "/chat/completions", Question("Hi")));
  EXPECT_THAT(client.ReadUntil("one"), HasSubstr("one"));
  seen.set_value();
  EXPECT_THAT(client.ReadUntil("0\r\n\r\n"), HasSubstr("two"));
  EXPECT_THAT(run.Close().All("failure"), IsEmpty());
}

TEST_F(DeckHttp, WhoHasSeenTheWholeReplyCanBeKilledWithoutLosingIt) {
  for (const std::string reply : {kWhole, kStream}) {
    StartUpstream(reply);
    const std::string test = reply == kWhole ? "Whole" : "Streamed";
    Run run(*this, "record");
    run.Open(test);
    const std::string url = run.Url(test);
    RawClient client(PortOf(url));
    client.Send(Post(url + "/chat/completions", Question("Hi")));
    EXPECT_EQ(client.ReadReply(), reply);
    ::kill(run.deck().pid(), SIGKILL);
    EXPECT_THAT(Cassette("Chat/" + test + ".reprise.new.incomplete"), SizeIs(1)) << test;
  }
}

}  // namespace
}  // namespace reprise::replayer
