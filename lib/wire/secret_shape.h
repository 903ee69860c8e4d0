// SecretShape: keys of providers, known by how they look.
//
// Each rule is a fixed beginning and what must follow it; the facts are the providers' own documentation and what
// public scanners agree on (docs/reprise.md, `reprise scan`, lists the rules). Nothing is required to stand before a
// key, so one that is glued to other text is found; a candidate inside a long run of base64 (an image, an encrypted
// thought) does not count, nor one made of few different characters ("sk-XXXX") or a documented example.
//
// What has no shape (Azure OpenAI's 32 hex digits, bearer tokens) is found by its value only: see secret_search.h.
#ifndef REPRISE_WIRE_SECRET_SHAPE_H_
#define REPRISE_WIRE_SECRET_SHAPE_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace reprise::wire {

struct SecretSpan {
  std::size_t begin = 0, end = 0;
  std::string_view rule;  // "openai-key"; static lifetime
};

// Names of all rules, sorted.
const std::vector<std::string_view>& ShapeRules();

// The first key at or after `from`, in `text` as it stands. Linear.
std::optional<SecretSpan> FindKeyShape(std::string_view text, std::size_t from = 0);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_SECRET_SHAPE_H_
