// A console that writes into two files without names, and gives back what stands in them.
#ifndef REPRISE_TESTS_LIB_CLI_CAPTURED_CONSOLE_H_
#define REPRISE_TESTS_LIB_CLI_CAPTURED_CONSOLE_H_

#include <cstdio>
#include <string>

#include "lib/cli/console.h"

namespace reprise::cli {

class CapturedConsole {
 public:
  CapturedConsole() : out_(std::tmpfile()), err_(std::tmpfile()), console_(fileno(out_), fileno(err_)) {}
  ~CapturedConsole() {
    console_.Flush();
    std::fclose(out_);
    std::fclose(err_);
  }
  Console& console() { return console_; }
  std::string out() {
    console_.Flush();
    return TextOf(out_);
  }
  std::string err() { return TextOf(err_); }

 private:
  static std::string TextOf(std::FILE* file) {
    std::rewind(file);
    std::string text;
    char buffer[4096];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, n);
    return text;
  }
  std::FILE* out_;
  std::FILE* err_;
  Console console_;
};

}  // namespace reprise::cli

#endif  // REPRISE_TESTS_LIB_CLI_CAPTURED_CONSOLE_H_
