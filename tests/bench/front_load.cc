// An upstream for the front's benchmark, and a client that counts; front_bench.py puts them together.
//
//   front_load serve                     prints a port; the front alone, with a handler that answers on its loop
//   front_load ask HOST:PORT PATH MODEL CONNECTIONS REQUESTS
//                                        one JSON line: requests/s, latencies, what was lost
//
// MODEL says what comes back: "whole" is a small answer, "stream-60-5" are 60 chunks 5 ms apart. The client is one
// thread with epoll; each of its connections asks, reads the whole reply, and asks again. Every reply of one run must
// have the same body, or it counts as wrong.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "replayer/front/front.h"

namespace reprise::bench {
namespace {

using Clock = std::chrono::steady_clock;
using replayer::Answer;
using replayer::Arrived;
using replayer::Front;

constexpr int kWaitMilliseconds = 30'000;  // for any reply: far more than one takes

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "front_load: %s\n", why.c_str());
  std::exit(1);
}

// ---- The upstream ----

void Reply(const Arrived& request, const std::shared_ptr<Answer>& answer) {
  int chunks = 0, pause = 0;
  const std::size_t model = request.body.find("\"model\":\"stream-");
  if (model != std::string::npos)
    std::sscanf(request.body.c_str() + model, "\"model\":\"stream-%d-%d", &chunks, &pause);
  if (chunks == 0) {
    const std::string body =
        R"({"id":"c1","object":"chat.completion","created":1,"model":"whole","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"Hello."},"finish_reason":"stop"}]})";
    answer->Head(200, "OK", {{"Content-Type", "application/json"}, {"Content-Length", std::to_string(body.size())}});
    answer->Chunk(body, 0, false);
    answer->End();
    return;
  }
  answer->Head(200, "OK", {{"Content-Type", "text/event-stream"}});
  for (int i = 0; i < chunks; ++i)
    answer->Chunk(
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
        "[{\"index\":0,\"delta\":{\"content\":\"word " +
            std::to_string(i) + " \"}}]}\n\n",
        i == 0 ? 0 : static_cast<std::uint32_t>(pause), false);
  answer->Chunk("data: [DONE]\n\n", 0, false);
  answer->End();
}

