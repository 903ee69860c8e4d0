#include "lib/cli/help.h"

#include <algorithm>
#include <utility>

namespace reprise::cli {
namespace {

constexpr std::size_t kHelpWidth = 100;

std::size_t HelpWidth(const Console& console) {
  return console.width() == 0 ? kHelpWidth : std::clamp<std::size_t>(console.width(), 40, kHelpWidth);
}

// Two columns; the second is wrapped, and begins on a line of its own where the first is too wide.
std::string TwoColumns(const std::vector<std::pair<std::string, std::string>>& rows, std::size_t width) {
  constexpr std::size_t kWidestFirst = 42;
  std::size_t first = 0;
  for (const auto& row : rows)
    if (row.first.size() <= kWidestFirst) first = std::max(first, row.first.size());
  std::string out;
  for (const auto& [left, right] : rows) {
    out += "  " + left;
    const std::size_t indent = first + 4;
    out += left.size() > first ? "\n" + std::string(indent, ' ') : std::string(first - left.size() + 2, ' ');
    out += Wrap(right, width > indent + 20 ? width - indent : 20, indent) + "\n";
  }
  return out;
}

std::string OptionText(const Arguments::Argument& argument) {
  std::string out = argument.name;
  const std::size_t comma = out.find(',');
  if (comma != std::string::npos) out.insert(comma + 1, " ");
  if (!argument.value.empty()) out += " " + argument.value;
  return out;
}

std::string HelpOf(const Arguments::Argument& argument) {
  std::string out = argument.help;
  if (!argument.choices.empty()) {
    out += ": ";
    for (std::size_t i = 0; i < argument.choices.size(); ++i) out += (i == 0 ? "" : ", ") + argument.choices[i];
  }
  return out;
}

std::string Usage(const std::string& path, const Arguments& arguments) {
  std::string out = path + " [OPTIONS]";
  for (const Arguments::Argument& argument : arguments.list()) {
    if (!argument.positional) continue;
    const std::string name = (argument.command ? "-- " : "") + argument.name + (argument.many ? "..." : "");
    out += argument.required ? " " + name : " [" + name + "]";
  }
  return out;
}

struct Described {
  CommandInfo info;
  Arguments arguments;
  std::vector<std::pair<std::string, std::string>> positionals, options;
};

Described Describe(Command& command) {
  Described out;
  out.info = command.Info();
  bool json = false, help = false, no_color = false;
  std::string color;
  command.Declare(out.arguments);
  DeclareCommon(out.info, out.arguments, &json, &help, &color, &no_color);
  for (const Arguments::Argument& argument : out.arguments.list())
    (argument.positional ? out.positionals : out.options).emplace_back(OptionText(argument), HelpOf(argument));
  return out;
}

std::vector<std::pair<std::string, std::string>> Rows(const std::vector<Example>& examples) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Example& example : examples) rows.emplace_back(example.command, example.meaning);
  return rows;
}

std::vector<std::pair<std::string, std::string>> CommandRows(const std::vector<std::unique_ptr<Command>>& commands) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& command : commands) {
    const CommandInfo info = command->Info();
    rows.emplace_back(info.name, info.summary);
  }
  return rows;
}

std::vector<std::pair<std::string, std::string>> ExitRows() {
  return {{"0", "done; nothing differs"},
          {"1", "something differs"},
          {"2", "the command line is wrong"},
          {"3", "a cassette is missing or damaged, or a file cannot be read or written"},
          {"4", "provider or network"},
          {"5", "a secret was found"},
          {"6", "stale"},
          {"130", "interrupted"}};
}

std::vector<std::pair<std::string, std::string>> OwnExitRows(const CommandInfo& info) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const std::string& line : info.exits) {
    const std::size_t space = line.find(' ');
    rows.emplace_back(line.substr(0, space), line.substr(std::min(line.size(), line.find_first_not_of(' ', space))));
  }
  return rows;
}

std::string Paragraphs(std::string_view text, std::size_t width) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += Wrap(text.substr(0, end), width, 0) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Text in Markdown, outside and inside table cells. Code spans stay as they are.
std::string Cell(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (c == '|' || (!code && (c == '<' || c == '*' || c == '_' || c == '['))) out += '\\';
    out += c;
  }
  return out;
}

