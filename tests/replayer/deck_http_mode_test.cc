// Pace, cuts and modes over HTTP, and the environment of child programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "lib/client/wire.h"
#include "tests/replayer/deck_http_fixture.h"
#include "tests/support/raw_client.h"
#include "tests/support/raw_server.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

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
