// The subcommands, one function each; each is defined in the file of its name.
#ifndef REPRISE_CLI_COMMANDS_H_
#define REPRISE_CLI_COMMANDS_H_

#include <memory>

#include "lib/cli/command.h"

namespace reprise::cli {

std::unique_ptr<Command> MakeAccept();
std::unique_ptr<Command> MakeAudit();
std::unique_ptr<Command> MakeConfig();
std::unique_ptr<Command> MakeDoctor();
std::unique_ptr<Command> MakeExport();
std::unique_ptr<Command> MakeFsck();
std::unique_ptr<Command> MakeGit();
std::unique_ptr<Command> MakeImport();
std::unique_ptr<Command> MakeLs();
std::unique_ptr<Command> MakeRecord();
std::unique_ptr<Command> MakeReject();
std::unique_ptr<Command> MakeRekey();
std::unique_ptr<Command> MakeReplay();
std::unique_ptr<Command> MakeServeCassette();
std::unique_ptr<Command> MakeScan();
std::unique_ptr<Command> MakeShow();

// All of them, with the program's name, version and examples: what main.cc runs and tests describe.
Program TheProgram();

}  // namespace reprise::cli

#endif  // REPRISE_CLI_COMMANDS_H_
