// StreamText: what a stream of JSON says piece by piece, put together, whatever the provider.
//
// Server-sent events, lines of JSON and an array that is streamed are taken as a list of objects; strings that stand at
// the same place in several of them are pieces of one text, in order. A place is the JSON pointer, but that an element
// or object which says its `index` is told by that, so the choices of one reply stay apart. So a word that was cut
// anywhere, in two events, is found and can be changed.
//
// Pure functions; linear in the body. What does not parse is passed over.
#ifndef REPRISE_WIRE_STREAM_TEXT_H_
#define REPRISE_WIRE_STREAM_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::wire {

struct StreamText {
  struct Piece {
    std::size_t begin, end;  // bytes of the string token in the body, its quotes included
    std::size_t text_end;    // where in `text` the piece ends
  };
  std::string place;
  std::string text;  // decoded, joined
  std::vector<Piece> pieces;
};

// Of a body that is no stream: nothing. Texts of one piece are listed too. `is_stream` is told which it was.
std::vector<StreamText> StreamTexts(std::string_view body, bool* is_stream = nullptr);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_STREAM_TEXT_H_