std::string Sentence(std::string_view clause) {
  std::string out = Cell(clause) + ".";
  if (out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

std::string MarkdownTable(const std::string& left, const std::string& right,
                          const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "| " + left + " | " + right + " |\n| --- | --- |\n";
  for (const auto& [first, second] : rows) out += "| `" + first + "` | " + Cell(second) + " |\n";
  return out + "\n";
}

std::string MarkdownExamples(const std::vector<Example>& examples) {
  std::size_t first = 0;
  for (const Example& example : examples) first = std::max(first, example.command.size());
  std::string out = "```\n";
  for (const Example& example : examples)
    out += example.command + std::string(first - example.command.size() + 2, ' ') + "# " + example.meaning + "\n";
  return out + "```\n\n";
}

void CommandMarkdown(const std::string& path, Command& command, std::string& out) {
  const Described it = Describe(command);
  out += "## " + path + "\n\n" + Sentence(it.info.summary) + "\n\n";
  if (!it.info.examples.empty()) out += MarkdownExamples(it.info.examples);
  const auto subcommands = command.Subcommands();
  if (!subcommands.empty()) {
    if (!it.info.details.empty()) out += Cell(it.info.details) + "\n\n";
    out += MarkdownTable("command", "", CommandRows(subcommands));
    for (const auto& sub : subcommands) CommandMarkdown(path + " " + sub->Info().name, *sub, out);
    return;
  }
  out += "Usage: `" + Usage(path, it.arguments) + "`\n\n";
  if (!it.info.details.empty()) out += Cell(it.info.details) + "\n\n";
  if (!it.positionals.empty()) out += MarkdownTable("argument", "", it.positionals);
  out += MarkdownTable("option", "", it.options);
  if (!it.info.exits.empty()) out += MarkdownTable("exit code", "", OwnExitRows(it.info));
  if (it.info.json_schema.empty()) return;
  std::vector<std::pair<std::string, std::string>> members{{"schema", "\"" + it.info.json_schema + "\""}};
  for (const JsonMember& member : it.info.json) members.emplace_back(member.path, member.meaning);
  out += "`--json` prints `" + it.info.json_schema + "`:\n\n" + MarkdownTable("member", "", members);
}

}  // namespace

std::string Wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t columns = ColumnsOf(word);
    if (column != 0 && column + 1 + columns > width) {
      out += "\n" + std::string(indent, ' ');
      column = 0;
    } else if (column != 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns;
    text.remove_prefix(end);
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }
  return out;
}

void DeclareCommon(const CommandInfo& info, Arguments& arguments, bool* json, bool* help, std::string* color,
                   bool* no_color) {
  if (!info.json_schema.empty()) arguments.Flag("--json", json, "print JSON: " + info.json_schema);
  arguments.Value("--color", "WHEN", color, "colours", {"auto", "always", "never"});
  arguments.Flag("--no-color", no_color, "the same as --color=never");
  arguments.Flag("-h,--help", help, "print this");
}

std::string CommandHelp(const std::string& path, Command& command, const Console& console) {
  const std::size_t width = HelpWidth(console);
  const Described it = Describe(command);
  const auto title = [&](const char* text) { return "\n" + console.Paint(Style::kBold, text) + "\n"; };
  std::string out = Wrap(path + ": " + it.info.summary, width, 0) + "\n";
  if (!it.info.examples.empty()) out += title("Examples") + TwoColumns(Rows(it.info.examples), width);
  const auto subcommands = command.Subcommands();
  if (!subcommands.empty()) {
    out += title("Usage") + "  " + path + " COMMAND [ARGUMENTS...]\n";
    if (!it.info.details.empty()) out += "\n" + Paragraphs(it.info.details, width);
    out += title("Commands") + TwoColumns(CommandRows(subcommands), width);
    return out + "\n" + Wrap("See `" + path + " COMMAND --help`.", width, 0) + "\n";
  }
  out += title("Usage") + "  " + Wrap(Usage(path, it.arguments), width - 2, 6) + "\n";
  if (!it.info.details.empty()) out += "\n" + Paragraphs(it.info.details, width);
  if (!it.positionals.empty()) out += title("Arguments") + TwoColumns(it.positionals, width);
  out += title("Options") + TwoColumns(it.options, width);
  if (!it.info.exits.empty()) out += title("Exit codes") + TwoColumns(OwnExitRows(it.info), width);
  if (!it.info.json_schema.empty())
    out += "\n" +
           Wrap("The members of " + it.info.json_schema +
                    " stand in docs/reprise.md, which is what `reprise help "
                    "--markdown` prints.",
                width, 0) +
           "\n";
  return out;
}

std::string ProgramHelp(const Program& program, const Console& console) {
  const std::size_t width = HelpWidth(console);
  const auto title = [&](const char* text) { return "\n" + console.Paint(Style::kBold, text) + "\n"; };
  std::string out = Wrap(program.name + " " + program.version + ": " + program.summary, width, 0) + "\n";
  out += title("Examples") + TwoColumns(Rows(program.examples), width);
  out += title("Usage") + "  " + program.name + " COMMAND [ARGUMENTS...]\n";
  out += title("Commands") + TwoColumns(CommandRows(program.commands), width);
  out += title("Options") + TwoColumns({{"-h, --help", "print this; of one command: reprise COMMAND --help"},
                                        {"--version", "print the version"},
                                        {"--color WHEN, --no-color", "colours: auto, always, never"}},
                                       width);
  return out + title("Exit codes") + TwoColumns(ExitRows(), width);
}

std::string ProgramMarkdown(const Program& program) {
  std::string out = "# " + program.name + "\n\n";
  out += "The program's reference. This page is what `" + program.name + " help --markdown` prints";
  out += "; a test compares them.\n\n" + Sentence(program.summary) + "\n\n" + MarkdownExamples(program.examples);
  out += MarkdownTable("command", "", CommandRows(program.commands));
  out +=
      "Results go to standard output, messages to standard error. Nothing is asked, so nothing waits in a script. "
      "Text that came from a recording is printed with control characters, bidi controls and workflow commands made "
      "visible. Colours: `--color`, else `NO_COLOR`, else `CLICOLOR_FORCE`, else only on a terminal whose `TERM` is "
      "not `dumb`. Tables are cut to the terminal's width, or to `COLUMNS`; into a pipe they are whole.\n\n";
  out += MarkdownTable("exit code", "", ExitRows());
  for (const auto& command : program.commands)
    CommandMarkdown(program.name + " " + command->Info().name, *command, out);
  while (out.size() > 1 && out[out.size() - 2] == '\n') out.pop_back();
  return out;
}

}  // namespace reprise::cli
