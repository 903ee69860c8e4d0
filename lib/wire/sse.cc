#include "lib/wire/sse.h"

#include <algorithm>
#include <utility>

namespace reprise::wire {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

void SseParser::Feed(std::string_view bytes, std::vector<SseEvent>& out) {
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    line_.append(bytes.substr(0, end));
    if (end == bytes.size()) return;
    after_cr_ = bytes[end] == '\r';
    EndLine(out);
    bytes.remove_prefix(end + 1);
  }
}

void SseParser::EndLine(std::vector<SseEvent>& out) {
  std::string_view line = line_;
  if (at_start_ && line.substr(0, kByteOrderMark.size()) == kByteOrderMark) line.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  if (line.empty()) {
    Dispatch(out);
  } else if (line.front() != ':') {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon < line.size() ? line.substr(colon + 1) : std::string_view();
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    if (field == "data" || field == "error") {
      event_.data.append(value).push_back('\n');
      if (field == "error") event_.type = "error";
    } else if (field == "event") {
      event_.type = value;
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
      event_.id = value;
    }
  }
  line_.clear();
}

void SseParser::Dispatch(std::vector<SseEvent>& out) {
  if (!event_.data.empty()) {
    SseEvent event{std::move(event_.type), std::move(event_.data), event_.id};
    event.data.pop_back();
    out.push_back(std::move(event));
  }
  event_.type.clear();
  event_.data.clear();
}

std::optional<SseEvent> SseParser::Finish() {
  std::vector<SseEvent> last;
  if (!line_.empty()) EndLine(last);
  Dispatch(last);
  *this = SseParser();
  if (last.empty()) return std::nullopt;
  return std::move(last.back());
}

std::vector<SseEvent> ParseSse(std::string_view body) {
  SseParser parser;
  std::vector<SseEvent> events;
  parser.Feed(body, events);
  if (std::optional<SseEvent> last = parser.Finish()) events.push_back(std::move(*last));
  return events;
}

std::string LinesOutsideEvents(std::string_view body) {
  std::string out;
  if (body.substr(0, kByteOrderMark.size()) == kByteOrderMark) body.remove_prefix(kByteOrderMark.size());
  while (!body.empty()) {
    const std::size_t end = std::min(body.find_first_of("\r\n"), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const std::string_view field = line.substr(0, std::min(line.find(':'), line.size()));
    if (field.empty() || field == "data" || field == "event" || field == "id" || field == "retry" || field == "error")
      continue;
    out.append(line).push_back('\n');
  }
  return out;
}

}  // namespace reprise::wire
