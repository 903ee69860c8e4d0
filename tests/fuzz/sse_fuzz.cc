// Any bytes, cut anywhere: the pieces give the same events as the whole, and no event has a line end in it but LF.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "lib/wire/sse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::wire::SseEvent;
  using reprise::wire::SseParser;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::vector<SseEvent> whole = reprise::wire::ParseSse(body);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, size / 2 + 1}) {
    SseParser parser;
    std::vector<SseEvent> events;
    for (std::size_t at = 0; at < size; at += step) parser.Feed(body.substr(at, step), events);
    if (const auto last = parser.Finish()) events.push_back(*last);
    if (events.size() != whole.size()) std::abort();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].data != whole[i].data || events[i].type != whole[i].type || events[i].id != whole[i].id)
        std::abort();
      if (events[i].data.find('\r') != std::string_view::npos) std::abort();
    }
  }
  return 0;
}
