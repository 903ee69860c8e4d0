#include "lib/wire/status_line.h"

#include <gtest/gtest.h>

namespace reprise::wire {
namespace {

TEST(StatusLine, IsTakenApartAsItStands) {
  int status = 0;
  StatusLine line = ParseStatusLine("HTTP/1.1 200 Fine by  me\r\n", &status);
  EXPECT_EQ(status, 200);
  EXPECT_EQ(line.version, "1.1");
  EXPECT_EQ(line.reason, "Fine by  me");
  line = ParseStatusLine("HTTP/1.0 404\r\n", &status);
  EXPECT_EQ(status, 404);
  EXPECT_EQ(line.version, "1.0");
  EXPECT_EQ(line.reason, "");
  line = ParseStatusLine("HTTP/1.1 204 ", &status);
  EXPECT_EQ(status, 204);
  EXPECT_EQ(line.reason, "");
}

TEST(StatusLine, HasNoPhraseFromVersionTwoOn) {
  int status = 0;
  const StatusLine line = ParseStatusLine("HTTP/2 200 \r\n", &status);
  EXPECT_EQ(status, 200);
  EXPECT_EQ(line.version, "2");
  EXPECT_FALSE(line.reason.has_value());
}

TEST(StatusLine, OfAnyBytesIsRead) {
  for (const char* odd :
       {"", "\r\n", "HTTP/", "/", " ", "HTTP/1.1", "HTTP/1.1 x", "HTTP/1.1 99999999999 x", "200 OK"}) {
    int status = -1;
    (void)ParseStatusLine(odd, &status);
    EXPECT_GE(status, 0) << odd;
    EXPECT_LE(status, 999) << odd;
  }
}

TEST(StatusLine, KnowsTheUsualPhrases) {
  EXPECT_EQ(UsualReason(200), "OK");
  EXPECT_EQ(UsualReason(100), "Continue");
  EXPECT_EQ(UsualReason(429), "Too Many Requests");
  EXPECT_EQ(UsualReason(511), "Network Authentication Required");
  EXPECT_EQ(UsualReason(599), "");
  EXPECT_EQ(UsualReason(0), "");
  Reply reply;
  reply.status = 404;
  EXPECT_EQ(ReasonOf(reply), "Not Found");
  reply.reason = "";
  EXPECT_EQ(ReasonOf(reply), "");
}

}  // namespace
}  // namespace reprise::wire
