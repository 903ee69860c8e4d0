// Any request: whatever the generator of mutations changes, the key notices. The two share no code, so where they read
// the same bytes differently, this finds it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/match/audit.h"
#include "lib/match/recorded_list.h"
#include "lib/wire/mask.h"

namespace {

std::string NextField(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string field(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  reprise::Exchange exchange;
  reprise::Request& request = exchange.request;
  request.method = "POST";
  request.url = NextField(rest);
  request.headers = {{"Content-Type", NextField(rest)}, {"Accept", NextField(rest)}, {"OpenAI-Beta", NextField(rest)}};
  request.body = rest;
  exchange.masked = reprise::wire::MaskRequest(request, {});
  exchange.key = reprise::KeyOf(request, 0, {});
  reprise::match::RecordedList list("Fuzz.reprise", {});
  list.Append(exchange);
  const auto report = reprise::match::Audit(list, {});
  if (!report.ok()) std::abort();
  (void)reprise::match::AuditJson(*report);
  if (report->ok()) return 0;
  std::fputs(reprise::match::AuditText(*report, "Fuzz.reprise").c_str(), stderr);
  std::abort();
}
