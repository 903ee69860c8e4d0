// Packer: records in, the bytes of a container out (FORMAT.md, section 8).
//
// Memory: one group, and 16 bytes a key.
#ifndef REPRISE_CASSETTE_PACKER_H_
#define REPRISE_CASSETTE_PACKER_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/cassette/container.h"
#include "lib/cassette/format.h"
#include "lib/cassette/index.h"
#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

class Packer {
 public:
  // `group_bytes` is FORMAT.md's; tests make it small.
  Packer(CassetteWriter::Form form, ByteSink sink, std::size_t group_bytes = kGroupBytes)
      : form_(form), sink_(std::move(sink)), group_bytes_(group_bytes) {}
  // Adds records that must stay in one frame; whole lines.
  Status Add(std::string_view records);
  // Adds any text of whole lines, cut where FORMAT.md allows it.
  Status AddText(std::string_view text);
  Status Finish();

 private:
  Status Flush();
  Status Emit(std::string_view bytes);

  CassetteWriter::Form form_;
  ByteSink sink_;
  const std::size_t group_bytes_;
  std::string group_;
  std::uint64_t file_bytes_ = 0, text_bytes_ = 0;
  std::vector<IndexFrame> frames_;
  std::vector<IndexEntry> entries_;
  std::uint32_t exchanges_ = 0;
};

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_PACKER_H_
