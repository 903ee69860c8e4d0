// The program `reprise`: lists its commands (program.cc) and runs one.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <clocale>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "lib/cli/commands.h"

namespace {

// A closed standard descriptor would be given to the next file opened, and messages would be written into a cassette.
// Each is filled with one that fails as a closed one does: /dev/null, opened the wrong way round.
void FillClosedDescriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY));
}

}  // namespace

int main(int argc, char** argv) {
  using reprise::cli::Console;
  FillClosedDescriptors();
  ::signal(SIGPIPE, SIG_IGN);           // seen as EPIPE, by the console
  std::setlocale(LC_CTYPE, "C.UTF-8");  // widths of characters; what we print is UTF-8 whatever the locale
  Console console(STDOUT_FILENO, STDERR_FILENO);
  int code = reprise::cli::kExitInternal;
  try {
    code = reprise::cli::RunProgram(reprise::cli::TheProgram(),
                                    std::vector<std::string>(argv + (argc > 0), argv + argc), console);
  } catch (const std::bad_alloc&) {
    console.Message("reprise: out of memory");
  } catch (const std::exception& error) {
    console.Message(std::string("reprise: a fault of ours, please report it: ") + error.what());
  }
  if (const reprise::Status status = console.Finish(); !status.ok()) {
    console.Message("reprise: " + status.ToString());
    if (code == reprise::cli::kExitSame) code = status.ExitCode();
  }
  return code;
}
