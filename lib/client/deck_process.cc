#include "lib/client/deck_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include "lib/client/deck_program.h"
#include "lib/client/environment.h"

extern char** environ;

namespace reprise::internal {
namespace {

constexpr int kListener = 3;        // descriptor number in the deck
constexpr int kAboveStandard = 10;  // descriptors we pass on are first moved above this

Status SystemError(const std::string& doing, int error) {
  return Status(ErrorKind::kIo, "deck of this test", doing + ": " + std::generic_category().message(error));
}

void SetTimeout(int fd, int seconds) {
  const timeval timeout = {seconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Address {
  sockaddr_un name = {};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
};

Address AbstractAddress(const std::string& name) {
  Address address;
  address.name.sun_family = AF_UNIX;
  const std::size_t size = std::min(name.size(), sizeof address.name.sun_path - 1);
  std::memcpy(address.name.sun_path + 1, name.data(), size);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
  return address;
}

int ConnectSocket(const std::string& address, int seconds) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  SetTimeout(fd, seconds);
  const Address to = AbstractAddress(address);
  int connected;
  do {
    connected = ::connect(fd, to.get(), to.size);
  } while (connected != 0 && errno == EINTR);
  if (connected == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

// Field 22 of /proc/PID/stat, in clock ticks since boot; "0" without /proc. The name in field 2 may hold anything, also
// spaces and parentheses, so fields are counted from the last ')'.
std::string StartTime(pid_t pid) {
  const int fd = ::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "0";
  char buffer[2048];
  const ssize_t size = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  std::string_view rest(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t name_end = rest.rfind(')');
  if (name_end == std::string_view::npos) return "0";
  rest.remove_prefix(name_end + 1);
  for (int field = 2; field < 22; ++field) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return "0";
    rest.remove_prefix(space + 1);
  }
  return std::string(rest.substr(0, rest.find(' ')));
}

// The environment without what would load other people's code into the deck.
std::vector<char*> EnvironmentOfDeck() {
  std::vector<char*> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "LD_PRELOAD=", 11) != 0 && std::strncmp(*entry, "LD_AUDIT=", 9) != 0) {
      out.push_back(*entry);
    }
  }
  out.push_back(nullptr);
  return out;
}

// May be called on any thread, under any signal mask.
int Spawn(const std::string& program, int listener, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (int error = ::posix_spawn_file_actions_init(&files); error != 0) return error;
  if (int error = ::posix_spawnattr_init(&attributes); error != 0) {
    ::posix_spawn_file_actions_destroy(&files);
    return error;
  }
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);  // Ctrl-C is for the test; its end ends the deck
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  int error = ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  if (error == 0) error = ::posix_spawn_file_actions_adddup2(&files, listener, kListener);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
  if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&files, kListener + 1);
#endif
  if (error == 0) {
    std::string name = program;
    char* arguments[] = {name.data(), nullptr};
    std::vector<char*> environment = EnvironmentOfDeck();
    error = ::posix_spawn(pid, program.c_str(), &files, &attributes, arguments, environment.data());
  }
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return error;
}

// Waits for exactly this child; "" when it ended well, or when somebody else has reaped it.
std::string Reap(pid_t pid) {
  int status = 0;
  pid_t reaped;
  do {
    reaped = ::waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return {};
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "ended with exit code " + std::to_string(WEXITSTATUS(status));
  return {};
}

// Abstract names are open to every user of the machine.
Status CheckPeer(int fd) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return SystemError("asking for its user", errno);
  if (peer.uid == ::geteuid()) return Status();
  return Status(ErrorKind::kIo, "deck of this test",
                "its address is taken by a process of another user (uid " + std::to_string(peer.uid) + ")");
}

const char* OriginName(Kinship::Origin origin) {
  switch (origin) {
    case Kinship::Origin::kTest: return "test";
    case Kinship::Origin::kFork: return "fork";
    case Kinship::Origin::kReexec: return "reexec";
  }
  return "test";
}

}  // namespace

std::string DeckAddress(pid_t owner) {
  struct stat space = {};
  const bool known = ::stat("/proc/self/ns/pid", &space) == 0;
  return "reprise-deck/" + std::to_string(known ? space.st_ino : 0) + '/' + std::to_string(owner) + '/' +
         StartTime(owner);
}

Status DeckProcess::Greet(int fd) {
  if (Status status = CheckPeer(fd); !status.ok()) return status;
  const std::string program = PathOfThisProgram();
  Message hello("hello");
  hello.Add("protocol", kProtocol).Add("library", REPRISE_VERSION).Add("pid", kin_.pid).Add("owner", kin_.owner);
  hello.Add("program", program).Add("origin", OriginName(kin_.origin));
  if (Status status = SendMessage(fd, hello); !status.ok()) return status;
  const Result<Message> answer = ReceiveMessage(fd);
  if (!answer.ok()) return answer.status();
  if (Status status = answer->ToStatus(); !status.ok()) return status;
  if (answer->Get("protocol") != std::to_string(kProtocol)) {
    return Status(ErrorKind::kUsage, std::string(answer->Get("path")),
                  "this deck (reprise " + std::string(answer->Get("deck")) + ") speaks protocol " +
                      std::string(answer->Get("protocol")) + ", but " + program +
                      " (reprise " REPRISE_VERSION ") speaks protocol " + std::to_string(kProtocol),
                  "Build both with one version of reprise, or name the deck that fits with REPRISE_DECK");
  }
  deck_path_ = answer->Get("path");
  deck_pid_ = answer->Get("pid");
  connected_ = true;
  SetTimeout(fd, 0);  // a model may take its time
  return Status();
}

