#include "lib/match/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "lib/wire/canonical_json.h"
#include "tests/support/approved.h"
#include "tests/support/count_mutations.h"
#include "tests/support/memory_cassette.h"

namespace reprise::match {
namespace {

using ::reprise::testing::CountMutations;
using ::reprise::testing::IsApproved;
using ::reprise::testing::MemoryCassette;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

Request Post(std::string body, std::string url = "https://api.openai.com/v1/chat/completions") {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  return request;
}

constexpr char kChat[] = R"({"model":"tiny-1","messages":[{"role":"system","content":""},)"
                         R"({"role":"user","content":"Say \u00e9t\ud83d\ude00."}], "temperature":0.70,)"
                         R"( "seed":42, "stop":null, "stream":false, "logit_bias":{"50256":-1e2}})";

// The seed is left out of the key: the mistake that an audit is for.
std::string KeyWithoutSeed(const Request& request, int auth, const Rules& rules) {
  Rules more = rules;
  more.ignore_body.push_back("/seed");
  return KeyOf(request, auth, more);
}

AuditReport AuditOf(MemoryCassette& cassette, const AuditOptions& options = {}) {
  const auto report = Audit(cassette, options);
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *report : AuditReport();
}

TEST(Audit, ByDefaultNothingGoesUnnoticed) {
  MemoryCassette cassette;
  cassette.Record(Post(kChat), "r");
  cassette.Record(Post("", "http://h"), "r");
  cassette.Record(Post("not json"), "r", "main", 2);
  const AuditReport report = AuditOf(cassette);
  EXPECT_EQ(report.exchanges, 3u);
  EXPECT_GT(report.tried, 50u);
  EXPECT_EQ(report.noticed, report.tried);
  EXPECT_EQ(report.unnoticed, 0u);
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_TRUE(report.ok());
}

TEST(Audit, TriesWhatAnotherWalkerCounts) {
  const std::vector<std::string> bodies = {
      kChat,
      "{}",
      "[]",
      "null",
      R"("")",
      R"("x")",
      R"("\u0078y")",
      "-0.5e-10",
      "0e1",
      "-0",
      R"( { "a" : [ 1 , 1.0 , 2 , [ ] , { } , "}]\"" ] , "" : { "b" : [ [ [ "é" ] ] ] } } )",
      R"(["\ud800","a\\",1e400,1e401,true,true,false])"};
  for (const std::string& body : bodies) {
    Request request = Post(body, "https://u:p@h:1/v1/%41/x?a=1&b&&key=***&c=#f?x");
    request.headers.push_back({"Accept", "application/json, Text/Event-Stream"});
    request.headers.push_back({"OpenAI-Beta", ""});
    request.headers.push_back({"X-Mine", "1"});
    request.headers.push_back({"User-Agent", "x"});
    const std::vector<std::string> masked = {"/request/url?key"}, match_headers = {"x-mine"};
    std::uint64_t visited = 0;
    std::map<std::string, std::uint64_t> parts;
    const std::uint64_t all = ForEachMutation(
        request, 3, masked, match_headers, [](std::uint64_t) { return true; },
        [&](const Mutation& mutation, const Request&, int) {
          ++visited;
          ++parts[mutation.part];
          return true;
        });
    const auto expected = CountMutations(request, 3, masked, match_headers, true);
    EXPECT_EQ(all, visited);
    EXPECT_EQ(parts["body"], expected.body) << body;
    EXPECT_EQ(parts["path"], expected.path);
    EXPECT_EQ(parts["query"], expected.query);
    EXPECT_EQ(parts["header"], expected.header);
    EXPECT_EQ(all, expected.total()) << body;
  }
}

