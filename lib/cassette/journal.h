// Journal: NAME.incomplete, the file of a recording that is under way (FORMAT.md, section 9).
//
// One frame and one write for each entry, so a process that is killed loses at most the entry it was writing. Locked as
// long as it is open. Not thread-safe.
#ifndef REPRISE_CASSETTE_JOURNAL_H_
#define REPRISE_CASSETTE_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lib/base/file_system.h"
#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

class Journal {
 public:
  // The journal of the cassette at `path`. Errors: another process writes it (named), or one that died left exchanges.
  static Result<std::unique_ptr<Journal>> Create(const std::string& path, const CassetteLimits& limits);

  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  // Adds an entry; with `sync`, also to the disk. After an error the file is as it was before.
  Result<Place> Append(std::string_view text, bool sync);
  Result<std::string> Read(Place place) const;
  // Removes the file; nothing can be appended any more.
  Status Remove();
  const std::string& path() const { return path_; }

 private:
  Journal(std::string path, base::FileDescriptor fd, const CassetteLimits& limits)
      : path_(std::move(path)), fd_(std::move(fd)), limits_(limits) {}

  std::string path_;
  base::FileDescriptor fd_;
  CassetteLimits limits_;
  std::uint64_t end_ = 0;
};

// Locks the journal at `path` (which ends in .incomplete) and keeps it so while the descriptor is open. Errors: another
// process holds it (named); it cannot be opened. With `create` it is made where missing.
Result<base::FileDescriptor> LockJournal(const std::string& path, bool create);

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_JOURNAL_H_
