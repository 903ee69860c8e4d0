// SecretSearch: is there a secret in what is about to be written or printed?
//
// Two kinds. Values that are known (a credential of the session, an environment variable) are looked for exactly; keys
// of providers are known by their shape (secret_shape.h). Both are seen through the spellings in which bodies carry
// text: percent escapes, JSON escapes (also JSON within JSON, three times), base64 of either alphabet at any alignment
// and with line breaks, and these inside one another, twice; and where a stream says a text in pieces, in the text put
// together. What was compressed or encrypted by the client is not seen through, nor base64 of bytes that are no ASCII.
//
// Nothing that leaves here holds a value: findings name a rule and a place. A search is linear in what is searched,
// times the number of its spellings. Const calls are safe from any thread.
#ifndef REPRISE_WIRE_SECRET_SEARCH_H_
#define REPRISE_WIRE_SECRET_SEARCH_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::wire {

// Secrets shorter than this are not looked for: "EMPTY" and "ollama" are in use as keys and would be found everywhere.
inline constexpr std::size_t kMinSecretBytes = 16;

struct SecretFound {
  std::string rule;   // "openai-key", "env.OPENAI_API_KEY", "credential"
  std::string place;  // "/request/url", "/reply/headers/x-echo", "/reply/body/choices/0/message/content"
  bool operator==(const SecretFound& other) const { return rule == other.rule && place == other.place; }
};

class SecretSearch {
 public:
  // Looks for this value too. `rule` is what findings call it. Short values and repeats are passed over.
  void AddValue(std::string_view value, std::string rule);

  // The rules that hit in a text, each once, in no order.
  std::vector<std::string> RulesIn(std::string_view text) const;

  // Where writing this exchange would store a secret, but for what `allowed` says ("RULE PLACE", where "*" stands for
  // one segment and everything below PLACE is meant too). `exchange` as it would be written, that is, after masking;
  // what its adapter understood is searched too.
  std::vector<SecretFound> In(const Exchange& exchange, const std::vector<std::string>& allowed = {}) const;

  // The text with each secret replaced by "[openai-key withheld]". Where one hides in another spelling, the whole text
  // is. Apply it before cutting: half a secret is not recognised.
  std::string Withhold(std::string text) const;
  // The same for all that is quoted of a request or an exchange. Keys made of it are no longer those of the original.
  void Withhold(Request& request) const;
  void Withhold(Reply& reply) const;
  void Withhold(Exchange& exchange) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;  // value, rule
};

// Does an entry "RULE PLACE" of the rule `allow_secret` cover this finding?
bool Allows(std::string_view entry, const SecretFound& found);

// Places whose value is as random as a key and whose name says that it is one ("client_secret"), not masked. A hint
// for a human: JSON bodies and form fields only.
std::vector<std::string> LooksSecret(const Exchange& exchange);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_SECRET_SEARCH_H_
