#include "recorder/checked_upstream.h"

#include <string_view>

namespace reprise::recorder {
namespace {

// Host of "scheme://user@host:port/path", without the brackets of an IPv6 address, in lower case.
std::string HostOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (!url.empty() && url.front() == '[')
    url = url.substr(1, url.find(']') - 1);
  else
    url = url.substr(0, url.find(':'));
  std::string host(url);
  for (char& c : host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return host;
}

}  // namespace

bool IsLoopback(const std::string& url) {
  const std::string host = HostOf(url);
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.1.example.org is a name like any other.
  return host.compare(0, 4, "127.") == 0 && host.find_first_not_of("0123456789.") == std::string::npos;
}

Status CheckedUpstream::Send(const Request& request, const SendContext& context, ReplySink& sink) {
  if (context.own_upstream != nullptr) return context.own_upstream->Send(request, context, sink);
  if (context.credential.empty() && !context.credential_from.empty() && !IsLoopback(request.url))
    return Status(ErrorKind::kUsage, "endpoint \"" + request.endpoint + "\"",
                  "its credential is missing: " + context.credential_from + " is not set, and " + HostOf(request.url) +
                      " was not asked",
                  "Set " + context.credential_from + ", or replay, which needs no key");
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!tried_) {
      tried_ = true;
      Result<std::unique_ptr<Transport>> loaded = load_();
      if (loaded.ok())
        upstream_ = *std::move(loaded);
      else
        load_status_ = loaded.status();
    }
    if (!load_status_.ok()) return load_status_;
  }
  return upstream_->Send(request, context, sink);
}

std::string CheckedUpstream::Describe() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return upstream_ ? upstream_->Describe() : "upstream, not asked yet";
}

}  // namespace reprise::recorder
