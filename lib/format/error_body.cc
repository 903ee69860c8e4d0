#include "lib/format/error_body.h"

#include "lib/wire/json_text.h"

namespace reprise::format {

std::string ErrorBody(std::string_view format, int status, std::string_view code, std::string_view message) {
  const std::string provider(format.substr(0, format.find('.')));
  const std::string said = wire::QuoteJson(message), kind = wire::QuoteJson(code);
  if (provider == "anthropic") return "{\"type\":\"error\",\"error\":{\"type\":" + kind + ",\"message\":" + said + "}}";
  if (provider == "gemini")
    return "{\"error\":{\"code\":" + std::to_string(status) + ",\"message\":" + said +
           ",\"status\":\"FAILED_PRECONDITION\",\"details\":[{\"reason\":" + kind + "}]}}";
  if (provider == "ollama") return "{\"error\":" + said + "}";
  return "{\"error\":{\"message\":" + said + ",\"type\":\"reprise\",\"param\":null,\"code\":" + kind + "}}";
}

}  // namespace reprise::format
