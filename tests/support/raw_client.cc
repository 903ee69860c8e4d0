#include "tests/support/raw_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace reprise::support {
namespace {

constexpr int kPatienceMs = 10'000;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

RawClient::RawClient(std::uint16_t port, bool ipv6, int receive_buffer) {
  fd_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval patience{kPatienceMs / 1000, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  int rc = -1;
  if (ipv6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(port);
    rc = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    rc = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  if (rc != 0) Close();
}

RawClient::~RawClient() { Close(); }

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), end_(other.end_), unread_(std::move(other.unread_)) {}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::FinishSending() { ::shutdown(fd_, SHUT_WR); }

void RawClient::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawClient::Reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  Close();
}

bool RawClient::ReadMore() {
  if (end_ != End::kOpen || fd_ < 0) return false;
  pollfd watched{fd_, POLLIN, 0};
  if (::poll(&watched, 1, kPatienceMs) <= 0) {
    end_ = End::kTimeout;
    return false;
  }
  char buffer[65536];
  const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
  if (got <= 0) {
    end_ = got == 0 ? End::kClosed : End::kReset;
    return false;
  }
  unread_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::ReadUntil(std::string_view text) {
  std::size_t from = 0;
  while (true) {
    const std::size_t at = unread_.find(text, from);
    if (at != std::string::npos) return Read(at + text.size());
    from = unread_.size() < text.size() ? 0 : unread_.size() - text.size() + 1;
    if (!ReadMore()) return std::exchange(unread_, {});
  }
}

std::string RawClient::Read(std::size_t bytes) {
  while (unread_.size() < bytes && ReadMore()) continue;
  std::string out = unread_.substr(0, bytes);
  unread_.erase(0, out.size());
  return out;
}

std::string RawClient::ReadAll() {
  while (ReadMore()) continue;
  return std::exchange(unread_, {});
}

std::string RawClient::ReadReply(bool has_body) {
  std::string reply = ReadUntil("\r\n\r\n");
  if (!has_body) return reply;
  const std::string head = Lower(reply);
  if (const std::size_t at = head.find("\r\ncontent-length: "); at != std::string::npos)
    return reply + Read(std::strtoul(head.c_str() + at + 18, nullptr, 10));
  if (head.find("\r\ntransfer-encoding: chunked\r\n") == std::string::npos) return reply + ReadAll();
  while (true) {
    const std::string line = ReadUntil("\r\n");
    reply += line;
    const std::size_t size = std::strtoul(line.c_str(), nullptr, 16);
    if (line.size() < 3) return reply;
    if (size == 0) {
      std::string trailer;
      do {
        reply += trailer = ReadUntil("\r\n");
      } while (trailer.size() > 2);
      return reply;
    }
    reply += Read(size + 2);
  }
}

bool RawClient::Silent() {
  if (!unread_.empty()) return false;
  pollfd watched{fd_, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 0;
}

}  // namespace reprise::support
