// Index: where each key stands in a zstd cassette of several frames (FORMAT.md, section 8).
//
// A view over the bytes of the file, searched in place; nothing is built. Not trusted for more than it is asked: the
// reader compares the whole key in the record, and asks `Verify` before it believes that something is not there.
#ifndef REPRISE_CASSETTE_INDEX_H_
#define REPRISE_CASSETTE_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::cassette {

struct IndexFrame {
  std::uint64_t file_offset = 0;
  std::uint64_t text_offset = 0;
};

struct IndexEntry {
  std::uint64_t prefix = 0;
  std::uint32_t frame = 0;
  std::uint32_t offset = 0;  // in the frame's text
  bool operator<(const IndexEntry& o) const {
    return prefix != o.prefix ? prefix < o.prefix : frame != o.frame ? frame < o.frame : offset < o.offset;
  }
  bool operator==(const IndexEntry& o) const { return prefix == o.prefix && frame == o.frame && offset == o.offset; }
};

class IndexView {
 public:
  // The index at the end of the bytes of a whole file, if one is there that fits the file's size and its first and last
  // frame. Looks at a few bytes, whatever the size.
  static std::optional<IndexView> Find(std::string_view file);

  std::uint32_t frames() const { return frames_; }
  std::uint32_t entries() const { return entries_; }
  std::uint32_t exchanges() const { return exchanges_; }
  std::uint64_t text_bytes() const { return text_bytes_; }
  std::uint64_t file_offset() const { return file_offset_; }  // of the index itself; the last frame ends there
  IndexFrame frame(std::uint32_t i) const;
  IndexEntry entry(std::uint32_t i) const;
  // First and one-past-last entry with that prefix.
  std::pair<std::uint32_t, std::uint32_t> Search(std::uint64_t prefix) const;
  // Does a frame begin wherever it says so? If not, it is that of another file.
  bool Fits(std::string_view file) const;
  // Does the checksum hold? Reads all of it.
  bool Verify() const;

 private:
  std::string_view bytes_;  // frames, entries, footer
  std::uint32_t frames_ = 0, entries_ = 0, exchanges_ = 0;
  std::uint64_t text_bytes_ = 0, file_offset_ = 0;
};

// The whole skippable frame. Sorts `entries`. Empty when the parts are too many for the format's numbers.
std::string BuildIndex(const std::vector<IndexFrame>& frames, std::vector<IndexEntry>& entries, std::uint32_t exchanges,
                       std::uint64_t text_bytes);

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_INDEX_H_
