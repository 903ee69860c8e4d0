// RunCommand: another program in our place. It has our terminal, our streams and our signals; we wait.
#ifndef REPRISE_CLI_RUN_COMMAND_H_
#define REPRISE_CLI_RUN_COMMAND_H_

#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "reprise/result.h"

namespace reprise::cli {

// What a wrapper returns when it fails itself, as env(1) and timeout(1) do.
enum WrapperExit : int { kExitWrapper = 125, kExitNotRunnable = 126, kExitNotFound = 127 };

struct CommandEnd {
  int code = 0;    // its exit code; kExitNotFound or kExitNotRunnable where it could not be run
  int signal = 0;  // that ended it, or 0
  Status status;   // why it could not be run
  bool ran() const { return status.ok(); }
};

// Looks `words[0]` up in PATH and runs it with our environment and `variables` on top. Signals that are sent to us are
// passed on; those that the terminal sends, it has got itself. Signals are as they were when this returns.
CommandEnd RunCommand(const std::vector<std::string>& words,
                      const std::vector<std::pair<std::string, std::string>>& variables);

// While it lives, SIGINT, SIGTERM and SIGHUP end nothing on this thread: they wait for `Wait`. A process started
// meanwhile would inherit that.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  void Wait() const;  // for one of them, also one that came since the beginning

 private:
  sigset_t watched_, before_;
};

// Ends this process by that signal, without a core; returns if that is not possible.
void EndBySignal(int signal);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_RUN_COMMAND_H_
