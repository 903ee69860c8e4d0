// PinFiles: the hash of a weights file, computed once for as long as the file stays as it is.
#ifndef REPRISE_REPLAYER_DECK_PIN_FILES_H_
#define REPRISE_REPLAYER_DECK_PIN_FILES_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "reprise/result.h"

namespace reprise::replayer {

// Thread-safe. A file is the same while device, inode, size and modification time are.
class PinFiles {
 public:
  // "sha256:<64 hex digits>". `limit` 0: none; a larger file gives "" unless it is known already.
  Result<std::string> PinOf(const std::string& path, std::uint64_t limit = 0);

 private:
  using Identity = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;
  std::mutex mutex_;
  std::map<Identity, std::string> known_;
};

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_PIN_FILES_H_
