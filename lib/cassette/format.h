// The numbers of FORMAT.md, format 1. Whoever changes one changes that page, the golden files and the changelog.
#ifndef REPRISE_CASSETTE_FORMAT_H_
#define REPRISE_CASSETTE_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reprise::cassette {

inline constexpr int kFormatVersion = 1;
inline constexpr int kOldestVersion = 1;  // still readable

// Names.
inline constexpr std::string_view kSuffix = ".reprise";
inline constexpr std::string_view kTextSuffix = ".reprise.jsonl";
inline constexpr std::string_view kIncomplete = ".incomplete";
inline constexpr std::string_view kPending = ".new";

// Section 2: where a record says what it is.
inline constexpr std::string_view kHeadStart = "{\"reprise\":";
inline constexpr std::string_view kExchangeStart = "{\"key\":\"";  // 64 hex digits follow
inline constexpr std::string_view kTimesStart = "{\"times\":\"";   // 64 hex digits follow
inline constexpr std::string_view kBlobStart = "{\"blob\":\"";     // 64 hex digits follow
inline constexpr std::size_t kHexDigits = 64;
inline constexpr std::string_view kLineBreak = "\n ";

// Section 3.
inline constexpr std::string_view kNeedsBlob = "blob";

// Section 7.
inline constexpr std::size_t kBlobBytes = 4096;

// Section 8.
inline constexpr std::size_t kGroupBytes = std::size_t{256} << 10;
inline constexpr int kCompressionLevel = 3;
inline constexpr int kWriteWindowLog = 23;
inline constexpr std::uint32_t kIndexMagic = 0x184D2A5C;
inline constexpr std::size_t kIndexHeader = 8;  // magic and length of a skippable frame
inline constexpr std::size_t kIndexFrame = 16, kIndexEntry = 16, kIndexFooter = 32;
inline constexpr std::string_view kFooterMagic = "RPX1";

// A tree of a record costs 24 bytes a value; more values than a writer's largest record can have are refused.
inline constexpr std::uint32_t kMaxRecordValues = (std::uint32_t{2} << 23) + 4096;
// What a record adds to the nesting of a body.
inline constexpr int kRecordDepth = 8;

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_FORMAT_H_
