// Frame: one group of records as compressed bytes (FORMAT.md, section 8). The only place that knows the compressor.
//
// Memory in decoding grows with the bytes decoded, never with a size that the frame declares.
#ifndef REPRISE_CASSETTE_FRAME_H_
#define REPRISE_CASSETTE_FRAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

// Does a file that begins like this hold frames? Anything else is plain text.
bool BeginsWithFrame(std::string_view bytes);

// The frame of a text: checksum, content size, no dictionary.
Result<std::string> CompressFrame(std::string_view text);
// A frame that holds no text, which every reader of the format skips.
std::string SkippableFrame(std::uint32_t magic, std::string_view content);

struct FrameSpan {
  std::uint64_t size = 0;  // in the file
  bool skippable = false;
};
// Measures the frame at the front of `bytes` by its headers, without decoding. The error is one clause.
Result<FrameSpan> MeasureFrame(std::string_view bytes);
// Offset of the next thing that looks like a frame at or after `from`, or npos.
std::size_t FindFrame(std::string_view bytes, std::size_t from);

// The text of one whole frame. Errors: damaged (checksum, structure), more text than `limits.line_bytes`, a window over
// `limits.window_bytes`.
Result<std::string> DecodeFrame(std::string_view frame, const CassetteLimits& limits);

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_FRAME_H_