TEST(Audit, TheGeneratorMakesWhatItsPageSays) {
  std::vector<std::string> bodies;
  ForEachMutation(
      Post(R"({"a":9.90,"b":[1,1.0,2],"c":"xyx"})"), 0, {}, {}, [](std::uint64_t) { return true; },
      [&](const Mutation& mutation, const Request& request, int) {
        if (mutation.part == "body") bodies.push_back(request.body);
        return true;
      });
  EXPECT_THAT(bodies, UnorderedElementsAre(
                          R"({"a":10.90,"b":[1,1.0,2],"c":"xyx"})", R"({"a":9.91,"b":[1,1.0,2],"c":"xyx"})",
                          R"({"a":9.90,"b":[2,1.0,2],"c":"xyx"})", R"({"a":9.90,"b":[1,2.0,2],"c":"xyx"})",
                          R"({"a":9.90,"b":[1,1.1,2],"c":"xyx"})", R"({"a":9.90,"b":[1,1.0,3],"c":"xyx"})",
                          R"({"a":9.90,"b":[1.0,2],"c":"xyx"})", R"({"a":9.90,"b":[1,2],"c":"xyx"})",
                          R"({"a":9.90,"b":[1,1.0],"c":"xyx"})", R"({"a":9.90,"b":[1,1,1.0,2],"c":"xyx"})",
                          R"({"a":9.90,"b":[1,1.0,1.0,2],"c":"xyx"})", R"({"a":9.90,"b":[1,1.0,2,2],"c":"xyx"})",
                          R"({"a":9.90,"b":[1,2,1.0],"c":"xyx"})", R"({"a":9.90,"b":[1,1.0,2],"c":"yyx"})",
                          R"({"a":9.90,"b":[1,1.0,2],"c":"xxx"})", R"({"a":9.90,"b":[1,1.0,2],"c":"xyy"})",
                          R"({"b":[1,1.0,2],"c":"xyx"})", R"({"a":9.90,"c":"xyx"})", R"({"a":9.90,"b":[1,1.0,2]})",
                          R"({"reprise_audit":true,"a":9.90,"b":[1,1.0,2],"c":"xyx"})"));
}

TEST(Audit, EachMutationIsAnotherValue) {
  const auto original = nlohmann::json::parse(kChat);
  std::set<std::string> seen;
  ForEachMutation(
      Post(kChat), 0, {}, {}, [](std::uint64_t) { return true; },
      [&](const Mutation& mutation, const Request& request, int) {
        if (mutation.part != "body") return true;
        const auto changed = nlohmann::json::parse(request.body, nullptr, false);
        // Half a surrogate pair is valid JSON text that this library cannot read.
        if (!changed.is_discarded()) {
          EXPECT_NE(changed, original) << mutation.what << ' ' << request.body;
        }
        EXPECT_TRUE(wire::JsonTree::Parse(request.body).ok()) << request.body;
        EXPECT_TRUE(seen.insert(request.body).second) << "made twice: " << request.body;
        return true;
      });
  EXPECT_GT(seen.size(), 40u);
}

TEST(Audit, ExponentsAreRaisedAcrossZero) {
  std::vector<std::string> bodies;
  for (const char* number : {"1e-1", "1E-10", "1e-00", "1e+9", "2.5e99"})
    ForEachMutation(
        Post(number), 0, {}, {}, [](std::uint64_t) { return true; },
        [&](const Mutation& mutation, const Request& request, int) {
          if (mutation.what == "exponent raised by 1") bodies.push_back(request.body);
          return true;
        });
  EXPECT_THAT(bodies, ElementsAre("1e-0", "1E-09", "1e01", "1e10", "2.5e100"));
}

TEST(Audit, ADeclaredRuleIsNamedAndCounted) {
  CassetteHead head;
  head.rules.ignore_body = {"/seed", "/never/there"};
  head.rules.ignore_query = {"trace id"};
  MemoryCassette cassette(head);
  cassette.Record(Post(kChat, "http://h/v1?trace%20id=7&a=1"), "r");
  const AuditReport report = AuditOf(cassette);
  // Of the seed: raised, removed. Of the parameter: changed, removed; renamed it is noticed.
  EXPECT_THAT(report.declared, UnorderedElementsAre(Pair("ignore_body /seed", 2), Pair("ignore_body /never/there", 0),
                                                    Pair("ignore_query trace id", 2)));
  EXPECT_EQ(report.unnoticed, 0u);
  EXPECT_EQ(report.noticed + 4, report.tried);
  EXPECT_TRUE(report.ok());
}

