// Command: a subcommand of `reprise`. One file each; `main.cc` lists them.
//
// To add one: derive, describe it in `Info`, declare what it takes in `Declare`, do it in `Run`; write a function
// `MakeX` in its file, declare it in commands.h, name it in main.cc. Help, usage, `--json`, colours, error texts, the
// reference page docs/reprise.md and the misspelling hint come from here.
//
// Results go to `console.Out`, messages to `console.Message`; text from outside passes lib/report/harmless.h first.
#ifndef REPRISE_CLI_COMMAND_H_
#define REPRISE_CLI_COMMAND_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cli/arguments.h"
#include "lib/cli/console.h"
#include "reprise/result.h"

namespace reprise::cli {

// What the program returns; a `Status` gives the same numbers (Status::ExitCode). Interrupted: the signal ends the
// program, which shells report as 130.
enum ExitCode : int {
  kExitSame = 0,
  kExitDifferent = 1,
  kExitUsage = 2,
  kExitCassette = 3,
  kExitUpstream = 4,
  kExitSecret = 5,
  kExitStale = 6,
  kExitInternal = 70,
  kExitInterrupted = 130,
};

struct Example {
  std::string command;  // "reprise ls tests/"
  std::string meaning;  // one clause
};

// A member of the output of `--json`: "cassettes[].path".
struct JsonMember {
  std::string path;
  std::string meaning;
};

struct CommandInfo {
  std::string name{};               // "ls"
  std::string summary{};            // one clause, lower case, no full stop
  std::vector<Example> examples{};  // help begins with them
  std::string details{};            // paragraphs, after the examples; may be empty
  std::string json_schema{};        // "reprise.ls/1"; empty: no --json. The number grows when a member changes meaning.
  std::vector<JsonMember> json{};   // every member that may occur
  std::vector<std::string> exits{};  // "1  something is damaged": what this command's own codes mean
};

// What a running command may use.
struct Context {
  Console& console;
  bool json = false;  // --json was given
};

class Command {
 public:
  virtual ~Command() = default;
  virtual CommandInfo Info() const = 0;
  virtual void Declare(Arguments& arguments) { static_cast<void>(arguments); }
  // The exit code. A command with subcommands is never run itself.
  virtual int Run(Context& context) {
    static_cast<void>(context);
    return kExitInternal;
  }
  // What it returns for a command line it does not understand; a wrapper's own codes keep clear of its command's.
  virtual int UsageExit() const { return kExitUsage; }
  virtual std::vector<std::unique_ptr<Command>> Subcommands() const { return {}; }
};

struct Program {
  std::string name;     // "reprise"
  std::string version;  // "0.1.0"
  std::string summary;
  std::vector<Example> examples;
  std::vector<std::unique_ptr<Command>> commands;
};

// Finds the command, parses, runs; or prints help, version, or what is wrong. The exit code.
int RunProgram(const Program& program, const std::vector<std::string>& words, Console& console);

// Prints "reprise: <sentence>" to standard error; the exit code of the status.
int Fail(Context& context, const Status& status);
// Prints a JSON text with a line feed, made harmless.
void PrintJson(Context& context, std::string_view json);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_COMMAND_H_
