#include "lib/wire/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/base64.h"

namespace reprise::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Request Get(std::string url) {
  Request request;
  request.endpoint = "gemini";
  request.format = "http";
  request.method = "GET";
  request.url = std::move(url);
  return request;
}

TEST(Mask, CredentialsInTheUrlBecomeStarsOfEqualLength) {
  Request request = Get("https://me:pw@h/v1?alt=sse&key=AIza%2Fx&%74oken=t&X-Amz-Signature=00&api_key=&sig#f");
  EXPECT_THAT(MaskRequest(request, {}),
              ElementsAre("/request/url@", "/request/url?key", "/request/url?token", "/request/url?X-Amz-Signature"));
  EXPECT_EQ(request.url, "https://*****@h/v1?alt=sse&key=********&%74oken=*&X-Amz-Signature=**&api_key=&sig#f");
}

TEST(Mask, MaskingAgainChangesNothing) {
  Request request = Get("https://u@h/?key=k&token=a&token=b");
  request.headers = {{"Authorization", "Bearer x"}, {"Content-Type", "application/json"}};
  Reply reply;
  reply.headers = {{"Set-Cookie", "__cf_bm=abc=d; path=/; Secure"}, {"openai-organization", "acme"}};
  const auto request_paths = MaskRequest(request, {});
  const auto reply_paths = MaskReply(reply, "openai.chat");
  const Request once = request;
  const Reply reply_once = reply;
  EXPECT_EQ(MaskRequest(request, {}), request_paths);
  EXPECT_EQ(MaskReply(reply, "openai.chat"), reply_paths);
  EXPECT_EQ(request.url, once.url);
  EXPECT_EQ(request.headers, once.headers);
  EXPECT_EQ(reply.headers, reply_once.headers);
}

TEST(Mask, TheKeyOfAMaskedRequestIsThatOfTheRequest) {
  Request request = Get("https://u:p@h/v1/models?key=secret&pageSize=3&access_token=t");
  request.headers = {{"X-Api-Key", "k"}, {"anthropic-version", "2023-06-01"}, {"User-Agent", "x"}, {"x-mine", "1"}};
  request.trailers = {{"X-Sum", "9"}, {"X-Mine", "2"}, {"x-api-key", "k"}};
  Rules rules;
  rules.match_headers = {"x-mine"};
  const std::string before = KeyOf(request, 1, rules);
  MaskRequest(request, rules);
  EXPECT_EQ(KeyOf(request, 1, rules), before);
  EXPECT_EQ(request.trailers, (Headers{{"X-Mine", "2"}}));
  EXPECT_EQ(request.headers, (Headers{{"anthropic-version", "2023-06-01"}, {"x-mine", "1"}}));
}

TEST(Mask, RepliesKeepTheAttributesOfTheirCookies) {
  Reply reply;
  reply.headers = {{"Set-Cookie", "__cf_bm=ab.c; path=/; HttpOnly"},
                   {"set-cookie", "flag; path=/"},
                   {"OpenAI-Organization", "user-abc"},
                   {"openai-project", ""},
                   {"x-request-id", "req_1"}};
  EXPECT_THAT(MaskReply(reply, "openai.chat"),
              ElementsAre("/reply/headers/set-cookie", "/reply/headers/openai-organization"));
  EXPECT_EQ(reply.headers, (Headers{{"Set-Cookie", "__cf_bm=****; path=/; HttpOnly"},
                                    {"set-cookie", "flag; path=/"},
                                    {"OpenAI-Organization", "********"},
                                    {"openai-project", ""},
                                    {"x-request-id", "req_1"}}));
}

TEST(Mask, FindsTheCredentialWhereverItStands) {
  Request request = Get("https://h/v1?key=AIza&x=1");
  EXPECT_EQ(CredentialOf(request), "AIza");
  request.url = "https://h/v1";
  EXPECT_EQ(CredentialOf(request), "");
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"Authorization", "Bearer  k1 "}, {"x-api-key", "k1"}, {"API-Key", " k1"}, {"x-goog-api-key", "k1"}}) {
    request.headers = {{name, value}, {"cookie", "session=1"}};
    EXPECT_EQ(CredentialOf(request), "k1") << name;
  }
  request.headers = {{"authorization", "Basic dTpw"}};
  EXPECT_EQ(CredentialOf(request), "dTpw");
  request.url = "https://u:p@h/";
  EXPECT_EQ(CredentialOf(request), "dTpw\nu:p");
}

TEST(Mask, OfASignatureOnlyTheAccessKeyIsTheCredential) {
  Request request = Get("https://bedrock/model");
  request.headers = {{"Authorization",
                      "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/bedrock/aws4_request, "
                      "SignedHeaders=host, Signature=aa"},
                     {"X-Amz-Security-Token", "rotates"}};
  EXPECT_EQ(CredentialOf(request), "AKIA1");
  request.headers.clear();
  request.url = "https://s3/x?X-Amz-Credential=AKIA1%2F20260101%2Fr&X-Amz-Signature=bb&X-Amz-Security-Token=t";
  EXPECT_EQ(CredentialOf(request), "AKIA1");
}

TEST(Mask, CredentialsInARedirectAreMaskedInPlace) {
  Reply reply;
  reply.headers = {{"Location", "https://u:pw@h/cb?code=1&access_token=abc%20d&x=2"}};
  EXPECT_THAT(MaskReply(reply, "openai.chat"),
              ElementsAre("/reply/headers/location@", "/reply/headers/location?access_token"));
  EXPECT_EQ(reply.headers[0].value, "https://****@h/cb?code=1&access_token=*******&x=2");
}

TEST(Mask, TokensThatAnOpaqueReplyHandsOutAreMaskedAndKeepTheirLength) {
  Reply reply;
  reply.body = R"({"access_token":"ab\u0063d","Refresh_Token":"r","expires_in":3600,"data":{"id_token":"kept"},)"
               R"("id_token":7,"api_key":""})";
  const std::size_t length = reply.body.size();
  EXPECT_THAT(MaskReply(reply, "http"), ElementsAre("/reply/body/access_token", "/reply/body/Refresh_Token"));
  EXPECT_EQ(reply.body,
            R"({"access_token":"*********","Refresh_Token":"*","expires_in":3600,"data":{"id_token":"kept"},)"
            R"("id_token":7,"api_key":""})");
  EXPECT_EQ(reply.body.size(), length);
  const std::string once = reply.body;
  MaskReply(reply, "http");
  EXPECT_EQ(reply.body, once);
}

TEST(Mask, WhatAModelSaidIsNeverMasked) {
  Reply reply;
  reply.body = R"({"access_token":"abcd"})";
  EXPECT_THAT(MaskReply(reply, "openai.chat"), IsEmpty());
  EXPECT_EQ(reply.body, R"({"access_token":"abcd"})");
}

TEST(Mask, FieldsThatSteerTheModelAreNeverMasked) {
  Request request = Get("https://h/v1?max_tokens=5&tokens=6&keyword=a&monkey=b");
  request.body = R"({"api_key":"x","token":1})";
  const Request before = request;
  EXPECT_THAT(MaskRequest(request, {}), IsEmpty());
  EXPECT_EQ(request.url, before.url);
  EXPECT_EQ(request.body, before.body);
}

}  // namespace
}  // namespace reprise::wire
