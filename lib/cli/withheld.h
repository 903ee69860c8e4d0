// Withheld: what the program prints never holds a secret: neither a value of this environment's variables *_KEY,
// *_TOKEN, *_SECRET nor a key of a known shape, also where a cassette holds one. `reprise export` and `--raw` write
// what a file holds, and do not come by here.
#ifndef REPRISE_CLI_WITHHELD_H_
#define REPRISE_CLI_WITHHELD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/wire/secret_search.h"
#include "reprise/cassette.h"
#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::cli {

// With the secrets of this process's environment, read once.
const wire::SecretSearch& TheSecrets();

std::string Withheld(std::string_view text);
// Of JSON text: inside its strings, so it stays JSON.
std::string WithheldJson(std::string_view json);
// Before anything of it is cut to fit.
Exchange Withheld(Exchange exchange);

// Where a cassette holds one, but for what its head allows. `exchanges` counts those that were searched.
struct SecretPlace {
  std::uint64_t exchange;  // from 1; 0: in none
  wire::SecretFound found;
};
Result<std::vector<SecretPlace>> SecretsIn(CassetteReader& reader, std::uint64_t* exchanges);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_WITHHELD_H_
