// What goes upstream and is kept of it; misses and failures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
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

}  // namespace
}  // namespace reprise::replayer
