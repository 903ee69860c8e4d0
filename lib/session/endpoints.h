// The endpoints that need no project file, and the environment variables by which their SDKs are told where to go.
#ifndef REPRISE_SESSION_ENDPOINTS_H_
#define REPRISE_SESSION_ENDPOINTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "lib/session/settings.h"

namespace reprise::session {

struct BuiltInEndpoint {
  std::string_view name, format;
  std::string_view upstream;         // where it lives when no variable says otherwise
  std::string_view base_url_from;    // variable that says otherwise, to us and to the SDKs
  std::string_view credential_from;  // variable that holds the key; empty: it has none
};

const std::vector<BuiltInEndpoint>& BuiltInEndpoints();
const BuiltInEndpoint* FindBuiltInEndpoint(std::string_view name);  // or null

// The endpoint as this environment has it.
Endpoint Resolve(const BuiltInEndpoint& built_in, const Environment& environment);

// A base URL from what OLLAMA_HOST may hold: "", "host", ":port", "host:port", "http://host:port/path". An address to
// listen on (0.0.0.0) becomes one that can be asked.
std::string OllamaBaseUrl(std::string_view host);

}  // namespace reprise::session

#endif  // REPRISE_SESSION_ENDPOINTS_H_
