// GitFilter: what git runs to keep the text of cassettes in its store and zstd in the work tree (FORMAT.md, section
// 13), by the long-running filter process protocol, version 2 (git's gitattributes(5)).
#ifndef REPRISE_CLI_GIT_FILTER_H_
#define REPRISE_CLI_GIT_FILTER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lib/cli/pkt_line.h"
#include "reprise/result.h"

namespace reprise::cli {

// What goes into the store: the text, whatever the container. Deterministic. What is no cassette stays as it is; a
// damaged one is an error, for half a text must not pass for a whole one.
Result<std::string> CleanCassette(std::string_view bytes, const std::string& name);

// What stands in the work tree: zstd, but only when every line begins with `{`, space or tab, and when the text comes
// back from it byte for byte. Anything else, so also a merge conflict, stays as it is.
std::string SmudgeCassette(std::string_view bytes, const std::string& name);

struct GitFilterLimits {
  std::uint64_t content_bytes = std::uint64_t{2} << 30;  // of one file
};

// Serves git until it closes the stream. A file that cannot be filtered is an error for git (which stops, since the
// filter is `required`) and a sentence for `tell`; the next file is served all the same. The status is an error when
// the other side does not speak the protocol, or went away in the middle.
Status ServeGitFilter(ReadBytes read, const WriteBytes& write, const std::function<void(const Status&)>& tell,
                      const GitFilterLimits& limits = {});

}  // namespace reprise::cli

#endif  // REPRISE_CLI_GIT_FILTER_H_
