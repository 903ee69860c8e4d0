#include "lib/session/endpoints.h"

namespace reprise::session {
namespace {

constexpr std::string_view kOllamaVariable = "OLLAMA_HOST";
constexpr std::string_view kOllamaPort = "11434";

}  // namespace

const std::vector<BuiltInEndpoint>& BuiltInEndpoints() {
  static const std::vector<BuiltInEndpoint> endpoints = {
      {"openai", "openai.chat", "https://api.openai.com/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY"},
      {"anthropic", "anthropic.messages", "https://api.anthropic.com", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"},
      {"gemini", "gemini.generate", "https://generativelanguage.googleapis.com", "GOOGLE_GEMINI_BASE_URL",
       "GEMINI_API_KEY"},
      {"ollama", "ollama.chat", "http://127.0.0.1:11434", kOllamaVariable, ""},
  };
  return endpoints;
}

const BuiltInEndpoint* FindBuiltInEndpoint(std::string_view name) {
  for (const BuiltInEndpoint& endpoint : BuiltInEndpoints())
    if (endpoint.name == name) return &endpoint;
  return nullptr;
}

Endpoint Resolve(const BuiltInEndpoint& built_in, const Environment& environment) {
  Endpoint endpoint{std::string(built_in.name), std::string(built_in.format), std::string(built_in.upstream),
                    std::string(built_in.credential_from)};
  const std::string moved = environment(std::string(built_in.base_url_from));
  if (!moved.empty()) endpoint.upstream = built_in.base_url_from == kOllamaVariable ? OllamaBaseUrl(moved) : moved;
  return endpoint;
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
