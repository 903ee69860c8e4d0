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
  const auto reply_paths = MaskReply(reply);
  const Request once = request;
  const Reply reply_once = reply;
  EXPECT_EQ(MaskRequest(request, {}), request_paths);
  EXPECT_EQ(MaskReply(reply), reply_paths);
  EXPECT_EQ(request.url, once.url);
  EXPECT_EQ(request.headers, once.headers);
  EXPECT_EQ(reply.headers, reply_once.headers);
}

TEST(Mask, TheKeyOfAMaskedRequestIsThatOfTheRequest) {
  Request request = Get("https://u:p@h/v1/models?key=secret&pageSize=3&access_token=t");
  request.headers = {{"X-Api-Key", "k"}, {"anthropic-version", "2023-06-01"}, {"User-Agent", "x"}, {"x-mine", "1"}};
  Rules rules;
  rules.match_headers = {"x-mine"};
  const std::string before = KeyOf(request, 1, rules);
  MaskRequest(request, rules);
  EXPECT_EQ(KeyOf(request, 1, rules), before);
  EXPECT_EQ(request.headers, (Headers{{"anthropic-version", "2023-06-01"}, {"x-mine", "1"}}));
}

TEST(Mask, RepliesKeepTheAttributesOfTheirCookies) {
  Reply reply;
  reply.headers = {{"Set-Cookie", "__cf_bm=ab.c; path=/; HttpOnly"},
                   {"set-cookie", "flag; path=/"},
                   {"OpenAI-Organization", "user-abc"},
                   {"openai-project", ""},
                   {"x-request-id", "req_1"}};
  EXPECT_THAT(MaskReply(reply), ElementsAre("/reply/headers/set-cookie", "/reply/headers/openai-organization"));
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

TEST(Mask, FindsASecretInEverySpelling) {
  const std::string secret = "sk-Proj/0123+456?89=";
  const auto in_reply = [&](const std::string& body) {
    Exchange exchange;
    exchange.reply.body = body;
    return StoresValue(exchange, secret).value_or("");
  };
  EXPECT_EQ(in_reply("you sent " + secret + "!"), "/reply/body");
  EXPECT_EQ(in_reply(R"({"a":"sk-Proj\/0123\u002b456?89="})"), "/reply/body");
  EXPECT_EQ(in_reply(R"({"arguments":"{\"k\":\"sk-Proj\\\/0123\\u002B456?89=\"}"})"), "/reply/body");
  EXPECT_EQ(in_reply("k=sk-Proj%2f0123%2B456%3F89%3d"), "/reply/body");
  for (const char* before : {"", "u", "us", "user:"}) {
    const std::string base64 = base::EncodeBase64(before + secret + "tail");
    EXPECT_EQ(in_reply("Basic " + base64), "/reply/body") << before;
    std::string url = base64;
    for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
    EXPECT_EQ(in_reply(url), "/reply/body") << before;
  }
  EXPECT_EQ(in_reply("sk-Proj/0123+456?8"), "");
  EXPECT_EQ(in_reply(std::string(1000, '\\')), "");
}

TEST(Mask, NamesThePlaceWhereASecretWouldBeStored) {
  const std::string secret = "0123456789abcdef";
  Exchange exchange;
  EXPECT_EQ(StoresValue(exchange, secret), std::nullopt);
  exchange.request.url = "https://h/" + secret;
  EXPECT_EQ(StoresValue(exchange, secret), "/request/url");
  exchange.request.url.clear();
  exchange.request.headers = {{"OpenAI-Beta", secret}};
  EXPECT_EQ(StoresValue(exchange, secret), "/request/headers/openai-beta");
  exchange.request.headers.clear();
  exchange.request.body = secret;
  EXPECT_EQ(StoresValue(exchange, secret), "/request/body");
  exchange.request.body.clear();
  exchange.reply.headers = {{"x-echo", "Bearer " + secret}};
  EXPECT_EQ(StoresValue(exchange, secret), "/reply/headers/x-echo");
  exchange.reply.headers.clear();
  exchange.model.pin = secret;
  EXPECT_EQ(StoresValue(exchange, secret), "/");
}

TEST(Mask, ShortDummyKeysAreNotLookedFor) {
  Exchange exchange;
  exchange.reply.body = "ollama says EMPTY";
  EXPECT_EQ(StoresValue(exchange, "EMPTY"), std::nullopt);
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
