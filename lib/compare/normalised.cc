#include "lib/compare/normalised.h"

#include <string_view>

#include "lib/wire/canonical_json.h"
#include "lib/wire/json_text.h"

namespace reprise::compare {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
  return true;
}

// Appends the canonical text, or nothing and false when `text` is no JSON.
bool AppendJson(std::string_view text, const wire::PointerPatterns& ignore, std::string& out) {
  const Result<wire::JsonTree> tree = wire::JsonTree::Parse(text);
  if (!tree.ok()) return false;
  std::string canonical;
  if (!wire::AppendCanonical(*tree, 0, ignore, canonical)) return false;
  out += canonical;
  return true;
}

}  // namespace

std::string NormalisedReply(const Reply& reply, const std::vector<std::string>& volatile_fields) {
  const wire::PointerPatterns ignore(volatile_fields);
  std::string out = "status " + std::to_string(reply.status) + "\n";
  for (const Header& header : reply.headers)
    if (EqualsIgnoringCase(header.name, "content-type")) out += "content-type " + header.value + "\n";
  if (reply.end) out += "end " + reply.end->how + "\n";
  if (AppendJson(reply.body, ignore, out)) return out;
  // An event stream, or any text of lines: what follows "data:" is JSON in every format we know.
  constexpr std::string_view kData = "data:";
  std::string_view rest = reply.body;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const bool data = line.substr(0, kData.size()) == kData;
    if (data) out += kData;
    if (const std::string_view json = data ? line.substr(kData.size()) : line;
        json.empty() || !AppendJson(json, ignore, out))
      out += json;
    out += '\n';
  }
  return out;
}

}  // namespace reprise::compare
