// TextPlace: where two texts part, told by word and character. Pure functions over UTF-8; lone surrogates and stray
// bytes count as one character each.
#ifndef REPRISE_MATCH_TEXT_PLACE_H_
#define REPRISE_MATCH_TEXT_PLACE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace reprise::match {

struct TextPlace {
  std::size_t character = 0;  // first that differs, from 1; one past the end where one text continues the other
  // The words around the place where it lies within a few words; empty on the side that has nothing there.
  std::string recorded_word, asked_word;
  bool whole = true;  // the words hold all that differs; else more differs after them
  // A stretch of each text around the place, cut with "…"; the whole text when it is short.
  std::string recorded_window, asked_window;
  // "U+00E9, now U+0065" where the characters may look alike (not both printable ASCII); else empty.
  std::string code_points;
};

// `recorded` and `asked` differ. Linear in their length.
TextPlace FindPlace(std::string_view recorded, std::string_view asked);

// At most `max` characters of `text`, beginning near character `from` (from 0), with "…" where something was cut.
std::string Window(std::string_view text, std::size_t from, std::size_t max);

// What a text that is new in every run looks like: "uuid", "hex id", "id", "time" or "date"; "" for other words.
// Quotes, brackets and punctuation around it do not count.
std::string_view LooksRandom(std::string_view word);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_TEXT_PLACE_H_
