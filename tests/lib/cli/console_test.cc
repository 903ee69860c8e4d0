#include "lib/cli/console.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>

#include "lib/base/file_system.h"
#include "tests/lib/cli/captured_console.h"

namespace reprise::cli {
namespace {

using ::testing::HasSubstr;

// Sets environment variables and puts them back.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::optional<std::string>>& values) {
    for (const auto& [name, value] : values) {
      const char* now = std::getenv(name.c_str());
      before_[name] = now == nullptr ? std::nullopt : std::optional<std::string>(now);
      Set(name, value);
    }
  }
  ~Environment() {
    for (const auto& [name, value] : before_) Set(name, value);
  }

 private:
  static void Set(const std::string& name, const std::optional<std::string>& value) {
    if (value)
      ::setenv(name.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }
  std::map<std::string, std::optional<std::string>> before_;
};

Environment Plain(std::map<std::string, std::optional<std::string>> values = {}) {
  for (const char* name : {"NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"}) values.emplace(name, std::nullopt);
  values.emplace("TERM", "xterm");
  return Environment(values);
}

// Both ends of a terminal.
struct Terminal {
  Terminal() {
    winsize size{};
    size.ws_col = 72;
    size.ws_row = 20;
    int a = -1, b = -1;
    if (::openpty(&a, &b, nullptr, nullptr, &size) == 0) {
      outer = base::FileDescriptor(a);
      inner = base::FileDescriptor(b);
    }
  }
  base::FileDescriptor outer, inner;
};

TEST(Console, AFileGetsNoColours) {
  const Environment environment = Plain();
  CapturedConsole captured;
  EXPECT_EQ(captured.console().Paint(Style::kRed, "x"), "x");
}

TEST(Console, ATerminalGetsColoursAndItsWidth) {
  Terminal terminal;
  if (!terminal.inner.ok()) GTEST_SKIP() << "no pseudo terminals here";
  const Environment environment = Plain();
  Console console(terminal.inner.get(), terminal.inner.get());
  EXPECT_EQ(console.Paint(Style::kRed, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(console.width(), 72u);
}

TEST(Console, NoColorAndADumbTerminalSwitchColoursOffAndTheFlagWins) {
  Terminal terminal;
  if (!terminal.inner.ok()) GTEST_SKIP() << "no pseudo terminals here";
  {
    const Environment environment = Plain({{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}});
    Console console(terminal.inner.get(), terminal.inner.get());
    EXPECT_EQ(console.Paint(Style::kRed, "x"), "x");
    console.SetColor(ColorWhen::kAlways);
    EXPECT_EQ(console.Paint(Style::kRed, "x"), "\x1b[31mx\x1b[0m");
  }
  {
    const Environment environment = Plain({{"TERM", "dumb"}});
    Console console(terminal.inner.get(), terminal.inner.get());
    EXPECT_EQ(console.Paint(Style::kRed, "x"), "x");
  }
}

TEST(Console, ClicolorForceColoursAFileUnlessItIsZero) {
  {
    const Environment environment = Plain({{"CLICOLOR_FORCE", "1"}});
    CapturedConsole captured;
    EXPECT_EQ(captured.console().Paint(Style::kBold, "x"), "\x1b[1mx\x1b[0m");
    captured.console().SetColor(ColorWhen::kNever);
    EXPECT_EQ(captured.console().Paint(Style::kBold, "x"), "x");
  }
  const Environment environment = Plain({{"CLICOLOR_FORCE", "0"}});
  CapturedConsole captured;
  EXPECT_EQ(captured.console().Paint(Style::kBold, "x"), "x");
}

TEST(Console, ColumnsSetsTheWidthOfAFileToo) {
  const Environment environment = Plain({{"COLUMNS", "60"}});
  CapturedConsole captured;
  EXPECT_EQ(captured.console().width(), 60u);
}

TEST(Console, AReaderThatLeavesIsNoError) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::signal(SIGPIPE, SIG_IGN);
  ::close(ends[0]);
  CapturedConsole other;
  Console console(ends[1], 2);
  console.Out("nobody reads this");
  EXPECT_TRUE(console.Finish().ok());
  EXPECT_TRUE(console.reader_gone());
  ::close(ends[1]);
}

TEST(Console, AFullDiskBehindStandardOutputIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  Console console(full, 2);
  console.Out("x");
  EXPECT_THAT(console.Finish().ToString(), HasSubstr("standard output: cannot be written"));
  ::close(full);
}

TEST(Console, MessagesComeAfterTheOutputWrittenBefore) {
  const std::string path = ::testing::TempDir() + "both";
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_APPEND, 0600);
  ASSERT_GE(file, 0);
  Console console(file, file);
  console.Out("first ");
  console.Message("second");
  EXPECT_EQ(base::ReadFile(path).value(), "first second\n");
  ::close(file);
}

TEST(Console, ProgressIsSilentOutsideATerminalAndInTheFirstSecond) {
  Terminal terminal;
  CapturedConsole captured;
  {
    Console::Progress progress(captured.console(), "reading", 3);
    progress.Advance(1);
  }
  EXPECT_EQ(captured.err(), "");
  if (!terminal.inner.ok()) GTEST_SKIP() << "no pseudo terminals here";
  ASSERT_EQ(::fcntl(terminal.outer.get(), F_SETFL, O_NONBLOCK), 0);
  Console console(terminal.inner.get(), terminal.inner.get());
  {
    Console::Progress progress(console, "reading", 3);
    progress.Advance(1);
  }
  char byte;
  EXPECT_LT(::read(terminal.outer.get(), &byte, 1), 0);
}

TEST(ConsoleText, BytesHaveUnitsAndAtMostThreeDigits) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(999), "999 B");
  EXPECT_EQ(BytesText(1000), "1.0 kB");
  EXPECT_EQ(BytesText(9'949), "9.9 kB");
  EXPECT_EQ(BytesText(9'950), "10 kB");
  EXPECT_EQ(BytesText(12'345), "12 kB");
  EXPECT_EQ(BytesText(999'499), "999 kB");
  EXPECT_EQ(BytesText(999'500), "1.0 MB");
  EXPECT_EQ(BytesText(~std::uint64_t{0}), "18 EB");
  EXPECT_EQ(CountText(1, "exchange"), "1 exchange");
  EXPECT_EQ(CountText(2, "entry", "entries"), "2 entries");
}

}  // namespace
}  // namespace reprise::cli