Result<int> DeckProcess::Start(const std::string& address, bool* name_is_taken) {
  const Result<std::string> program = FindDeckProgram();
  if (!program.ok()) return program.status();
  Descriptor low(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (low.get() < 0) return SystemError("making its socket", errno);
  // The number it gets in the deck may be in use here.
  Descriptor listener(::fcntl(low.get(), F_DUPFD_CLOEXEC, kAboveStandard));
  if (listener.get() < 0) return SystemError("making its socket", errno);
  low.Close();
  const Address name = AbstractAddress(address);
  if (::bind(listener.get(), name.get(), name.size) != 0) {
    *name_is_taken = errno == EADDRINUSE;
    return SystemError("taking its address", errno);
  }
  if (::listen(listener.get(), 128) != 0) return SystemError("listening", errno);
  pid_t first = 0;
  RememberEnvironment();
  if (int error = Spawn(*program, listener.get(), &first); error != 0) {
    return Status(ErrorKind::kIo, *program, "could not be started: " + std::generic_category().message(error),
                  "REPRISE_DECK names another program");
  }
  // Connected before our copy of the listener goes: if the program ends early, the connection tells.
  Descriptor connection(ConnectSocket(address, hello_seconds_));
  const int error = errno;
  listener.Close();
  Status status = connection.get() < 0 ? SystemError("connecting", error) : Greet(connection.get());
  const bool silent = status.reason() == "timed out";
  if (silent) ::kill(first, SIGKILL);  // only our own child, which is not reaped yet
  const std::string how = Reap(first);
  if (status.ok()) return connection.Release();
  if (silent) {
    return Status(ErrorKind::kIo, *program,
                  "did not say hello within " + std::to_string(hello_seconds_) + " s and was stopped",
                  "Is it reprise-deck? REPRISE_DECK names another program");
  }
  if (status.reason() == "closed") {
    return Status(ErrorKind::kIo, *program, (how.empty() ? "ended" : how) + std::string(" before it said hello"),
                  "Run it by hand to see why; REPRISE_LOG=FILE makes it log");
  }
  return status;
}

Result<int> DeckProcess::Connect(bool may_start) {
  const std::string address = DeckAddress(kin_.owner);
  // A name that is bound but does not listen yet belongs to a deck that a relative is starting now.
  for (int tries = 0; tries < hello_seconds_ * 1000; ++tries) {
    Descriptor connection(ConnectSocket(address, hello_seconds_));
    if (connection.get() >= 0) {
      if (Status status = Greet(connection.get()); !status.ok()) {
        // A deck whose work is done may end between our connecting and its accepting.
        if (status.reason() == "closed" && !connected_) continue;
        if (status.reason() == "closed" || status.reason() == "timed out") return WentAway("hello", status.reason());
        return status;
      }
      return connection.Release();
    }
    if (errno != ECONNREFUSED) return SystemError("connecting", errno);
    if (connected_) return WentAway("hello", "closed");
    if (!may_start) return Status(ErrorKind::kIo, "deck of this test", "there is none");
    bool name_is_taken = false;
    Result<int> started = Start(address, &name_is_taken);
    if (started.ok() || !name_is_taken) return started;
    const timespec while_it_starts = {0, 1000000};
    ::nanosleep(&while_it_starts, nullptr);
  }
  return Status(ErrorKind::kIo, "deck of this test", "its address is held by a process that does not listen on it",
                "Another process of this test was stopped while it started the deck");
}

Status DeckProcess::WentAway(std::string_view verb, const std::string& how) {
  if (!gone_.ok()) return gone_;
  const std::string who = deck_path_.empty() ? "reprise-deck" : deck_path_ + " (pid " + deck_pid_ + ")";
  gone_ =
      Status(ErrorKind::kIo, who,
             how == "timed out" ? "the deck of this test did not answer \"" + std::string(verb) + "\" in time"
                                : "the deck of this test went away while it was asked to \"" + std::string(verb) +
                                      "\"" + (how == "closed" ? "" : " (" + how + ")"),
             "What it had recorded until then is kept in the cassette's .incomplete file (`reprise fsck --recover`); "
             "REPRISE_LOG=FILE makes it log what it does");
  for (const int fd : idle_) ::close(fd);
  idle_.clear();
  return gone_;
}

Result<Message> DeckProcess::Call(const Message& request) {
  int fd = -1;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!gone_.ok()) return gone_;
    if (!idle_.empty()) {
      fd = idle_.back();
      idle_.pop_back();
    } else {
      const Result<int> connected = Connect(/*may_start=*/true);
      if (!connected.ok()) return connected.status();
      fd = *connected;
    }
  }
  Status status = SendMessage(fd, request);
  Result<Message> answer = status.ok() ? ReceiveMessage(fd) : Result<Message>(status);
  const bool usable = answer.ok() || status.kind() == ErrorKind::kUsage;  // too large to send: nothing was sent
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!usable) {
    ::close(fd);
    return WentAway(request.Get("verb"), answer.status().reason());
  }
  if (gone_.ok()) {
    idle_.push_back(fd);
  } else {
    ::close(fd);
  }
  if (!answer.ok()) return answer;
  if (Status told = answer->ToStatus(); !told.ok()) return told;
  return answer;
}

bool DeckProcess::Answers() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!gone_.ok()) return false;
  if (!idle_.empty()) return true;
  const Result<int> connected = Connect(/*may_start=*/false);
  if (!connected.ok()) return false;
  idle_.push_back(*connected);
  return true;
}

void DeckProcess::StartAfresh() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (gone_.ok()) return;
  gone_ = Status();
  connected_ = false;
}

void DeckProcess::Disconnect() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const int fd : idle_) ::close(fd);
  idle_.clear();
  connected_ = false;
}

}  // namespace reprise::internal
