// Code that speaks HTTP, through the real deck: raw bytes at both ends, so that what is compared is what was on the
// wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lib/client/wire.h"
#include "reprise/cassette.h"
#include "tests/support/deck_driver.h"
#include "tests/support/raw_client.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_folder.h"

namespace reprise::replayer {
namespace {

using internal::Message;
using support::DeckConnection;
using support::DeckDriver;
using support::RawClient;
using support::RawConnection;
using support::RawServer;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kStream[] =
    "HTTP/1.1 200 Fine by me\r\nX-Zulu: 1\r\ncontent-TYPE: text/event-stream\r\nSet-Cookie: a=1\r\nx-zulu: 2\r\n"
    "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    "10\r\ndata: {\"a\": 1}\n\n\r\n6\r\ndata: \r\nd\r\n{\"b\": \"\xC3\xA9\"}\n\n\r\n0\r\nX-Sum: 9\r\n\r\n";
constexpr char kWhole[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n";

std::uint16_t PortOf(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)));
}
std::string PathOf(const std::string& url) {
  const std::size_t slash = url.find('/', 7);
  return slash == std::string::npos ? "" : url.substr(slash);
}

// A request without a body, and one with JSON.
std::string Bare(const std::string& method, const std::string& url) {
  return method + " " + PathOf(url) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(PortOf(url)) + "\r\n\r\n";
}
std::string Post(const std::string& url, const std::string& body, const std::string& more = "") {
  return "POST " + PathOf(url) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(PortOf(url)) +
         "\r\nContent-Type: application/json\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string Question(const std::string& text) {
  return R"({"model":"tiny-1","messages":[{"role":"user","content":")" + text + R"("}]})";
}

class DeckHttp : public ::testing::Test {
 protected:
  // One run of a test program: a deck, its connection, the sessions of its tests.
  class Run {
   public:
    Run(const DeckHttp& test, std::string mode, std::vector<std::pair<std::string, std::string>> settings = {})
        : test_(test),
          mode_(std::move(mode)),
          settings_(std::move(settings)),
          deck_(REPRISE_DECK_PATH, {"REPRISE_LOG=" + (test.folder_ / "deck.log")}),
          connection_(deck_.Connect()) {}

    Message About(const std::string& verb, const std::string& test) const {
      Message message(verb);
      message.Add("suite", "Chat").Add("test", test).Add("file", "chat_test.cc").Add("cwd", test_.folder_.path());
      message.Add("cassettes", test_.folder_.path()).Add("argv.0", "./chat_test");
      message.Add("setting.env.mode", mode_).Add("setting.env.form", "text");
      for (const auto& [name, value] : settings_) message.Add("setting.env." + name, value);
      return message;
    }
    Message Call(const Message& message) { return connection_.Call(message); }
    Message Open(const std::string& test = "Asks") {
      const Message opened = Call(About("open", test));
      EXPECT_TRUE(opened.ToStatus().ok()) << opened.ToStatus();
      session_ = opened.Get("session");
      return opened;
    }
    std::string Url(const std::string& test = "Asks",
                    const std::vector<std::pair<std::string, std::string>>& more = {}) {
      Message message = About("base_url", test);
      message.Add("endpoint.name", "openai").Add("endpoint.format", "openai.chat");
      message.Add("endpoint.upstream", test_.upstream_);
      for (const auto& [name, value] : more) message.Add(name, value);
      const Message answer = Call(message);
      EXPECT_TRUE(answer.ToStatus().ok()) << answer.ToStatus();
      return std::string(answer.Get("url"));
    }
    Message Close(const std::string& outcome = "passed") {
      return Call(Message("close").Add("session", session_).Add("outcome", outcome));
    }
    // The end of a test whose client has opened no session.
    Message End(const std::string& test, const std::string& outcome = "passed") {
      Message ended = Call(About("open", test).Add("only_if_open", "1").Add("or_recorded", "1"));
      if (!ended.Has("session")) return ended;
      return Call(Message("close").Add("session", ended.Get("session")).Add("outcome", outcome));
    }
    DeckDriver& deck() { return deck_; }

