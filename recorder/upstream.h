// Upstream: the transport to a live provider, loaded when a mode needs one.
//
// It lives in a module of its own, reprise-curl.so, the only thing of ours that links libcurl: replaying maps no
// network client at all. The module and the program that loads it are of one build; `kUpstreamAbi` refuses any other
// pair.
#ifndef REPRISE_RECORDER_UPSTREAM_H_
#define REPRISE_RECORDER_UPSTREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "reprise/result.h"
#include "reprise/transport.h"

namespace reprise::recorder {

// Times are milliseconds; 0 means no limit. There is no switch that turns the verification of certificates off.
struct UpstreamOptions {
  // Certificate authorities, PEM. Empty: $SSL_CERT_FILE and $SSL_CERT_DIR, else the system's.
  std::string ca_file;
  std::int64_t connect_timeout_ms = 15'000;  // name, connection and TLS together
  std::int64_t idle_timeout_ms = 300'000;    // between two arrivals; reasoning models are silent for minutes
  std::int64_t total_timeout_ms = 1'800'000;
  // "http://proxy:3128". Empty: $HTTPS_PROXY, $http_proxy, $ALL_PROXY, $NO_PROXY as libcurl reads them. Loopback hosts
  // are never reached through a proxy.
  std::string proxy;
  std::uint64_t body_bytes = std::uint64_t{64} << 20;  // of a reply, after codings are undone
  // More attempts when no byte of a reply came (refused, unresolvable, reset, timed out), 0.5 s, 1 s, 2 s, ... apart.
  // An answer is never asked for again, whatever its status: a 429 is recorded as the answer it is.
  int retries = 0;
  bool http2 = true;  // offered by ALPN under TLS
  // Path of the module. Empty: beside the running program, else libexec/reprise beside the folder of the program or of
  // the library that asks.
  std::string module;
};

// Loads the module, once a process, and makes a transport. It may outlive `options`; it is never unloaded. The
// request's URL says where it goes, and `SendContext::credential` is put into the header that the request's format
// wants. Errors: the module is missing (the places are named), or of another build.
Result<std::unique_ptr<Transport>> LoadUpstream(const UpstreamOptions& options);

inline constexpr int kUpstreamAbi = 1;
// The one symbol of the module: `reprise_curl_upstream`. Returns null when `abi` is not the module's own.
using MakeUpstream = Transport*(int abi, const UpstreamOptions& options);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_UPSTREAM_H_