TEST(Audit, ATokenThatBecameAnotherIsDeclaredByItsPlaceholder) {
  CassetteHead head;
  // Whatever a mutation makes of its end, it is one.
  head.rules.placeholders = {{"run", "id-[^ ]+"}, {"unused", "zz[0-9]{9}"}};
  MemoryCassette cassette(head);
  cassette.Record(Post(R"({"model":"id-1","user":"id-abc","messages":[{"role":"user","content":"run id-abc now"}]})",
                       "http://h/runs/id-xyz/x?id=id-xyz"),
                  "r");
  const AuditReport report = AuditOf(cassette);
  EXPECT_EQ(report.declared.at("placeholders unused"), 0u);
  EXPECT_EQ(report.unnoticed, 0u);
  EXPECT_TRUE(report.ok());
  // Each token stands there twice, so that one of the two becoming another is noticed. One that stands alone is not.
  EXPECT_EQ(report.declared.at("placeholders run"), 0u);
  MemoryCassette alone(head);
  alone.Record(Post(R"({"model":"m","user":"id-abc"})", "http://h/v1"), "r");
  const AuditReport of_one = AuditOf(alone);
  EXPECT_GT(of_one.declared.at("placeholders run"), 0u);
  EXPECT_EQ(of_one.unnoticed, 0u);
}

TEST(Audit, RulesWithAnyElementAndWholeBranchesAreAttributed) {
  CassetteHead head;
  head.rules.ignore_body = {"/messages/*/id", "/metadata"};
  MemoryCassette cassette(head);
  cassette.Record(Post(R"({"messages":[{"id":"a","t":1},{"id":"b","t":1}],"metadata":{"x":[1,2]}})"), "r");
  const AuditReport report = AuditOf(cassette);
  EXPECT_EQ(report.unnoticed, 0u) << (report.findings.empty() ? "" : report.findings[0].place);
  // Two ids changed and removed; and the two messages swapped, which then differ in nothing else.
  EXPECT_EQ(report.declared.at("ignore_body /messages/*/id"), 5u);
  // x: 2 numbers, 2 elements removed, 2 doubled, 1 swap; x removed; one added beside it; metadata removed.
  EXPECT_EQ(report.declared.at("ignore_body /metadata"), 10u);
}

TEST(Audit, APlantedMistakeIsFound) {
  MemoryCassette cassette;
  cassette.Record(Post(kChat), "r");
  AuditOptions options;
  options.key = KeyWithoutSeed;
  const AuditReport report = AuditOf(cassette, options);
  EXPECT_EQ(report.unnoticed, 2u);
  ASSERT_THAT(report.findings, SizeIs(2));
  for (const AuditFinding& finding : report.findings) {
    EXPECT_EQ(finding.exchange, 1u);
    EXPECT_EQ(finding.part, "body");
    EXPECT_EQ(finding.place, "/seed");
  }
  EXPECT_EQ(report.findings[0].what, "number raised by 1 (away from zero)");
  EXPECT_EQ(report.findings[1].what, "member removed");
  EXPECT_FALSE(report.ok());
}

TEST(Audit, ARuleForTheSamePlaceDoesNotHideTheMistake) {
  CassetteHead head;
  head.rules.ignore_body = {"/seed"};
  MemoryCassette cassette(head);
  cassette.Record(Post(kChat), "r");
  AuditOptions options;
  options.key = KeyWithoutSeed;
  const AuditReport report = AuditOf(cassette, options);
  EXPECT_EQ(report.unnoticed, 2u) << "without the rule the change is still not noticed";
  EXPECT_EQ(report.declared.at("ignore_body /seed"), 0u);
}

