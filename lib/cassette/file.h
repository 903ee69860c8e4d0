// File: a cassette's bytes, in either container, as blocks of text.
//
// The bytes are mapped, or read when the file is small. A block is a frame's text; a plain file is one block. Not
// thread-safe.
#ifndef REPRISE_CASSETTE_FILE_H_
#define REPRISE_CASSETTE_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cassette/index.h"
#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

// Text that stays while anybody holds it: a decoded frame, or part of the mapped file.
struct Text {
  std::shared_ptr<const std::string> owner;
  std::string_view view;
};

// Where the cassette of that path lies: PATH itself, or the one of its two names (NAME.reprise, NAME.reprise.jsonl)
// that is there; PATH again where neither is. Whoever asks "is there a cassette?" asks whether this exists.
std::string WhereItLies(const std::string& path);

class File {
 public:
  // Errors: missing, a folder, something that is no file, unreadable, both names side by side. PATH.jsonl is taken
  // where only that one exists.
  static Result<std::unique_ptr<File>> Open(const std::string& path, const CassetteLimits& limits);
  // The same over bytes in memory, which must outlive it. `name` stands in messages.
  static std::unique_ptr<File> Over(std::string_view bytes, const std::string& name, const CassetteLimits& limits);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }
  const CassetteLimits& limits() const { return limits_; }
  std::string_view bytes() const { return bytes_; }
  bool plain() const { return plain_; }
  // The index, when there is one that fits. `DropIndex` when it turned out to be wrong.
  const std::optional<IndexView>& index() const { return index_; }
  void DropIndex() { index_.reset(); }

  // The text of the frame at this file offset. The last few are kept, so that reading in order, with blobs elsewhere,
  // decodes no frame twice. A plain file has one block, at 0.
  Result<Text> Decode(std::uint64_t file_offset);

 private:
  File(std::string path, const CassetteLimits& limits) : path_(std::move(path)), limits_(limits) {}
  void SetBytes(std::string_view bytes);

  std::string path_;
  CassetteLimits limits_;
  std::string small_;       // bytes of a small file
  void* mapped_ = nullptr;  // or the mapping
  std::string_view bytes_;
  bool plain_ = true;
  std::optional<IndexView> index_;
  struct Kept {
    std::uint64_t file_offset;
    Text text;
  };
  std::vector<Kept> kept_;  // most recent last
};

// Walks the blocks of a file from its first byte to its last, by the frames' own headers; needs no index.
class BlockWalk {
 public:
  explicit BlockWalk(File& file);
  struct Block {
    std::uint32_t number = 0;  // among the frames that hold text, damaged ones included
    std::uint64_t file_offset = 0;
    std::uint64_t file_bytes = 0;
    Text text;           // empty when damaged
    std::string damage;  // a clause, or empty
    bool torn = false;   // the file ends inside this frame
    bool skippable = false;
  };
  // The next block that holds text, or cannot be read. False at the end.
  bool Next(Block* block);

 private:
  void Measure(Block* block);

  File& file_;
  std::uint64_t at_ = 0;
  std::uint32_t number_ = 0;
};

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_FILE_H_
