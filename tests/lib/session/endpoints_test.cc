#include "lib/session/endpoints.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace reprise::session {
namespace {

Environment Variables(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) {
    const auto it = variables.find(name);
    return it == variables.end() ? std::string() : it->second;
  };
}

TEST(BuiltIn, AreWhereTheirProvidersSay) {
  const Environment nothing = Variables({});
  for (const BuiltInEndpoint& endpoint : BuiltInEndpoints()) {
    const Endpoint resolved = Resolve(endpoint, nothing);
    EXPECT_EQ(resolved.name, endpoint.name);
    EXPECT_EQ(resolved.format, endpoint.format);
    EXPECT_EQ(resolved.upstream, endpoint.upstream);
    EXPECT_EQ(resolved.credential_from, endpoint.credential_from);
  }
  EXPECT_EQ(FindBuiltInEndpoint("Anthropic"), nullptr);
}

Endpoint Resolved(const char* name, std::map<std::string, std::string> variables) {
  return Resolve(*FindBuiltInEndpoint(name), Variables(std::move(variables)));
}

TEST(BuiltIn, MoveWithTheVariablesOfTheirSdks) {
  struct Case {
    const char *name, *variable, *value, *upstream;
  };
  for (const Case& c :
       {Case{"openai", "OPENAI_BASE_URL", "http://h:4/v1", "http://h:4/v1"},
        Case{"openai", "OPENAI_API_BASE", "http://h:4/v1", "http://h:4/v1"},
        Case{"anthropic", "ANTHROPIC_BASE_URL", "http://h:1", "http://h:1"},
        Case{"anthropic", "ANTHROPIC_API_BASE", "http://h:1", "http://h:1"},
        Case{"gemini", "GOOGLE_GEMINI_BASE_URL", "http://h:2", "http://h:2"},
        Case{"vertex", "GOOGLE_VERTEX_BASE_URL", "http://h:2", "http://h:2"},
        Case{"ollama", "OLLAMA_HOST", "example.org:3", "http://example.org:3"},
        Case{"ollama", "OLLAMA_API_BASE", "http://h:3", "http://h:3"},
        Case{"openrouter", "OPENROUTER_BASE_URL", "http://h/api/v1", "http://h/api/v1"},
        Case{"groq", "GROQ_BASE_URL", "http://h", "http://h/openai/v1"},
        Case{"groq", "GROQ_BASE_URL", "http://h/openai/v1/", "http://h/openai/v1"},
        Case{"azure", "AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/", "https://r.openai.azure.com/openai/v1"}})
    EXPECT_EQ(Resolved(c.name, {{c.variable, c.value}}).upstream, c.upstream) << c.variable;
  EXPECT_EQ(Resolved("openai", {{"OPENAI_API_BASE", "http://old"}, {"OPENAI_BASE_URL", "http://new"}}).upstream,
            "http://new");
  EXPECT_EQ(Resolved("anthropic", {{"ANTHROPIC_API_BASE", "http://b"}, {"ANTHROPIC_BASE_URL", "http://a"}}).upstream,
            "http://a");
}

TEST(BuiltIn, LookForKeysInTheOrderOfTheirSdks) {
  const auto from = [](const char* name, std::map<std::string, std::string> variables) {
    return Resolved(name, std::move(variables)).credential_from;
  };
  EXPECT_EQ(from("openai", {}), "OPENAI_API_KEY") << "the sentence that it is missing names it";
  EXPECT_EQ(from("gemini", {}), "GEMINI_API_KEY");
  EXPECT_EQ(from("gemini", {{"GEMINI_API_KEY", "b"}}), "GEMINI_API_KEY");
  EXPECT_EQ(from("gemini", {{"GEMINI_API_KEY", "b"}, {"GOOGLE_API_KEY", "a"}}), "GOOGLE_API_KEY");
  EXPECT_EQ(from("anthropic", {{"ANTHROPIC_AUTH_TOKEN", "t"}}), "ANTHROPIC_AUTH_TOKEN");
  EXPECT_EQ(from("anthropic", {{"ANTHROPIC_AUTH_TOKEN", "t"}, {"ANTHROPIC_API_KEY", "k"}}), "ANTHROPIC_API_KEY");
  EXPECT_EQ(from("ollama", {}), "") << "a server of one's own needs none";
  EXPECT_EQ(from("ollama", {{"OLLAMA_API_KEY", "k"}}), "OLLAMA_API_KEY");
  EXPECT_EQ(from("azure", {{"AZURE_OPENAI_API_KEY", "k"}, {"AZURE_OPENAI_AD_TOKEN", "t"}}), "AZURE_OPENAI_AD_TOKEN");
}

