// Placeholders: what is random in every run (the rule `placeholders`, FORMAT.md 12), out of the key and back into the
// reply.
//
// A token is what a declared pattern matches in a string value of a JSON body, in the value of a header or a query
// parameter, in a body of other text, or as a whole segment of the path. In the key stands its name with an ordinal:
// equal tokens have equal ordinals, in the order in which the request shows them. The model's name is never a token.
//
// Pure functions; linear in the request but for the patterns, which are bounded (pattern.h). Without the rule nothing
// is copied and nothing costs.
#ifndef REPRISE_WIRE_PLACEHOLDERS_H_
#define REPRISE_WIRE_PLACEHOLDERS_H_

#include <string>
#include <utility>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/matching.h"

namespace reprise::wire {

struct Token {
  std::string name;  // "uuid-1"
  std::string value;
};

// The tokens of a request, in the order of their ordinals' appearance.
std::vector<Token> TokensOf(const Request& request, const Rules& rules);

// The request with `[uuid-1]` in the place of its tokens. As the key wants it, every "[" that is the request's own is
// doubled in the same texts, so that two different requests stay different; for reading, it is not.
enum class TokenSpelling { kForKey, kForReading };
Request WithoutTokens(const Request& request, const Rules& rules, TokenSpelling spelling);

// Makes the recorded exchange one of the request that was asked now: where a token's value was another when it was
// recorded, the reply says the one of now. JSON is changed inside its strings only, also where a stream says one in
// pieces, which is cut again at the places in proportion; other bodies and header values are changed as text. Chunks
// are cut at the same places, and a Content-Length that held still does.
void WriteTokensBack(const Request& asked, const Rules& rules, Exchange& recorded);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_PLACEHOLDERS_H_
