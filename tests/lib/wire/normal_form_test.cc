#include "lib/wire/normal_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/file_system.h"
#include "lib/base/hash.h"
#include "lib/wire/json_text.h"

namespace reprise {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Request Chat(std::string body) {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = "https://api.openai.com/v1/chat/completions";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  return request;
}

std::string Form(const Request& request, int auth = 0, const Rules& rules = {}) {
  return NormalForm(request, auth, rules);
}
std::string FormOf(std::string body, const Rules& rules = {}) { return Form(Chat(std::move(body)), 0, rules); }

TEST(NormalForm, IsCanonicalJsonOfEverythingThatCounts) {
  Request request = Chat(R"({"temperature": 0.70, "model": "tiny-1"})");
  request.url += "?b=2&a=1";
  EXPECT_EQ(Form(request, 1),
            R"({"auth":1,"body":{"json":{"model":"tiny-1","temperature":7e-1}},"endpoint":"openai",)"
            R"("format":"openai.chat","headers":[["content-type","application/json"]],"method":"POST","normal":1,)"
            R"("path":"/v1/chat/completions","query":[["a","1"],["b","2"]]})");
  EXPECT_EQ(KeyOf(request, 1, {}), base::Sha256Hex(Form(request, 1)));
}

// What stands between "```LANGUAGE" and "```" in FORMAT.md.
std::string Block(const std::string& page, const std::string& language) {
  const std::string begin = "```" + language + "\n";
  const std::size_t at = page.find(begin);
  if (at == std::string::npos) return {};
  return page.substr(at + begin.size(), page.find("\n```", at) - at - begin.size());
}

TEST(NormalForm, IsWhatTheExampleInFormatMdSays) {
  const auto page = base::ReadFile(std::string(REPRISE_SOURCE_DIR) + "/FORMAT.md");
  ASSERT_TRUE(page.ok()) << page.status();
  const std::string text = Block(*page, "request");
  ASSERT_FALSE(text.empty());
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = text.substr(0, text.find(' '));
  request.url = text.substr(text.find(' ') + 1, text.find('\n') - text.find(' ') - 1);
  std::size_t line = text.find('\n') + 1;
  for (std::size_t end; (end = text.find('\n', line)) != line; line = end + 1) {
    const std::size_t colon = text.find(": ", line);
    request.headers.push_back({text.substr(line, colon - line), text.substr(colon + 2, end - colon - 2)});
  }
  request.body = text.substr(line + 1);
  Rules rules;
  rules.ignore_body = {"/messages/*/name"};
  EXPECT_EQ(Form(request, 1, rules), Block(*page, "normal-form"));
  EXPECT_THAT(*page, HasSubstr("and the key `" + KeyOf(request, 1, rules) + "`."));
}

TEST(NormalForm, OrderOfMembersAndWhiteSpaceDoNotCount) {
  EXPECT_EQ(FormOf(R"({"a":1,"b":[1,2]})"), FormOf("\r\n{ \"b\" : [ 1,2 ],\t\"a\": 1 }\n"));
}

TEST(NormalForm, NumbersCountByExactValue) {
  EXPECT_EQ(FormOf("[0,0.0,0e0,-0]"), FormOf("[0.00,0,-0.0e5,0]"));
  EXPECT_NE(FormOf("[9007199254740993]"), FormOf("[9007199254740992]"));
  EXPECT_NE(FormOf("[0.1]"), FormOf("[0.10000000000000001]"));
  EXPECT_NE(FormOf("[1]"), FormOf("[-1]"));
  EXPECT_NE(FormOf("[1]"), FormOf("[\"1\"]"));
}

TEST(NormalForm, AHugeExponentIsAValueLikeAnother) {
  EXPECT_EQ(FormOf("[10e999999999999]"), FormOf("[1e1000000000000]"));
  EXPECT_LT(FormOf("[1e999999999999999999]").size(), 400u);
}

TEST(NormalForm, StringsCountByCodePoint) {
  EXPECT_EQ(FormOf(R"({"\u0061":"\u00e9\/"})"), FormOf(R"({"a":"é/"})"));
  EXPECT_NE(FormOf(R"(["é"])"), FormOf(R"(["e\u0301"])"));
  EXPECT_NE(FormOf(R"(["a"])"), FormOf(R"(["a "])"));
}

TEST(NormalForm, LoneSurrogatesCount) {
  EXPECT_EQ(FormOf(R"(["\uD800"])"), FormOf(R"(["\ud800"])"));
  EXPECT_NE(FormOf(R"(["\ud800"])"), FormOf(R"(["\ud801"])"));
  EXPECT_EQ(FormOf(R"(["\ud83d\ude00"])"), FormOf("[\"😀\"]"));
}

TEST(NormalForm, OrderOfElementsCounts) { EXPECT_NE(FormOf("[1,2]"), FormOf("[2,1]")); }

TEST(NormalForm, DuplicateNamesMakeABodyOpaqueBytes) {
  const std::string twice = R"({"seed":1,"seed":1})";
  EXPECT_THAT(FormOf(twice), HasSubstr("\"body\":{\"bytes\":19,\"sha256\":\"" + base::Sha256Hex(twice)));
  EXPECT_NE(FormOf(twice), FormOf(twice + " "));
  EXPECT_NE(FormOf(twice), FormOf(R"({"seed":1})"));
  Rules rules;
  rules.ignore_body = {"/seed"};
  EXPECT_NE(FormOf(R"({"seed":1,"seed":2})", rules), FormOf(R"({"seed":1,"seed":3})", rules));
}

TEST(NormalForm, AbsentIsNotTheDefault) {
  EXPECT_NE(FormOf(R"({"model":"m"})"), FormOf(R"({"model":"m","temperature":1})"));
  EXPECT_NE(FormOf(R"({"model":"m"})"), FormOf(R"({"model":"m","stream":false})"));
}

TEST(NormalForm, NullIsNotAbsent) { EXPECT_NE(FormOf(R"({"a":1,"b":null})"), FormOf(R"({"a":1})")); }

TEST(NormalForm, StringAndOnePartContentDiffer) {
  EXPECT_NE(FormOf(R"({"content":"hi"})"), FormOf(R"({"content":[{"type":"text","text":"hi"}]})"));
}

TEST(NormalForm, TheModelCountsToItsLastCharacter) {
  EXPECT_NE(FormOf(R"({"model":"gpt-4o-2024-08-06"})"), FormOf(R"({"model":"gpt-4o-2024-11-20"})"));
  EXPECT_NE(FormOf(R"({"model":"gpt-4o-2024-08-06"})"), FormOf(R"({"model":"gpt-4o"})"));
}

TEST(NormalForm, IgnoredMembersAreLeftOutWhereverTheRuleSays) {
  Rules rules;
  rules.ignore_body = {"/messages/*/name", "/seed"};
  EXPECT_EQ(FormOf(R"({"seed":1,"messages":[{"name":"a","content":"x"}]})", rules),
            FormOf(R"({"messages":[{"content":"x","name":"b"}],"seed":[2]})", rules));
  EXPECT_EQ(FormOf(R"({"seed":1,"messages":[]})", rules), FormOf(R"({"messages":[]})", rules));
  EXPECT_NE(FormOf(R"({"seed":1,"name":"a","messages":[]})", rules),
            FormOf(R"({"seed":1,"name":"b","messages":[]})", rules));
}

TEST(NormalForm, OtherBodiesCountByTheirBytes) {
  Request text = Chat("1.0");
  text.headers = {{"Content-Type", "text/plain"}};
  EXPECT_THAT(Form(text), HasSubstr("\"body\":{\"bytes\":3,\"sha256\":"));
  Request other = text;
  other.body = "1";
  EXPECT_NE(Form(text), Form(other));
  text.body = "{\"a\":1}";  // JSON to the eye, text to its receiver
  other.body = "{\"a\": 1}";
  EXPECT_NE(Form(text), Form(other));
  EXPECT_THAT(FormOf(""), HasSubstr("\"body\":{\"bytes\":0,"));
  EXPECT_THAT(FormOf("{"), HasSubstr("\"body\":{\"bytes\":1,"));
  EXPECT_THAT(FormOf("[\"\xFF\"]"), HasSubstr("\"body\":{\"bytes\":5,"));
  EXPECT_THAT(FormOf(std::string(600, '[') + std::string(600, ']')), HasSubstr("\"body\":{\"bytes\":12e2,"));
}

TEST(NormalForm, WhatCurlSendsAsAFormIsReadAsTheJsonItIs) {
  Request request = Chat(R"({"a":1})");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_THAT(Form(request), HasSubstr("\"body\":{\"json\":{\"a\":1}}"));
  request.headers.clear();
  EXPECT_THAT(Form(request), HasSubstr("\"body\":{\"json\":{\"a\":1}}"));
  request.body = "1";
  EXPECT_THAT(Form(request), HasSubstr("\"body\":{\"bytes\":1"));
}

std::string Multipart(const std::string& boundary, const std::string& content) {
  return "--" + boundary + "\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n" + content + "\r\n--" + boundary +
         "\r\n\r\nb\r\n--" + boundary + "--\r\n";
}

Request Form(const std::string& boundary, const std::string& content) {
  Request request = Chat(Multipart(boundary, content));
  request.headers = {{"Content-Type", "multipart/form-data; boundary=" + boundary}};
  return request;
}

TEST(NormalForm, TheBoundaryOfAFormDoesNotCount) {
  EXPECT_EQ(Form(Form("AaB03x", "data")), Form(Form("------WebKit77", "data")));
  EXPECT_NE(Form(Form("AaB03x", "data")), Form(Form("AaB03x", "datb")));
  EXPECT_THAT(Form(Form("AaB03x", "data")), HasSubstr(R"([["content-type","multipart/form-data"]])"));
}

TEST(NormalForm, ABoundaryInsideTheDataIsData) {
  // The first request holds the second one's boundary as data, not as a delimiter.
  EXPECT_NE(Form(Form("A", "x\r\n--B\r\ny")), Form(Form("B", "x\r\n--A\r\ny")));
  EXPECT_NE(Form(Form("A", "--AB")), Form(Form("B", "--BB")));
}

TEST(NormalForm, ABoundaryThatDelimitsNothingCounts) {
  Request request = Form("A", "x");
  request.headers[0].value = "multipart/form-data; boundary=Z";
  EXPECT_THAT(Form(request), HasSubstr("boundary=Z"));
  EXPECT_THAT(Form(request), HasSubstr("\"body\":{\"bytes\""));
}

TEST(NormalForm, MultipartSplitsSayAllButTheBoundary) {
  using wire::SplitMultipart;
  const auto parts = SplitMultipart("--B\r\none\r\n--B\r\n\r\n--B--tail", "B");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(*parts, (std::vector<std::string_view>{"one", "", "tail"}));
  EXPECT_EQ(*SplitMultipart("--B\r\na\r\n--Bx\r\n--B--", "B"), (std::vector<std::string_view>{"a\r\n--Bx", ""}))
      << "a longer word that begins like the boundary is data";
  for (const char* odd : {"--B\r\n--B--", "\r\n--B\r\nx\r\n--B--", "--B\nx\n--B--", "--B \r\nx\r\n--B--", "--B\r\nx",
                          "--B--", "", "--B\r\nx\r\n--B"})
    EXPECT_FALSE(SplitMultipart(odd, "B").has_value()) << odd;
  EXPECT_FALSE(SplitMultipart("--\r\nx\r\n----", "").has_value());
}

TEST(NormalForm, SchemeHostAndPortDoNotCount) {
  Request here = Chat("{}"), there = Chat("{}");
  there.url = "http://user@127.0.0.1:8080/v1/chat/completions#x";
  EXPECT_EQ(Form(here), Form(there));
}

TEST(NormalForm, PathMethodEndpointFormatAndAuthCount) {
  const Request base = Chat("{}");
  const std::string form = Form(base);
  Request changed = base;
  changed.url = "https://api.openai.com/v2/chat/completions";
  EXPECT_NE(Form(changed), form);
  changed = base;
  changed.url += "/";
  EXPECT_NE(Form(changed), form);
  changed = base;
  changed.method = "PUT";
  EXPECT_NE(Form(changed), form);
  changed = base;
  changed.endpoint = "judge";
  EXPECT_NE(Form(changed), form);
  changed = base;
  changed.format = "http";
  EXPECT_NE(Form(changed), form);
  EXPECT_NE(Form(base, 1), form);
  EXPECT_NE(Form(base, 1), Form(base, 2));
}

TEST(NormalForm, PercentEncodingCountsAsRfc3986Says) {
  const auto at = [](const char* url) {
    Request request = Chat("{}");
    request.url = url;
    return Form(request);
  };
  EXPECT_EQ(at("http://h/%7euser/%61%2f?q=%c3%a9"), at("http://h/~user/a%2F?q=é"));
  EXPECT_NE(at("http://h/a%2Fb"), at("http://h/a/b"));
  EXPECT_NE(at("http://h/?q=a+b"), at("http://h/?q=a%20b"));
  EXPECT_NE(at("http://h/?q=a+b"), at("http://h/?q=a%2Bb"));
  EXPECT_EQ(at("http://h"), at("http://h/"));
}

TEST(NormalForm, OrderOfQueryParametersCountsOnlyWithinOneName) {
  const auto with = [](const char* query) {
    Request request = Chat("{}");
    request.url += query;
    return Form(request);
  };
  EXPECT_EQ(with("?a=1&b=2"), with("?b=2&a=1"));
  EXPECT_NE(with("?a=1&a=2"), with("?a=2&a=1"));
  EXPECT_NE(with("?a"), with("?a="));
  EXPECT_NE(with("?"), with(""));
  EXPECT_NE(with("?a=1&"), with("?a=1"));
}

TEST(NormalForm, CredentialsInTheQueryAreNeverPartOfIt) {
  Request request = Chat("{}");
  const std::string form = Form(request);
  request.url += "?key=AIzaSecret";
  EXPECT_EQ(Form(request), form);
  EXPECT_THAT(Form(request), Not(HasSubstr("AIza")));
  Request other = request;
  other.url = "https://api.openai.com/v1/chat/completions?key=AIzaOther";
  EXPECT_EQ(Form(other), form);
  other.url = "https://api.openai.com/v1/chat/completions?key=";
  EXPECT_NE(Form(other), form);  // no credential, so an ordinary parameter
}

TEST(NormalForm, IgnoredQueryParametersAreLeftOutByTheirDecodedName) {
  Rules rules;
  rules.ignore_query = {"trace id"};
  Request request = Chat("{}");
  request.url += "?a=1&trace%20id=7";
  Request other = Chat("{}");
  other.url += "?a=1";
  EXPECT_EQ(Form(request, 0, rules), Form(other, 0, rules));
}

TEST(NormalForm, HeaderCaseRepeatsAndOrderDoNotCount) {
  Request a = Chat("{}"), b = Chat("{}");
  a.headers = {{"Content-Type", "application/json"}, {"anthropic-beta", "x"}, {"Anthropic-Beta", "y"}};
  b.headers = {{"ANTHROPIC-BETA", "x, y"}, {"content-type", "application/json; charset=utf-8"}};
  EXPECT_EQ(Form(a), Form(b));
  b.headers[0].value = "y, x";
  EXPECT_NE(Form(a), Form(b));
}

TEST(NormalForm, OtherHeadersCountWhereDeclared) {
  Request a = Chat("{}"), b = Chat("{}");
  a.headers.push_back({"X-Tenant", "1"});
  b.headers.push_back({"X-Tenant", "2"});
  EXPECT_EQ(Form(a), Form(b));
  Rules rules;
  rules.match_headers = {"x-tenant"};
  EXPECT_NE(Form(a, 0, rules), Form(b, 0, rules));
}

TEST(NormalForm, TrailersCountWhereDeclaredAndStandBehindTheHead) {
  Request a = Chat("{}"), b = Chat("{}");
  a.headers.push_back({"X-Tenant", "1"});
  b.headers.push_back({"X-Tenant", "1"});
  a.trailers = {{"x-tenant", "2"}, {"X-Other", "3"}, {"anthropic-version", "4"}};
  EXPECT_EQ(Form(a), Form(b));
  Rules rules;
  rules.match_headers = {"x-tenant"};
  EXPECT_NE(Form(a, 0, rules), Form(b, 0, rules));
  EXPECT_THAT(Form(a, 0, rules), AllOf(HasSubstr("[\"x-tenant\",\"1, 2\"]"), Not(HasSubstr("anthropic-version"))));
}

TEST(NormalForm, NeverFailsOnOddBytes) {
  Request request;
  request.method = "\xFF\n";
  request.url = "\x01?\x02";
  request.headers = {{"content-type", "\xED\xA0"}};
  request.body = std::string("\0", 1);
  EXPECT_THAT(Form(request), HasSubstr("\"method\":\"\\udcff\\n\""));
  EXPECT_TRUE(wire::IsUtf8(Form(request)));
}

}  // namespace
}  // namespace reprise
