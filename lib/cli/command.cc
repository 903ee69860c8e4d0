#include "lib/cli/command.h"

#include <algorithm>

#include "lib/base/spelling.h"
#include "lib/cli/help.h"
#include "lib/cli/withheld.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

// `--color` counts for help and errors too, which come before a command's arguments are parsed.
void SetColorFrom(const std::vector<std::string>& words, Console& console) {
  const auto set = [&](const std::string& when) {
    if (when == "always") console.SetColor(ColorWhen::kAlways);
    if (when == "never") console.SetColor(ColorWhen::kNever);
  };
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] == "--no-color") set("never");
    if (words[i].rfind("--color=", 0) == 0) set(words[i].substr(8));
    if (words[i] == "--color" && i + 1 < words.size()) set(words[i + 1]);
  }
}

bool AsksForHelp(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

int Misuse(Console& console, const std::string& path, const Status& status, int code = kExitUsage) {
  console.Message(console.PaintMessage(Style::kRed, path + ":") + " " + report::HarmlessLine(status.ToString()));
  console.Message("See `" + path + " --help`.");
  return code;
}

Command* FindCommand(const std::vector<std::unique_ptr<Command>>& commands, const std::string& name) {
  for (const auto& command : commands)
    if (command->Info().name == name) return command.get();
  return nullptr;
}

Status UnknownCommand(const std::vector<std::unique_ptr<Command>>& commands, const std::string& word) {
  std::vector<std::string> names;
  for (const auto& command : commands) names.push_back(command->Info().name);
  const std::string nearest = base::NearestWord(word, names);
  return Status(ErrorKind::kUsage, word, "is no command", nearest.empty() ? "" : "Did you mean " + nearest + "?");
}

int RunCommand(Command& command, const std::string& path, const std::vector<std::string>& words, Console& console) {
  const auto subcommands = command.Subcommands();
  if (!subcommands.empty()) {
    if (words.empty()) {
      console.Message(CommandHelp(path, command, console));
      return kExitUsage;
    }
    if (Command* sub = FindCommand(subcommands, words[0]))
      return RunCommand(*sub, path + " " + words[0], {words.begin() + 1, words.end()}, console);
    if (AsksForHelp({words[0]})) {
      console.Out(CommandHelp(path, command, console));
      return kExitSame;
    }
    return Misuse(console, path, UnknownCommand(subcommands, words[0]));
  }
  if (AsksForHelp(words)) {
    console.Out(CommandHelp(path, command, console));
    return kExitSame;
  }
  const CommandInfo info = command.Info();
  Context context{console};
  Arguments arguments;
  bool help = false, no_color = false;
  std::string color = "auto";
  command.Declare(arguments);
  DeclareCommon(info, arguments, &context.json, &help, &color, &no_color);
  if (const Status status = arguments.Parse(words); !status.ok())
    return Misuse(console, path, status, command.UsageExit());
  return command.Run(context);
}

// `reprise help [COMMAND]...` and `reprise help --markdown`.
int RunHelp(const Program& program, std::vector<std::string> words, Console& console) {
  if (words == std::vector<std::string>{"--markdown"}) {
    console.Out(ProgramMarkdown(program));
    return kExitSame;
  }
  if (words.empty() || words[0].rfind("-", 0) == 0) {
    console.Out(ProgramHelp(program, console));
    return kExitSame;
  }
  words.push_back("--help");
  return RunProgram(program, words, console);
}

}  // namespace

int RunProgram(const Program& program, const std::vector<std::string>& words, Console& console) {
  SetColorFrom(words, console);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
    if (word == "--color" && !rest.empty()) {
      ++i;
    } else if (word == "--no-color" || word.rfind("--color=", 0) == 0) {
      continue;
    } else if (word == "--help" || word == "-h") {
      console.Out(ProgramHelp(program, console));
      return kExitSame;
    } else if (word == "--version") {
      console.Line(program.name + " " + program.version);
      return kExitSame;
    } else if (word == "help") {
      return RunHelp(program, rest, console);
    } else if (word.rfind("-", 0) == 0) {
      return Misuse(console, program.name, Status(ErrorKind::kUsage, word, "is no option before a command"));
    } else if (Command* command = FindCommand(program.commands, word)) {
      return RunCommand(*command, program.name + " " + word, rest, console);
    } else {
      return Misuse(console, program.name, UnknownCommand(program.commands, word));
    }
  }
  console.Message(ProgramHelp(program, console));
  return kExitUsage;
}

int Fail(Context& context, const Status& status) {
  context.console.Message(context.console.PaintMessage(Style::kRed, "reprise:") + " " +
                          report::Harmless(status.ToString()));
  return status.ExitCode();
}

void PrintJson(Context& context, std::string_view json) {
  context.console.Line(report::HarmlessJson(WithheldJson(json)));
}

}  // namespace reprise::cli
