#include "replayer/deck/pin_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "lib/base/file_system.h"
#include "lib/base/hash.h"

namespace reprise::replayer {

Result<std::string> PinFiles::PinOf(const std::string& path, std::uint64_t limit) {
  base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return base::ErrnoStatus(path, "the file that names the weights cannot be opened", errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return base::ErrnoStatus(path, "cannot be examined", errno);
  if (!S_ISREG(info.st_mode)) return Status(ErrorKind::kUsage, path, "is no file, so it cannot name the weights");
  const Identity identity{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec,
                          info.st_mtim.tv_nsec};
  // Held while hashing too: two askers of one large file wait for one reading of it.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto it = known_.find(identity); it != known_.end()) return it->second;
  if (limit != 0 && static_cast<std::uint64_t>(info.st_size) > limit) return std::string();
  base::Sha256Stream hash;
  std::string buffer(1 << 20, '\0');
  while (true) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::ErrnoStatus(path, "cannot be read", errno);
    if (n == 0) break;
    hash.Add(std::string_view(buffer.data(), static_cast<std::size_t>(n)));
  }
  return known_[identity] = "sha256:" + base::ToHex(hash.Digest());
}

}  // namespace reprise::replayer
