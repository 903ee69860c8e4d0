// The endpoints that need no project file, and the environment variables by which their SDKs are told where to go.
#ifndef REPRISE_SESSION_ENDPOINTS_H_
#define REPRISE_SESSION_ENDPOINTS_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/session/settings.h"

namespace reprise::session {

struct BuiltInEndpoint {
  std::string_view name, format;
  // Where it lives when no variable says otherwise; empty: only a variable or reprise.json can know.
  std::string_view upstream;
  // Variables that say otherwise, to us and to its SDKs; the first that is set holds.
  std::vector<std::string_view> base_url_from;
  // The same of other clients (LiteLLM), where they win over those; a child gets them only where they are set.
  std::vector<std::string_view> also_base_url_from;
  // Variables that hold its key, in the order in which its SDK looks.
  std::vector<std::string_view> credentials_from;
  std::string_view credential_from;  // the one in its manual; empty: it needs none
  std::string_view sdk_adds;         // to the value of the variable, by itself: "/openai/v1"
  // Is every child program pointed here? If not: one whose reprise.json names it, or whose environment moves it.
  bool common;
};

const std::vector<BuiltInEndpoint>& BuiltInEndpoints();
const BuiltInEndpoint* FindBuiltInEndpoint(std::string_view name);  // or null

// The endpoint as this environment has it.
Endpoint Resolve(const BuiltInEndpoint& built_in, const Environment& environment);

// How the SDKs of one endpoint are told of a base URL, and what keys they look for.
struct SdkVariables {
  std::string endpoint;
  std::vector<std::string> base_url;     // all of them get it
  std::vector<std::string> credentials;  // one of them will do
  std::string credential;                // where none is set; empty: none is needed
};
// Of every endpoint to which a child program can be pointed: `named` are those of reprise.json.
std::vector<SdkVariables> SdksToPoint(const std::map<std::string, Endpoint>& named, const Environment& environment);
// What a variable of that endpoint says for a base URL: the URL, less what the SDK adds to it.
std::string ForSdk(std::string_view endpoint, std::string url);

// A base URL from what OLLAMA_HOST may hold: "", "host", ":port", "host:port", "http://host:port/path". An address to
// listen on (0.0.0.0) becomes one that can be asked.
std::string OllamaBaseUrl(std::string_view host);

}  // namespace reprise::session

#endif  // REPRISE_SESSION_ENDPOINTS_H_
