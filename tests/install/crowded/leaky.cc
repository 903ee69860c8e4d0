// The control: a library that carries its own JSON parser and hides nothing, as ours must not be.
#include <nlohmann/json.hpp>
#include <string>

std::string LeakyParseError() {
  try {
    return nlohmann::json::parse("[1,").dump();
  } catch (const nlohmann::json::exception& error) {
    return error.what();
  }
}
