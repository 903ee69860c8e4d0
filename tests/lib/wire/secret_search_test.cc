#include "lib/wire/secret_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/base64.h"
#include "lib/wire/secret_shape.h"
#include "tests/support/canary_keys.h"

namespace reprise::wire {
namespace {

using support::CanaryKeys;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

SecretSearch Knowing(const std::string& secret) {
  SecretSearch search;
  search.AddValue(secret, "credential");
  return search;
}

std::vector<std::string> Places(const SecretSearch& search, const Exchange& exchange) {
  std::vector<std::string> out;
  for (const SecretFound& found : search.In(exchange)) out.push_back(found.place);
  return out;
}

// "\u0073\u006b..."
std::string AllEscaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned char>(c));
    out += escape;
  }
  return out;
}

std::string Percent(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02x", static_cast<unsigned char>(c));
    out += escape;
  }
  return out;
}

TEST(SecretSearch, AKnownValueIsFoundInEverySpelling) {
  const std::string secret = "sec/Proj/0123+456?89=";
  const SecretSearch search = Knowing(secret);
  const auto found = [&](const std::string& body) { return search.RulesIn(body); };
  EXPECT_THAT(found("you sent " + secret + "!"), ElementsAre("credential"));
  EXPECT_THAT(found(R"({"a":"sec\/Proj\/0123\u002b456?89="})"), ElementsAre("credential"));
  EXPECT_THAT(found(R"({"arguments":"{\"k\":\"sec\\\/Proj\\\/0123\\u002B456?89=\"}"})"), ElementsAre("credential"));
  EXPECT_THAT(found("k=sec%2fProj%2f0123%2B456%3F89%3d"), ElementsAre("credential"));
  EXPECT_THAT(found(Percent(AllEscaped(secret))), ElementsAre("credential")) << "escapes within escapes";
  EXPECT_THAT(found(AllEscaped(Percent(secret))), ElementsAre("credential"));
  for (const char* before : {"", "u", "us", "user:"}) {
    const std::string base64 = base::EncodeBase64(before + secret + "tail");
    for (const char* glue : {"", "a", "ab", "abc", "abcd"}) {
      EXPECT_THAT(found("Basic " + (glue + base64)), ElementsAre("credential")) << before << glue;
      std::string url = glue + base64;
      for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
      EXPECT_THAT(found(url), ElementsAre("credential")) << before << glue;
    }
    EXPECT_THAT(found(base::EncodeBase64("{\"in\":\"" + base::EncodeBase64(before + secret) + "\"}")),
                ElementsAre("credential"))
        << "base64 within base64";
    EXPECT_THAT(found(Percent(base64)), ElementsAre("credential"));
    EXPECT_THAT(found(base::EncodeBase64(AllEscaped(secret))), ElementsAre("credential"));
  }
  std::string wrapped = base::EncodeBase64(std::string(50, 'x') + secret + std::string(50, 'y'));
  wrapped.insert(76, "\r\n");
  EXPECT_THAT(found(wrapped), ElementsAre("credential"));
  EXPECT_THAT(found("sec/Proj/0123+456?8"), IsEmpty()) << "a part of it is not it";
}

TEST(SecretSearch, ShortDummyKeysAreNotLookedFor) {
  EXPECT_THAT(Knowing("EMPTY").RulesIn("EMPTY of all that is 16 bytes"), IsEmpty());
}

TEST(SecretSearch, EveryShapeIsKnownByItsRuleWhereverItStands) {
  CanaryKeys keys(7);
  const SecretSearch search;
  for (std::size_t shape = 0; shape < CanaryKeys::shapes(); ++shape) {
    for (int round = 0; round < 50; ++round) {
      const CanaryKeys::Key key = keys.Of(shape);
      for (const std::string& text :
           {key.value, "my key: " + key.value + ".", "glued" + key.value + " end", AllEscaped(key.value),
            Percent(key.value), base::EncodeBase64("user:" + key.value)})
        ASSERT_THAT(search.RulesIn(text), Contains(key.rule)) << text;
    }
  }
}

TEST(SecretSearch, EveryRuleHasAShapeThatIsTried) {
  CanaryKeys keys(7);
  std::vector<std::string_view> untried = ShapeRules();
  for (std::size_t shape = 0; shape < CanaryKeys::shapes(); ++shape)
    untried.erase(std::remove(untried.begin(), untried.end(), keys.Of(shape).rule), untried.end());
  EXPECT_THAT(untried, IsEmpty());
}

TEST(SecretSearch, TalkAboutKeysIsNoKey) {
  const SecretSearch search;
  for (const char* text :
       {"Set OPENAI_API_KEY=sk-... first.", "sk-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "sk-proj-****************",
        "Incorrect API key provided: sk-abc***************************wxyz.", "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nMIIEabcdefghijklmnop0123456789", "ghp_", "hf_transfer is a package",
        "sk-learn-is-a-long-name-for-a-package-of-machine-learning", "the secret key is: be kind to everybody",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.", "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        "resp_0123456789abcdef0123456789abcdef0123456789abcdef", "toolu_01A09q90qw90lq917835lq9", "fp_0123456789",
        "secret_key_base: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_THAT(search.RulesIn(text), IsEmpty()) << text;
}

TEST(SecretSearch, WhatOccursInsideALongRunOfBase64IsNoKey) {
  CanaryKeys keys(3);
  const std::string image = keys.Any(3000, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  EXPECT_THAT(SecretSearch().RulesIn("{\"data\":\"" + image + keys.Of(18).value + image + "\"}"), IsEmpty());
}

TEST(SecretSearch, ATextMadeOfBeginningsCostsNoMoreThanAnyOther) {
  for (const char* beginning :
       {"eyJ", "sk-proj-", "secretkey", "1Q~", "-----BEGIN PRIVATE KEY-----AAAABBBBCCCCDDDDEEEE",
        "eyJhbGciOiJub25lIn0.", "sk-ant-sk-", "%", "\\u00"}) {
    std::string text;
    while (text.size() < 1'000'000) text += beginning;
    (void)SecretSearch().RulesIn(text);
  }
}

TEST(SecretSearch, ATextThatAStreamSaysInPiecesIsPutTogether) {
  CanaryKeys keys(11);
  const std::string key = keys.Of(4).value;
  for (const char* form :
       {"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%\"}}]}\n\n",
        "event: d\ndata: {\"index\":2,\"delta\":{\"text\":\"%\"}}\r\n\r\n", "{\"model\":\"m\",\"response\":\"%\"}\n"}) {
    Exchange exchange;
    for (std::size_t at = 0; at < key.size(); at += 7) {
      std::string line = form;
      line.replace(line.find('%'), 1, key.substr(at, 7));
      exchange.reply.body += line;
    }
    EXPECT_THAT(SecretSearch().RulesIn(exchange.reply.body), IsEmpty());
    EXPECT_THAT(SecretSearch().In(exchange), Contains(::testing::Field(&SecretFound::rule, "anthropic-key"))) << form;
  }
  Exchange array;
  array.reply.body = "[{\"parts\":[{\"text\":\"" + key.substr(0, 9) + "\"}]}\n,\r\n{\"parts\":[{\"text\":\"" +
                     key.substr(9) + "\"}]}]";
  EXPECT_THAT(Places(SecretSearch(), array), ElementsAre("/reply/body/parts/0/text"));
}

TEST(SecretSearch, NamesThePlaceAndNeverTheValue) {
  const std::string secret = "0123456789abcdefX";
  const SecretSearch search = Knowing(secret);
  Exchange exchange;
  EXPECT_THAT(Places(search, exchange), IsEmpty());
  exchange.request.url = "https://h/" + secret;
  exchange.request.headers = {{"OpenAI-Beta", secret}};
  exchange.request.trailers = {{"X-Run", secret}};
  exchange.request.body = R"({"a~/b":[{"x":1},{"y":"0123456789abcdefX"}]})";
  exchange.reply.headers = {{"x-echo", "Bearer " + secret}};
  exchange.reply.body = secret;
  exchange.reply.reason = secret;
  exchange.reply.trailers = {{"X-End", secret}};
  exchange.model.pin = secret;
  EXPECT_THAT(
      Places(search, exchange),
      ElementsAre("/request/url", "/request/headers/openai-beta", "/request/trailers/x-run", "/request/body/a~0~1b/1/y",
                  "/reply/headers/x-echo", "/reply/reason", "/reply/trailers/x-end", "/reply/body", "/"));
}

TEST(SecretSearch, AnExceptionHoldsForItsRuleAtItsPlaceAndBelow) {
  CanaryKeys keys(5);
  Exchange exchange;
  exchange.reply.body = "{\"data\":[{\"token\":\"" + keys.Of(CanaryKeys::shapes() - 1).value + "\"}]}";
  const SecretSearch search;
  ASSERT_THAT(search.In(exchange), ElementsAre(SecretFound{"jwt", "/reply/body/data/0/token"}));
  for (const char* entry : {"jwt /reply/body/data/0/token", "jwt /reply/body/data/*/token", "jwt /reply/body", "jwt /"})
    EXPECT_THAT(search.In(exchange, {entry}), IsEmpty()) << entry;
  for (const char* entry : {"openai-key /reply/body", "jwt /request/body", "jwt /reply/body/data/0/token/x", "jwt"})
    EXPECT_THAT(search.In(exchange, {entry}), Not(IsEmpty())) << entry;
}

TEST(SecretSearch, WhatIsPrintedHasTheRuleInTheValuesPlace) {
  CanaryKeys keys(9);
  const std::string value = keys.Value(), key = keys.Of(0).value;
  SecretSearch search;
  search.AddValue(value, "env.MY_KEY");
  EXPECT_EQ(search.Withhold("a " + value + " b " + key + " c " + value),
            "a [env.MY_KEY withheld] b [openai-key withheld] c [env.MY_KEY withheld]");
  EXPECT_EQ(search.Withhold("x " + base::EncodeBase64(value) + " y"), "[env.MY_KEY withheld]");
  EXPECT_EQ(search.Withhold("nothing here to be withheld"), "nothing here to be withheld");
  const std::string once = search.Withhold("a " + value);
  EXPECT_EQ(search.Withhold(once), once);
}

TEST(SecretSearch, RandomValuesUnderATellingNameAreAHint) {
  Exchange exchange;
  exchange.request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  exchange.request.body = "client_secret=q8Zr1LxT0vKd3NsWc7Yb&scope=read";
  exchange.reply.body = R"({"session_token":"q8Zr1LxT0vKd3NsWc7Yb","next_page_token":"q8Zr1LxT0vKd3NsWc7Yb",)"
                        R"("max_tokens":5,"content":"q8Zr1LxT0vKd3NsWc7Yb","api_key":"********************",)"
                        R"("secret":"a sentence of some length with words"})";
  EXPECT_THAT(LooksSecret(exchange), ElementsAre("/reply/body/session_token", "/request/body?client_secret"));
}

}  // namespace
}  // namespace reprise::wire
