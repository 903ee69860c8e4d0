// Recover: what can still be read of a cassette that is damaged, or that nobody finished.
#ifndef REPRISE_CLI_RECOVER_H_
#define REPRISE_CLI_RECOVER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "reprise/result.h"

namespace reprise::cli {

// Offset of the frame in which the file ends, when it ends inside one: what a kill leaves of the last write.
std::optional<std::uint64_t> TornEnd(const std::string& path);

// Writes every exchange of `path` that can be read, and every record of an unknown kind, to `target`, which must not
// exist. Works without a head too. Returns the number of exchanges; when it is 0 nothing was written.
Result<std::uint64_t> Recover(const std::string& path, const std::string& target);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_RECOVER_H_
