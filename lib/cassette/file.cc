#include "lib/cassette/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/file_system.h"
#include "lib/cassette/format.h"
#include "lib/cassette/frame.h"

namespace reprise::cassette {
namespace {

// Below this, reading costs less than mapping.
constexpr off_t kMapFrom = 64 << 10;
// Enough for as many lanes, each of which reads at a place of its own.
constexpr std::size_t kKeptFrames = 16;
constexpr std::size_t kKeptBytes = kKeptFrames * kGroupBytes;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The other name that the cassette could have, or "".
std::string SiblingOf(const std::string& path) {
  if (EndsWith(path, kTextSuffix)) return path.substr(0, path.size() - (kTextSuffix.size() - kSuffix.size()));
  if (EndsWith(path, kSuffix)) return path + std::string(kTextSuffix.substr(kSuffix.size()));
  return {};
}

Status CannotOpen(const std::string& path, int error) {
  if (error != ENOENT && error != ENOTDIR) return base::ErrnoStatus(path, "the cassette cannot be opened", error);
  // A recording that was cut off, of the cassette or of the one that would have waited beside it?
  for (const std::string& name : {path, path + std::string(kPending)})
    if (const std::string journal = name + std::string(kIncomplete); base::Exists(journal))
      return Status(ErrorKind::kCassette, path, "there is no such cassette, but a recording of it that was cut off",
                    "`reprise fsck --recover " + journal + "` gives it back");
  return Status(ErrorKind::kCassette, path, "there is no such cassette",
                "Record it first (REPRISE_MODE=record), or check the path");
}

}  // namespace

std::string WhereItLies(const std::string& path) {
  if (base::Exists(path)) return path;
  std::string sibling = SiblingOf(path);
  return !sibling.empty() && base::Exists(sibling) ? sibling : path;
}

Result<std::unique_ptr<File>> File::Open(const std::string& asked, const CassetteLimits& limits) {
  std::string path = asked;
  if (const std::string sibling = SiblingOf(path); !sibling.empty() && base::Exists(sibling)) {
    if (base::Exists(path))
      return Status(ErrorKind::kCassette, path, "stands beside " + sibling + ", and both are names of one cassette",
                    "Remove the one that is not wanted");
    if (EndsWith(sibling, kTextSuffix)) path = sibling;
  }
  // Not blocking, for somebody may have put a pipe there.
  base::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok()) return CannotOpen(path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::ErrnoStatus(path, "the cassette cannot be examined", errno);
  if (S_ISDIR(info.st_mode))
    return Status(ErrorKind::kCassette, path, "is a folder, not a cassette", "Name a file in it");
  if (!S_ISREG(info.st_mode)) return Status(ErrorKind::kCassette, path, "is no regular file");
  std::unique_ptr<File> file(new File(path, limits));
  if (info.st_size >= kMapFrom) {
    const auto size = static_cast<std::size_t>(info.st_size);
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (mapped == MAP_FAILED) return base::ErrnoStatus(path, "the cassette cannot be mapped", errno);
    file->mapped_ = mapped;
    file->SetBytes({static_cast<const char*>(mapped), size});
  } else {
    Result<std::string> bytes = base::ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    file->small_ = *std::move(bytes);
    file->SetBytes(file->small_);
  }
  return file;
}

std::unique_ptr<File> File::Over(std::string_view bytes, const std::string& name, const CassetteLimits& limits) {
  std::unique_ptr<File> file(new File(name, limits));
  file->SetBytes(bytes);
  return file;
}

File::~File() {
  if (mapped_ != nullptr) ::munmap(mapped_, bytes_.size());
}

void File::SetBytes(std::string_view bytes) {
  bytes_ = bytes;
  plain_ = !BeginsWithFrame(bytes);
  if (!plain_) index_ = IndexView::Find(bytes);
}

Result<Text> File::Decode(std::uint64_t file_offset) {
  if (plain_) return Text{nullptr, bytes_};
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (kept_[i].file_offset == file_offset) {
      std::rotate(kept_.begin() + static_cast<std::ptrdiff_t>(i), kept_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  kept_.end());
      return kept_.back().text;
    }
  if (file_offset >= bytes_.size())
    return Status(ErrorKind::kCassette, path_, "a frame would stand past the end of the file");
  const std::string_view rest = bytes_.substr(static_cast<std::size_t>(file_offset));
  const Result<FrameSpan> span = MeasureFrame(rest);
  if (!span.ok()) return span.status();
  if (span->skippable) return Status(ErrorKind::kCassette, path_, "the frame holds no text");
  Result<std::string> decoded = DecodeFrame(rest.substr(0, static_cast<std::size_t>(span->size)), limits_);
  if (!decoded.ok()) return decoded.status();
  Text text;
  text.owner = std::make_shared<const std::string>(*std::move(decoded));
  text.view = *text.owner;
  kept_.push_back({file_offset, text});
  std::size_t total = 0;
  for (const Kept& kept : kept_) total += kept.text.view.size();
  while (kept_.size() > 2 && (kept_.size() > kKeptFrames || total > kKeptBytes)) {
    total -= kept_.front().text.view.size();
    kept_.erase(kept_.begin());
  }
  return text;
}

BlockWalk::BlockWalk(File& file) : file_(file) {
  // The frames' ends are believed only when the whole index is whole.
  if (file_.index() && !file_.index()->Verify()) file_.DropIndex();
}

// Where the frame at `at_` ends, and its number: by the index, or by its own headers, or where the next one begins.
void BlockWalk::Measure(Block* block) {
  const std::string_view bytes = file_.bytes();
  const auto at = static_cast<std::size_t>(at_);
  const Result<FrameSpan> span = MeasureFrame(bytes.substr(at));
  if (file_.index() && at_ < file_.index()->file_offset()) {
    const IndexView index = *file_.index();
    const bool known = number_ < index.frames() && index.frame(number_).file_offset == at_;
    const std::uint64_t end = number_ + 1 < index.frames() ? index.frame(number_ + 1).file_offset : index.file_offset();
    const bool agree = known && span.ok() && at_ + span->size == end;
    // Where they differ, one is wrong: the frame, unless its own checksum says that it is whole.
    if (!agree && span.ok() && (span->skippable || file_.Decode(at_).ok())) {
      file_.DropIndex();
    } else if (known && end > at_) {
      block->file_bytes = end - at_;
      if (!agree) block->damage = "the frame's headers are damaged";
      return;
    }
  }
  if (span.ok()) {
    block->file_bytes = span->size;
    block->skippable = span->skippable;
    return;
  }
  block->damage = span.status().reason();
  const std::size_t next = FindFrame(bytes, at + 1);
  block->torn = next == std::string_view::npos;
  block->file_bytes = std::min(next, bytes.size()) - at;
}

bool BlockWalk::Next(Block* block) {
  const std::string_view bytes = file_.bytes();
  while (at_ < bytes.size()) {
    *block = Block();
    block->file_offset = at_;
    block->number = number_;
    if (file_.plain()) {
      block->text.view = bytes;
      block->file_bytes = at_ = bytes.size();
      return true;
    }
    if (file_.index() && at_ == file_.index()->file_offset()) return false;
    Measure(block);
    if (!block->skippable && block->damage.empty()) {
      Result<Text> text = file_.Decode(block->file_offset);
      if (text.ok()) {
        block->text = *std::move(text);
      } else {
        block->damage = text.status().reason();
        // Its headers may lie about its length, too.
        const std::size_t next = FindFrame(bytes, static_cast<std::size_t>(at_) + 1);
        if (!file_.index() && next < at_ + block->file_bytes) block->file_bytes = next - at_;
      }
    }
    at_ += block->file_bytes;
    if (block->skippable) continue;
    ++number_;
    return true;
  }
  return false;
}

}  // namespace reprise::cassette
