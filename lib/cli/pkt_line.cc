#include "lib/cli/pkt_line.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace reprise::cli {
namespace {

Status Broken(std::string what) { return Status(ErrorKind::kIo, "what git sent", std::move(what)); }

Status WritePacket(const WriteBytes& write, std::string_view data) {
  std::array<char, 5> length{};
  std::snprintf(length.data(), length.size(), "%04zx", data.size() + 4);
  return write(std::string(length.data(), 4).append(data));
}

}  // namespace

Result<bool> PacketReader::Fill(char* to, std::size_t size) {
  for (std::size_t have = 0; have < size;) {
    const long got = read_(to + have, size - have);
    if (got < 0) return Broken("cannot be read");
    if (got == 0 && have == 0) return false;
    if (got == 0) return Broken("ends inside a packet");
    have += static_cast<std::size_t>(got);
  }
  return true;
}

Result<PacketReader::Kind> PacketReader::Next(std::string_view* data) {
  *data = {};
  std::array<char, 4> digits{};
  const auto more = Fill(digits.data(), digits.size());
  if (!more.ok()) return more.status();
  if (!*more) return Kind::kEnd;
  std::size_t length = 0;
  for (const char c : digits) {
    const bool digit = c >= '0' && c <= '9', letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!digit && !letter) return Broken("is no packet");
    length = length * 16 + static_cast<std::size_t>(digit ? c - '0' : (c | 32) - 'a' + 10);
  }
  if (length == 0) return Kind::kFlush;
  if (length < 4 || length - 4 > kMaxPacketData) {
    return Broken("has a packet of length " + std::to_string(length) + ", which the protocol does not allow");
  }
  packet_.resize(length - 4);
  if (!packet_.empty()) {
    const auto filled = Fill(packet_.data(), packet_.size());
    if (!filled.ok()) return filled.status();
    if (!*filled) return Broken("ends inside a packet");
  }
  *data = packet_;
  return Kind::kData;
}

Status WriteLine(const WriteBytes& write, std::string_view line) {
  return WritePacket(write, std::string(line) + "\n");
}

Status WriteContent(const WriteBytes& write, std::string_view content) {
  while (!content.empty()) {
    const std::string_view part = content.substr(0, kMaxPacketData);
    REPRISE_RETURN_IF_ERROR(WritePacket(write, part));
    content.remove_prefix(part.size());
  }
  return {};
}

Status WriteFlush(const WriteBytes& write) { return write("0000"); }

}  // namespace reprise::cli
