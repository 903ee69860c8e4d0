#include "replayer/front/guards.h"

#include <algorithm>
#include <utility>

#include "lib/wire/headers.h"

namespace reprise::replayer::internal {

bool EqualInConstantTime(std::string_view given, std::string_view secret) {
  std::size_t difference = given.size() ^ secret.size();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

PortGuard::PortGuard(int id, std::uint16_t number, PortOptions options)
    : id_(id), token_(std::move(options.token)), origins_(std::move(options.origins)) {
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"})
    hosts_.push_back(std::string(name) + ":" + std::to_string(number));
  for (const std::string& host : options.hosts) hosts_.push_back(wire::LowerAscii(host));
}

std::optional<Refusal> PortGuard::Check(const std::string& method, std::string& target, const Headers& headers,
                                        bool http_1_0) const {
  if (method == "CONNECT")
    return Refusal{400, "it asks for a tunnel with CONNECT",
                   "This is no proxy: give the client a base URL instead of a proxy's address"};
  if (target.empty() || target[0] != '/')
    return Refusal{400, "its target does not begin with a slash",
                   "This is no proxy: give the client a base URL instead of a proxy's address"};
  if (auto refusal = CheckHost(headers, http_1_0)) return refusal;
  if (auto refusal = CheckSite(headers)) return refusal;
  return TakeToken(target);
}

std::optional<Refusal> PortGuard::CheckHost(const Headers& headers, bool http_1_0) const {
  const auto named_host = [](const Header& header) { return wire::EqualNoCase(header.name, "host"); };
  const auto count = std::count_if(headers.begin(), headers.end(), named_host);
  if (count > 1) return Refusal{400, "it has more than one Host field", "Send one"};
  if (count == 0) {
    // No browser speaks 1.0, so nobody can be tricked into it.
    if (http_1_0) return std::nullopt;
    return Refusal{400, "it has no Host field", "HTTP/1.1 asks for one (RFC 9112, 3.2)"};
  }
  const std::string host = wire::LowerAscii(std::find_if(headers.begin(), headers.end(), named_host)->value);
  if (std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end()) return std::nullopt;
  return Refusal{403, "its Host is not an address of this port",
                 "Use the base URL as it was given, with " + hosts_.front()};
}

std::optional<Refusal> PortGuard::CheckSite(const Headers& headers) const {
  for (const Header& header : headers) {
    if (wire::EqualNoCase(header.name, "origin") &&
        std::find(origins_.begin(), origins_.end(), header.value) == origins_.end())
      return Refusal{403, "it comes from a web page (it has an Origin)",
                     "Ask from a program, or allow this origin in the settings"};
    if (wire::EqualNoCase(header.name, "sec-fetch-site") && origins_.empty() && header.value != "none" &&
        header.value != "same-origin")
      return Refusal{403, "a browser sends it from another site", "Ask from a program"};
  }
  return std::nullopt;
}

std::optional<Refusal> PortGuard::TakeToken(std::string& target) const {
  if (token_.empty()) return std::nullopt;
  const std::size_t end = std::min(target.find_first_of("/?", 1), target.size());
  if (!EqualInConstantTime(std::string_view(target).substr(1, end - 1), token_))
    return Refusal{404, "its path does not begin with this port's token",
                   "Use the whole base URL as it was given; it changes with every run"};
  target.erase(0, end);
  if (target.empty() || target[0] != '/') target.insert(0, "/");
  return std::nullopt;
}

bool IsForbiddenInTrailer(std::string_view name) {
  static const char* const kNames[] = {"transfer-encoding",
                                       "content-length",
                                       "content-type",
                                       "content-encoding",
                                       "content-range",
                                       "host",
                                       "connection",
                                       "keep-alive",
                                       "te",
                                       "trailer",
                                       "upgrade",
                                       "expect",
                                       "max-forwards",
                                       "range",
                                       "cache-control",
                                       "authorization",
                                       "proxy-connection",
                                       "cookie",
                                       "set-cookie",
                                       "proxy-authorization",
                                       "origin",
                                       "sec-fetch-site",
                                       "x-http-method-override"};
  return wire::IsCredentialHeader(name) ||
         std::any_of(std::begin(kNames), std::end(kNames),
                     [&](const char* forbidden) { return wire::EqualNoCase(name, forbidden); });
}

}  // namespace reprise::replayer::internal