   private:
    const DeckHttp& test_;
    const std::string mode_;
    const std::vector<std::pair<std::string, std::string>> settings_;
    DeckDriver deck_;
    DeckConnection connection_;
    std::string session_;
  };

  // The reply to one request, as it stood on the wire.
  static std::string Ask(const std::string& url, const std::string& body, const std::string& more = "") {
    RawClient client(PortOf(url));
    client.Send(Post(url + "/chat/completions", body, more));
    return client.ReadReply();
  }

  void StartUpstream(RawServer::Script script) {
    server_ = std::make_unique<RawServer>(std::move(script));
    upstream_ = server_->url("/v1");
  }
  // Answers each request with these bytes.
  void StartUpstream(const std::string& reply) {
    StartUpstream([reply](RawConnection& client) {
      while (!client.ReadRequest().empty()) client.Send(reply);
    });
  }
  // Asks `body` in Chat.Asks and closes it: what came back.
  std::string AskOnce(const std::string& mode, const std::string& body, Message* closed = nullptr,
                      const std::string& more = "") {
    Run run(*this, mode);
    run.Open();
    const std::string reply = Ask(run.Url(), body, more);
    const Message ended = run.Close();
    if (closed != nullptr) *closed = ended;
    return reply;
  }
  std::vector<Exchange> Cassette(const std::string& name = "Chat/Asks.reprise") const {
    std::vector<Exchange> all;
    const auto reader = CassetteReader::Open(folder_ / name);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (reader.ok())
      (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
        all.push_back(std::move(exchange));
        return true;
      });
    return all;
  }

  support::TempFolder folder_;
  std::unique_ptr<RawServer> server_;
  std::string upstream_ = "http://127.0.0.1:9/v1";
};

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

// ---- What goes upstream, and what is kept of it

TEST_F(DeckHttp, TheRequestGoesUpstreamAsItCameAndTheCredentialStaysOffTheDisk) {
  StartUpstream(kWhole);
  const std::string secret = "Bearer sk-" + std::string(40, 'k');
  AskOnce("record", Question("Hi"), nullptr, "X-Odd: 1\r\nauthorization: " + secret + "\r\nx-odd: 2\r\n");
  ASSERT_THAT(server_->requests(), SizeIs(1));
  const std::string head = server_->requests()[0];
  EXPECT_THAT(head, StartsWith("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(head, AllOf(HasSubstr("\r\nX-Odd: 1\r\nauthorization: " + secret + "\r\nx-odd: 2\r\n"),
                          HasSubstr("\r\nAccept-Encoding: identity\r\n"), Not(HasSubstr("User-Agent")),
                          Not(HasSubstr("\r\nAccept: "))));
  EXPECT_THAT(folder_.Read("Chat/Asks.reprise"), AllOf(Not(HasSubstr("kkkk")), Not(HasSubstr("X-Odd"))));
  EXPECT_EQ(Cassette().at(0).auth, 1);
}

