#include "lib/wire/status_line.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace reprise::wire {
namespace {

struct Phrase {
  int status;
  std::string_view reason;
};

// Sorted by status.
constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

}  // namespace

std::string_view UsualReason(int status) {
  const auto* const found = std::lower_bound(std::begin(kPhrases), std::end(kPhrases), status,
                                             [](const Phrase& phrase, int wanted) { return phrase.status < wanted; });
  return found != std::end(kPhrases) && found->status == status ? found->reason : std::string_view();
}

StatusLine ParseStatusLine(std::string_view line, int* status) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  StatusLine out;
  *status = 0;
  const std::size_t slash = line.find('/');
  const std::size_t blank = std::min(line.find(' '), line.size());
  if (slash < blank) out.version = line.substr(slash + 1, blank - slash - 1);
  std::string_view rest = line.substr(std::min(blank + 1, line.size()));
  std::from_chars(rest.data(), rest.data() + std::min<std::size_t>(3, rest.size()), *status);
  rest.remove_prefix(std::min<std::size_t>(4, rest.size()));
  // From version 2 on there is no phrase (RFC 9113, 8.3.2).
  if (out.version.substr(0, 2) == "1.") out.reason = rest;
  return out;
}

std::string ReasonOf(const Reply& reply) {
  return reply.reason ? *reply.reason : std::string(UsualReason(reply.status));
}

}  // namespace reprise::wire
