#include "lib/cli/run_command.h"

#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "lib/base/file_system.h"

extern char** environ;  // POSIX

namespace reprise::cli {
namespace {

constexpr int kPassedOn[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};

// Blocks signals of this thread until it goes.
class Blocked {
 public:
  explicit Blocked(const sigset_t& signals) { ::pthread_sigmask(SIG_BLOCK, &signals, &before_); }
  ~Blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
};

std::vector<std::string> EnvironmentWith(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::map<std::string, std::string> merged;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    merged.emplace(text.substr(0, text.find('=')), text);
  }
  for (const auto& [name, value] : variables) merged[name] = name + "=" + value;
  std::vector<std::string> out;
  for (auto& [name, text] : merged) out.push_back(std::move(text));
  return out;
}

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int Spawn(const std::vector<std::string>& words, const std::vector<std::string>& environment, const sigset_t& mask,
          pid_t* pid) {
  posix_spawnattr_t attributes;
  if (const int error = ::posix_spawnattr_init(&attributes); error != 0) return error;
  sigset_t defaults;  // we ignore SIGPIPE; others should not
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const std::vector<char*> argv = Pointers(words), envp = Pointers(environment);
  const int error = ::posix_spawnp(pid, argv[0], nullptr, &attributes, argv.data(), envp.data());
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

CommandEnd RunCommand(const std::vector<std::string>& words,
                      const std::vector<std::pair<std::string, std::string>>& variables) {
  CommandEnd end;
  sigset_t watched;
  ::sigemptyset(&watched);
  ::sigaddset(&watched, SIGCHLD);
  for (const int signal : kPassedOn) ::sigaddset(&watched, signal);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, children could not be waited for
  const Blocked blocked(watched);
  pid_t pid = -1;
  if (const int error = Spawn(words, EnvironmentWith(variables), blocked.before(), &pid); error != 0) {
    end.code = error == ENOENT ? kExitNotFound : kExitNotRunnable;
    end.status = base::ErrnoStatus(words[0], "cannot be run", error);
    return end;
  }
  while (true) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&watched, &info);
    if (signal < 0) continue;  // interrupted by a stop
    if (signal != SIGCHLD) {
      // What the kernel sends comes from the terminal, and goes to the whole group.
      if (info.si_code <= 0) ::kill(pid, signal);
      continue;
    }
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) continue;
    if (WIFSIGNALED(status)) {
      end.signal = WTERMSIG(status);
      end.code = 128 + end.signal;
    } else {
      end.code = WEXITSTATUS(status);
    }
    return end;
  }
}

Interrupts::Interrupts() {
  ::sigemptyset(&watched_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&watched_, signal);
  ::pthread_sigmask(SIG_BLOCK, &watched_, &before_);
}

Interrupts::~Interrupts() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void Interrupts::Wait() const {
  while (::sigwaitinfo(&watched_, nullptr) < 0) continue;
}

void EndBySignal(int signal) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);  // the command has left one, if any
  ::signal(signal, SIG_DFL);
  sigset_t just;
  ::sigemptyset(&just);
  ::sigaddset(&just, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &just, nullptr);
  ::raise(signal);
}

}  // namespace reprise::cli