TEST_F(DeckHttp, AGoodAndABadKeyStayApartAndDummiesReplayThem) {
  StartUpstream([](RawConnection& client) {
    for (std::string request = client.ReadRequest(); !request.empty(); request = client.ReadRequest())
      client.Send(request.find("Bearer good") != std::string::npos
                      ? kWhole
                      : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
  });
  const auto status = [](const std::string& reply) { return reply.substr(9, 3); };
  for (const std::string mode : {"record", "replay"}) {
    const std::string good = mode == "record" ? "good" : "dummy-1", bad = mode == "record" ? "bad" : "dummy-2";
    Run run(*this, mode);
    run.Open();
    const std::string url = run.Url();
    EXPECT_EQ(status(Ask(url, Question("Hi"), "Authorization: Bearer " + good + "\r\n")), "200");
    EXPECT_EQ(status(Ask(url, Question("Hi"), "Authorization: Bearer " + bad + "\r\n")), "401");
    EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  }
}

TEST_F(DeckHttp, AClientThatLeavesInTheMiddleTruncatesNothing) {
  std::promise<void> left;
  StartUpstream([&](RawConnection& client) {
    client.ReadRequest();
    client.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    left.get_future().wait_for(std::chrono::seconds(10));
    // Written until somebody has noticed; each piece is one that the client never took.
    for (int i = 0; i < 50; ++i) client.Send("3\r\ntwo\r\n");
    client.Send("0\r\n\r\n");
  });
  Run run(*this, "record");
  run.Open();
  const std::string url = run.Url();
  {
    RawClient client(PortOf(url));
    client.Send(Post(url + "/chat/completions", Question("Hi")));
    client.ReadUntil("one");
    client.Reset();
  }
  left.set_value();
  const Message closed = run.Close();
  EXPECT_THAT(closed.All("failure"), IsEmpty()) << "the close waits for the rest";
  const std::vector<Exchange> exchanges = Cassette();
  ASSERT_THAT(exchanges, SizeIs(1));
  EXPECT_THAT(exchanges[0].reply.body, SizeIs(3 + 50 * 3));
  EXPECT_EQ(exchanges[0].reply.end, std::nullopt);
}

TEST_F(DeckHttp, AClientThatLeavesAReplayIsNobodysFailure) {
  StartUpstream(kStream);
  AskOnce("record", Question("Hi"));
  Run run(*this, "replay", {{"pace", "step"}});
  const Message opened = run.Open();
  const std::string url = run.Url();
  {
    RawClient client(PortOf(url));
    client.Send(Post(url + "/chat/completions", Question("Hi")));
    client.ReadUntil("\r\n\r\n");
    client.Reset();
  }
  const Message closed = run.Close();
  EXPECT_THAT(closed.All("failure"), IsEmpty());
  EXPECT_THAT(closed.All("property"), Contains("reprise.served=1"));
}

// ---- Misses and failures

TEST_F(DeckHttp, AMissIsAnErrorThatNoSdkRepeatsAndAFailureOfTheTestWhateverTheCodeMakesOfIt) {
  StartUpstream(kWhole);
  AskOnce("record", Question("Capital of Frnace?"));
  server_.reset();
  Message closed;
  const std::string reply = AskOnce("replay", Question("Capital of France?"), &closed);
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 424 Failed Dependency\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(reply, AllOf(HasSubstr("\r\nx-should-retry: false\r\n"), HasSubstr("\"code\":\"not_recorded\""),
                           HasSubstr("Frnace?")));
  ASSERT_THAT(closed.All("failure"), SizeIs(1));
  EXPECT_THAT(closed.All("failure")[0],
              AllOf(HasSubstr("No recorded exchange matches request 1 of Chat.Asks"), HasSubstr("\"Frnace?\" is now"),
                    HasSubstr("REPRISE_MODE=record REPRISE_ACCEPT=1")));
  EXPECT_THAT(closed.All("property"), Contains("reprise.missed=1"));
}

TEST_F(DeckHttp, AFailureThatAScopeHasTakenIsNotToldAgain) {
  Run run(*this, "replay");
  run.Open();
  Ask(run.Url(), Question("Hi"));
  const Message asked = Message("failures").Add("suite", "Chat").Add("test", "Asks");
  EXPECT_THAT(run.Call(asked).All("failure"), ElementsAre(HasSubstr("there is no cassette here")));
  EXPECT_THAT(run.Call(asked).All("failure"), IsEmpty());
  EXPECT_THAT(run.Close("failed").All("failure"), IsEmpty());
}

TEST_F(DeckHttp, AnUpstreamThatIsGoneFailsTheTestAndLeavesNoCassette) {
  const support::RefusingPort gone;
  upstream_ = gone.url("/v1");
  Message closed;
  const std::string reply = AskOnce("record", Question("Hi"), &closed);
  EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.1 502 "), HasSubstr("x-should-retry: false")));
  EXPECT_THAT(closed.All("failure"), ElementsAre(HasSubstr("127.0.0.1")));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
}

TEST_F(DeckHttp, WhatGotNoByteIsAskedAgainWhereASettingSaysSo) {
  static std::atomic<int> connections;
  for (const std::string retries : {"0", "1"}) {
    connections = 0;
    StartUpstream([](RawConnection& client) {
      const bool answers = connections++ > 0 && !client.ReadRequest().empty();
      if (answers) client.Send(kWhole);
      client.Close();
    });
    Run run(*this, "live", {{"retries", retries}});
    run.Open();
    EXPECT_THAT(Ask(run.Url(), Question("Hi")), HasSubstr(retries == "1" ? "HTTP/1.1 200 OK" : "HTTP/1.1 502"));
    EXPECT_THAT(run.Close().All("failure"), SizeIs(retries == "1" ? 0 : 1));
  }
}

TEST_F(DeckHttp, WhatNobodyAskedForIsFoundAlsoWhenTheTestNeverMetUs) {
  StartUpstream(kWhole);
  AskOnce("record", Question("Hi"));
  Run run(*this, "replay");
  run.Url("Other");
  run.End("Other");
  run.Call(run.About("begin", "Asks"));
  const Message ended = run.End("Asks");
  EXPECT_THAT(ended.All("failure"), ElementsAre(HasSubstr("1 recorded exchange of")));
}

// ---- Whose request it is

TEST_F(DeckHttp, TheUrlIsTheSameForTheWholeProcessAndARequestBelongsToTheTestThatRuns) {
  StartUpstream(kWhole);
  Run run(*this, "record");
  const std::string url = run.Url("One");
  EXPECT_EQ(url, run.Url("One"));
  Ask(url, Question("one"));
  EXPECT_THAT(run.End("One").All("failure"), IsEmpty());
  Ask(url, Question("between"));
  run.Call(run.About("begin", "Two"));
  EXPECT_EQ(url, run.Url("Two"));
  Ask(url, Question("two"));
  EXPECT_THAT(run.End("Two").All("failure"), IsEmpty());
  EXPECT_THAT(run.End("").All("failure"), IsEmpty());
  EXPECT_THAT(Cassette("Chat/One.reprise"), SizeIs(1));
  EXPECT_THAT(Cassette("Chat/Two.reprise"), SizeIs(1));
  ASSERT_THAT(Cassette("Chat.suite.reprise"), SizeIs(1));
  EXPECT_THAT(Cassette("Chat.suite.reprise")[0].request.body, HasSubstr("between"));
}

TEST_F(DeckHttp, ARequestThatTheFrontRefusesFailsTheTestThatRuns) {
  StartUpstream(kWhole);
  for (const bool known : {false, true}) {
    Run run(*this, "record");
    if (known) run.Open();
    const std::string url = run.Url();
    if (known) {
      EXPECT_THAT(Ask(url, Question("Hi")), StartsWith("HTTP/1.1 200 "));
    }
    // As a client that joins host and path of its own: the token is lost.
    EXPECT_THAT(Ask(url.substr(0, url.find('/', 7)) + "/v1", Question("Hi")), StartsWith("HTTP/1.1 404 "));
    const Message closed = known ? run.Close() : run.End("Asks");
    EXPECT_THAT(closed.All("failure"), ElementsAre(HasSubstr("reprise refused this request")));
    EXPECT_THAT(run.Call(Message("finish")).All("homeless"), IsEmpty()) << "it has been told";
    EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
    EXPECT_EQ(folder_.Has("Chat/Asks.reprise.new"), known) << "what was recorded beside it waits for a human";
  }
}

TEST_F(DeckHttp, OutsideOfTestsARequestIsRefusedWithASentence) {
  StartUpstream(kWhole);
  Run run(*this, "record");
  const std::string url = run.Url("One");
  run.End("One");
  run.End("");
  const std::string reply = Ask(url, Question("Hi"));
  EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.1 424 "), HasSubstr("while no test was running")));
  EXPECT_THAT(run.Call(Message("finish")).All("homeless"), Contains(HasSubstr("while no test was running")));
  EXPECT_THAT(server_->requests(), IsEmpty());
}

TEST_F(DeckHttp, TheEndOfATestWaitsForItsStragglers) {
  std::promise<void> arrived, go;
  StartUpstream([&](RawConnection& client) {
    client.ReadRequest();
    arrived.set_value();
    go.get_future().wait_for(std::chrono::seconds(10));
    client.Send(kWhole);
  });
  Run run(*this, "record");
  run.Open();
  const std::string url = run.Url();
  std::future<std::string> reply = std::async(std::launch::async, [&] { return Ask(url, Question("Hi")); });
  arrived.get_future().wait_for(std::chrono::seconds(10));
  std::future<Message> closed = std::async(std::launch::async, [&] { return run.Close(); });
  go.set_value();
  EXPECT_EQ(reply.get(), kWhole);
  EXPECT_THAT(closed.get().All("failure"), IsEmpty());
  EXPECT_THAT(Cassette(), SizeIs(1));
}

TEST_F(DeckHttp, AStragglerThatDoesNotEndInTimeFailsItsTestAndSparesTheNext) {
  std::promise<void> arrived, go;
  StartUpstream([&](RawConnection& client) {
    client.ReadRequest();
    arrived.set_value();
    go.get_future().wait_for(std::chrono::seconds(10));
    client.Send(kWhole);
  });
  Run run(*this, "record", {{"wait_at_end", "0"}});
  run.Open();
  const std::string url = run.Url();
  std::future<std::string> reply = std::async(std::launch::async, [&] { return Ask(url, Question("Hi")); });
  arrived.get_future().wait_for(std::chrono::seconds(10));
  EXPECT_THAT(run.Close().All("failure"), ElementsAre(HasSubstr("was still under way over HTTP")));
  EXPECT_FALSE(folder_.Has("Chat/Asks.reprise"));
  run.Open("Next");
  go.set_value();
  reply.get();
  EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  EXPECT_FALSE(folder_.Has("Chat/Next.reprise"));
}

TEST_F(DeckHttp, ARequestBelongsToTheTestInWhichItsHeadArrived) {
  StartUpstream(kWhole);
  Run run(*this, "record");
  run.Open();
  const std::string url = run.Url();
  const std::string post = Post(url + "/chat/completions", Question("Hi"), "Expect: 100-continue\r\n");
  const std::size_t head = post.find("\r\n\r\n") + 4;
  RawClient client(PortOf(url));
  client.Send(post.substr(0, head));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  std::future<Message> closed = std::async(std::launch::async, [&] { return run.Close(); });
  client.Send(post.substr(head));
  EXPECT_EQ(client.ReadReply(), kWhole);
  EXPECT_THAT(closed.get().All("failure"), IsEmpty());
  EXPECT_THAT(Cassette(), SizeIs(1));
}

TEST_F(DeckHttp, ARequestWhoseBodyNeverComesIsToldAtTheEndOfItsTest) {
  StartUpstream(kWhole);
  Run run(*this, "record", {{"wait_at_end", "0"}});
  run.Open();
  const std::string url = run.Url();
  const std::string post = Post(url + "/chat/completions", Question("Hi"), "Expect: 100-continue\r\n");
  RawClient client(PortOf(url));
  client.Send(post.substr(0, post.find("\r\n\r\n") + 4));
  client.ReadUntil("\r\n\r\n");
  EXPECT_THAT(run.Close().All("failure"), ElementsAre(HasSubstr("was still under way over HTTP")));
}

TEST_F(DeckHttp, LanesHaveTheirOwnPorts) {
  StartUpstream(kWhole);
  Run run(*this, "record");
  run.Open();
  const std::string main = run.Url(), worker = run.Url("Asks", {{"lane", "worker-1"}});
  EXPECT_NE(main, worker);
  Ask(worker, Question("Hi"));
  EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  EXPECT_EQ(Cassette().at(0).lane, "worker-1");
}

TEST_F(DeckHttp, TwoUpstreamsOfOneFormatAreToldApart) {
  StartUpstream(kWhole);
  RawServer other([](RawConnection& client) {
    client.ReadRequest();
    client.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\njudge");
  });
  for (const std::string mode : {"record", "replay"}) {
    Run run(*this, mode);
    run.Open();
    Message message = run.About("base_url", "Asks");
    message.Add("endpoint.name", "judge")
        .Add("endpoint.format", "openai.chat")
        .Add("endpoint.upstream", other.url("/v1"));
    const std::string judge(run.Call(message).Get("url"));
    EXPECT_THAT(Ask(run.Url(), Question("Hi")), HasSubstr("{\"a\": 1}"));
    EXPECT_THAT(Ask(judge, Question("Hi")), HasSubstr("judge"));
    EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  }
}

TEST_F(DeckHttp, AClientOfHostAndPortNeedsNoToken) {
  StartUpstream(kWhole);
  Run run(*this, "record");
  run.Open();
  const std::string url = run.Url("Asks", {{"host_only", "1"}});
  EXPECT_EQ(PathOf(url), "");
  EXPECT_EQ(Ask(url + "/v1", Question("Hi")), kWhole);
  const std::string with_token = run.Url();
  EXPECT_THAT(Ask("http://127.0.0.1:" + std::to_string(PortOf(with_token)) + "/v1", Question("Hi")),
              StartsWith("HTTP/1.1 404 "));
}

TEST_F(DeckHttp, AReexecutedChildAsksFromTheBeginning) {
  StartUpstream(kWhole);
  AskOnce("record", Question("Hi"));
  Run run(*this, "replay");
  run.Open();
  const std::string url = run.Url();
  EXPECT_EQ(Ask(url, Question("Hi")), kWhole);
  {
    DeckConnection child = run.deck().Connect("reexec", ::getpid());
    // This process plays the child, so its branch is told by the port alone.
    Message message = run.About("base_url", "Asks");
    message.Add("endpoint.name", "openai").Add("endpoint.format", "openai.chat").Add("endpoint.upstream", upstream_);
    const std::string childs(child.Call(message).Get("url"));
    EXPECT_NE(childs, url);
    EXPECT_EQ(Ask(childs, Question("Hi")), kWhole) << "the same take again";
  }
  EXPECT_THAT(run.Close().All("failure"), IsEmpty());
}

// ---- Pace and cuts

TEST_F(DeckHttp, StepByStepAChunkGoesWhenTheTestSaysSo) {
  StartUpstream(kStream);
  AskOnce("record", Question("Hi"));
  Run run(*this, "replay", {{"pace", "step"}});
  const Message opened = run.Open();
  const std::string url = run.Url();
  RawClient client(PortOf(url));
  client.Send(Post(url + "/chat/completions", Question("Hi")));
  client.ReadUntil("\r\n\r\n");
  EXPECT_TRUE(client.Silent());
  const Message step = Message("step").Add("session", opened.Get("session"));
  run.Call(Message(step).Add("chunks", "1"));
  EXPECT_EQ(client.ReadUntil("\n\n\r\n"), "10\r\ndata: {\"a\": 1}\n\n\r\n");
  EXPECT_TRUE(client.Silent());
  run.Call(Message(step).Add("chunks", "2"));
  EXPECT_THAT(client.ReadUntil("X-Sum: 9\r\n\r\n"), HasSubstr("0\r\nX-Sum: 9"));
  EXPECT_THAT(run.Close().All("failure"), IsEmpty());
}

TEST_F(DeckHttp, CutAnewTheSameBytesComeInOtherPieces) {
  StartUpstream(kStream);
  AskOnce("record", Question("Hi"));
  const auto replay = [&](const std::string& seed) {
    Run run(*this, "replay", {{"resplit", seed}});
    const Message opened = run.Open();
    EXPECT_EQ(opened.Has("note"), seed == "random");
    return Ask(run.Url(), Question("Hi"));
  };
  const auto body = [](const std::string& reply) {
    std::string out;
    std::size_t at = reply.find("\r\n\r\n") + 4;
    while (true) {
      const std::size_t size = std::stoul(reply.substr(at), nullptr, 16);
      if (size == 0) return out;
      at = reply.find("\r\n", at) + 2;
      out += reply.substr(at, size);
      at += size + 2;
    }
  };
  const std::string as_recorded = replay("off"), one = replay("1"), two = replay("2");
  EXPECT_EQ(replay("1"), one) << "a seed says where";
  EXPECT_NE(one, two);
  EXPECT_NE(one, as_recorded);
  for (const std::string& reply : {one, two, replay("random")}) EXPECT_EQ(body(reply), body(as_recorded));
}

// ---- Verify

TEST_F(DeckHttp, VerifyGivesTheRecordedReplyAndJudgesTheLiveOneInItsShadow) {
  static const std::string changed =
      std::string(kWhole).replace(std::string(kWhole).find("{\"a\": 1}"), 8, "{\"a\": 2}");
  static std::atomic<bool> changes;
  changes = false;
  StartUpstream([](RawConnection& client) {
    while (!client.ReadRequest().empty()) client.Send(changes ? changed : kWhole);
  });
  AskOnce("record", Question("Hi"));
  Message closed;
  EXPECT_EQ(AskOnce("verify", Question("Hi"), &closed), kWhole);
  EXPECT_THAT(closed.All("failure"), IsEmpty());
  changes = true;
  EXPECT_EQ(AskOnce("verify", Question("Hi"), &closed), kWhole);
  EXPECT_THAT(closed.All("failure"), ElementsAre(HasSubstr("FAIL")));
  EXPECT_THAT(server_->requests(), SizeIs(3));
  Run run(*this, "verify", {{"follow", "live"}});
  run.Open();
  EXPECT_EQ(Ask(run.Url(), Question("Hi")), changed);
  EXPECT_THAT(Ask(run.Url(), Question("And then?")), HasSubstr("differs from the recorded one"));
  EXPECT_THAT(run.Close().All("failure"), SizeIs(2));
}

TEST_F(DeckHttp, VerifyDoesNotAskAgainWhatMayChangeSomething) {
  StartUpstream(kWhole);
  for (const std::string mode : {"record", "verify", "verify all"}) {
    Run run(*this, mode.substr(0, 6), {{"ask_again", mode == "verify all" ? "all" : "known"}});
    run.Open();
    const std::string url = run.Url();
    RawClient client(PortOf(url));
    client.Send(Post(url + "/fine_tuning/jobs", "{}"));
    EXPECT_EQ(client.ReadReply(), kWhole);
    const Message closed = run.Close();
    EXPECT_THAT(closed.All("failure"), IsEmpty());
    EXPECT_EQ(closed.Has("note"), mode == "verify");
    EXPECT_THAT(server_->requests(), SizeIs(mode == "verify all" ? 2 : 1));
  }
}

TEST_F(DeckHttp, ExtendRecordsWhatIsMissing) {
  StartUpstream(kWhole);
  AskOnce("record", Question("one"));
  {
    Run run(*this, "extend", {{"accept", "1"}});
    run.Open();
    const std::string url = run.Url();
    EXPECT_EQ(Ask(url, Question("one")), kWhole);
    EXPECT_EQ(Ask(url, Question("two")), kWhole);
    EXPECT_THAT(run.Close().All("failure"), IsEmpty());
  }
  EXPECT_THAT(server_->requests(), SizeIs(2));
  EXPECT_THAT(Cassette(), SizeIs(2));
}

// ---- Child programs

TEST_F(DeckHttp, TheEnvironmentOfAChildPointsEverySdkHere) {
  Run run(*this, "replay");
  run.Open();
  const Message answer = run.Call(run.About("environment", "Asks").Add("env.NO_PROXY", "example.org"));
  ASSERT_TRUE(answer.ToStatus().ok()) << answer.ToStatus();
  const std::vector<std::string> names = answer.All("variable"), values = answer.All("value");
  const auto value = [&](const std::string& name) {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return values[i];
    return std::string("(none)");
  };
  EXPECT_THAT(value("OPENAI_BASE_URL"), AllOf(StartsWith("http://127.0.0.1:"), ::testing::EndsWith("/v1")));
  for (const char* variable : {"ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OLLAMA_HOST"})
    EXPECT_THAT(value(variable), ::testing::MatchesRegex("http://127\\.0\\.0\\.1:[0-9]+/[0-9a-f]+")) << variable;
  EXPECT_EQ(value("NO_PROXY"), "example.org,127.0.0.1,localhost,::1");
  EXPECT_NE(value("OPENAI_API_KEY"), "(none)") << "no SDK starts without one";
}

}  // namespace
}  // namespace reprise::replayer
