// Files of this machine, as the few verbs reprise needs. Errors are `Status` with the path as object.
#ifndef REPRISE_BASE_FILE_SYSTEM_H_
#define REPRISE_BASE_FILE_SYSTEM_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::base {

// An open descriptor, closed with the object. Movable.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.Release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { Close(); }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  int Release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void Close();

 private:
  int fd_ = -1;
};

// Whole file in memory. `limit` 0: no limit; over it is an error that names both numbers.
Result<std::string> ReadFile(const std::string& path, std::uint64_t limit = 0);
// Writes PATH.tmp, syncs it, renames it over PATH, syncs the folder. Missing folders are made.
Status WriteFileAtomically(const std::string& path, std::string_view bytes);
// Writes all bytes, through EINTR and short writes.
Status WriteAll(int fd, std::string_view bytes, const std::string& path);
Status RenameAndSync(const std::string& from, const std::string& to);
Status SyncFolderOf(const std::string& path);
Status MakeFolders(const std::string& path);
Status RemoveFile(const std::string& path);  // a missing file is fine
bool Exists(const std::string& path);
bool IsFolder(const std::string& path);
std::string FolderOf(std::string_view path);  // "." when there is none
std::string Join(std::string_view folder, std::string_view name);
std::string Absolute(std::string_view path);  // against the working directory; lexically normal
// Paths of all regular files under `folder` whose name ends in one of `suffixes`, sorted by bytes. Links are not
// followed.
Result<std::vector<std::string>> FindFiles(const std::string& folder, const std::vector<std::string>& suffixes);
// "No space left on device": the words for an errno value.
std::string ErrnoText(int error);
Status ErrnoStatus(const std::string& object, std::string_view doing, int error);

}  // namespace reprise::base

#endif  // REPRISE_BASE_FILE_SYSTEM_H_
