#include "tests/support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace reprise::support {
namespace {

constexpr int kPatienceMs = 10'000;

bool WaitFor(int fd, short events) {
  pollfd watched{fd, events, 0};
  return poll(&watched, 1, kPatienceMs) > 0;
}

sockaddr_in Loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int PortOf(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

// Where the chunks that begin there end, trailers included; npos: not all is there.
std::size_t EndOfChunks(const std::string& bytes, std::size_t at) {
  for (std::size_t line; (line = bytes.find("\r\n", at)) != std::string::npos;) {
    const std::size_t size = std::strtoul(bytes.c_str() + at, nullptr, 16);
    if (size == 0) {
      const std::size_t end = bytes.find("\r\n\r\n", line);
      return end == std::string::npos ? end : end + 4;
    }
    at = line + 2 + size + 2;
    if (at > bytes.size()) break;
  }
  return std::string::npos;
}

// Value of Content-Length in a head, or 0.
std::size_t BodyLength(const std::string& head) {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
    if (strncasecmp(head.c_str() + at + 2, "content-length:", 15) == 0)
      return std::strtoul(head.c_str() + at + 17, nullptr, 10);
  }
  return 0;
}

}  // namespace

bool RawConnection::ReadMore() {
  char bytes[4096];
  if (fd_ < 0 || !WaitFor(fd_, POLLIN)) return false;
  const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  unread_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string RawConnection::ReadRequest() {
  std::size_t end = std::string::npos;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadMore()) return "";
  }
  const std::string head = unread_.substr(0, end);
  const bool chunked = strcasestr(head.c_str(), "\r\ntransfer-encoding: chunked") != nullptr;
  std::size_t length = end + 4 + BodyLength(head);
  while (chunked ? (length = EndOfChunks(unread_, end + 4)) == std::string::npos : unread_.size() < length) {
    if (!ReadMore()) return "";
  }
  std::string request = unread_.substr(0, length);
  unread_.erase(0, length);
  note_(request);
  return request;
}

bool RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (fd_ < 0 || !WaitFor(fd_, POLLOUT)) return false;
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawConnection::WaitUntilClosed() {
  while (ReadMore()) {
  }
}

void RawConnection::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawConnection::Reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  Close();
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback();
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 64) != 0 ||
      pipe(stop_) != 0) {
    std::abort();
  }
  port_ = PortOf(listener_);
  acceptor_ = std::thread([this] {
    for (;;) {
      pollfd watched[2] = {{listener_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
      if (poll(watched, 2, -1) < 0) continue;
      if (watched[1].revents != 0) return;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ++connections_;
      threads_.emplace_back([this, fd] {
        RawConnection connection(fd, [this](const std::string& request) {
          const std::lock_guard<std::mutex> lock(mutex_);
          requests_.push_back(request);
        });
        script_(connection);
      });
    }
  });
}

RawServer::~RawServer() {
  close(stop_[1]);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  close(stop_[0]);
  close(listener_);
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

RefusingPort::RefusingPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = Loopback();
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  number_ = PortOf(socket_);
}

RefusingPort::~RefusingPort() { close(socket_); }

}  // namespace reprise::support
