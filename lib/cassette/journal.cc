#include "lib/cassette/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>

#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/cassette/frame.h"
#include "lib/cassette/record.h"

namespace reprise::cassette {
namespace {

// "process 4711 (chat_test)", by the kernel's list of locks; the list names a file by device and inode.
std::string HolderOf(int fd) {
  struct stat info {};
  const Result<std::string> locks = base::ReadFile("/proc/locks");
  if (::fstat(fd, &info) != 0 || !locks.ok()) return "another process";
  char file[64];
  std::snprintf(file, sizeof file, "%02x:%02x:%llu", major(info.st_dev), minor(info.st_dev),
                static_cast<unsigned long long>(info.st_ino));
  std::istringstream lines(*locks);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, kind, how, what, pid, where;
    words >> number >> kind >> how >> what >> pid >> where;
    if (kind != "FLOCK" || where != file || pid.find_first_not_of("0123456789") != std::string::npos || pid == "0")
      continue;
    Result<std::string> name = base::ReadFile("/proc/" + pid + "/comm", 64);
    if (name.ok() && !name->empty() && name->back() == '\n') name->pop_back();
    return "process " + pid + (name.ok() ? " (" + *name + ")" : "");
  }
  return "another process";
}

// Does a journal hold at least one whole entry after its head?
bool HoldsExchanges(const std::string& path, const CassetteLimits& limits) {
  Result<std::unique_ptr<File>> file = File::Open(path, limits);
  if (!file.ok() || (*file)->bytes().empty()) return false;
  BlockWalk walk(**file);
  for (BlockWalk::Block block; walk.Next(&block);) {
    RecordScanner scanner(block.text.view);
    for (Record record; scanner.Next(&record);)
      if (KindOf(record.text) != RecordKind::kHead) return true;
    if (!block.damage.empty() && !block.torn) return true;  // whatever it is, it is not ours to throw away
  }
  return false;
}

}  // namespace

Result<base::FileDescriptor> LockJournal(const std::string& path, bool create) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    base::FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0644));
    if (!fd.ok()) return base::ErrnoStatus(path, "the recording cannot be opened", errno);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return base::ErrnoStatus(path, "the recording cannot be locked", errno);
      return Status(ErrorKind::kIo, path, "is being written by " + HolderOf(fd.get()),
                    "Two recordings of one cassette cannot run at once; wait for it, or stop it");
    }
    // Whoever held it may have sealed and removed it between our two calls; then this is no longer the file at `path`.
    struct stat ours {
    }, there{};
    if (::fstat(fd.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
        ours.st_dev == there.st_dev)
      return fd;
    if (!create) return Status(ErrorKind::kIo, path, "was finished in this moment by its own process");
  }
  return Status(ErrorKind::kIo, path, "is made and removed by other processes all the time");
}

Result<std::unique_ptr<Journal>> Journal::Create(const std::string& path, const CassetteLimits& limits) {
  const std::string journal = path + std::string(kIncomplete);
  REPRISE_RETURN_IF_ERROR(base::MakeFolders(base::FolderOf(path)));
  Result<base::FileDescriptor> fd = LockJournal(journal, true);
  if (!fd.ok()) return fd.status();
  if (HoldsExchanges(journal, limits))
    return Status(ErrorKind::kCassette, journal, "holds exchanges of a recording that was cut off",
                  "`reprise fsck --recover " + journal + "` gives them back; or remove the file");
  if (::ftruncate(fd->get(), 0) != 0) return base::ErrnoStatus(journal, "cannot be emptied", errno);
  return std::unique_ptr<Journal>(new Journal(journal, *std::move(fd), limits));
}

Result<Journal::Place> Journal::Append(std::string_view text, bool sync) {
  const Result<std::string> frame = CompressFrame(text);
  if (!frame.ok()) return frame.status();
  if (::lseek(fd_.get(), static_cast<off_t>(end_), SEEK_SET) < 0)
    return base::ErrnoStatus(path_, "cannot be written", errno);
  Status status = base::WriteAll(fd_.get(), *frame, path_);
  if (status.ok() && sync && ::fdatasync(fd_.get()) != 0) status = base::ErrnoStatus(path_, "cannot be synced", errno);
  if (!status.ok()) {
    // Half an entry must not stand before the next one. Cutting needs no space.
    if (::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0)
      return base::ErrnoStatus(path_, "cannot be cut back", errno);
    return status;
  }
  const Place place{end_, frame->size()};
  end_ += frame->size();
  return place;
}

Result<std::string> Journal::Read(Place place) const {
  std::string frame(static_cast<std::size_t>(place.bytes), '\0');
  for (std::size_t have = 0; have < frame.size();) {
    const ssize_t n =
        ::pread(fd_.get(), frame.data() + have, frame.size() - have, static_cast<off_t>(place.offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::ErrnoStatus(path_, "cannot be read back", errno);
    if (n == 0) return Status(ErrorKind::kIo, path_, "was cut short by somebody else while it was written");
    have += static_cast<std::size_t>(n);
  }
  CassetteLimits limits = limits_;
  limits.line_bytes = UINT64_MAX >> 1;  // what was written may be read
  Result<std::string> text = DecodeFrame(frame, limits);
  if (!text.ok()) return Status(ErrorKind::kIo, path_, "was changed by somebody else while it was written");
  return text;
}

Status Journal::Remove() { return base::RemoveFile(path_); }

}  // namespace reprise::cassette
