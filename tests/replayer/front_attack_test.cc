// What a hostile or confused client may send that is harmless, or costs nothing. The table of docs/front.md names
// these.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSmuggled[] = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n";

std::size_t PeakKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::strtoul(line.c_str() + 6, nullptr, 10);
  return 0;
}

TEST(FrontAttack, ABodyThatLooksLikeARequestIsABody) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  const std::string inner = For(front, kSmuggled);
  client.Send("GET /x HTTP/1.1\r\nHost: " + front.host() + "\r\nContent-Length: " + std::to_string(inner.size()) +
              "\r\n\r\n");
  client.Send(inner);  // in a segment of its own
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  EXPECT_TRUE(client.Silent());
  ASSERT_THAT(front.arrived(), SizeIs(1));
  EXPECT_EQ(front.arrived()[0].body, inner);
}

TEST(FrontAttack, PercentEncodedLineBreaksStayEncoded) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Get("/x%0d%0aSet-Cookie:%20a", "X-A: b%0d%0aX-Injected: yes\r\n"));
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  EXPECT_EQ(front.arrived()[0].target, "/x%0d%0aSet-Cookie:%20a");
  EXPECT_THAT(front.arrived()[0].headers,
              ::testing::ElementsAre(Header{"Host", front.host()}, Header{"X-A", "b%0d%0aX-Injected: yes"}));
}

TEST(FrontAttack, NamesOfOurOwnMakingAreOrdinaryHeaders) {
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Get("/x", "REMOTE_ADDR: 10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\nEXCEPTION_WHAT: x\r\n"));
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  EXPECT_THAT(front.arrived()[0].headers, SizeIs(4));
}

