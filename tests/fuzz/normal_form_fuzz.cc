// Any request: its normal form is one line of canonical JSON, the same for the masked request, and says the same as the
// body it was made of, by the judgement of another JSON library.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "lib/wire/canonical_json.h"
#include "lib/wire/mask.h"
#include "lib/wire/normal_form.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// Fields are ended by line feeds; the last one, the body, takes the rest.
std::string NextField(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string field(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  reprise::Rules rules;
  rules.ignore_body = {NextField(rest)};
  rules.match_headers = {"x-mine"};
  reprise::Request request;
  request.url = NextField(rest);
  request.headers = {{"Content-Type", NextField(rest)}, {"X-Mine", NextField(rest)}};
  request.body = rest;

  const std::string form = reprise::NormalForm(request, 1, rules);
  Require(form.find('\n') == std::string::npos && reprise::wire::IsUtf8(form));
  const auto tree = reprise::wire::JsonTree::Parse(form, 600);
  Require(tree.ok());
  std::string again;
  Require(reprise::wire::AppendCanonical(*tree, 0, {}, again) && again == form);

  reprise::Request masked = request;
  const auto paths = reprise::wire::MaskRequest(masked, rules);
  Require(reprise::NormalForm(masked, 1, rules) == form);
  reprise::Request twice = masked;
  Require(reprise::wire::MaskRequest(twice, rules) == paths && twice.url == masked.url);
  (void)reprise::wire::CredentialOf(request);
  (void)reprise::wire::CredentialValues(request);

  // Without rules, the JSON of the form is the JSON that was sent.
  const std::string whole = reprise::NormalForm(request, 0, {});
  constexpr std::string_view kBegin = "{\"auth\":0,\"body\":{\"json\":";
  if (whole.compare(0, kBegin.size(), kBegin) != 0) return 0;
  const auto sent = nlohmann::json::parse(request.body, nullptr, false);
  const auto said = nlohmann::json::parse(whole, nullptr, false);
  if (sent.is_discarded() || said.is_discarded()) return 0;  // a number no double holds, a lone surrogate
  Require(said["body"]["json"] == sent);
  return 0;
}
