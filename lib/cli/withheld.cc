#include "lib/cli/withheld.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

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

}  // namespace reprise::cli
