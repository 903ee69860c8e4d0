#include "lib/session/endpoints.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

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
  }
  EXPECT_EQ(FindBuiltInEndpoint("anthropic")->credential_from, "ANTHROPIC_API_KEY");
  EXPECT_EQ(FindBuiltInEndpoint("Anthropic"), nullptr);
}

TEST(BuiltIn, MoveWithTheVariableOfTheirSdk) {
  const Environment moved = Variables({{"ANTHROPIC_BASE_URL", "http://localhost:1"},
                                       {"GOOGLE_GEMINI_BASE_URL", "http://localhost:2"},
                                       {"OLLAMA_HOST", "example.org:3"},
                                       {"OPENAI_BASE_URL", "http://localhost:4/v1"}});
  std::set<std::string> upstreams;
  for (const BuiltInEndpoint& endpoint : BuiltInEndpoints()) upstreams.insert(Resolve(endpoint, moved).upstream);
  EXPECT_EQ(upstreams, (std::set<std::string>{"http://localhost:1", "http://localhost:2", "http://example.org:3",
                                              "http://localhost:4/v1"}));
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
