// CurlUpstream: asks a live provider over HTTP/1.1 or 2, by libcurl. Compiled into the module reprise-curl.so only.
//
// What it promises:
//   - The reply is told as it comes: a head, then one chunk for each delivery of libcurl, then the end. 1xx replies are
//     passed over. Version, reason phrase, order and case of header fields and trailers are those of the wire (HTTP/2
//     has lower case and no phrase).
//   - The request's headers go out in their order and case, without those that belong to one connection (Host,
//     Content-Length, Connection, Transfer-Encoding, ...). `Accept-Encoding: identity` is asked for. A coding that
//     comes all the same is undone, within the limit of the body, and told by `OnCoding`.
//   - Redirects are not followed: the 3xx is the answer, so no credential ever reaches another host.
//   - Certificates are verified, always; TLS 1.2 and up. Only http and https. No cookies, no .netrc, no cache.
//   - A reply that breaks off after its head ends as "reset", "closed" or "timeout" at the byte; a failure before the
//     head is a status of kind kUpstream. No message holds a header, a query or a body.
//   - libcurl repeats by itself, once, a request that a reused connection lost before any byte of a reply; nothing else
//     is repeated unless `retries` says so.
//
// `Send` may be called from any number of threads; connections are kept in a small pool and reused. It blocks its
// caller and makes no thread of its own (libcurl's resolver does).
#ifndef REPRISE_RECORDER_CURL_UPSTREAM_H_
#define REPRISE_RECORDER_CURL_UPSTREAM_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "recorder/upstream.h"
#include "reprise/transport.h"

namespace reprise::recorder {

class CurlUpstream final : public Transport {
 public:
  explicit CurlUpstream(UpstreamOptions options);
  ~CurlUpstream() override;  // no `Send` may be under way

  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override;
  std::string Describe() const override { return "upstream over HTTP"; }

 private:
  struct Client;  // a libcurl handle with its connections

  std::unique_ptr<Client> Take();
  void Return(std::unique_ptr<Client> client);

  const UpstreamOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Client>> idle_;
};

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_CURL_UPSTREAM_H_
