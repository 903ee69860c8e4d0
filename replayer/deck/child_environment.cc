#include "replayer/deck/child_environment.h"

#include "lib/session/endpoints.h"

namespace reprise::replayer {
namespace {

constexpr char kDummyKey[] = "replayed-without-a-key";
constexpr const char* kLoopback[] = {"127.0.0.1", "localhost", "::1"};

bool Lists(const std::string& list, const std::string& host) {
  return ("," + list + ",").find("," + host + ",") != std::string::npos || list == "*";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ChildEnvironment(const std::map<std::string, std::string>& urls,
                                                                  const session::Environment& environment,
                                                                  bool offline) {
  std::map<std::string, std::string> out;
  for (const auto& [name, url] : urls) {
    const session::BuiltInEndpoint* endpoint = session::FindBuiltInEndpoint(name);
    if (endpoint == nullptr) continue;
    out[std::string(endpoint->base_url_from)] = url;
    const std::string key(endpoint->credential_from);
    // Gemini's SDK takes either.
    const bool has_key = key.empty() || !environment(key).empty() ||
                         (name == "gemini" && !environment("GOOGLE_API_KEY").empty()) ||
                         (name == "anthropic" && !environment("ANTHROPIC_AUTH_TOKEN").empty());
    if (offline && !has_key) out[key] = kDummyKey;
  }
  for (const char* variable : {"NO_PROXY", "no_proxy"}) {
    std::string list = environment(variable);
    for (const char* host : kLoopback)
      if (!Lists(list, host)) list += (list.empty() ? "" : ",") + std::string(host);
    out[variable] = list;
  }
  return {out.begin(), out.end()};
}

}  // namespace reprise::replayer