int Serve() {
  auto front = Front::Start({}, Reply);
  if (!front.ok()) Fail(front.status().ToString());
  const auto port = (*front)->AddPort({});
  if (!port.ok()) Fail(port.status().ToString());
  std::printf("%d\n", port->number);
  std::fflush(stdout);
  char ignored[256];
  while (::read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;  // until it closes
  return 0;
}

// ---- The client ----

// Reads one reply: its head, and a body by length or in chunks.
class ReplyReader {
 public:
  void Begin() { *this = ReplyReader(); }
  // Takes bytes; true once the reply is whole.
  bool Read(std::string_view bytes) {
    in_ += bytes;
    if (!head_ && !ReadHead()) return false;
    return chunked_ ? ReadChunks() : TakeRest();
  }
  bool head() const { return head_; }
  bool ok() const { return ok_ && in_.empty(); }
  const std::string& body() const { return body_; }

 private:
  bool ReadHead() {
    const std::size_t end = in_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = in_.substr(0, end + 2);
    std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
    ok_ = head.compare(0, 13, "http/1.1 200 ") == 0;
    const std::size_t length = head.find("\r\ncontent-length:");
    if (length != std::string::npos) length_ = std::strtoull(head.c_str() + length + 17, nullptr, 10);
    chunked_ = head.find("\r\ntransfer-encoding: chunked\r\n") != std::string::npos;
    head_ = true;
    in_.erase(0, end + 4);
    return true;
  }
  bool TakeRest() {
    body_ += in_;
    in_.clear();
    return body_.size() >= length_;
  }
  bool ReadChunks() {
    for (std::size_t line; (line = in_.find("\r\n")) != std::string::npos;) {
      const std::size_t size = std::strtoull(in_.c_str(), nullptr, 16);
      const std::size_t whole = line + 2 + size + 2;
      if (in_.size() < whole) return false;
      body_.append(in_, line + 2, size);
      in_.erase(0, whole);
      if (size == 0) return true;
    }
    return false;
  }

  std::string in_, body_;
  bool head_ = false, ok_ = false, chunked_ = false;
  std::uint64_t length_ = 0;
};

struct Client {
  int fd = -1;
  Clock::time_point asked;
  bool first = false;  // a byte of the body has come
  ReplyReader reply;
};

int Connect(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    Fail(std::string("cannot connect: ") + std::strerror(errno));
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

class Load {
 public:
  Load(std::string request, std::size_t connections, std::size_t requests)
      : request_(std::move(request)), clients_(connections), left_(requests) {}

  void Run(int port) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      clients_[i].fd = Connect(port);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, clients_[i].fd, &event) != 0) Fail("epoll_ctl");
    }
    start_ = Clock::now();
    for (Client& client : clients_) Ask(client);
    std::array<epoll_event, 256> events;
    while (under_way_ > 0) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), kWaitMilliseconds);
      if (count == 0) break;  // what is under way is lost
      for (int i = 0; i < count; ++i) OnReadable(clients_[events[static_cast<std::size_t>(i)].data.u64]);
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - start_).count();
    lost_ += under_way_;
  }

  void Print() {
    std::printf("{\"requests_per_s\":%.1f,\"answered\":%zu,\"lost\":%zu,\"wrong\":%zu", whole_.size() / seconds_,
                whole_.size(), lost_, wrong_);
    Print("first", first_);
    Print("whole", whole_);
    std::printf("}\n");
  }

 private:
  void Ask(Client& client) {
    if (left_ == 0) return;
    --left_;
    ++under_way_;
    client.reply.Begin();
    client.first = false;
    client.asked = Clock::now();
    if (::send(client.fd, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size()))
      Lose(client);
  }
  void Lose(Client& client) {
    ::close(std::exchange(client.fd, -1));
    --under_way_;
    ++lost_;
  }
  void OnReadable(Client& client) {
    if (client.fd < 0) return;
    std::array<char, 65536> bytes;
    const ssize_t got = ::recv(client.fd, bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return Lose(client);
    const bool whole = client.reply.Read({bytes.data(), static_cast<std::size_t>(got)});
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - client.asked).count();
    if (!client.first && (whole || !client.reply.body().empty())) {
      client.first = true;
      first_.push_back(ms);
    }
    if (!whole) return;
    whole_.push_back(ms);
    if (expected_.empty()) expected_ = client.reply.body();
    if (!client.reply.ok() || client.reply.body() != expected_) ++wrong_;
    --under_way_;
    Ask(client);
  }
  static void Print(const char* name, std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    const auto at = [&](double part) {
      return values.empty() ? 0.0 : values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
    };
    std::printf(",\"%s_ms\":{\"p50\":%.4f,\"p99\":%.4f,\"most\":%.4f}", name, at(0.5), at(0.99), at(1));
  }

  const std::string request_;
  std::vector<Client> clients_;
  std::size_t left_, under_way_ = 0, lost_ = 0, wrong_ = 0;
  int epoll_ = -1;
  Clock::time_point start_;
  double seconds_ = 0;
  std::string expected_;
  std::vector<double> first_, whole_;
};

int Ask(char** arguments) {
  const std::string host = arguments[0], path = arguments[1], model = arguments[2];
  const std::size_t connections = std::strtoull(arguments[3], nullptr, 10);
  const std::size_t requests = std::strtoull(arguments[4], nullptr, 10);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  const std::string body = "{\"model\":\"" + model +
                           "\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]" +
                           (model == "whole" ? "" : ",\"stream\":true") + "}";
  const std::string request = "POST " + path + " HTTP/1.1\r\nHost: " + host +
                              "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body;
  Load load(request, connections, requests);
  load.Run(std::atoi(host.substr(host.rfind(':') + 1).c_str()));
  load.Print();
  return 0;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "serve" && argc == 2) return reprise::bench::Serve();
  if (command == "ask" && argc == 7) return reprise::bench::Ask(argv + 2);
  std::fprintf(stderr, "usage: front_load serve | front_load ask HOST:PORT PATH MODEL CONNECTIONS REQUESTS\n");
  return 2;
}
