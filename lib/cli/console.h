// Console: standard output for results, standard error for messages; the one place that knows about terminals.
//
// Nothing here makes text harmless: what came from a recording goes through lib/report/harmless.h first. Colours and
// progress never reach a pipe or a file unless asked for. When the reader of standard output goes away (`| head`),
// output stops quietly and the command's own exit code stays; when it cannot be written for another reason (disk
// full, closed), `Finish` says so. One thread.
#ifndef REPRISE_CLI_CONSOLE_H_
#define REPRISE_CLI_CONSOLE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "reprise/result.h"

namespace reprise::cli {

enum class ColorWhen { kAuto, kAlways, kNever };
enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

class Console {
 public:
  // Reads NO_COLOR, CLICOLOR_FORCE, TERM and COLUMNS. The descriptors stay the caller's.
  Console(int out, int err);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console() { Flush(); }

  // `--color` wins over the environment; there NO_COLOR wins over CLICOLOR_FORCE, both over TERM=dumb.
  void SetColor(ColorWhen when) { when_ = when; }

  void Out(std::string_view text);  // as it stands; buffered
  // These two hold secrets back (withheld.h).
  void Line(std::string_view text);
  void Message(std::string_view line);  // to standard error, with a line feed; what is buffered goes first

  // `text` in colour where that stream shows colours, else as it is.
  std::string Paint(Style style, std::string_view text) const { return Paint(style, text, out_shows_color_); }
  std::string PaintMessage(Style style, std::string_view text) const { return Paint(style, text, err_shows_color_); }

  // Columns of the terminal behind standard output, or COLUMNS; 0 when there is neither: nothing need fit.
  std::size_t width() const { return width_; }
  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  // The reader of standard output is gone: long work for it may stop.
  bool reader_gone() const { return reader_gone_; }

  void Flush();
  // Flushes. An error when standard output could not be written, except for a reader that went away.
  Status Finish();

  // Shows how far long work has come: on a terminal only, after one second, on one line that goes away again.
  class Progress {
   public:
    Progress(Console& console, std::string what, std::uint64_t total)
        : console_(console), what_(std::move(what)), total_(total) {}
    ~Progress();
    void Advance(std::uint64_t done);

   private:
    Console& console_;
    std::string what_;
    std::uint64_t total_;  // 0: not known
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point shown_{};
    bool visible_ = false;
  };

 private:
  std::string Paint(Style style, std::string_view text, bool by_environment) const;

  int out_, err_;
  bool out_is_terminal_ = false, err_is_terminal_ = false;
  bool out_shows_color_ = false, err_shows_color_ = false;
  ColorWhen when_ = ColorWhen::kAuto;
  std::size_t width_ = 0;
  bool reader_gone_ = false;
  int out_error_ = 0;
  std::string buffer_;
};

// "12 B", "3.4 kB", "5.6 MB": powers of 1,000, three digits at most.
std::string BytesText(std::uint64_t bytes);
// "1 exchange", "2 exchanges".
std::string CountText(std::uint64_t count, std::string_view noun, std::string_view plural = "");
// Columns that UTF-8 text takes on a terminal; invalid bytes count one.
std::size_t ColumnsOf(std::string_view text);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_CONSOLE_H_
