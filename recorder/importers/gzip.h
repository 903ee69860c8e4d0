// Gzip (RFC 1952) undone, within a limit. The only file of the importers that knows zlib.
#ifndef REPRISE_RECORDER_IMPORTERS_GZIP_H_
#define REPRISE_RECORDER_IMPORTERS_GZIP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "reprise/result.h"

namespace reprise::recorder {

bool LooksLikeGzip(std::string_view bytes);

// All members of the file, one after the other. Errors: damage, a file cut short, more than `limit` bytes. Memory grows
// with what is unpacked, never with what a header promises.
Result<std::string> Gunzip(std::string_view bytes, std::uint64_t limit, const std::string& name);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_GZIP_H_
