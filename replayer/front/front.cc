#include "replayer/front/front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "lib/base/file_system.h"
#include "lib/base/log.h"
#include "replayer/front/connection.h"

namespace reprise::replayer {

using internal::Connection;
using internal::Loop;
using internal::PortGuard;

namespace {

constexpr int kBacklog = 1024;
constexpr int kAcceptsPerTurn = 64;
constexpr int kPortTries = 16;
constexpr auto kOutOfDescriptorsPause = std::chrono::milliseconds(5);
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

// A listening socket on 127.0.0.1 or ::1; port 0: the kernel chooses.
Result<base::FileDescriptor> ListenOn(bool ipv6, std::uint16_t port, int& error) {
  const std::string name = std::string("a port on ") + (ipv6 ? "[::1]" : "127.0.0.1");
  base::FileDescriptor fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.ok()) return base::ErrnoStatus(name, "no socket", error = errno);
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (ipv6) {
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(port);
    std::memcpy(&storage, &address, size = sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    std::memcpy(&storage, &address, size = sizeof address);
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0)
    return base::ErrnoStatus(name, "cannot bind", error = errno);
  if (::listen(fd.get(), kBacklog) != 0) return base::ErrnoStatus(name, "cannot listen", error = errno);
  return fd;
}

Result<std::uint16_t> PortOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return base::ErrnoStatus("a port on 127.0.0.1", "its number is not known", errno);
  return ntohs(address.sin_port);
}

}  // namespace

struct Front::Core : public internal::Clients {
  struct Listener {
    Listener(Loop& loop, const PortGuard& guard_in, int fd) : guard(guard_in), socket(loop, fd), pause(loop) {}
    const PortGuard& guard;
    Loop::Socket socket;
    Loop::Timer pause;
  };

  void Accept(Listener& listener);
  // False when the socket has nobody to give for now.
  bool AcceptOne(Listener& listener);
  void Gone(Connection& connection) override;
  void LookAtClocks();
  void WatchClocks();
  void Shut();

  std::unordered_map<Connection*, std::shared_ptr<Connection>> open;
  std::atomic<std::size_t> open_count{0};
  std::deque<Listener> listeners;
  std::unique_ptr<Loop::Timer> clock;
  bool clock_runs = false;
  bool shut = false;

  std::mutex mutex;             // guards the next
  std::deque<PortGuard> ports;  // stay where they are

  std::thread thread;
};

void Front::Core::Accept(Listener& listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (AcceptOne(listener)) continue;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      listener.pause.At(Loop::Clock::now() + kOutOfDescriptorsPause, [this, &listener] { Accept(listener); });
      return;
    }
    if (errno == EAGAIN) break;
  }
  listener.socket.WhenReadable([this, &listener] { Accept(listener); });
}

bool Front::Core::AcceptOne(Listener& listener) {
  const int fd = ::accept4(listener.socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return false;
  if (open.size() >= limits.connections) {
    const internal::Refusal refusal{503, "this port has " + std::to_string(limits.connections) + " clients already",
                                    "Close some of their connections"};
    base::Log(base::LogLevel::kWarning, "port " + std::to_string(listener.guard.id()) + ": " + refusal.Sentence());
    const std::string bytes = refusal.Bytes(true);
    (void)!::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::close(fd);
    return true;
  }
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const auto connection = std::make_shared<Connection>(*this, listener.guard, fd);
  open.emplace(connection.get(), connection);
  open_count = open.size();
  connection->Start();
  WatchClocks();
  return true;
}

void Front::Core::Gone(Connection& connection) {
  const auto it = open.find(&connection);
  if (it == open.end()) return;
  const auto last = std::move(it->second);  // outlives the erase
  open.erase(it);
  open_count = open.size();
}

// Deadlines are coarse, so one look at all of them now and then costs less than a timer for each.
void Front::Core::WatchClocks() {
  if (clock_runs || open.empty() || shut) return;
  clock_runs = true;
  auto every = std::chrono::milliseconds(1000);
  for (const auto limit :
       {limits.head_time, limits.body_idle_time, limits.keep_alive_time, limits.write_stall_time, limits.linger_time})
    every = std::min(every, std::max(limit / 4, std::chrono::milliseconds(5)));
  clock->At(Loop::Clock::now() + every, [this] {
    clock_runs = false;
    LookAtClocks();
    WatchClocks();
  });
}

void Front::Core::LookAtClocks() {
  const auto now = Loop::Clock::now();
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(open.size());
  for (const auto& [key, connection] : open) all.push_back(connection);
  for (const auto& connection : all) connection->LookAtClock(now);
}

void Front::Core::Shut() {
  shut = true;
  clock->Cancel();
  for (Listener& listener : listeners) {
    listener.pause.Cancel();
    listener.socket.Close();
  }
  while (!open.empty()) {
    const auto connection = open.begin()->second;
    connection->Close();
  }
  loop.Stop();
}

Front::Front(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Result<std::unique_ptr<Front>> Front::Start(const FrontLimits& limits, Handler handler, Refused refused,
                                            Headed headed) {
  auto core = std::make_shared<Core>();
  core->limits = limits;
  core->handler = std::move(handler);
  core->refused = std::move(refused);
  core->headed = std::move(headed);
  core->scratch.resize(kReadBytes);
  core->clock = std::make_unique<Loop::Timer>(core->loop);
  try {
    core->thread = std::thread([loop = &core->loop] { loop->Run(); });
  } catch (const std::system_error& error) {
    return Status(ErrorKind::kIo, "the HTTP front", std::string("has no thread: ") + error.what(),
                  "Raise the limit of processes (ulimit -u)");
  }
  return std::unique_ptr<Front>(new Front(std::move(core)));
}

Front::~Front() {
  core_->loop.Post([core = core_.get()] { core->Shut(); });
  core_->thread.join();
}

Result<Port> Front::AddPort(PortOptions options) {
  Port port;
  base::FileDescriptor v4, v6;
  // The same number on both, where there is IPv6; somebody else may have it there.
  for (int tries = 0; tries < kPortTries; ++tries) {
    int error = 0;
    auto first = ListenOn(false, 0, error);
    if (!first.ok()) return first.status();
    const auto number = PortOf(first->get());
    if (!number.ok()) return number.status();
    v4 = *std::move(first);
    port.number = *number;
    auto second = ListenOn(true, port.number, error);
    port.ipv6 = second.ok();
    if (second.ok()) v6 = *std::move(second);
    if (second.ok() || error != EADDRINUSE) break;
  }
  const PortGuard* guard = nullptr;
  {
    const std::lock_guard<std::mutex> lock(core_->mutex);
    port.id = static_cast<int>(core_->ports.size());
    guard = &core_->ports.emplace_back(port.id, port.number, std::move(options));
  }
  core_->loop.Post([core = core_.get(), guard, first = v4.Release(), second = v6.Release()] {
    for (const int fd : {first, second}) {
      if (fd < 0) continue;
      if (core->shut) {
        ::close(fd);
        continue;
      }
      Core::Listener& listener = core->listeners.emplace_back(core->loop, *guard, fd);
      core->Accept(listener);
    }
  });
  return port;
}

std::size_t Front::connections() const { return core_->open_count; }

}  // namespace reprise::replayer
