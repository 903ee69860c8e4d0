#include "lib/session/endpoints.h"

#include <algorithm>

namespace reprise::session {
namespace {

constexpr std::string_view kOllama = "ollama";
constexpr std::string_view kOllamaPort = "11434";

bool IsSet(std::string_view variable, const Environment& environment) {
  return !environment(std::string(variable)).empty();
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

const std::vector<BuiltInEndpoint>& BuiltInEndpoints() {
  static const std::vector<BuiltInEndpoint> endpoints = {
      // OPENAI_API_BASE: the SDK before its version 1, LangChain, LiteLLM.
      {"openai",
       "openai.chat",
       "https://api.openai.com/v1",
       {"OPENAI_BASE_URL", "OPENAI_API_BASE"},
       {},
       {"OPENAI_API_KEY"},
       "OPENAI_API_KEY",
       "",
       true},
      {"anthropic",
       "anthropic.messages",
       "https://api.anthropic.com",
       {"ANTHROPIC_BASE_URL"},
       {"ANTHROPIC_API_BASE"},
       {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"},
       "ANTHROPIC_API_KEY",
       "",
       true},
      {"gemini",
       "gemini.generate",
       "https://generativelanguage.googleapis.com",
       {"GOOGLE_GEMINI_BASE_URL"},
       {},
       {"GOOGLE_API_KEY", "GEMINI_API_KEY"},
       "GEMINI_API_KEY",
       "",
       true},
      // A key is for ollama.com; other servers need none.
      {kOllama,
       "ollama.chat",
       "http://127.0.0.1:11434",
       {"OLLAMA_HOST"},
       {"OLLAMA_API_BASE"},
       {"OLLAMA_API_KEY"},
       "",
       "",
       true},
      {"azure",
       "openai.chat",
       "",
       {"AZURE_OPENAI_ENDPOINT"},
       {"AZURE_API_BASE"},
       {"AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_API_KEY"},
       "AZURE_OPENAI_API_KEY",
       "/openai/v1",
       false},
      {"groq",
       "openai.chat",
       "https://api.groq.com/openai/v1",
       {"GROQ_BASE_URL"},
       {},
       {"GROQ_API_KEY"},
       "GROQ_API_KEY",
       "/openai/v1",
       false},
      {"openrouter",
       "openai.chat",
       "https://openrouter.ai/api/v1",
       {"OPENROUTER_BASE_URL"},
       {},
       {"OPENROUTER_API_KEY"},
       "OPENROUTER_API_KEY",
       "",
       false},
      // Tokens come from Google's own login.
      {"vertex", "gemini.generate", "", {"GOOGLE_VERTEX_BASE_URL"}, {}, {}, "", "", false},
  };
  return endpoints;
}

const BuiltInEndpoint* FindBuiltInEndpoint(std::string_view name) {
  for (const BuiltInEndpoint& endpoint : BuiltInEndpoints())
    if (endpoint.name == name) return &endpoint;
  return nullptr;
}

Endpoint Resolve(const BuiltInEndpoint& built_in, const Environment& environment) {
  Endpoint endpoint;
  endpoint.name = built_in.name;
  endpoint.format = built_in.format;
  endpoint.upstream = built_in.upstream;
  endpoint.credential_from = built_in.credential_from;
  for (const auto* variables : {&built_in.also_base_url_from, &built_in.base_url_from}) {
    for (auto variable = variables->rbegin(); variable != variables->rend(); ++variable) {
      std::string moved = environment(std::string(*variable));
      if (moved.empty()) continue;
      while (moved.back() == '/' && !built_in.sdk_adds.empty()) moved.pop_back();
      if (!EndsWith(moved, built_in.sdk_adds)) moved += built_in.sdk_adds;
      endpoint.upstream = built_in.name == kOllama ? OllamaBaseUrl(moved) : moved;
    }
  }
  for (auto variable = built_in.credentials_from.rbegin(); variable != built_in.credentials_from.rend(); ++variable)
    if (IsSet(*variable, environment)) endpoint.credential_from = *variable;
  return endpoint;
}

std::vector<SdkVariables> SdksToPoint(const std::map<std::string, Endpoint>& named, const Environment& environment) {
  std::vector<SdkVariables> out;
  const auto is_set = [&environment](std::string_view variable) { return IsSet(variable, environment); };
  for (const BuiltInEndpoint& built_in : BuiltInEndpoints()) {
    SdkVariables sdk;
    sdk.endpoint = built_in.name;
    sdk.base_url.assign(built_in.base_url_from.begin(), built_in.base_url_from.end());
    const bool moved = std::any_of(sdk.base_url.begin(), sdk.base_url.end(), is_set);
    for (const std::string_view also : built_in.also_base_url_from)
      if (is_set(also)) sdk.base_url.emplace_back(also);
    if (!built_in.common && !moved && named.count(sdk.endpoint) == 0) continue;
    sdk.credentials.assign(built_in.credentials_from.begin(), built_in.credentials_from.end());
    sdk.credential = built_in.credential_from;
    out.push_back(std::move(sdk));
  }
  for (const auto& [name, endpoint] : named) {
    auto sdk = std::find_if(out.begin(), out.end(), [&name = name](const auto& it) { return it.endpoint == name; });
    if (sdk == out.end()) {
      if (endpoint.base_url_from.empty()) continue;
      sdk = out.insert(out.end(), SdkVariables{name, {}, {}, {}});
    }
    if (!endpoint.base_url_from.empty()) sdk->base_url.push_back(endpoint.base_url_from);
    if (endpoint.credential_from.empty()) continue;
    sdk->credentials = {endpoint.credential_from};
    sdk->credential = endpoint.credential_from;
  }
  return out;
}

std::string ForSdk(std::string_view endpoint, std::string url) {
  const BuiltInEndpoint* built_in = FindBuiltInEndpoint(endpoint);
  if (built_in != nullptr && EndsWith(url, built_in->sdk_adds)) url.resize(url.size() - built_in->sdk_adds.size());
  return url;
}

std::string OllamaBaseUrl(std::string_view host) {
  std::string scheme = "http";
  bool said_scheme = false;
  if (const std::size_t at = host.find("://"); at != std::string_view::npos) {
    scheme = host.substr(0, at);
    host.remove_prefix(at + 3);
    said_scheme = true;
  }
  const std::size_t slash = host.find('/');
  std::string path(slash == std::string_view::npos ? std::string_view() : host.substr(slash));
  while (!path.empty() && path.back() == '/') path.pop_back();
  std::string_view name = host.substr(0, slash);
  // The last colon begins the port, unless it stands inside an address of IPv6.
  std::string_view port;
  const std::size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && name.find(']', colon) == std::string_view::npos) {
    port = name.substr(colon + 1);
    name = name.substr(0, colon);
  }
  if (name.empty() || name == "0.0.0.0") name = "127.0.0.1";
  if (name == "[::]") name = "[::1]";
  if (port.empty() && !said_scheme) port = kOllamaPort;
  return scheme + "://" + std::string(name) + (port.empty() ? "" : ":" + std::string(port)) + path;
}

}  // namespace reprise::session
