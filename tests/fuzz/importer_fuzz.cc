// Any bytes as a file of another recorder: they are refused, or every entry is an exchange that could be written and
// found again, or has a reason. The first byte chooses: '0' a file as it is, '1' gzip alone, '2' YAML
// alone, where every node is visited.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "recorder/importers/gzip.h"
#include "recorder/importers/importer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == '1') {
    const auto unpacked = recorder::Gunzip(bytes, 1 << 20, "fuzz");
    if (unpacked.ok() && unpacked->size() > 1 << 20) std::abort();
    return 0;
  }
  if (data[0] == '2') {
    const auto documents = recorder::Document::ParseYaml(bytes, "fuzz", {1 << 20, 1 << 16, 64});
    if (!documents.ok()) return 0;
    for (const auto& document : *documents) {
      // Written out, every byte of a node may become six ("\u0001"), and nothing more.
      const auto json = document.root().ToJson();
      if (json.ok() && json->size() > 6 * (1 << 16)) std::abort();
      if (json.ok() && !recorder::Document::ParseJson(*json, "fuzz", {1 << 20, 1 << 20, 64}).ok()) std::abort();
    }
    return 0;
  }
  recorder::ImportOptions options;
  options.limits = {1 << 20, 1 << 20, 64};
  std::size_t entries = 0;
  const auto summary = recorder::ImportBytes(bytes, "fuzz", options, [&](recorder::ImportedEntry&& entry) {
    if (entry.index != entries++) std::abort();
    if (entry.exchange.has_value() != entry.reason.empty()) std::abort();
    if (!entry.exchange) return;
    const Exchange& exchange = *entry.exchange;
    if (exchange.key != KeyOf(exchange.request, exchange.auth, options.rules)) std::abort();
    const auto& cuts = exchange.reply.cuts;
    if (!cuts.empty() && std::accumulate(cuts.begin(), cuts.end(), std::uint64_t{0}) != exchange.reply.body.size()) {
      std::abort();
    }
  });
  if (summary.ok() && summary->entries != entries) std::abort();
  if (!summary.ok() && entries != 0) std::abort();
  return 0;
}
