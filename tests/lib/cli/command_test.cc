#include "lib/cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/cli/help.h"
#include "tests/lib/cli/captured_console.h"

namespace reprise::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Prints what it was given.
class EchoCommand : public Command {
 public:
  CommandInfo Info() const override {
    return {.name = "echo",
            .summary = "say it again",
            .examples = {{"reprise echo hello", "says hello"}},
            .details = "A paragraph.",
            .json_schema = "reprise.echo/1",
            .json = {{"reprise.echo/1 stand in docs/reprise.md", "what was given"}},
            .exits = {"1  nothing to say"}};
  }
  void Declare(Arguments& arguments) override {
    arguments.Value("-t,--times", "N", &times_, "how often");
    arguments.Value("--how", "HOW", &how_, "in which manner", {"loud", "soft"});
    arguments.Values("--not", "WORD", &not_, "leave out");
    arguments.Flag("--dry-run", &dry_run_, "only think");
    arguments.Positional("FIRST", &first_, "the first word", true);
    arguments.Rest("WORD", &rest_, "more words", false);
  }
  int Run(Context& context) override {
    std::string line = times_ + "|" + how_ + "|" + (dry_run_ ? "dry" : "wet") + "|" + first_;
    for (const std::string& word : rest_) line += "," + word;
    for (const std::string& word : not_) line += "-" + word;
    context.console.Line(line);
    return context.json ? 7 : 0;
  }

 private:
  std::string times_ = "1", how_ = "soft", first_;
  std::vector<std::string> rest_, not_;
  bool dry_run_ = false;
};

class GroupCommand : public Command {
 public:
  CommandInfo Info() const override { return {.name = "group", .summary = "holds others"}; }
  std::vector<std::unique_ptr<Command>> Subcommands() const override {
    std::vector<std::unique_ptr<Command>> list;
    list.push_back(std::make_unique<EchoCommand>());
    return list;
  }
};

struct Ran {
  int code;
  std::string out, err;
};

Ran Reprise(const std::vector<std::string>& words) {
  Program program;
  program.name = "reprise";
  program.version = "9.8.7";
  program.summary = "a test";
  program.commands.push_back(std::make_unique<EchoCommand>());
  program.commands.push_back(std::make_unique<GroupCommand>());
  CapturedConsole captured;
  const int code = RunProgram(program, words, captured.console());
  return {code, captured.out(), captured.err()};
}

TEST(Command, ArgumentsReachTheCommand) {
  EXPECT_EQ(Reprise({"echo", "a"}).out, "1|soft|wet|a\n");
  EXPECT_EQ(Reprise({"echo", "-t", "3", "--how=loud", "--dry-run", "a", "b", "c"}).out, "3|loud|dry|a,b,c\n");
  EXPECT_EQ(Reprise({"echo", "a", "--not", "x", "b", "--not=y"}).out, "1|soft|wet|a,b-x-y\n");
  EXPECT_EQ(Reprise({"echo", "--json", "a"}).code, 7);
}

TEST(Command, OddWordsArriveAsTheyAre) {
  EXPECT_EQ(Reprise({"echo", "-", "[a,b]", "", "x y", "help", "group"}).out, "1|soft|wet|-,[a,b],,x y,help,group\n");
  EXPECT_EQ(Reprise({"echo", "--", "--json", "-h"}).out, "1|soft|wet|--json,-h\n");
  EXPECT_EQ(Reprise({"echo", "%%", "{}"}).out, "1|soft|wet|%%,{}\n");
}

TEST(Command, TheLastOfARepeatedValueCounts) {
  EXPECT_EQ(Reprise({"echo", "-t", "1", "-t", "2", "--dry-run", "--dry-run", "a"}).out, "2|soft|dry|a\n");
}

