#include "replayer/deck/guards.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "lib/base/clock.h"
#include "lib/base/file_system.h"
#include "lib/base/log.h"

namespace reprise::replayer {
namespace {

void CloseRange(unsigned first, unsigned last) {
  if (first > last) return;
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
  // A kernel before 5.9.
  rlimit limit{};
  const rlim_t most = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? std::min<rlim_t>(limit.rlim_cur, 65536) : 1024;
  for (rlim_t fd = first; fd <= std::min<rlim_t>(last, most); ++fd) ::close(static_cast<int>(fd));
}

void ForbidCores() {
  // 1, not 0: a limit of 0 still feeds a core to a program that /proc/sys/kernel/core_pattern names; 1 stops both.
  const rlimit one{1, 1}, none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &one) == 0) return;
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace

bool IsListening(int fd) {
  int listening = 0, domain = 0;
  socklen_t size = sizeof listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) return false;
  size = sizeof domain;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return false;
  return listening == 1 && domain == AF_UNIX;
}

Status LeaveWaitSet() {
  const pid_t pid = ::fork();
  if (pid < 0) return base::ErrnoStatus("reprise-deck", "cannot fork", errno);
  if (pid > 0) ::_exit(0);
  return {};
}

Status Detach(int keep) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return base::ErrnoStatus("/dev/null", "cannot be opened", errno);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (null != fd) ::dup2(null, fd);
  CloseRange(3, static_cast<unsigned>(keep) - 1);
  CloseRange(static_cast<unsigned>(keep) + 1, ~0U);
  ::fcntl(keep, F_SETFD, FD_CLOEXEC);
  ::setsid();
  if (::chdir("/") != 0) return base::ErrnoStatus("/", "cannot become the working directory", errno);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, signal == SIGPIPE ? SIG_IGN : SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ForbidCores();
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  ::unsetenv("LD_PRELOAD");
  return {};
}

Status LogTo(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return base::ErrnoStatus(path, "cannot be opened for the log", errno);
  const auto file = std::make_shared<base::FileDescriptor>(fd);
  base::SetLog([file, path](base::LogLevel level, const std::string& line) {
    static constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
    const std::string text =
        base::UtcNow() + " " + std::to_string(::getpid()) + " " + kLevels[static_cast<int>(level)] + " " + line + "\n";
    // A log that cannot be written is no reason to fail a test.
    (void)base::WriteAll(file->get(), text, path).ok();
  });
  return {};
}

}  // namespace reprise::replayer
