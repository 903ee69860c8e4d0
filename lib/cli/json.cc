#include "lib/cli/json.h"

#include <nlohmann/json.hpp>

namespace reprise::cli {

using Json = nlohmann::ordered_json;

std::string Serialised(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

Json RulesJson(const Rules& rules) { return Json::parse(rules.ToJson(), nullptr, /*allow_exceptions=*/false); }

Json DamageJson(const std::vector<Damage>& damage) {
  Json list = Json::array();
  for (const Damage& it : damage)
    list.push_back({{"file_offset", it.file_offset}, {"line", it.line}, {"what", it.what}, {"keys", it.keys}});
  return list;
}

}  // namespace reprise::cli
