// Pkt-line: the framing of git's protocols (git's Documentation/gitprotocol-common), as far as filters need it: a
// packet is four hex digits of length, themselves included, and at most 65,516 bytes; `0000` ends a list.
#ifndef REPRISE_CLI_PKT_LINE_H_
#define REPRISE_CLI_PKT_LINE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "reprise/result.h"

namespace reprise::cli {

inline constexpr std::size_t kMaxPacketData = 65516;

// Reads up to `size` bytes; 0 at the end, less than 0 on an error.
using ReadBytes = std::function<long(char* to, std::size_t size)>;
using WriteBytes = std::function<Status(std::string_view bytes)>;

class PacketReader {
 public:
  explicit PacketReader(ReadBytes read) : read_(std::move(read)) {}
  enum class Kind { kData, kFlush, kEnd };
  // The next packet; `data` stays valid until the next call. kEnd only between packets. An error for anything that is
  // no packet, and for a stream that ends inside of one.
  Result<Kind> Next(std::string_view* data);

 private:
  // False when the stream ended before the first byte.
  Result<bool> Fill(char* to, std::size_t size);

  ReadBytes read_;
  std::string packet_;
};

// One line of text as a packet, with the line feed that the protocol wants.
Status WriteLine(const WriteBytes& write, std::string_view line);
// Any bytes, in as many packets as they need.
Status WriteContent(const WriteBytes& write, std::string_view content);
Status WriteFlush(const WriteBytes& write);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_PKT_LINE_H_
