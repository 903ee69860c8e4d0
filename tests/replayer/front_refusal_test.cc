// What a hostile or confused client may send and is refused for, with a sentence. The table of docs/front.md names
// these.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSmuggled[] = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n";

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

}  // namespace
}  // namespace reprise::replayer
