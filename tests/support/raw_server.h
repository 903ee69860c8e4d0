// A TCP peer that answers byte for byte what a test says: for all that an HTTP library would not let us do.
//
//   RawServer server([](RawConnection& client) {
//     client.ReadRequest();
//     client.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi");
//   });
//
// The function runs once for each connection, on a thread of its own; the connection closes when it returns. Nothing
// here waits for longer than ten seconds.
#ifndef REPRISE_TESTS_SUPPORT_RAW_SERVER_H_
#define REPRISE_TESTS_SUPPORT_RAW_SERVER_H_

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace reprise::support {

class RawConnection {
 public:
  // `note` hears of each request read.
  RawConnection(int fd, std::function<void(const std::string&)> note) : fd_(fd), note_(std::move(note)) {}
  ~RawConnection() { Close(); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // The next request as it stood on the wire, head and body (by Content-Length, or in chunks with their trailers); ""
  // when the client closed.
  std::string ReadRequest();
  bool Send(std::string_view bytes);
  // Waits until the client closes its side.
  void WaitUntilClosed();
  void Close();
  void Reset();  // the client sees ECONNRESET

 private:
  bool ReadMore();

  int fd_;
  const std::function<void(const std::string&)> note_;
  std::string unread_;
};

class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;
  explicit RawServer(Script script);
  ~RawServer();  // waits for the scripts that run

  int port() const { return port_; }
  std::string url(const std::string& path = "/v1/chat/completions") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const;  // that were read so far, as they stood on the wire; any thread

 private:
  const Script script_;
  int listener_ = -1;
  int port_ = 0;
  int stop_[2] = {-1, -1};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread acceptor_;
  std::vector<std::thread> threads_;
};

// A port of the loopback that refuses connections: it is held, so that nobody else gets it, and not listened on. A
// program that sets SO_REUSEADDR may listen on it all the same.
class RefusingPort {
 public:
  RefusingPort();
  ~RefusingPort();
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  int number() const { return number_; }
  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(number_) + path; }

 private:
  int socket_ = -1, number_ = 0;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_RAW_SERVER_H_
