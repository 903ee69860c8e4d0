// Clients that take their time, crowds of them, and whom a port takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "replayer/front/guards.h"
#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

// ---- Time ----

FrontLimits Hasty() {
  FrontLimits limits;
  limits.head_time = limits.body_idle_time = limits.keep_alive_time = limits.write_stall_time = limits.linger_time =
      std::chrono::milliseconds(40);
  return limits;
}

TEST(FrontTime, AHeadThatDoesNotComeIsRefusedWith408) {
  FrontLimits limits;
  limits.head_time = std::chrono::milliseconds(40);
  ScriptedFront front(SayHi(), limits);
  RawClient client = front.Connect();
  client.Send("GET / HTTP/1.1\r\nHost:");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST(FrontTime, ABodyThatStopsComingIsRefusedWith408) {
  ScriptedFront front(SayHi(), Hasty());
  RawClient client = front.Connect();
  client.Send("POST / HTTP/1.1\r\nHost: " + front.host() + "\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST(FrontTime, AnIdleConnectionIsClosedWithoutAWord) {
  ScriptedFront front(SayHi(), Hasty());
  RawClient fresh = front.Connect();
  EXPECT_EQ(fresh.ReadAll(), "");
  EXPECT_EQ(fresh.end(), End::kClosed);
  RawClient used = front.Connect();
  used.Send(front.Get("/"));
  EXPECT_THAT(used.ReadReply(), EndsWith("Hi"));
  EXPECT_EQ(used.ReadAll(), "");
  EXPECT_EQ(used.end(), End::kClosed);
}

TEST(FrontTime, AReplyThatTakesLongIsNoReasonToClose) {
  std::promise<AnswerPtr> promise;
  ScriptedFront front(
      [&promise](const Arrived&, const AnswerPtr& answer) {
        answer->Head(200, "OK", {}, 400);  // ten times every limit
        answer->Chunk("x", 400, false);
        answer->End();
        promise.set_value(answer);
      },
      Hasty());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_THAT(client.ReadReply(), EndsWith("1\r\nx\r\n0\r\n\r\n"));
}

TEST(FrontTime, AClientThatStopsReadingIsGone) {
  std::promise<std::uint64_t> gone;
  const std::string body(32 << 20, 'x');
  ScriptedFront front(
      [&](const Arrived&, const AnswerPtr& answer) {
        answer->OnGone([&gone](std::uint64_t written) { gone.set_value(written); });
        answer->Head(200, "OK", {});
        answer->Chunk(body, 0, false);
        answer->End();
      },
      Hasty());
  RawClient client(front.port().number, false, 4096);
  client.Send(front.Get("/"));
  auto future = gone.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_LT(future.get(), body.size());
}

// ---- Crowds ----

TEST(FrontCrowd, SixtyFourIdleClientsDoNotHinderTheNext) {
  ScriptedFront front(SayHi());
  std::vector<RawClient> idle;
  for (int i = 0; i < 64; ++i) {
    idle.push_back(front.Connect());
    if (i % 2 == 0) idle.back().Send("GET / HTTP/1.1\r\n");
  }
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  for (RawClient& one : idle) EXPECT_TRUE(one.Silent()) << "they are still waiting";
}

TEST(FrontCrowd, SixtyFourDrippingClientsDoNotHinderTheNext) {
  ScriptedFront front(SayHi());
  std::vector<RawClient> dripping;
  const std::string upload = front.Post("/slow", std::string(100, 'x'));
  for (int i = 0; i < 64; ++i) dripping.push_back(front.Connect());
  RawClient client = front.Connect();
  for (const char byte : upload.substr(0, upload.size() - 1)) {
    for (RawClient& one : dripping) one.Send(std::string_view(&byte, 1));
    client.Send(front.Get("/quick"));
    ASSERT_THAT(client.ReadReply(), EndsWith("Hi"));
  }
  for (RawClient& one : dripping) EXPECT_TRUE(one.Silent());
  for (RawClient& one : dripping) {
    one.Send("x");
    EXPECT_THAT(one.ReadReply(), EndsWith("Hi")) << "and each is served when it is whole";
  }
}

TEST(FrontCrowd, MoreConnectionsThanAllowedAreToldSo) {
  FrontLimits limits;
  limits.connections = 3;
  ScriptedFront front(SayHi(), limits);
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(front.Connect());
    clients.back().Send(front.Get("/"));
    EXPECT_THAT(clients.back().ReadReply(), EndsWith("Hi"));
  }
  RawClient fourth = front.Connect();
  EXPECT_THAT(fourth.ReadAll(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(front.front().connections(), 3u);
}

// ---- The token ----

TEST(FrontGuard, SecretsAreComparedWhole) {
  using internal::EqualInConstantTime;
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_TRUE(EqualInConstantTime("", ""));
  for (const char* other : {"", "a", "ab", "abd", "bbc", "abcd", "abcabc", "ABC"})
    EXPECT_FALSE(EqualInConstantTime(other, "abc")) << other;
  EXPECT_FALSE(EqualInConstantTime("a", ""));
}

TEST(FrontGuard, HostsAndOriginsOfTheSettingsPass) {
  ScriptedFront front(SayHi(), {}, {.token = "", .hosts = {"Models.Test:8000"}, .origins = {"http://app.test"}});
  RawClient client = front.Connect();
  for (const std::string& lines :
       {std::string("Host: models.TEST:8000\r\n"), "Host: " + front.host() + "\r\nOrigin: http://app.test\r\n",
        "Host: LOCALHOST:" + std::to_string(front.port().number) + "\r\n",
        "Host: " + front.host() + "\r\nSec-Fetch-Site: none\r\n",
        "Host: " + front.host() + "\r\nSec-Fetch-Mode: cors\r\n"}) {
    client.Send("GET / HTTP/1.1\r\n" + lines + "\r\n");
    EXPECT_THAT(client.ReadReply(), EndsWith("Hi")) << lines;
  }
}

}  // namespace
}  // namespace reprise::replayer
