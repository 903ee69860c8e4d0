// Whose request it is: tests, stragglers, lanes, endpoints, children.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>

#include "lib/client/wire.h"
#include "tests/replayer/deck_http_fixture.h"
#include "tests/support/deck_driver.h"
#include "tests/support/raw_client.h"
#include "tests/support/raw_server.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

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

}  // namespace
}  // namespace reprise::replayer
