// Help: a command's description as text for a terminal, and all of them as one page of Markdown.
#ifndef REPRISE_CLI_HELP_H_
#define REPRISE_CLI_HELP_H_

#include <string>

#include "lib/cli/command.h"

namespace reprise::cli {

// `path` is how the command is called: "reprise git check". `width` 0: 100 columns.
std::string CommandHelp(const std::string& path, Command& command, const Console& console);
std::string ProgramHelp(const Program& program, const Console& console);
// The text of docs/reprise.md.
std::string ProgramMarkdown(const Program& program);

// What every command takes besides its own arguments.
void DeclareCommon(const CommandInfo& info, Arguments& arguments, bool* json, bool* help, std::string* color,
                   bool* no_color);

// `text` broken at spaces into lines of at most `width` columns, each after `indent` spaces (the first one not).
std::string Wrap(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_HELP_H_