TEST(FrontAttack, AGzipBombStaysAsSmallAsItCame) {
  // 300 MB of zeros, packed.
  std::string bomb(400'000, '\0');
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string zeros(1 << 20, '\0');
  stream.next_out = reinterpret_cast<Bytef*>(bomb.data());
  stream.avail_out = static_cast<uInt>(bomb.size());
  for (int i = 0; i < 300; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    deflate(&stream, i == 299 ? Z_FINISH : Z_NO_FLUSH);
  }
  bomb.resize(stream.total_out);
  deflateEnd(&stream);
  const std::size_t before = PeakKilobytes();
  ScriptedFront front(SayHi());
  RawClient client = front.Connect();
  client.Send(front.Post("/x", bomb, "Content-Encoding: gzip\r\n"));
  EXPECT_THAT(client.ReadReply(), EndsWith("Hi"));
  EXPECT_EQ(front.arrived()[0].body.size(), bomb.size());
  EXPECT_LT(PeakKilobytes() - before, 64u << 10);
}

// ---- Memory ----

// Sends `piece` again and again after `head`, until the front has had enough; the peak of this process meanwhile.
std::size_t FloodKilobytes(const std::string& head, const std::string& piece, std::size_t bytes) {
  FrontLimits limits;
  limits.linger_time = std::chrono::milliseconds(100);
  ScriptedFront front(SayHi(), limits);
  RawClient client = front.Connect();
  const std::size_t before = PeakKilobytes();
  client.Send(For(front, head));
  for (std::size_t sent = 0; sent < bytes && client.Send(piece); sent += piece.size()) continue;
  client.ReadAll();  // until it is refused and closed, or reset because it went on
  const std::size_t grown = PeakKilobytes() - before;
  EXPECT_THAT(front.arrived(), IsEmpty());
  EXPECT_THAT(front.refused(), SizeIs(1));
  // And others are served as if nothing had been.
  RawClient other = front.Connect();
  other.Send(front.Get("/"));
  EXPECT_THAT(other.ReadReply(), EndsWith("Hi"));
  return grown;
}

TEST(FrontAttack, ARequestLineOf100MegabytesCostsNothing) {
  EXPECT_LT(FloodKilobytes("GET /", std::string(1 << 20, 'x'), 100 << 20), 16u << 10);
}

TEST(FrontAttack, TwoHundredThousandHeadersCostNothing) {
  EXPECT_LT(FloodKilobytes("GET / HTTP/1.1\r\nHost: HOST\r\n", Repeat("X-A: b\r\n", 10'000), 200'000 * 8), 16u << 10);
}

TEST(FrontAttack, AnEndlessChunkLineCostsNothing) {
  EXPECT_LT(FloodKilobytes("POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5;",
                           std::string(1 << 20, 'x'), 100 << 20),
            16u << 10);
}

TEST(FrontAttack, EndlessTrailersCostNothing) {
  EXPECT_LT(FloodKilobytes("POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                           Repeat("X-A: b\r\n", 10'000), 100 << 20),
            16u << 10);
}

TEST(FrontAttack, AnEndlessChunkedBodyEndsAtTheLimit) {
  const std::string chunk = "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
  // The limit is 64 MB.
  EXPECT_LT(FloodKilobytes("POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, 200 << 20),
            160u << 10);
}

TEST(FrontAttack, AnAnnouncedLengthCostsNothingUntilItComes) {
  ScriptedFront front(SayHi());
  const std::size_t before = PeakKilobytes();
  std::vector<RawClient> clients;
  for (int i = 0; i < 32; ++i) {
    clients.push_back(front.Connect());
    clients.back().Send("POST / HTTP/1.1\r\nHost: " + front.host() + "\r\nContent-Length: 60000000\r\n\r\nx");
  }
  RawClient other = front.Connect();
  other.Send(front.Get("/"));
  EXPECT_THAT(other.ReadReply(), EndsWith("Hi"));
  EXPECT_LT(PeakKilobytes() - before, 16u << 10);
}

TEST(FrontAttack, BodiesThatArriveTogetherAreBounded) {
  FrontLimits limits;
  limits.body_bytes = 1000;
  limits.all_body_bytes = 2500;
  ScriptedFront front(SayHi(), limits);
  std::vector<RawClient> clients;
  int refused = 0;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(front.Connect());
    clients.back().Send("POST / HTTP/1.1\r\nHost: " + front.host() +
                        "\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
    clients.back().ReadUntil("\r\n\r\n");
    clients.back().Send(std::string(999, 'x'));
    // A round trip of another client: what was sent before was read before.
    RawClient other = front.Connect();
    other.Send(front.Get("/"));
    other.ReadReply();
    if (!clients.back().Silent()) ++refused;
  }
  EXPECT_GE(refused, 1);
  EXPECT_THAT(clients.back().ReadAll(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  // The first ones still finish.
  clients[0].Send("x");
  EXPECT_THAT(clients[0].ReadReply(), EndsWith("Hi"));
}

TEST(FrontAttack, PipelinedBytesBehindASlowReplyAreBounded) {
  FrontLimits limits;
  std::promise<AnswerPtr> promise;
  ScriptedFront front([&promise](const Arrived& request, const AnswerPtr& answer) {
    if (request.target == "/slow") return promise.set_value(answer);
    SayHi()(request, answer);
  });
  RawClient client = front.Connect();
  client.Send(front.Get("/slow"));
  const AnswerPtr answer = promise.get_future().get();
  const std::size_t before = PeakKilobytes();
  const std::string piece = Repeat(front.Get("/next"), 1000);
  std::atomic<bool> sent_all{false};
  std::thread flood([&] {
    for (int i = 0; i < 1000 && client.Send(piece); ++i) continue;
    sent_all = true;
  });
  RawClient other = front.Connect();
  for (int i = 0; i < 50; ++i) {
    other.Send(front.Get("/"));
    EXPECT_THAT(other.ReadReply(), EndsWith("Hi"));
  }
  EXPECT_FALSE(sent_all) << "the kernel's buffers cannot hold 50 MB";
  EXPECT_THAT(front.arrived(), SizeIs(51));
  EXPECT_LT(PeakKilobytes() - before, 16u << 10);
  front.Stop();
  flood.join();
}

}  // namespace
}  // namespace reprise::replayer