TEST(Command, MisuseIsExitTwoWithTheNearestName) {
  const Ran command = Reprise({"ecoh", "a"});
  EXPECT_EQ(command.code, 2);
  EXPECT_EQ(command.out, "");
  EXPECT_EQ(command.err, "reprise: ecoh: is no command. Did you mean echo?\nSee `reprise --help`.\n");
  const Ran option = Reprise({"echo", "--jsno", "a"});
  EXPECT_EQ(option.code, 2);
  EXPECT_EQ(option.err,
            "reprise echo: --jsno: is no option of this command. Did you mean --json?\nSee `reprise echo --help`.\n");
  EXPECT_THAT(Reprise({"echo"}).err, HasSubstr("FIRST: is missing"));
  EXPECT_THAT(Reprise({"echo", "--how", "hard", "a"}).err, HasSubstr("--how: \"hard\" is none of loud or soft"));
  EXPECT_EQ(Reprise({"echo", "a", "-t"}).code, 2);
  EXPECT_EQ(Reprise({"group", "eco"}).err,
            "reprise group: eco: is no command. Did you mean echo?\nSee `reprise group --help`.\n");
  EXPECT_EQ(Reprise({"--verbose", "echo"}).code, 2);
}

TEST(Command, AbbreviationsAreNotAccepted) {
  EXPECT_EQ(Reprise({"ech", "a"}).code, 2);
  EXPECT_EQ(Reprise({"echo", "--dry", "a"}).code, 2);
}

TEST(Command, AHostileWordIsHarmlessInTheMessage) {
  EXPECT_THAT(Reprise({"\x1b[2J"}).err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Reprise({"echo", "--\x1b[2J", "a"}).err, Not(HasSubstr("\x1b")));
}

TEST(Command, HelpBeginsWithExamplesAndIsAskedForInFourWays) {
  const Ran help = Reprise({"echo", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_LT(help.out.find("Examples"), help.out.find("Usage"));
  for (const char* part :
       {"reprise echo: say it again\n", "reprise echo [OPTIONS] FIRST [WORD...]", "-t, --times N",
        "in which manner: loud, soft", "A paragraph.", "reprise.echo/1 stand in docs/reprise.md", "nothing to say"})
    EXPECT_THAT(help.out, HasSubstr(part));
  EXPECT_EQ(Reprise({"echo", "-h"}).out, help.out);
  EXPECT_EQ(Reprise({"help", "echo"}).out, help.out);
  EXPECT_EQ(Reprise({"echo", "--unknown", "--help"}).out, help.out);
  EXPECT_THAT(Reprise({"group", "echo", "--help"}).out, HasSubstr("reprise group echo [OPTIONS]"));
}

TEST(Command, WithoutACommandTheHelpGoesToStandardError) {
  const Ran ran = Reprise({});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, Reprise({"--help"}).out + "\n");
  EXPECT_EQ(Reprise({"group"}).code, 2);
}

TEST(Command, TheVersionIsOneLine) { EXPECT_EQ(Reprise({"--version"}).out, "reprise 9.8.7\n"); }

TEST(Command, ColourIsAcceptedBeforeAndAfterTheCommand) {
  EXPECT_THAT(Reprise({"--color=always", "echo", "--help"}).out, HasSubstr("\x1b[1mExamples\x1b[0m"));
  EXPECT_THAT(Reprise({"echo", "--help", "--color", "always"}).out, HasSubstr("\x1b[1mExamples\x1b[0m"));
  EXPECT_EQ(Reprise({"--color", "never", "echo", "a"}).out, "1|soft|wet|a\n");
  EXPECT_EQ(Reprise({"echo", "a", "--color", "sometimes"}).code, 2);
}

TEST(Help, WrapsAtSpacesAndIndentsTheRest) {
  EXPECT_EQ(Wrap("one two three four", 9, 2), "one two\n  three\n  four");
  EXPECT_EQ(Wrap("unbreakable-word x", 5, 0), "unbreakable-word\nx");
  EXPECT_EQ(Wrap("", 5, 0), "");
}

}  // namespace
}  // namespace reprise::cli
