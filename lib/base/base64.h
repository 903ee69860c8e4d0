// Base64 (RFC 4648, section 4): the standard alphabet, padded.
#ifndef REPRISE_BASE_BASE64_H_
#define REPRISE_BASE_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace reprise::base {

std::string EncodeBase64(std::string_view bytes);

// Strict, and so the exact inverse of EncodeBase64: text that decodes is the only text of its bytes. Absent: a
// character outside the alphabet, wrong padding, or bits set that no byte uses.
std::optional<std::string> DecodeBase64(std::string_view text);

// For what other programs wrote: space, tab and line ends between characters are skipped (RFC 2045), the padding may
// be left out, and unused bits are not looked at. Any other odd character still refuses the whole.
std::optional<std::string> DecodeLenientBase64(std::string_view text);

}  // namespace reprise::base

#endif  // REPRISE_BASE_BASE64_H_
