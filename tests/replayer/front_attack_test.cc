// What a hostile or confused client may send, and what becomes of it: refused with a sentence, or harmless. Raw
// sockets. The table of docs/front.md names these tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "replayer/front/guards.h"
#include "tests/support/raw_client.h"
#include "tests/support/scripted_front.h"

namespace reprise::replayer {
namespace {

using support::RawClient;
using support::ScriptedFront;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using AnswerPtr = std::shared_ptr<Answer>;
using End = RawClient::End;

constexpr char kSmuggled[] = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n";

ScriptedFront::Script SayHi() {
  return [](const Arrived&, const AnswerPtr& answer) {
    answer->Head(200, "OK", {{"Content-Length", "2"}});
    answer->Chunk("Hi", 0, false);
    answer->End();
  };
}

// HOST in `text` becomes the port's address.
std::string For(const ScriptedFront& front, std::string text) {
  for (std::size_t at = text.find("HOST"); at != std::string::npos; at = text.find("HOST", at))
    text.replace(at, 4, front.host());
  return text;
}

std::string Repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::size_t PeakKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::strtoul(line.c_str() + 6, nullptr, 10);
  return 0;
}

// ---- Refused: one answer, nothing passed on, the connection closed ----

struct Refused {
  const char* name;
  std::string bytes;
  int status;
};

void PrintTo(const Refused& attack, std::ostream* out) { *out << attack.name; }

class FrontRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(FrontRefuses, AndClosesAndSaysWhy) {
  for (const bool byte_by_byte : {false, true}) {
    ScriptedFront front(SayHi(), {}, {.token = "token", .hosts = {}, .origins = {}});
    RawClient client = front.Connect();
    const std::string bytes = For(front, GetParam().bytes);
    // What follows the attack must never be read as a request.
    const std::string all = bytes + For(front, kSmuggled);
    if (byte_by_byte) {
      for (const char byte : all)
        if (!client.Send(std::string_view(&byte, 1))) break;
    } else {
      client.Send(all);
    }
    const std::string reply = client.ReadAll();
    EXPECT_THAT(reply, AllOf(StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "),
                             HasSubstr("\r\nContent-Type: text/plain; charset=utf-8\r\n"),
                             HasSubstr("\r\n\r\nreprise refused this request: ")));
    EXPECT_EQ(reply.find("\nHTTP/1.1 "), std::string::npos) << "one answer only: " << reply;
    EXPECT_EQ(client.end(), End::kClosed);
    EXPECT_THAT(front.arrived(), IsEmpty());
    EXPECT_THAT(front.refused(), SizeIs(1)) << "and it is told to the deck";
  }
}

std::string Chunked(const std::string& rest) {
  return "POST /token/x HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n" + rest;
}
std::string Post(const std::string& lines) { return "POST /token/x HTTP/1.1\r\nHost: HOST\r\n" + lines + "\r\nhello"; }
std::string Get(const std::string& lines) { return "GET /token/x HTTP/1.1\r\nHost: HOST\r\n" + lines + "\r\n"; }

const Refused kRefused[] = {
    {"LengthThenCoding", Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"CodingThenLength", Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
    {"TwoEqualLengths", Post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
    {"TwoDifferentLengths", Post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
    {"LengthWithPlus", Post("Content-Length: +5\r\n"), 400},
    {"LengthWithLetters", Post("Content-Length: 5x\r\n"), 400},
    {"LengthNegative", Post("Content-Length: -1\r\n"), 400},
    {"LengthOf2To64", Post("Content-Length: 18446744073709551616\r\n"), 400},
    {"LengthList", Post("Content-Length: 5, 5\r\n"), 400},
    {"LengthEmpty", Post("Content-Length:\r\n"), 400},
    {"LengthHex", Post("Content-Length: 0x5\r\n"), 400},
    {"LengthOverTheLimit", Post("Content-Length: 18446744073709551615\r\n"), 413},
    {"CodingIdentity", Post("Transfer-Encoding: identity\r\n"), 400},
    {"CodingXchunked", Post("Transfer-Encoding: xchunked\r\n"), 400},
    {"CodingChunkedGzip", Post("Transfer-Encoding: chunked, gzip\r\n"), 400},
    {"CodingGzipChunked", Post("Transfer-Encoding: gzip, chunked\r\n"), 400},
    {"CodingTwice", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"CodingTwiceOneOther", Post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 400},
    {"CodingInHttp10",
     "POST /token/x HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400},
    {"CodingWithSpaceBeforeColon", Post("Transfer-Encoding : chunked\r\n"), 400},
    {"CodingWithVerticalTab",
     Post("Transfer-Encoding: \x0b"
          "chunked\r\n"),
     400},
    {"FoldedHeader", Post("X-A: b\r\n c\r\nContent-Length: 5\r\n"), 400},
    {"FoldedAtOnce", Post("X-A:\r\n b\r\nContent-Length: 5\r\n"), 400},
    {"FoldedCoding", Post("Transfer-Encoding:\r\n chunked\r\n"), 400},
    {"FoldedByBlanks", Post("X-A: b\r\n \r\nContent-Length: 5\r\n"), 400},
    {"HeadWithBareLineFeeds", "GET /token/x HTTP/1.1\nHost: HOST\n\n", 400},
    {"HeaderBehindABareLineFeed", Post("X-A: b\nContent-Length: 5\r\n"), 400},
    {"BareCarriageReturn", Post("X-A: b\rContent-Length: 5\r\n"), 400},
    {"NulInAValue", Get(std::string("X-A: b\0c\r\n", 10)), 400},
    {"NulInTheTarget", std::string("GET /token/\0x HTTP/1.1\r\nHost: HOST\r\n\r\n", 38), 400},
    {"ControlInAName", Get("X-\x01: b\r\n"), 400},
    {"NameWithoutColon", Get("NoColon\r\n"), 400},
    {"EmptyName", Get(": b\r\n"), 400},
    {"ChunkSizeNegative", Chunked("-1\r\nhello\r\n0\r\n\r\n"), 400},
    {"ChunkSizeOf2To64AndFive", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), 400},
    {"ChunkSizeWithPrefix", Chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400},
    {"ChunkSizeEmpty", Chunked("\r\nhello\r\n0\r\n\r\n"), 400},
    {"ChunkSizeHuge", Chunked("ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 413},
    {"ChunkSizeOfManyZeros", Chunked(std::string(1000, '0') + "5\r\nhello\r\n0\r\n\r\n"), 400},
    {"ChunkLineWithBareLineFeed", Chunked("5\nhello\r\n0\r\n\r\n"), 400},
    {"JunkAfterAChunk", Chunked("5\r\nhelloXX0\r\n\r\n"), 400},
    {"ChunkExtensionTooLong", Chunked("5;" + std::string(300, 'x') + "\r\nhello\r\n0\r\n\r\n"), 400},
    {"TrailerNamesALength", Chunked("0\r\nContent-Length: 5\r\n\r\n"), 400},
    {"TrailerNamesACoding", Chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {"TrailerNamesTheHost", Chunked("0\r\nHost: evil\r\n\r\n"), 400},
    {"TrailerNamesACredential", Chunked("0\r\nAuthorization: Bearer x\r\n\r\n"), 400},
    {"TrailerFolded", Chunked("0\r\nX-A: b\r\n c\r\n\r\n"), 400},
    {"TrailerWithBareLineFeed", Chunked("0\r\nX-A: b\nX-B: c\r\n\r\n"), 400},
    {"TrailersTooLong", Chunked("0\r\nX-A: " + std::string(9000, 'x') + "\r\n\r\n"), 431},
    {"TwoHosts", Get("Host: HOST\r\n"), 400},
    {"TwoDifferentHosts", Get("Host: evil.example\r\n"), 400},
    {"NoHost", "GET /token/x HTTP/1.1\r\nX-A: b\r\n\r\n", 400},
    {"AnotherHost", "GET /token/x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403},
    {"OurHostWithAnotherPort", "GET /token/x HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 403},
    {"OurHostWithoutAPort", "GET /token/x HTTP/1.1\r\nHost: localhost\r\n\r\n", 403},
    {"AbsoluteTarget", "GET http://HOST/token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
    {"AbsoluteTargetElsewhere", "GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
    {"Connect", "CONNECT api.openai.com:443 HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
    {"ConnectToAPath", "CONNECT /token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
    {"AsteriskTarget", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
    {"Origin", Get("Origin: http://evil.example\r\n"), 403},
    {"OriginNull", Get("Origin: null\r\n"), 403},
    {"OriginOfOurOwn", Get("Origin: http://HOST\r\n"), 403},
    {"CrossSiteFetch", Get("Sec-Fetch-Site: cross-site\r\n"), 403},
    {"SameSiteFetch", Get("Sec-Fetch-Site: same-site\r\n"), 403},
    {"NoToken", "GET /v1/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"TokenCutShort", "GET /toke/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"TokenWithMore", "GET /tokenx/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"TokenTwice", "GET /tokentoken/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"TokenBehindADot", "GET /./token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"TokenInTheQuery", "GET /?token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"EmptySegment", "GET //token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
    {"TargetTooLong", "GET /token/" + std::string(17 << 10, 'x') + " HTTP/1.1\r\nHost: HOST\r\n\r\n", 414},
    {"HeadTooLong", Get("X-A: " + std::string(70 << 10, 'x') + "\r\n"), 431},
    {"TooManyFields", Get(Repeat("A: b\r\n", 256)), 431},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"Http09", "GET /token/x\r\n\r\n", 400},
    {"Http12", "GET /token/x HTTP/1.2\r\nHost: HOST\r\n\r\n", 505},
    {"TlsHello", std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11), 400},
    {"EmptyMethod", " /token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
    {"TwoBlankLinesFirst", "\r\n\r\nGET /token/x HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
};

INSTANTIATE_TEST_SUITE_P(, FrontRefuses, ::testing::ValuesIn(kRefused),
                         [](const auto& attack) { return std::string(attack.param.name); });

// ---- Harmless ----

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
