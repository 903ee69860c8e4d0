// Child: runs another program (git) to its end and keeps what it printed.
#ifndef REPRISE_CLI_CHILD_H_
#define REPRISE_CLI_CHILD_H_

#include <string>
#include <vector>

#include "reprise/result.h"

namespace reprise::cli {

struct ChildOutput {
  int code = 0;  // exit code; 128 + signal when it was killed by one
  std::string out, err;
};

// `words[0]` is looked up in PATH. Standard input is /dev/null unless `input` is given. `folder`: its working folder,
// "" for ours. An error only when it cannot be run at all; "command not found" has the reason "is not installed".
Result<ChildOutput> RunChild(const std::vector<std::string>& words, const std::string& folder = "",
                             const std::string* input = nullptr);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_CHILD_H_
