// ExchangeText: an exchange as a human reads it, and as `--json` gives it. All text is harmless when it leaves here,
// but for JSON values, which PrintJson makes so.
#ifndef REPRISE_CLI_EXCHANGE_TEXT_H_
#define REPRISE_CLI_EXCHANGE_TEXT_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "lib/cli/command.h"
#include "lib/cli/console.h"
#include "reprise/exchange.h"
#include "reprise/matching.h"

namespace reprise::cli {

// Fills what the adapter of its format understands: answer, tool calls, usage. Exchanges of a format that no adapter
// knows stay as they are.
void Understand(Exchange& exchange);

// The last message asked, and the answer, each on one line of at most `columns` characters.
std::string AskedLine(const Exchange& exchange, std::size_t columns);
std::string AnsweredLine(const Exchange& exchange, std::size_t columns);

// `full`: long texts are not cut.
struct ShownIn {
  std::string cassette;
  std::uint64_t number = 0, of = 0;
  Rules rules;
  int normal = kNormalForm;
  bool full = false;
};
void PrintExchange(Console& console, const ShownIn& in, const Exchange& exchange);

nlohmann::ordered_json ExchangeJson(std::uint64_t number, const Exchange& exchange);
std::vector<JsonMember> ExchangeMembers();  // of "exchanges[]"

}  // namespace reprise::cli

#endif  // REPRISE_CLI_EXCHANGE_TEXT_H_
