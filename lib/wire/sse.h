// Server-sent events (WHATWG HTML, section 9.2): a parser that may be fed in pieces cut anywhere.
//
// Line ends are LF, CR LF or CR, mixed as they come; a byte order mark at the start, comments and unknown fields are
// skipped; several `data` lines make one text with LF between. Bytes stay bytes: nothing is decoded or replaced, so a
// piece may end inside a UTF-8 character.
//
// Two things go beyond the standard, because providers do: an event that the end of the stream cut off before its empty
// line can be had from `Finish`, and a line `error: X` (older llama.cpp) reads as `event: error` and `data: X`.
//
// Linear in the bytes fed; holds one event. One thread at a time.
#ifndef REPRISE_WIRE_SSE_H_
#define REPRISE_WIRE_SSE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::wire {

struct SseEvent {
  std::string type;  // of the `event` field; empty: "message"
  std::string data;
  std::string id;  // the last `id` seen so far
};

class SseParser {
 public:
  // Adds the events that these bytes complete to `out`.
  void Feed(std::string_view bytes, std::vector<SseEvent>& out);
  // The event that was under way, if any, as if an empty line had come. The standard drops it. The parser is then new.
  std::optional<SseEvent> Finish();

 private:
  void EndLine(std::vector<SseEvent>& out);
  void Dispatch(std::vector<SseEvent>& out);

  std::string line_;       // bytes of the line under way
  SseEvent event_;         // what has been said of the event under way; `data` with an LF after each line
  bool at_start_ = true;   // a byte order mark may still come
  bool after_cr_ = false;  // an LF now belongs to the CR before it
};

// All events of a whole body, the last one also without its empty line.
std::vector<SseEvent> ParseSse(std::string_view body);

// The lines of a body that begin with no field and no colon, joined by LF. Gemini sends an error in the middle of a
// stream as plain JSON, over several lines.
std::string LinesOutsideEvents(std::string_view body);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_SSE_H_
