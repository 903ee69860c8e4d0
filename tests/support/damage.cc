#include "tests/support/damage.h"

#include <zstd.h>

#include <algorithm>

namespace reprise::test {

std::string Cut(std::string_view bytes, std::size_t size) { return std::string(bytes.substr(0, size)); }

std::string Flip(std::string_view bytes, std::size_t bit) {
  std::string out(bytes);
  out[bit / 8] = static_cast<char>(out[bit / 8] ^ (1 << bit % 8));
  return out;
}

std::string Overwrite(std::string_view bytes, std::size_t at, std::string_view piece) {
  std::string out(bytes);
  out.replace(at, piece.size(), piece);
  return out;
}

std::vector<std::string> FramesOf(std::string_view bytes) {
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    const std::size_t size = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
    if (ZSTD_isError(size)) break;
    frames.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return frames;
}

std::string Reorder(std::string_view bytes, const std::vector<std::size_t>& order) {
  const std::vector<std::string> frames = FramesOf(bytes);
  std::string out;
  for (const std::size_t number : order) out += frames.at(number);
  return out;
}

std::string Bomb(std::string_view start, std::uint64_t size, char fill) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out, room(ZSTD_CStreamOutSize(), '\0');
  const auto feed = [&](std::string_view bytes, ZSTD_EndDirective mode) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (std::size_t left = 1; left != 0 && (mode == ZSTD_e_end || in.pos < in.size);) {
      ZSTD_outBuffer to{room.data(), room.size(), 0};
      left = ZSTD_compressStream2(context, &to, &in, mode);
      out.append(room, 0, to.pos);
      if (ZSTD_isError(left)) break;
    }
  };
  feed(start, ZSTD_e_continue);
  const std::string block(1 << 20, fill);
  for (; size > 0; size -= std::min<std::uint64_t>(size, block.size()))
    feed(std::string_view(block).substr(0, std::min<std::uint64_t>(size, block.size())), ZSTD_e_continue);
  feed("", ZSTD_e_end);
  ZSTD_freeCCtx(context);
  return out;
}

}  // namespace reprise::test
