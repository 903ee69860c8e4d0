// A TCP client that sends and sees single bytes: for all that an HTTP library would not let us do.
//
// Each call waits for ten seconds at most, and then says so by what it returns.
#ifndef REPRISE_TESTS_SUPPORT_RAW_CLIENT_H_
#define REPRISE_TESTS_SUPPORT_RAW_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::support {

class RawClient {
 public:
  enum class End { kOpen, kClosed, kReset, kTimeout };

  // Connects to 127.0.0.1, or to [::1]. `receive_buffer` 0: as the system likes.
  explicit RawClient(std::uint16_t port, bool ipv6 = false, int receive_buffer = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  bool Send(std::string_view bytes);  // false: the other side is gone
  void FinishSending();               // half-close
  void Close();
  void Reset();

  // Reads until `text` has come, and returns all up to its end; what follows is kept. Less, when the stream ended.
  std::string ReadUntil(std::string_view text);
  std::string Read(std::size_t bytes);
  // Everything until the other side closes.
  std::string ReadAll();
  // A head, and a body by its length or chunks (verbatim, with their framing).
  std::string ReadReply(bool has_body = true);
  // Has nothing come so far? Looks, does not wait.
  bool Silent();
  // How the stream ended; kOpen as long as it did not.
  End end() const { return end_; }

 private:
  bool ReadMore();

  int fd_ = -1;
  End end_ = End::kOpen;
  std::string unread_;
};

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_RAW_CLIENT_H_