TEST(Audit, MistakesBesideTheBodyAreFoundToo) {
  Request request = Post("{}", "http://h/v1/x?b=2&b=1");
  request.headers.push_back({"anthropic-version", "2023-06-01"});
  request.headers.push_back({"x-mine", "1"});
  CassetteHead head;
  head.rules.match_headers = {"x-mine"};
  MemoryCassette cassette(head);
  cassette.Record(request, "r", "main", 1);
  EXPECT_EQ(AuditOf(cassette).unnoticed, 0u);

  const auto unnoticed_parts = [&](void (*mistake)(Request&, int&)) {
    AuditOptions options;
    options.key = [mistake](const Request& asked, int auth, const Rules& rules) {
      Request changed = asked;
      mistake(changed, auth);
      return KeyOf(changed, auth, rules);
    };
    std::set<std::string> parts;
    for (const AuditFinding& finding : AuditOf(cassette, options).findings)
      parts.insert(finding.part + " " + finding.place);
    return parts;
  };
  EXPECT_THAT(unnoticed_parts([](Request& r, int&) { r.headers.clear(); }),
              UnorderedElementsAre("header Content-Type", "header anthropic-version", "header x-mine"));
  EXPECT_THAT(unnoticed_parts([](Request&, int& auth) { auth = auth > 0; }), UnorderedElementsAre("auth "));
  EXPECT_THAT(unnoticed_parts([](Request& r, int&) { r.url = r.url.substr(0, r.url.find('?')); }),
              UnorderedElementsAre("query b", "query reprise_audit"));
  EXPECT_THAT(unnoticed_parts([](Request& r, int&) { r.url = "http://h/?b=2&b=1"; }),
              UnorderedElementsAre("path ", "query b", "query reprise_audit"));
  EXPECT_THAT(unnoticed_parts([](Request& r, int&) { r.method = "POST"; }), UnorderedElementsAre("method "));
  EXPECT_THAT(unnoticed_parts([](Request& r, int&) { r.endpoint.clear(); }), UnorderedElementsAre("endpoint "));
  EXPECT_THAT(unnoticed_parts([](Request& r, int&) { r.format.clear(); }), UnorderedElementsAre("format "));
}

TEST(Audit, MistakesOfOrderAndOfNumbersAreFound) {
  MemoryCassette cassette;
  cassette.Record(Post(R"({"m":[{"a":1},{"a":2}],"t":0.7})"), "r");
  AuditOptions options;
  options.key = [](const Request& request, int auth, const Rules& rules) {
    auto body = nlohmann::json::parse(request.body);
    if (body.contains("m")) std::sort(body["m"].begin(), body["m"].end());
    Request changed = request;
    changed.body = body.dump();
    return KeyOf(changed, auth, rules);
  };
  AuditReport report = AuditOf(cassette, options);
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].what, "swapped with its neighbour");
  options.key = [](const Request& request, int auth, const Rules& rules) {
    auto body = nlohmann::json::parse(request.body);
    if (body.contains("t")) body["t"] = static_cast<int>(body["t"].get<double>());
    Request changed = request;
    changed.body = body.dump();
    return KeyOf(changed, auth, rules);
  };
  report = AuditOf(cassette, options);
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].place + " " + report.findings[0].what, "/t last digit changed");
}

