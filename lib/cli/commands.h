// The subcommands, one function each; each is defined in the file of its name.
#ifndef REPRISE_CLI_COMMANDS_H_
#define REPRISE_CLI_COMMANDS_H_

#include <memory>

#include "lib/cli/command.h"

namespace reprise::cli {

// All of them, with the program's name, version and examples: what main.cc runs and tests describe.
Program TheProgram();

}  // namespace reprise::cli

#endif  // REPRISE_CLI_COMMANDS_H_
