#include "replayer/front/refusal.h"

namespace reprise::replayer::internal {

const char* ReasonPhrase(int status) {
  switch (status) {
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Bad Request";
  }
}

std::string Refusal::Sentence() const { return "reprise refused this request: " + why + ". " + next + "."; }

std::string Refusal::Bytes(bool with_body) const {
  const std::string body = Sentence() + "\n";
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " " + ReasonPhrase(status) + "\r\n";
  bytes += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  bytes += "Connection: close\r\n\r\n";
  if (with_body) bytes += body;
  return bytes;
}

}  // namespace reprise::replayer::internal
