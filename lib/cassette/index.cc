#include "lib/cassette/index.h"

#include <algorithm>

#include "lib/base/hash.h"
#include "lib/cassette/format.h"
#include "lib/cassette/frame.h"

namespace reprise::cassette {
namespace {

constexpr std::size_t kSumBytes = 8;

std::uint64_t Load(std::string_view bytes, std::size_t at, int size) {
  std::uint64_t number = 0;
  for (int i = size - 1; i >= 0; --i)
    number = number << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return number;
}

void Store(std::string& out, std::uint64_t number, int size) {
  for (int i = 0; i < size; ++i) out += static_cast<char>(number >> (8 * i));
}

std::string SumOf(std::string_view bytes) {
  const base::Sha256Digest digest = base::Sha256(bytes);
  return std::string(digest.begin(), digest.begin() + kSumBytes);
}

}  // namespace

std::optional<IndexView> IndexView::Find(std::string_view file) {
  if (file.size() < kIndexHeader + kIndexFooter || file.substr(file.size() - kFooterMagic.size()) != kFooterMagic)
    return std::nullopt;
  IndexView index;
  const std::size_t footer = file.size() - kIndexFooter;
  index.frames_ = static_cast<std::uint32_t>(Load(file, footer, 4));
  index.entries_ = static_cast<std::uint32_t>(Load(file, footer + 4, 4));
  index.text_bytes_ = Load(file, footer + 8, 8);
  index.exchanges_ = static_cast<std::uint32_t>(Load(file, footer + 16, 4));
  const std::uint64_t size =
      std::uint64_t{index.frames_} * kIndexFrame + std::uint64_t{index.entries_} * kIndexEntry + kIndexFooter;
  if (index.frames_ == 0 || index.exchanges_ > index.entries_ || size + kIndexHeader > file.size()) return std::nullopt;
  index.file_offset_ = file.size() - size - kIndexHeader;
  index.bytes_ = file.substr(file.size() - size);
  const auto header = static_cast<std::size_t>(index.file_offset_);
  if (Load(file, header, 4) != kIndexMagic || Load(file, header + 4, 4) != size) return std::nullopt;
  // Of another file, or of one that grew? Then the ends do not meet.
  const IndexFrame first = index.frame(0), last = index.frame(index.frames_ - 1);
  if (first.file_offset != 0 || first.text_offset != 0 || last.file_offset >= index.file_offset_ ||
      last.text_offset >= index.text_bytes_)
    return std::nullopt;
  return index;
}

IndexFrame IndexView::frame(std::uint32_t i) const {
  const std::size_t at = std::size_t{i} * kIndexFrame;
  return {Load(bytes_, at, 8), Load(bytes_, at + 8, 8)};
}

IndexEntry IndexView::entry(std::uint32_t i) const {
  const std::size_t at = std::size_t{frames_} * kIndexFrame + std::size_t{i} * kIndexEntry;
  return {Load(bytes_, at, 8), static_cast<std::uint32_t>(Load(bytes_, at + 8, 4)),
          static_cast<std::uint32_t>(Load(bytes_, at + 12, 4))};
}

std::pair<std::uint32_t, std::uint32_t> IndexView::Search(std::uint64_t prefix) const {
  std::uint32_t low = 0, high = entries_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (entry(middle).prefix < prefix)
      low = middle + 1;
    else
      high = middle;
  }
  std::uint32_t end = low;
  while (end < entries_ && entry(end).prefix == prefix) ++end;
  return {low, end};
}

bool IndexView::Fits(std::string_view file) const {
  for (std::uint32_t i = 0; i < frames_; ++i)
    if (const std::uint64_t at = frame(i).file_offset; at >= file_offset_ || !BeginsWithFrame(file.substr(at)))
      return false;
  return true;
}

bool IndexView::Verify() const {
  const std::size_t sum_at = bytes_.size() - kFooterMagic.size() - kSumBytes;
  return bytes_.substr(sum_at, kSumBytes) == SumOf(bytes_.substr(0, sum_at));
}

std::string BuildIndex(const std::vector<IndexFrame>& frames, std::vector<IndexEntry>& entries, std::uint32_t exchanges,
                       std::uint64_t text_bytes) {
  constexpr std::uint64_t kMost = 0xFFFFFFFF;
  if (frames.size() > kMost || entries.size() > kMost ||
      frames.size() * kIndexFrame + entries.size() * kIndexEntry + kIndexFooter > kMost)
    return {};
  std::sort(entries.begin(), entries.end());
  std::string out;
  out.reserve(frames.size() * kIndexFrame + entries.size() * kIndexEntry + kIndexFooter);
  for (const IndexFrame& frame : frames) {
    Store(out, frame.file_offset, 8);
    Store(out, frame.text_offset, 8);
  }
  for (const IndexEntry& entry : entries) {
    Store(out, entry.prefix, 8);
    Store(out, entry.frame, 4);
    Store(out, entry.offset, 4);
  }
  Store(out, frames.size(), 4);
  Store(out, entries.size(), 4);
  Store(out, text_bytes, 8);
  Store(out, exchanges, 4);
  out += SumOf(out);
  out += kFooterMagic;
  return SkippableFrame(kIndexMagic, out);
}

}  // namespace reprise::cassette
