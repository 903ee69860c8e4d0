#include "lib/cli/withheld.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/cli/exchange_text.h"
#include "lib/cli/json.h"
#include "lib/session/secret_guard.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

Json Cleaned(const Json& value) {
  if (value.is_string()) return TheSecrets().Withhold(value.get<std::string>());
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& element : value) out.push_back(Cleaned(element));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [name, member] : value.items()) out[TheSecrets().Withhold(name)] = Cleaned(member);
  return out;
}

}  // namespace

const wire::SecretSearch& TheSecrets() {
  static const wire::SecretSearch* const secrets = [] {
    std::vector<std::string> entries;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
    auto* made = new wire::SecretSearch;
    for (const auto& [value, rule] : session::SecretsOfEnvironment(entries)) made->AddValue(value, rule);
    return made;
  }();
  return *secrets;
}

std::string Withheld(std::string_view text) { return TheSecrets().Withhold(std::string(text)); }

std::string WithheldJson(std::string_view json) {
  if (TheSecrets().RulesIn(json).empty()) return std::string(json);
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? Withheld(json) : Serialised(Cleaned(value));
}

Exchange Withheld(Exchange exchange) {
  TheSecrets().Withhold(exchange);
  return exchange;
}

Result<std::vector<SecretPlace>> SecretsIn(CassetteReader& reader, std::uint64_t* exchanges) {
  std::vector<SecretPlace> out;
  const std::vector<std::string> allowed = reader.head().rules.allow_secret;
  REPRISE_RETURN_IF_ERROR(reader.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    ++*exchanges;
    Understand(exchange);
    for (wire::SecretFound& found : TheSecrets().In(exchange, allowed)) out.push_back({*exchanges, std::move(found)});
    return true;
  }));
  // Records that hold no exchange: heads, clocks, kinds of another version.
  REPRISE_RETURN_IF_ERROR(reader.ForEachLine([&](std::string_view record) {
    if (record.substr(0, 6) == "{\"key\"" || record.substr(0, 7) == "{\"blob\"") return true;
    for (std::string& rule : TheSecrets().RulesIn(record)) out.push_back({0, {std::move(rule), "/"}});
    return true;
  }));
  return out;
}

}  // namespace reprise::cli
