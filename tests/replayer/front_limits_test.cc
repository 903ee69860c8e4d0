// The front's limits are exact, what is wrong is told at its first byte, and nobody who goes leaves anything behind.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>
#include <fstream>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "replayer/front/guards.h"
#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// The status of the one reply to these bytes, after which the client says no more.
std::string StatusOf(const FrontLimits& limits, const std::string& bytes) {
  ScriptedFront front(SayHi(), limits);
  RawClient client = front.Connect();
  client.Send(For(front, bytes));
  return client.ReadReply().substr(9, 3);
}

std::string Padded(std::size_t bytes, const std::string& before, const std::string& after, char with = 'x') {
  return before + std::string(bytes - before.size() - after.size(), with) + after;
}

TEST(FrontLimit, OfAHeadIsExact) {
  FrontLimits limits;
  limits.head_bytes = 200;
  ScriptedFront front(SayHi(), limits);
  const std::string start = "GET / HTTP/1.1\r\nHost: " + front.host() + "\r\nX-A: ";
  for (const std::size_t bytes : {200u, 201u}) {
    RawClient client = front.Connect();
    client.Send(Padded(bytes, start, "\r\n\r\n"));
    EXPECT_THAT(client.ReadReply(), StartsWith(bytes == 200 ? "HTTP/1.1 200 " : "HTTP/1.1 431 "));
  }
}

TEST(FrontLimit, OfATargetIsExact) {
  FrontLimits limits;
  limits.target_bytes = 20;
  EXPECT_EQ(StatusOf(limits, "GET /" + std::string(19, 'x') + " HTTP/1.1\r\nHost: HOST\r\n\r\n"), "200");
  EXPECT_EQ(StatusOf(limits, "GET /" + std::string(20, 'x') + " HTTP/1.1\r\nHost: HOST\r\n\r\n"), "414");
}

