// Any bytes as a cassette: every pass over them ends, whatever is read can be written and read again as the same, and a
// text that packs unpacks to itself.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cassette/container.h"
#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/walk.h"

namespace {

using namespace reprise;            // NOLINT
using namespace reprise::cassette;  // NOLINT

void WriteAgain(const Exchange& exchange, const CassetteLimits& limits) {
  const auto text = WriteExchange(exchange, limits);
  if (!text.ok()) return;  // strings with lone surrogates, say, cannot be written
  const BlobSource blobs = [&](std::string_view hash) -> Result<std::string> {
    const auto blob = text->blobs.find(std::string(hash));
    if (blob == text->blobs.end()) std::abort();
    return ReadBlob(blob->second, limits);
  };
  auto again = ReadExchange(text->exchange, blobs, limits);
  if (!again.ok()) std::abort();
  if (!text->times.empty() && !ReadTimes(text->times, &*again).ok()) std::abort();
  if (again->key != exchange.key || again->request.body != exchange.request.body ||
      again->reply.body != exchange.reply.body || again->reply.headers != exchange.reply.headers ||
      again->reply.ms != exchange.reply.ms || again->at != exchange.at)
    std::abort();
}

// The public reader over the same bytes: lookups, and reading where they point.
void Look(std::string_view bytes, const std::vector<std::string>& keys, const CassetteLimits& limits) {
  static const int fd = ::memfd_create("input", 0);
  if (fd < 0 || ::ftruncate(fd, 0) != 0) return;
  if (::pwrite(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return;
  const auto reader = CassetteReader::Open("/proc/self/fd/" + std::to_string(fd), limits);
  if (!reader.ok()) return;
  (void)(*reader)->exchange_count();
  for (const std::string& key : keys)
    for (const auto ref : (*reader)->Find(key)) (void)(*reader)->Read(ref);
  (void)(*reader)->Read({1, 1});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CassetteLimits limits;
  limits.line_bytes = limits.body_bytes = limits.window_bytes = 1 << 20;
  limits.json_depth = 64;
  const auto file = File::Over(bytes, "input", limits);
  Walk walk(*file);
  std::vector<std::string> keys = {std::string(64, '0')};
  walk.Run([&](const BlockWalk::Block&, const Record& record, const RecordScanner& following) {
    if (KindOf(record.text) == RecordKind::kHead) (void)ReadHead(record.text, "input");
    if (KindOf(record.text) != RecordKind::kExchange) return true;
    const auto exchange = walk.Read(record, following);
    if (exchange.ok()) WriteAgain(*exchange, limits);
    keys.emplace_back(IdOf(record.text));
    return keys.size() < 100;
  });
  Look(bytes, keys, limits);
  const auto text = ToText(bytes, "input", limits);
  if (!text.ok()) return 0;
  const auto packed = Pack(*text, "input");
  if (!packed.ok()) return 0;
  const auto again = ToText(*packed, "input", CassetteLimits());
  if (!again.ok() || *again != *text) std::abort();
  return 0;
}
