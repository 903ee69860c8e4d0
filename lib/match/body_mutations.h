// BodyMutations: the walker behind mutations.h. It reads JSON bytes and tells of places where they can be changed into
// another value. Internal to match; see mutations.h for what it makes and why it stands alone.
#ifndef REPRISE_MATCH_BODY_MUTATIONS_H_
#define REPRISE_MATCH_BODY_MUTATIONS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/match/mutations.h"

namespace reprise::match {

// Bytes [begin, end) of the body become `text()`.
struct BodyEdit {
  Mutation::Kind kind;
  const std::vector<std::string>* segments;  // valid during the call
  const char* what;
  std::size_t begin, end;
  std::function<std::string()> text;
};

// Calls `visit` for each place. Returns false, having perhaps visited some, when `body` is not JSON or nested more than
// 512 deep; and when `visit` returned false.
bool WalkJson(std::string_view body, const std::function<bool(const BodyEdit&)>& visit);
// The same for a body that is not JSON.
bool WalkBytes(std::string_view body, const std::function<bool(const BodyEdit&)>& visit);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_BODY_MUTATIONS_H_
