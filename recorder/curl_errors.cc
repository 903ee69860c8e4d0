#include "recorder/curl_errors.h"

#include <cerrno>
#include <cstring>

namespace reprise::recorder {
namespace {

constexpr char kReplayNeedsNone[] = "; replay needs no network.";

std::string HostOf(const std::string& speakable) {
  const std::size_t begin = speakable.find("://");
  const std::string rest = begin == std::string::npos ? speakable : speakable.substr(begin + 3);
  return rest.substr(0, rest.find('/'));
}

// What OpenSSL found, in words (openssl/x509_vfy.h; the numbers are part of its stable interface).
std::string CertificateReason(const CurlFailure& failure, const std::string& host) {
  switch (failure.verify_result) {
    case 9: return "its certificate is not valid yet";
    case 10: return "its certificate has expired";
    case 18: return "its certificate is signed by itself";
    case 19: return "its certificate is signed by an authority of its own that this machine does not trust";
    case 2:
    case 20:
    case 21: return "its certificate is signed by an authority that this machine does not trust";
    case 0:
    case 1:  // libcurl's own: the chain holds, the name does not
    case 62:
    case 64: return "its certificate is not for " + host.substr(0, host.rfind(':'));
    default: return "its certificate cannot be trusted: " + failure.detail;
  }
}

std::string CertificateNext(const CurlFailure& failure) {
  switch (failure.verify_result) {
    case 9:
    case 10: return "Have it renewed, or set this machine's clock; certificates are always checked.";
    case 2:
    case 18:
    case 19:
    case 20:
    case 21: return "Set SSL_CERT_FILE to a PEM file that holds its authority; certificates are always checked.";
    default: return "Ask for the host the certificate names; certificates are always checked.";
  }
}

}  // namespace

std::string SpeakableUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url.substr(url.rfind('@') + 1));
  const std::size_t host = scheme + 3;
  const std::size_t path = std::min(url.find('/', host), url.size());
  const std::size_t at = url.substr(0, path).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(url);
  return std::string(url.substr(0, host)).append(url.substr(at + 1));
}

Status StatusOf(const CurlFailure& failure, const std::string& url) {
  const std::string object = SpeakableUrl(url);
  const std::string host = HostOf(object);
  const auto tell = [&](std::string reason, std::string next) {
    return Status(ErrorKind::kUpstream, object, std::move(reason), std::move(next));
  };
  if (failure.certificate) return tell(CertificateReason(failure, host), CertificateNext(failure));
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return tell("the name " + host + " cannot be resolved",
                  std::string("Check the host in the base URL, and the network") + kReplayNeedsNone);
    case CURLE_COULDNT_RESOLVE_PROXY:
      return tell("the name of the proxy cannot be resolved", "Check HTTPS_PROXY, http_proxy and ALL_PROXY.");
    case CURLE_COULDNT_CONNECT:
      if (failure.system_error == ECONNREFUSED || failure.system_error == 0) {
        return tell("the connection was refused",
                    std::string("Start the server, or check host and port of the base URL") + kReplayNeedsNone);
      }
      return tell("no connection: " + std::string(std::strerror(static_cast<int>(failure.system_error))),
                  std::string("Check the network and the base URL") + kReplayNeedsNone);
    case CURLE_OPERATION_TIMEDOUT:
      return tell("no answer in time: " + failure.detail, "Raise the time-out, or see whether the provider is up.");
    case CURLE_GOT_NOTHING: return tell("the server closed the connection without an answer", "See the server's log.");
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return tell("the connection broke before an answer: " + failure.detail, "Try again, or see the server's log.");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return tell("what answers there does not speak HTTP", "Check host and port of the base URL.");
    case CURLE_SSL_CONNECT_ERROR:
      return tell("no TLS connection: " + failure.detail,
                  "Check that the server speaks TLS there (https, not http) and at least TLS 1.2.");
    case CURLE_SSL_CACERT_BADFILE:
      return tell("the file of certificate authorities cannot be read",
                  "Check SSL_CERT_FILE, SSL_CERT_DIR and ca_file.");
    case CURLE_PROXY: return tell("the proxy refused: " + failure.detail, "Check HTTPS_PROXY and the proxy's log.");
    case CURLE_URL_MALFORMAT:
      return tell("is not a URL that can be asked", "Give one such as https://api.openai.com/v1.");
    default:
      return tell("the call failed: " + (failure.detail.empty() ? curl_easy_strerror(failure.code) : failure.detail),
                  std::string("Check the network and the base URL") + kReplayNeedsNone);
  }
}

std::string HowItBroke(const CurlFailure& failure) {
  if (failure.code == CURLE_OPERATION_TIMEDOUT) return "timeout";
  if (failure.code == CURLE_HTTP2_STREAM || failure.code == CURLE_HTTP2) return "reset";
  const bool reset = failure.system_error == ECONNRESET || failure.detail.find("reset") != std::string::npos;
  return failure.code == CURLE_RECV_ERROR && reset ? "reset" : "closed";
}

}  // namespace reprise::recorder
