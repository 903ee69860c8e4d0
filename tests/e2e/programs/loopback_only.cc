// Runs a program with no network but the loopback: `loopback_only PROGRAM ARGUMENT...`. Where the system does not allow
// that, the program runs as it is.
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace {

void Write(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!::write(fd, text.data(), text.size());
  ::close(fd);
}

bool LeaveNetwork() {
  if (::unshare(CLONE_NEWNET) == 0) return true;
  const std::string uid = std::to_string(::getuid()), gid = std::to_string(::getgid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  Write("/proc/self/setgroups", "deny");
  Write("/proc/self/uid_map", uid + " " + uid + " 1");
  Write("/proc/self/gid_map", gid + " " + gid + " 1");
  return true;
}

void RaiseLoopback() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request = {};
  std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  if (fd >= 0 && ::ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (::ioctl(fd, SIOCSIFFLAGS, &request) != 0) std::perror("loopback_only");
  }
  if (fd >= 0) ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 125;
  if (LeaveNetwork()) RaiseLoopback();
  ::execv(argv[1], argv + 1);
  std::perror(argv[1]);
  return 127;
}
