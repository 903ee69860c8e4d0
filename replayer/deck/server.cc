#include "replayer/deck/server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>

#include "lib/base/log.h"
#include "lib/client/wire.h"

namespace reprise::replayer {
namespace {

// A test process that died between starting us and saying hello leaves nobody to wait for.
constexpr int kHelloWithinMs = 30'000;
// Where pidfds do not exist (kernels before 5.3): how often the owner is looked for.
constexpr int kLookEveryMs = 500;
constexpr int kAcceptPauseMs = 5;  // when descriptors run out

int OpenPidfd(std::int64_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)); }

}  // namespace

void Server::Wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

Status Server::Run() {
  wake_ = base::FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.ok()) return base::ErrnoStatus("reprise-deck", "cannot make an eventfd", errno);
  ::fcntl(listener_.get(), F_SETFL, O_NONBLOCK);
  // The kernel remembers who called listen(2): a test process that is killed before its first word is seen to go.
  ucred maker{};
  socklen_t size = sizeof maker;
  if (::getsockopt(listener_.get(), SOL_SOCKET, SO_PEERCRED, &maker, &size) == 0 && maker.pid > 0) {
    const std::lock_guard<std::mutex> lock(mutex_);
    WatchOwner(maker.pid);
  }
  while (true) {
    pollfd watched[3] = {{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {-1, POLLIN, 0}};
    int timeout = kHelloWithinMs;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (over_) return {};
      watched[2].fd = owner_.get();
      if (hello_) timeout = owner_.ok() ? -1 : kLookEveryMs;
    }
    const int ready = ::poll(watched, 3, timeout);
    if (ready < 0 && errno != EINTR) return base::ErrnoStatus("reprise-deck", "cannot wait", errno);
    if (ready == 0) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!hello_) {
        base::Log(base::LogLevel::kWarning, "nobody said hello; the deck ends");
        return {};
      }
      if (::kill(static_cast<pid_t>(owner_pid_), 0) != 0 && errno == ESRCH) return {};
      continue;
    }
    if (ready < 0) continue;
    if (watched[1].revents != 0) {
      std::uint64_t count = 0;
      (void)!::read(wake_.get(), &count, sizeof count);
    }
    if (watched[2].revents != 0) {
      // Unless a hello has named another meanwhile: a child that started us may be gone before we look.
      const std::lock_guard<std::mutex> lock(mutex_);
      if (watched[2].fd == owner_.get()) return {};
    }
    if (watched[0].revents != 0) Accept();
  }
}

void Server::Accept() {
  const int connection = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) ::poll(nullptr, 0, kAcceptPauseMs);
    return;
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != ::geteuid()) {
    base::Log(base::LogLevel::kWarning, "a connection of user " + std::to_string(peer.uid) + " was refused");
    ::close(connection);
    return;
  }
  try {
    std::thread(&Server::Serve, this, connection, static_cast<std::int64_t>(peer.pid)).detach();
  } catch (const std::system_error& error) {
    base::Log(base::LogLevel::kError, std::string("no thread for a connection: ") + error.what());
    ::close(connection);
  }
}

void Server::Watch(const Deck::Peer& peer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++connections_[peer.pid];
  if (peer.origin == Deck::Peer::Origin::kTest) owner_came_ = true;
  if (hello_) return;
  hello_ = true;
  if (peer.owner != owner_pid_) WatchOwner(peer.owner);
  Wake();
}

void Server::WatchOwner(std::int64_t pid) {
  owner_pid_ = pid;
  owner_ = base::FileDescriptor(OpenPidfd(pid));
  if (!owner_.ok() && errno == ESRCH) over_ = true;
}

void Server::Forget(const Deck::Peer& peer) {
  bool last = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = connections_.find(peer.pid);
    last = --it->second == 0;
    if (last) connections_.erase(it);
    if (last && peer.pid == owner_pid_ && owner_came_) {
      over_ = true;
      Wake();
      return;
    }
  }
  if (last) deck_.ProcessGone(peer.pid);
}

void Server::Serve(int connection, std::int64_t pid) {
  const base::FileDescriptor socket(connection);
  Deck::Peer peer;
  peer.pid = pid;
  bool known = false;
  while (true) {
    const Result<reprise::internal::Message> message = reprise::internal::ReceiveMessage(socket.get());
    if (!message.ok()) {
      if (message.status().reason() != "closed")
        base::Log(base::LogLevel::kWarning,
                  "connection of process " + std::to_string(pid) + ": " + message.status().ToString());
      break;
    }
    const reprise::internal::Message answer = deck_.Handle(*message, peer);
    if (!known && peer.origin != Deck::Peer::Origin::kNone) {
      known = true;
      Watch(peer);
    }
    if (const Status sent = reprise::internal::SendMessage(socket.get(), answer); !sent.ok()) break;
  }
  if (known) Forget(peer);
}

}  // namespace reprise::replayer
