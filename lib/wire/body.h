// Body: the bytes of a message, and the members that stand for them in a cassette (FORMAT.md, section 5).
//
// Storing never loses a byte: what is stored is restored and compared before it is trusted, and where one byte differs
// the body becomes a plain string or base64. Equal bytes give equal members. Pure functions, any thread, linear time.
#ifndef REPRISE_WIRE_BODY_H_
#define REPRISE_WIRE_BODY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::wire {

// Bodies above this are stored as one string, for the other shapes cost a tree in memory to read.
inline constexpr std::size_t kMaxShapedBody = std::size_t{16} << 20;

enum class BodyShape : std::uint8_t { kEmpty, kJson, kEvents, kLines, kText, kBase64 };

// The member's name: "json", "events", ...; "" for kEmpty.
std::string_view NameOf(BodyShape shape);
// The shape of a member's name, or kEmpty for any other.
BodyShape ShapeOf(std::string_view member);

// A body as it is stored: one member and the small ones beside it.
struct StoredBody {
  BodyShape shape = BodyShape::kEmpty;
  std::string value;  // JSON text of the member; from StoreBody without white space between its tokens
  std::string space;  // name of the white space that was taken away, or ""
  std::string lead;   // white space before the value (json)
  std::string tail;   // and after it
  std::string eol = "\n";
};

StoredBody StoreBody(std::string_view bytes, int max_depth = 512);

struct RestoredBody {
  std::string bytes;
  std::vector<std::uint64_t> pieces;  // byte length of each event or line; empty for other shapes
};

// The bytes for which `stored` stands. Errors say in one clause what is wrong with the members (any outside text may be
// in them). `limit` bounds the bytes made.
Result<RestoredBody> RestoreBody(const StoredBody& stored, std::uint64_t limit = std::uint64_t{64} << 20,
                                 int max_depth = 512);

// Byte length of each event or line of a body, as RestoreBody tells them; empty for other shapes.
std::vector<std::uint64_t> PiecesOf(std::string_view bytes, BodyShape shape);

// `json` without the white space between its tokens. It must be valid JSON.
std::string CompactJson(std::string_view json);
// `compact` with the white space that `space` names put between its tokens; an error for a name that does not exist.
Result<std::string> SpaceJson(std::string_view compact, std::string_view space);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_BODY_H_
