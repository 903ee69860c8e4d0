#include "lib/wire/url.h"

#include <gtest/gtest.h>

namespace reprise::wire {
namespace {

TEST(Url, IsTakenApart) {
  const UrlParts parts = SplitUrl("https://me:pw@example.com:8443/v1/chat?b=2&a#top");
  EXPECT_EQ(parts.scheme, "https");
  EXPECT_EQ(parts.userinfo, "me:pw");
  EXPECT_EQ(parts.host, "example.com:8443");
  EXPECT_EQ(parts.path, "/v1/chat");
  EXPECT_EQ(parts.query, "b=2&a");
}

TEST(Url, WithoutSchemeIsPathAndQuery) {
  EXPECT_EQ(SplitUrl("/v1?x=http://y").path, "/v1");
  EXPECT_EQ(SplitUrl("/v1/http://y").path, "/v1/http://y");
  EXPECT_EQ(SplitUrl("").path, "");
  EXPECT_FALSE(SplitUrl("http://h").query.has_value());
  EXPECT_EQ(SplitUrl("http://h?").query, "");
  EXPECT_EQ(SplitUrl("http://h/a@b").host, "h");
}

TEST(Url, ParametersKeepOrderRepeatsAndTheLackOfAValue) {
  const auto parameters = SplitQuery("a=1&b&a==&=&");
  ASSERT_EQ(parameters.size(), 5u);
  EXPECT_EQ(parameters[1].name, "b");
  EXPECT_FALSE(parameters[1].value.has_value());
  EXPECT_EQ(parameters[2].value, "=");
  EXPECT_EQ(parameters[3].value, "");
  EXPECT_EQ(parameters[4].name, "");
}

TEST(Url, OnlyRfc3986EquivalencesAreUndone) {
  EXPECT_EQ(NormalisePercent("%41%7e%2f%c3%a9"), "A~%2F%C3%A9");
  EXPECT_EQ(NormalisePercent("é {}|"), "%C3%A9%20%7B%7D%7C");
  EXPECT_EQ(NormalisePercent("a+b[]:@!$&'()*,;=/?"), "a+b[]:@!$&'()*,;=/?");
  EXPECT_EQ(NormalisePercent("100%&%zz%4"), "100%&%zz%4");
  for (const char* text : {"%41", "é%", "%2f%2F", "\x01\x7f"})
    EXPECT_EQ(NormalisePercent(NormalisePercent(text)), NormalisePercent(text));
}

TEST(Url, PercentDecodingLeavesStrayPercentSigns) { EXPECT_EQ(PercentDecode("%6b%65y%%2"), "key%%2"); }

}  // namespace
}  // namespace reprise::wire
