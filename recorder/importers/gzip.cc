#include "recorder/importers/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

namespace reprise::recorder {

bool LooksLikeGzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1F\x8B"; }

Result<std::string> Gunzip(std::string_view bytes, std::uint64_t limit, const std::string& name) {
  const auto refused = [&](std::string reason) { return Status(ErrorKind::kCassette, name, std::move(reason)); };
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Status(ErrorKind::kIo, name, "no memory to unpack gzip");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  std::string out;
  std::array<char, 64 * 1024> part;
  bool ended = false;
  while (true) {
    if (stream.avail_in == 0 && !bytes.empty()) {
      const std::size_t count = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(count);
      bytes.remove_prefix(count);
    }
    if (ended) {
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) return refused("gzip that cannot be read");
      ended = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.append(part.data(), part.size() - stream.avail_out);
    if (out.size() > limit) return refused("unpacks to more than " + std::to_string(limit) + " bytes");
    if (code == Z_STREAM_END) {
      ended = true;
    } else if (code == Z_BUF_ERROR) {
      return refused("gzip that ends in the middle");
    } else if (code != Z_OK) {
      return refused(std::string("damaged gzip: ") + (stream.msg == nullptr ? "unknown error" : stream.msg));
    }
  }
}

}  // namespace reprise::recorder
