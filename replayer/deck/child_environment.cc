#include "replayer/deck/child_environment.h"

#include <algorithm>
#include <map>

namespace reprise::replayer {
namespace {

constexpr char kDummyKey[] = "replayed-without-a-key";
constexpr const char* kLoopback[] = {"127.0.0.1", "localhost", "::1"};

bool Lists(const std::string& list, const std::string& host) {
  return ("," + list + ",").find("," + host + ",") != std::string::npos || list == "*";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ChildEnvironment(const std::vector<Pointed>& pointed,
                                                                  const session::Environment& environment,
                                                                  bool offline) {
  std::map<std::string, std::string> out;
  for (const auto& [sdk, url] : pointed) {
    for (const std::string& variable : sdk.base_url) out[variable] = session::ForSdk(sdk.endpoint, url);
    const bool has_key = std::any_of(sdk.credentials.begin(), sdk.credentials.end(),
                                     [&](const std::string& name) { return !environment(name).empty(); });
    if (offline && !has_key && !sdk.credential.empty()) out[sdk.credential] = kDummyKey;
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
