// RulesOption: which rules a command works under.
#ifndef REPRISE_CLI_RULES_OPTION_H_
#define REPRISE_CLI_RULES_OPTION_H_

#include <string>

#include "lib/cli/arguments.h"
#include "reprise/matching.h"
#include "reprise/result.h"

namespace reprise::cli {

class RulesOption {
 public:
  void Declare(Arguments& arguments);  // --rules
  // Those for the cassette at `path`, whose head says `head`.
  Result<Rules> For(const std::string& path, const Rules& head) const;

 private:
  std::string rules_ = "head";
};

}  // namespace reprise::cli

#endif  // REPRISE_CLI_RULES_OPTION_H_