using Named = std::map<std::string, Endpoint>;

// endpoint: variables of the base URL; keys.
std::map<std::string, std::string> Pointed(const Named& named, std::map<std::string, std::string> variables = {}) {
  std::map<std::string, std::string> out;
  for (const SdkVariables& sdk : SdksToPoint(named, Variables(std::move(variables)))) {
    std::string& line = out[sdk.endpoint];
    for (const std::string& name : sdk.base_url) line += name + " ";
    line += "key " + sdk.credential;
  }
  return out;
}

TEST(SdksToPoint, AreTheCommonOnesAndThoseThatSomebodyNames) {
  const std::map<std::string, std::string> common = {{"openai", "OPENAI_BASE_URL OPENAI_API_BASE key OPENAI_API_KEY"},
                                                     {"anthropic", "ANTHROPIC_BASE_URL key ANTHROPIC_API_KEY"},
                                                     {"gemini", "GOOGLE_GEMINI_BASE_URL key GEMINI_API_KEY"},
                                                     {"ollama", "OLLAMA_HOST key "}};
  EXPECT_EQ(Pointed({}), common);
  EXPECT_EQ(Pointed({{"judge", {"judge", "openai.chat", "http://h/v1", "JUDGE_KEY"}}}), common)
      << "no variable leads to it";

  auto expected = common;
  expected["azure"] = "AZURE_OPENAI_ENDPOINT key AZURE_OPENAI_API_KEY";
  expected["anthropic"] = "ANTHROPIC_BASE_URL ANTHROPIC_API_BASE key ANTHROPIC_API_KEY";
  EXPECT_EQ(Pointed({}, {{"AZURE_OPENAI_ENDPOINT", "https://r"}, {"ANTHROPIC_API_BASE", "https://gateway"}}), expected);

  expected = common;
  expected["groq"] = "GROQ_BASE_URL key GROQ_API_KEY";
  expected["openai"] = "OPENAI_BASE_URL OPENAI_API_BASE MY_URL key TEAM_KEY";
  expected["judge"] = "JUDGE_URL key JUDGE_KEY";
  EXPECT_EQ(Pointed({{"groq", {"groq", "", "", ""}},
                     {"openai", {"openai", "", "", "TEAM_KEY", "MY_URL"}},
                     {"judge", {"judge", "openai.chat", "http://h/v1", "JUDGE_KEY", "JUDGE_URL"}}}),
            expected);
}

TEST(SdksToPoint, AreToldLessThanTheyAddThemselves) {
  EXPECT_EQ(ForSdk("groq", "http://127.0.0.1:1/t/openai/v1"), "http://127.0.0.1:1/t");
  EXPECT_EQ(ForSdk("azure", "http://127.0.0.1:1/t/openai/v1"), "http://127.0.0.1:1/t");
  EXPECT_EQ(ForSdk("openai", "http://127.0.0.1:1/t/v1"), "http://127.0.0.1:1/t/v1");
  EXPECT_EQ(ForSdk("judge", "http://127.0.0.1:1/t/openai/v1"), "http://127.0.0.1:1/t/openai/v1");
}

TEST(BuiltIn, ReadTheHostOfOllamaAsItsClientsDo) {
  const std::map<std::string, std::string> cases = {
      {"", "http://127.0.0.1:11434"},
      {"0.0.0.0", "http://127.0.0.1:11434"},
      {"0.0.0.0:8080", "http://127.0.0.1:8080"},
      {":8080", "http://127.0.0.1:8080"},
      {"example.org", "http://example.org:11434"},
      {"http://example.org", "http://example.org"},
      {"https://example.org/ollama/", "https://example.org/ollama"},
      {"example.org:1/a/b", "http://example.org:1/a/b"},
      {"[::1]", "http://[::1]:11434"},
      {"[::]:9", "http://[::1]:9"},
  };
  for (const auto& [host, url] : cases) EXPECT_EQ(OllamaBaseUrl(host), url) << host;
}

}  // namespace
}  // namespace reprise::session
