#include "lib/base/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace reprise::base {

namespace fs = std::filesystem;

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = other.Release();
  }
  return *this;
}

void FileDescriptor::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string ErrnoText(int error) { return std::generic_category().message(error); }

Status ErrnoStatus(const std::string& object, std::string_view doing, int error) {
  return Status(ErrorKind::kIo, object, std::string(doing) + ": " + ErrnoText(error),
                error == ENOSPC ? "Free some space on that disk and run again; nothing that was complete is lost" : "");
}

Result<std::string> ReadFile(const std::string& path, std::uint64_t limit) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return ErrnoStatus(path, "cannot be opened", errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus(path, "cannot be examined", errno);
  if (S_ISDIR(info.st_mode)) return Status(ErrorKind::kIo, path, "is a folder, not a file");
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(std::max<off_t>(info.st_size, 0)));
  char buffer[64 << 10];
  while (true) {
    const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(path, "cannot be read", errno);
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (limit != 0 && bytes.size() > limit)
      return Status(ErrorKind::kIo, path,
                    "has more than " + std::to_string(limit) + " bytes, the limit for this kind of file");
  }
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(path, "cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status SyncFolderOf(const std::string& path) {
  const std::string folder = FolderOf(path);
  FileDescriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.ok()) return ErrnoStatus(folder, "cannot be opened", errno);
  if (::fsync(handle.get()) != 0 && errno != EINVAL) return ErrnoStatus(folder, "cannot be synced", errno);
  return {};
}

Status RenameAndSync(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return ErrnoStatus(to, "cannot be renamed from " + from, errno);
  return SyncFolderOf(to);
}

Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  REPRISE_RETURN_IF_ERROR(MakeFolders(FolderOf(path)));
  const std::string aside = path + ".tmp";
  FileDescriptor file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.ok()) return ErrnoStatus(aside, "cannot be created", errno);
  Status status = WriteAll(file.get(), bytes, aside);
  if (status.ok() && ::fsync(file.get()) != 0) status = ErrnoStatus(aside, "cannot be synced", errno);
  file.Close();
  if (status.ok()) status = RenameAndSync(aside, path);
  if (!status.ok()) ::unlink(aside.c_str());
  return status;
}

Status MakeFolders(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Status(ErrorKind::kIo, path, "the folder cannot be made: " + error.message());
  return {};
}

Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoStatus(path, "cannot be removed", errno);
  return {};
}

bool Exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool IsFolder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string Join(std::string_view folder, std::string_view name) {
  if (folder.empty() || name.substr(0, 1) == "/") return std::string(name);
  std::string out(folder);
  if (out.back() != '/') out += '/';
  return out.append(name);
}

std::string Absolute(std::string_view path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(fs::path(path), error);
  return (error ? fs::path(path) : absolute).lexically_normal().string();
}

Result<std::vector<std::string>> FindFiles(const std::string& folder, const std::vector<std::string>& suffixes) {
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
  for (; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored) || it->is_symlink(ignored)) continue;
    const std::string path = it->path().string();
    for (const std::string& suffix : suffixes)
      if (path.size() >= suffix.size() && path.compare(path.size() - suffix.size(), suffix.size(), suffix) == 0) {
        found.push_back(path);
        break;
      }
  }
  if (error) return Status(ErrorKind::kIo, folder, "the folder cannot be listed: " + error.message());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace reprise::base
