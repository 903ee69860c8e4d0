// Record: one record of a cassette's text (FORMAT.md, section 2), found in a text, and told what it is.
//
// Views point into the text that was given, which must outlive them.
#ifndef REPRISE_CASSETTE_RECORD_H_
#define REPRISE_CASSETTE_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::cassette {

enum class RecordKind : std::uint8_t { kHead, kExchange, kTimes, kBlob, kOther };

RecordKind KindOf(std::string_view record);
// The key of an exchange or times record, or the hash of a blob record; empty when it is not 64 lower-case hex digits.
std::string_view IdOf(std::string_view record);
bool IsId(std::string_view text);
// The first 8 bytes of a key or hash as the number that the index sorts by.
std::uint64_t PrefixOf(std::string_view id);

struct Record {
  std::string_view text;     // without the line end of its last line; inner breaks as they stand
  std::uint64_t offset = 0;  // in the text
  std::uint64_t line = 0;    // number of its first line, counted from the scanner's first
  // What is wrong with these lines, as a clause; null when nothing is. A scanner looks at the first character of each
  // line and no further.
  const char* damage = nullptr;
  bool conflict = false;  // stands between `<<<<<<<` and `>>>>>>>`, or is one of these lines
};

// Cuts a text into records, in one pass. Lines that belong to no record are given out as damage.
class RecordScanner {
 public:
  explicit RecordScanner(std::string_view text, std::uint64_t offset = 0, std::uint64_t first_line = 1)
      : text_(text), at_(offset), line_(first_line) {}
  bool Next(Record* record);
  std::uint64_t line() const { return line_; }  // of what comes next
  std::uint64_t offset() const { return at_; }

 private:
  std::string_view TakeLine();

  std::string_view text_;
  std::uint64_t at_;
  std::uint64_t line_;
  bool conflict_ = false;
};

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_RECORD_H_
