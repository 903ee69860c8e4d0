// Json: what several commands print in the same shape.
#ifndef REPRISE_CLI_JSON_H_
#define REPRISE_CLI_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "reprise/cassette.h"

namespace reprise::cli {

// Two-space indent; bytes that are no UTF-8 become U+FFFD, as JSON has no way to hold them.
std::string Serialised(const nlohmann::ordered_json& value);

nlohmann::ordered_json RulesJson(const Rules& rules);
nlohmann::ordered_json DamageJson(const std::vector<Damage>& damage);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_JSON_H_
