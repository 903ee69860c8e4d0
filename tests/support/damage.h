// Damage: what disks, networks and people do to files, done on purpose.
#ifndef REPRISE_TESTS_SUPPORT_DAMAGE_H_
#define REPRISE_TESTS_SUPPORT_DAMAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::test {

// The first `size` bytes: a write that did not come to its end.
std::string Cut(std::string_view bytes, std::size_t size);
// One bit turned over; bit 0 is the lowest of the first byte.
std::string Flip(std::string_view bytes, std::size_t bit);
// `piece` written over what stands at `at`.
std::string Overwrite(std::string_view bytes, std::size_t at, std::string_view piece);
// The frames of a zstd file, in other order: `order[i]` is the number of the frame that comes i-th.
std::string Reorder(std::string_view bytes, const std::vector<std::size_t>& order);
// The frames themselves, skippable ones too.
std::vector<std::string> FramesOf(std::string_view bytes);
// A frame of `size` bytes of `fill`, after `start`: little to store and much to decode.
std::string Bomb(std::string_view start, std::uint64_t size, char fill);

}  // namespace reprise::test

#endif  // REPRISE_TESTS_SUPPORT_DAMAGE_H_
