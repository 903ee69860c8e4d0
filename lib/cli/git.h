// The subcommands of `reprise git` that have a file of their own.
#ifndef REPRISE_CLI_GIT_H_
#define REPRISE_CLI_GIT_H_

#include <memory>

#include "lib/cli/command.h"

namespace reprise::cli {

std::unique_ptr<Command> MakeGitInstall();
std::unique_ptr<Command> MakeGitCheck();

}  // namespace reprise::cli

#endif  // REPRISE_CLI_GIT_H_
