// Runs the real program as a child, in a folder of its own, with an environment of its own, and gives back all that a
// caller of it sees. Never longer than a minute.
#ifndef REPRISE_TESTS_LIB_CLI_PROGRAM_H_
#define REPRISE_TESTS_LIB_CLI_PROGRAM_H_

#include <map>
#include <string>
#include <vector>

namespace reprise::cli {

struct Ran {
  int code = -1;  // exit code; 128 + signal; -1: over the time limit, and killed
  std::string out, err;
};

struct How {
  std::string folder{};                              // working folder
  std::map<std::string, std::string> environment{};  // beside PATH, LC_ALL=C, TERM=dumb and HOME=folder
  std::string input{};                               // standard input
  int out_fd = -1;                                   // instead of a captured standard output; not closed
  bool close_out = false;                            // standard output is closed from the beginning
};

// `words` are the arguments after the program's name.
Ran RunReprise(const std::vector<std::string>& words, const How& how = {});

// A new folder under the test's temporary folder, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Compares `text` with tests/golden/cli/NAME.txt, told as a failure with the first line that differs. With
// REPRISE_APPROVE=1 in the environment the file is written instead, for a human to look at with git diff.
void ExpectApproved(const std::string& name, const std::string& text);

}  // namespace reprise::cli

#endif  // REPRISE_TESTS_LIB_CLI_PROGRAM_H_
