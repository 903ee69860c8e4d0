#include "lib/cassette/frame.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "lib/cassette/format.h"

namespace reprise::cassette {
namespace {

constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

bool IsSkippable(std::string_view bytes) {
  return bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xF0) == 0x50 &&
         bytes.substr(1, 3) == "\x2A\x4D\x18";
}

Status Damaged(std::string reason) { return Status(ErrorKind::kCassette, "frame", std::move(reason)); }

std::string MiB(std::uint64_t bytes) {
  return bytes >> 20 << 20 == bytes ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes) + " bytes";
}

// What is decoded at once when a frame tells so; groups of ours are smaller.
constexpr std::uint64_t kPlainRoom = 2 * kGroupBytes;

Status WhyDamaged(std::size_t code, const CassetteLimits& limits) {
  switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_checksum_wrong: return Damaged("the frame's checksum does not hold");
    case ZSTD_error_frameParameter_windowTooLarge:
      return Damaged("the frame wants a window of more than " + MiB(limits.window_bytes) + ", the limit");
    case ZSTD_error_dictionary_wrong: return Damaged("the frame was compressed with a dictionary");
    case ZSTD_error_srcSize_wrong: return Damaged("the frame is cut short");
    default: return Damaged(std::string("the frame is damaged (") + ZSTD_getErrorName(code) + ")");
  }
}

}  // namespace

bool BeginsWithFrame(std::string_view bytes) { return bytes.substr(0, 4) == kMagic || IsSkippable(bytes); }

Result<std::string> CompressFrame(std::string_view text) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) return Status(ErrorKind::kIo, "frame", "no memory to compress with");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  if (text.size() > std::size_t{1} << kWriteWindowLog)
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, kWriteWindowLog);
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(), text.data(), text.size());
  if (ZSTD_isError(size)) return Status(ErrorKind::kInternal, "frame", ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

std::string SkippableFrame(std::uint32_t magic, std::string_view content) {
  std::string frame;
  for (const std::uint32_t number : {magic, static_cast<std::uint32_t>(content.size())})
    for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(number >> shift);
  return frame.append(content);
}

Result<FrameSpan> MeasureFrame(std::string_view bytes) {
  if (!BeginsWithFrame(bytes)) return Damaged("no frame begins here");
  const std::size_t size = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  if (!ZSTD_isError(size)) return FrameSpan{size, IsSkippable(bytes)};
  return Damaged(ZSTD_getErrorCode(size) == ZSTD_error_srcSize_wrong ? "the frame is cut short"
                                                                     : "the frame's headers are damaged");
}

std::size_t FindFrame(std::string_view bytes, std::size_t from) {
  const std::size_t data = bytes.find(kMagic, from);
  // A skippable frame matters only as an index, and that one is found from the end of the file.
  return data;
}

Result<std::string> DecodeFrame(std::string_view frame, const CassetteLimits& limits) {
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) return Status(ErrorKind::kIo, "frame", "no memory to decode with");
  // The usual case, a group of ours: its size is told and small, so no window and no second buffer are needed.
  const unsigned long long told = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (told <= kPlainRoom && told <= limits.line_bytes) {
    std::string text(static_cast<std::size_t>(told), '\0');
    const std::size_t size = ZSTD_decompressDCtx(context.get(), text.data(), text.size(), frame.data(), frame.size());
    if (ZSTD_isError(size)) return WhyDamaged(size, limits);
    text.resize(size);
    return text;
  }
  const int window_log =
      std::clamp(static_cast<int>(std::bit_width(std::max<std::uint64_t>(limits.window_bytes, 1))) - 1, 10, 31);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log);
  std::string text;
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  // Room grows with what is there, by half.
  std::uint64_t room = kPlainRoom;
  for (std::size_t hint = 1; hint != 0;) {
    const std::size_t have = text.size();
    text.resize(std::max<std::size_t>(static_cast<std::size_t>(room), have));
    ZSTD_outBuffer out{text.data(), text.size(), have};
    hint = ZSTD_decompressStream(context.get(), &out, &in);
    text.resize(out.pos);
    if (ZSTD_isError(hint)) return WhyDamaged(hint, limits);
    if (text.size() > limits.line_bytes)
      return Damaged("the frame holds more than " + MiB(limits.line_bytes) + " of text, the limit");
    if (hint != 0 && in.pos == in.size && out.pos < out.size) return Damaged("the frame is cut short");
    if (text.size() == room) room = std::min<std::uint64_t>(room + room / 2, limits.line_bytes + 1);
  }
  return text;
}

}  // namespace reprise::cassette