TEST(FrontLimit, OfFieldsCountsTrailersToo) {
  FrontLimits limits;
  limits.fields = 4;
  const std::string start = "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  EXPECT_EQ(StatusOf(limits, start + "A: 1\r\nB: 2\r\n\r\n"), "200");
  EXPECT_EQ(StatusOf(limits, start + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n"), "431");
}

TEST(FrontLimit, OfABodyIsExactAndCountsAllChunks) {
  FrontLimits limits;
  limits.body_bytes = 10;
  const std::string plain = "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: ";
  EXPECT_EQ(StatusOf(limits, plain + "10\r\n\r\n0123456789"), "200");
  EXPECT_EQ(StatusOf(limits, plain + "11\r\n\r\n01234567890"), "413");
  const std::string chunked = "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n";
  EXPECT_EQ(StatusOf(limits, chunked + "5\r\nabcde\r\n0\r\n\r\n"), "200");
  EXPECT_EQ(StatusOf(limits, chunked + "6\r\nabcdef\r\n0\r\n\r\n"), "413");
  EXPECT_EQ(StatusOf(limits, chunked + "fffffffffffffffa\r\nabcdef\r\n0\r\n\r\n"), "413");
  // With the first one these are 2^64 and more; Beast may be the one who sees it.
  for (const char* size : {"fffffffffffffffb", "fffffffffffffffc", "ffffffffffffffff"})
    EXPECT_THAT(StatusOf(limits, chunked + size + "\r\nabcdef\r\n0\r\n\r\n"), AnyOf("400", "413"));
}

TEST(FrontLimit, OfAChunkLineIsExact) {
  FrontLimits limits;
  limits.chunk_extension_bytes = 4;  // and 16 digits
  const std::string start = "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(StatusOf(limits, start + Padded(20, "1;", "") + "\r\nx\r\n0\r\n\r\n"), "200");
  EXPECT_EQ(StatusOf(limits, start + Padded(21, "1;", "") + "\r\nx\r\n0\r\n\r\n"), "400");
  EXPECT_EQ(StatusOf(limits, start + "1\r\nx\r\n" + Padded(20, "1;", "") + "\r\nx\r\n0\r\n\r\n"), "200");
}

TEST(FrontLimit, OfTrailersHoldsForThemAlone) {
  FrontLimits limits;
  limits.trailer_bytes = 100;
  const std::string start = "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  EXPECT_EQ(StatusOf(limits, start + Padded(90, "A: ", "\r\n\r\n")), "200");
  EXPECT_EQ(StatusOf(limits, start + Padded(120, "A: ", "\r\n\r\n")), "431");
}

// ---- The first wrong byte

TEST(FrontRefusal, ComesAtTheFirstWrongByteOfAHead) {
  const std::string wrong[] = {"\x16",
                               "GET /\x7f",
                               "GET /\x01",
                               std::string("GET /\0", 6),
                               "GET / HTTP/1.1\n",
                               "GET / HTTP/1.1\rX",
                               "GET / HTTP/1.1\r\nA: \x0b"};
  for (const std::string& bytes : wrong) {
    ScriptedFront front(SayHi());
    RawClient client = front.Connect();
    client.Send(bytes);
    EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 400 ")) << ::testing::PrintToString(bytes);
  }
}

TEST(FrontRefusal, OfAHeadRequestHasNoBody) {
  for (const bool by_guard : {true, false}) {
    ScriptedFront front([](const Arrived&, const AnswerPtr&) {}, {}, {.token = "token", .hosts = {}, .origins = {}});
    RawClient client = front.Connect();
    client.Send("HEAD " + std::string(by_guard ? "/" : "/token/") + " HTTP/1.1\r\nHost: " + front.host() + "\r\n\r\n");
    const std::string reply = client.ReadAll();
    EXPECT_THAT(reply, StartsWith(by_guard ? "HTTP/1.1 404 " : "HTTP/1.1 500 "));
    EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
    EXPECT_EQ(reply.find("\r\n\r\n"), reply.size() - 4);
  }
}

TEST(FrontRefusal, MeetsEveryTrailerThatFramesRoutesOrAuthorises) {
  for (const char* name : {"transfer-encoding",
                           "content-length",
                           "content-type",
                           "content-encoding",
                           "content-range",
                           "host",
                           "connection",
                           "keep-alive",
                           "te",
                           "trailer",
                           "upgrade",
                           "expect",
                           "max-forwards",
                           "range",
                           "cache-control",
                           "authorization",
                           "proxy-connection",
                           "cookie",
                           "set-cookie",
                           "proxy-authorization",
                           "origin",
                           "sec-fetch-site",
                           "x-http-method-override",
                           "x-api-key",
                           "api-key",
                           "x-goog-api-key"}) {
    std::string capitals = name;
    std::transform(capitals.begin(), capitals.end(), capitals.begin(), [](unsigned char c) { return std::toupper(c); });
    EXPECT_TRUE(internal::IsForbiddenInTrailer(name)) << name;
    EXPECT_TRUE(internal::IsForbiddenInTrailer(capitals)) << name;
  }
  for (const char* name : {"X-Sum", "ETag", "Digest", "Server-Timing", "grpc-status", "hos", "hosts", ""})
    EXPECT_FALSE(internal::IsForbiddenInTrailer(name)) << name;
}

// ---- HTTP/1.0, 100-continue

TEST(FrontRequest10, GetsNo100AndNoSecondRequest) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n");
  RawClient other = front.Connect();  // a round trip: the head was read before
  other.Send(front.Get("/"));
  other.ReadReply();
  EXPECT_TRUE(client.Silent());
  client.Send("ab" + front.Get("/again"));
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(client.end(), End::kClosed);
  EXPECT_THAT(front.arrived(), SizeIs(2)) << "the other's and the first";
}

TEST(FrontContinue, IsSaidOnceForEachRequestThatAsks) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send("POST / HTTP/1.1\r\nHost: " + front.host() +
                "\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    for (const char* part : {"2", "\r\n", "ab\r\n", "0\r\n"}) {
      client.Send(part);
      RawClient other = front.Connect();
      other.Send(front.Get("/"));
      other.ReadReply();
    }
    EXPECT_TRUE(client.Silent()) << "no second 100 while its body comes";
    client.Send("\r\n");
    EXPECT_THAT(client.ReadReply(), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

// ---- Turns

// What another client finds written of a long reply when its request is read: the request was there before the reply
// began, so only turns let it in between.
TEST(FrontTurn, EndsAfterItsBytesWhenAnotherClientHasSomethingToSay) {
  FrontLimits limits;
  limits.turn_bytes = 1024;
  const std::string body(64 << 10, 'x');  // the kernel takes it at once
  std::promise<void> begun, other_sent;
  std::promise<std::uint64_t> written;
  AnswerPtr longer;
  ScriptedFront front(
      [&](const Arrived& request, const AnswerPtr& answer) {
        if (request.target == "/long") {
          begun.set_value();
          other_sent.get_future().wait();
          longer = answer;
          answer->Head(200, "OK", {});
          answer->Chunk(body, 0, false);
          return answer->End();
        }
        if (request.target == "/other") written.set_value(longer->written());
        SayHi()(request, answer);
      },
      limits);
  RawClient other = front.Connect(), first = front.Connect();
  other.Send(front.Get("/"));
  other.ReadReply();  // it is accepted
  first.Send(front.Get("/long"));
  begun.get_future().wait();
  other.Send(front.Get("/other"));
  other_sent.set_value();
  const std::uint64_t before = written.get_future().get();
  EXPECT_LT(before, body.size() / 2) << "bytes that went out before another had its turn";
  EXPECT_THAT(first.ReadReply(), EndsWith("x\r\n0\r\n\r\n"));
  EXPECT_THAT(other.ReadReply(), EndsWith("Hi"));
  front.Stop();
  longer.reset();
}

// ---- What is left behind

TEST(FrontLeftovers, BodiesOfClientsThatWentAreForgotten) {
  FrontLimits limits;
  limits.all_body_bytes = 2500;
  ScriptedFront front(SayHi(), limits);
  RawClient other = front.Connect();
  // All but the last byte of a body, read by the front when this returns.
  const auto begin = [&](RawClient& client) {
    client.Send("POST / HTTP/1.1\r\nHost: " + front.host() +
                "\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
    client.ReadUntil("\r\n\r\n");
    client.Send(std::string(999, 'x'));
    other.Send(front.Get("/"));
    other.ReadReply();
  };
  for (int i = 0; i < 8; ++i) {
    RawClient client = front.Connect();
    begin(client);
    client.Close();
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (front.front().connections() > 1 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  ASSERT_EQ(front.front().connections(), 1u);
  RawClient client = front.Connect();
  begin(client);
  client.Send("x");
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
}

TEST(FrontLeftovers, WhatAClientSendsAfterTheEndIsReadAndThrownAwaySoThatNoResetEatsTheReply) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Get("/", "Connection: close\r\n") + std::string(300'000, 'x'));
  EXPECT_THAT(client.ReadAll(), EndsWith("Hi"));
  EXPECT_EQ(client.end(), End::kClosed);
}

// Takes every descriptor that the process may have, but for `spare`; gives them back.
class Descriptors {
 public:
  explicit Descriptors(int spare) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 512);
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) held_.push_back(fd);
    for (int i = 0; i < spare && !held_.empty(); ++i) Give();
  }
  ~Descriptors() {
    while (!held_.empty()) Give();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  void Give() {
    ::close(held_.back());
    held_.pop_back();
  }
  rlimit before_{};
  std::vector<int> held_;
};

TEST(FrontExhaustion, AClientThatCameWhenNoDescriptorWasLeftIsServedOnceThereIs) {
  ScriptedFront front(SayHi());
  RawClient before = front.Connect();
  before.Send(front.Get("/"));
  before.ReadReply();
  std::optional<RawClient> client;
  std::string reply;
  bool silent = false;
  {
    const Descriptors taken(1);           // nothing is judged meanwhile: the sanitizer's checks need a descriptor
    client.emplace(front.port().number);  // the spare one; the front has none to accept it with
    client->Send(front.Get("/"));
    before.Send(front.Get("/"));
    reply = before.ReadReply();
    silent = client->Silent();
  }
  EXPECT_THAT(reply, EndsWith("Hi")) << "who is there already is served";
  EXPECT_TRUE(silent);
  EXPECT_THAT(client->ReadReply(), EndsWith("Hi"));
}

TEST(FrontExhaustion, APortThatCannotBeHadIsAnErrorThatSaysSo) {
  ScriptedFront front(SayHi());
  std::string said;
  {
    const Descriptors taken(0);
    const auto port = front.front().AddPort({});
    if (!port.ok()) said = port.status().ToString();
  }
  EXPECT_THAT(said, HasSubstr("a port on 127.0.0.1: no socket"));
  EXPECT_TRUE(front.front().AddPort({}).ok());
}

// In a network of its own, of four ports; what it prints is the error of the first port too many, or why it cannot.
std::string AddPortsUntilThereAreNone() {
  if (::unshare(CLONE_NEWNET) != 0) return "skip: no network of our own";
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  loopback.ifr_flags = IFF_UP;
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::ioctl(any, SIOCSIFFLAGS, &loopback) != 0) return "skip: its loopback stays down";
  ::close(any);
  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "40000 40003" << std::flush;
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  int least = 0, most = 0;
  range >> least >> most;
  if (least != 40000 || most != 40003) return "skip: its ports cannot be bounded";
  ScriptedFront front(SayHi());  // the first one
  for (int i = 0; i < 4; ++i)
    if (const auto port = front.front().AddPort({}); !port.ok()) return port.status().ToString();
  return "five ports out of four";
}

TEST(FrontExhaustion, WhenEveryPortIsTakenTheErrorSaysSo) {
  int out[2];
  ASSERT_EQ(::pipe2(out, O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    const std::string said = AddPortsUntilThereAreNone();
    (void)!::write(out[1], said.data(), said.size());
    ::_exit(0);
  }
  ::close(out[1]);
  std::string said(1000, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(out[0], said.data(), said.size()), 0)));
  ::close(out[0]);
  ::waitpid(child, nullptr, 0);
  if (said.rfind("skip: ", 0) == 0) GTEST_SKIP() << said;
  EXPECT_THAT(said, HasSubstr("a port on 127.0.0.1: cannot bind"));
}

// ---- Slow heads

TEST(FrontDrip, AHeadThatDripsWithoutEndIsRefusedInTime) {
  FrontLimits limits;
  limits.head_time = std::chrono::milliseconds(100);
  ScriptedFront front(SayHi(), limits);
  RawClient client = front.Connect();
  client.Send("GET / HTTP/1.1\r\nX-Drip: ");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (client.Silent() && std::chrono::steady_clock::now() < until) {
    client.Send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the pace of the drip
  }
  EXPECT_FALSE(client.Silent()) << "it still dripped";
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
}

}  // namespace
}  // namespace reprise::replayer
