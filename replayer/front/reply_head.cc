#include "replayer/front/reply_head.h"

#include <algorithm>
#include <string_view>

#include "lib/wire/headers.h"
#include "replayer/front/guards.h"

namespace reprise::replayer::internal {
namespace {

bool IsToken(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool IsOneLine(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// One plain number that a 64-bit counter can hold.
std::optional<std::uint64_t> PlainNumber(std::string_view text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : text) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

struct Recorded {
  std::optional<std::uint64_t> length;
  bool has_length = false;
  bool chunked = false;  // exactly "chunked", once
  bool close = false;
};

Recorded Read(const Headers& headers) {
  Recorded out;
  int lengths = 0, codings = 0;
  for (const Header& header : headers) {
    if (wire::EqualNoCase(header.name, "content-length")) {
      ++lengths;
      out.length = PlainNumber(header.value);
    } else if (wire::EqualNoCase(header.name, "transfer-encoding")) {
      ++codings;
      out.chunked = wire::EqualNoCase(header.value, "chunked");
    } else if (wire::EqualNoCase(header.name, "connection")) {
      out.close = out.close || wire::EqualNoCase(header.value, "close");
    }
  }
  out.has_length = lengths > 0;
  if (lengths != 1 || codings > 0) out.length.reset();
  if (codings != 1) out.chunked = false;
  return out;
}

std::string Fault(int status, const std::string& reason, const Headers& headers) {
  if (status < 200 || status > 999) return "the reply has the status " + std::to_string(status);
  if (!IsOneLine(reason)) return "the reply's reason phrase has a line break";
  for (const Header& header : headers)
    if (!IsToken(header.name) || !IsOneLine(header.value))
      return "the reply has a header that is no header (" +
             std::string(IsToken(header.name) ? header.name : "its name") + ")";
  return "";
}

}  // namespace

HeadPlan PlanHead(int status, const std::string& reason, const Headers& headers, const HeadContext& context) {
  HeadPlan plan;
  plan.fault = Fault(status, reason, headers);
  if (!plan.fault.empty()) {
    plan.close = true;
    return plan;
  }
  const Recorded recorded = Read(headers);
  const bool until_close = recorded.close && !recorded.has_length && !recorded.chunked;
  // Of a reply without body, length and coding tell of a body that another request would get: they stand as they are.
  const bool verbatim = context.head_request || status == 304;
  if (verbatim || status == 204) {
    plan.framing = Framing::kNoBody;
  } else if (recorded.length && (!context.whole_body || *context.whole_body == *recorded.length)) {
    plan.framing = Framing::kLength;
    plan.length = *recorded.length;
  } else if (context.http_1_0 || until_close) {
    plan.framing = Framing::kUntilClose;
  }
  plan.close = !context.keep_alive || context.http_1_0 || plan.framing == Framing::kUntilClose;

  plan.bytes = "HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\n";
  bool says_close = false, says_chunked = false;
  for (const Header& header : headers) {
    bool keep = true;
    if (wire::EqualNoCase(header.name, "content-length")) {
      keep = verbatim || status == 204 || plan.framing == Framing::kLength;
    } else if (wire::EqualNoCase(header.name, "transfer-encoding")) {
      keep = verbatim || (plan.framing == Framing::kChunks && recorded.chunked);
      says_chunked = says_chunked || keep;
    } else if (wire::EqualNoCase(header.name, "connection")) {
      keep = plan.close && !says_close && wire::EqualNoCase(header.value, "close");
      says_close = says_close || keep;
    } else if (wire::EqualNoCase(header.name, "keep-alive") || wire::EqualNoCase(header.name, "proxy-connection")) {
      keep = false;
    }
    if (keep) plan.bytes += header.name + ": " + header.value + "\r\n";
  }
  if (plan.framing == Framing::kChunks && !says_chunked) plan.bytes += "Transfer-Encoding: chunked\r\n";
  if (plan.close && !says_close) plan.bytes += "Connection: close\r\n";
  plan.bytes += "\r\n";
  return plan;
}

std::string TrailerLines(const Headers& trailers) {
  std::string lines;
  for (const Header& trailer : trailers)
    if (IsToken(trailer.name) && IsOneLine(trailer.value) && !IsForbiddenInTrailer(trailer.name))
      lines += trailer.name + ": " + trailer.value + "\r\n";
  return lines;
}

}  // namespace reprise::replayer::internal
