#include "lib/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "lib/base/file_system.h"
#include "lib/cli/withheld.h"

namespace reprise::cli {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

bool ShowsColor(bool is_terminal) {
  if (!Environment("NO_COLOR").empty()) return false;  // no-color.org
  const std::string_view force = Environment("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;  // bixense.com/clicolors
  return is_terminal && Environment("TERM") != "dumb" && !Environment("TERM").empty();
}

}  // namespace

Console::Console(int out, int err) : out_(out), err_(err) {
  out_is_terminal_ = ::isatty(out) == 1;
  err_is_terminal_ = ::isatty(err) == 1;
  out_shows_color_ = ShowsColor(out_is_terminal_);
  err_shows_color_ = ShowsColor(err_is_terminal_);
  const std::string columns(Environment("COLUMNS"));
  winsize size{};
  if (!columns.empty() && columns.find_first_not_of("0123456789") == std::string::npos && columns.size() < 6)
    width_ = static_cast<std::size_t>(std::stoul(columns));
  else if (out_is_terminal_ && ::ioctl(out, TIOCGWINSZ, &size) == 0)
    width_ = size.ws_col;
}

void Console::Out(std::string_view text) {
  if (reader_gone_ || out_error_ != 0) return;
  buffer_ += text;
  if (buffer_.size() >= (64u << 10)) Flush();
}

void Console::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && out_error_ == 0 && !reader_gone_) {
    const ssize_t n = ::write(out_, rest.data(), rest.size());
    if (n >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EPIPE) {
      reader_gone_ = true;
    } else if (errno != EINTR && errno != EAGAIN) {
      out_error_ = errno;
    }
  }
  buffer_.clear();
}

void Console::Line(std::string_view text) {
  Out(Withheld(text));
  Out("\n");
}

void Console::Message(std::string_view line) {
  Flush();
  // Where standard error itself cannot be written there is nobody to tell.
  static_cast<void>(base::WriteAll(err_, Withheld(line) + "\n", "standard error").ok());
}

Status Console::Finish() {
  Flush();
  if (out_error_ == 0) return {};
  return base::ErrnoStatus("standard output", "cannot be written", out_error_);
}

std::string Console::Paint(Style style, std::string_view text, bool by_environment) const {
  const bool on = when_ == ColorWhen::kAlways || (when_ == ColorWhen::kAuto && by_environment);
  if (!on || style == Style::kPlain || text.empty()) return std::string(text);
  const char* code = "0";
  switch (style) {
    case Style::kPlain: break;
    case Style::kBold: code = "1"; break;
    case Style::kDim: code = "2"; break;
    case Style::kRed: code = "31"; break;
    case Style::kGreen: code = "32"; break;
    case Style::kYellow: code = "33"; break;
    case Style::kCyan: code = "36"; break;
  }
  return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
}

void Console::Progress::Advance(std::uint64_t done) {
  if (!console_.err_is_terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - start_ < std::chrono::seconds(1) || now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  visible_ = true;
  console_.Flush();
  std::string line = "\r" + what_ + " " + std::to_string(done);
  if (total_ != 0) line += "/" + std::to_string(total_);
  static_cast<void>(base::WriteAll(console_.err_, line + "\x1b[K", "standard error").ok());
}

Console::Progress::~Progress() {
  if (visible_) static_cast<void>(base::WriteAll(console_.err_, "\r\x1b[K", "standard error").ok());
}

std::string BytesText(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, value < 9.95 ? "%.1f %s" : "%.0f %s", value, kUnits[unit]);
  return text;
}

std::string CountText(std::uint64_t count, std::string_view noun, std::string_view plural) {
  std::string out = std::to_string(count) + " ";
  if (count == 1) return out.append(noun);
  return plural.empty() ? out.append(noun).append("s") : out.append(plural);
}

std::size_t ColumnsOf(std::string_view text) {
  std::size_t columns = 0;
  mbstate_t state{};
  for (std::size_t i = 0; i < text.size();) {
    wchar_t c = 0;
    const std::size_t n = ::mbrtowc(&c, text.data() + i, text.size() - i, &state);
    if (n == 0 || n > text.size() - i) {
      state = {};
      ++columns;
      ++i;
      continue;
    }
    const int width = ::wcwidth(c);
    columns += width < 0 ? 1 : static_cast<std::size_t>(width);
    i += n;
  }
  return columns;
}

}  // namespace reprise::cli