TEST(Audit, LargeBodiesAreSampledBySeedAndThatIsSaid) {
  std::string body = "[0";
  for (int i = 1; i < 2000; ++i) body += "," + std::to_string(i);
  MemoryCassette cassette;
  cassette.Record(Post(body + "]"), "r");
  AuditOptions options;
  options.bytes_per_exchange = 1 << 20;
  const AuditReport one = AuditOf(cassette, options), again = AuditOf(cassette, options);
  EXPECT_EQ(one.sampled_exchanges, 1u);
  EXPECT_GT(one.not_tried, 7000u);
  EXPECT_GT(one.tried, 50u);
  EXPECT_LT(one.tried, 200u);
  EXPECT_EQ(AuditText(one, "x"), AuditText(again, "x"));
  EXPECT_THAT(AuditText(one, "x"), HasSubstr("with large bodies, where a sample was"));
  options.seed = 2;
  const AuditReport other = AuditOf(cassette, options);
  EXPECT_EQ(one.tried + one.not_tried, other.tried + other.not_tried);
  EXPECT_THAT(AuditText(other, "x"), HasSubstr("(seed 2)"));
}

TEST(Audit, ALongStringCostsAFewPlaces) {
  MemoryCassette cassette;
  cassette.Record(Post("{\"image\":\"" + std::string(1 << 20, 'A') + "\"}"), "r");
  const AuditReport report = AuditOf(cassette);
  EXPECT_EQ(report.tried_by_part.at("body"), 5u);
  EXPECT_EQ(report.unnoticed, 0u);
}

TEST(Audit, AKeyThatIsNotThatOfItsRequestIsTold) {
  MemoryCassette cassette;
  Exchange exchange;
  exchange.request = Post("{}");
  exchange.key = std::string(64, 'a');
  cassette.Append(exchange);
  const AuditReport report = AuditOf(cassette);
  ASSERT_THAT(report.stale, SizeIs(1));
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(AuditText(report, "x"), HasSubstr("reprise rekey"));
  // Under other rules than the head's, stored keys are not in use.
  AuditOptions options;
  options.rules.emplace();
  options.rules->ignore_body = {"/x"};
  EXPECT_THAT(AuditOf(cassette, options).stale, IsEmpty());
}

TEST(Audit, CredentialsInTheUrlAreLeftToTheAuthAlias) {
  MemoryCassette cassette;
  Exchange exchange;
  exchange.request = Post("{}", "http://h/v1?key=****");
  exchange.masked = {"/request/url?key"};
  exchange.key = KeyOf(exchange.request, 0, {});
  cassette.Append(exchange);
  EXPECT_EQ(AuditOf(cassette).unnoticed, 0u);
}

TEST(Audit, ReportsAddUp) {
  MemoryCassette cassette;
  cassette.Record(Post(kChat), "r");
  AuditOptions options;
  options.key = KeyWithoutSeed;
  AuditReport sum = AuditOf(cassette, options);
  const AuditReport one = sum;
  sum.Add(one);
  EXPECT_EQ(sum.tried, 2 * one.tried);
  EXPECT_EQ(sum.cassettes, 2u);
  EXPECT_THAT(sum.findings, SizeIs(4));
  EXPECT_EQ(sum.tried_by_part.at("body"), 2 * one.tried_by_part.at("body"));
}

TEST(Audit, ReadsAsApproved) {
  CassetteHead head;
  head.rules.ignore_body = {"/stop"};
  MemoryCassette cassette(head);
  cassette.Record(Post(kChat), "r");
  cassette.Record(Post("{}"), "r");
  EXPECT_TRUE(IsApproved("audit_clean", AuditText(AuditOf(cassette), "Chat/AsksTwice.reprise")));
  AuditOptions options;
  options.key = KeyWithoutSeed;
  EXPECT_TRUE(IsApproved("audit_unnoticed", AuditText(AuditOf(cassette, options), "Chat/AsksTwice.reprise")));
  const auto json = nlohmann::json::parse(AuditJson(AuditOf(cassette, options)));
  EXPECT_EQ(json["unnoticed"], 2);
  EXPECT_EQ(json["declared"]["ignore_body /stop"], 2);
  EXPECT_EQ(json["findings"][0]["place"], "/seed");
  EXPECT_EQ(json["ok"], false);
}

}  // namespace
}  // namespace reprise::match
