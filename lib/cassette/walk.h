// Walk: one pass over every record of a cassette, in file order, past whatever is damaged.
//
// Needs no index and no head. Memory: one block, and a place for each blob passed.
#ifndef REPRISE_CASSETTE_WALK_H_
#define REPRISE_CASSETTE_WALK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cassette/exchange_record.h"
#include "lib/cassette/file.h"
#include "lib/cassette/record.h"
#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

// An exchange record, and the clock that may stand among the records after it.
Result<Exchange> ReadWithTimes(const Record& record, RecordScanner following, const BlobSource& blobs,
                               const CassetteLimits& limits);
// The blob at a place in a text, or an error if another record stands there.
Result<std::string> BlobAt(const Result<Text>& text, std::uint64_t offset, std::string_view hash,
                           const CassetteLimits& limits);

class Walk {
 public:
  explicit Walk(File& file) : file_(file) {}

  // Calls `visit` for each record that is not damaged on its face; `following` stands behind the record. Until it
  // returns false.
  using Visit = std::function<bool(const BlockWalk::Block&, const Record&, const RecordScanner& following)>;
  void Run(const Visit& visit);

  // For the visitor: the exchange, whole or not at all.
  Result<Exchange> Read(const Record& record, const RecordScanner& following);
  // A blob among those passed; blobs stand before what refers to them.
  Result<std::string> Blob(std::string_view hash);
  // Notes that the record is damaged.
  void Add(const BlockWalk::Block& block, const Record& record, std::string what);

  std::vector<Damage>& damage() { return damage_; }
  // File offset of each block, by its number.
  std::vector<std::uint64_t>& blocks() { return blocks_; }
  // The last damage is the end of the file, in the middle of a frame: what a killed recorder leaves.
  bool torn() const { return torn_; }

 private:
  void AddBlock(const BlockWalk::Block& block, std::uint64_t line);

  struct Place {
    std::uint64_t file_offset, offset;
  };
  File& file_;
  std::vector<Damage> damage_;
  std::vector<std::uint64_t> blocks_;
  std::map<std::string, Place, std::less<>> blobs_;
  bool lines_known_ = true;  // until a frame is missing
  bool torn_ = false;
};

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_WALK_H_
