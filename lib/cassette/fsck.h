// Fsck: is a cassette whole, and what can be saved of one that is not.
#ifndef REPRISE_CASSETTE_FSCK_H_
#define REPRISE_CASSETTE_FSCK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reprise/cassette.h"
#include "reprise/result.h"

namespace reprise::cassette {

struct FsckReport {
  CassetteHead head;
  bool has_head = false;  // else `head` is that of nobody, and under which rules the keys were made is not known
  bool plain = false;
  std::uint64_t records = 0, exchanges = 0;  // that are whole
  std::vector<Damage> damage;
  std::vector<std::string> notes;  // what is odd and harms nobody
  bool torn = false;               // ends inside a frame, as a killed recorder leaves it; not counted as damage
};

// Called for each whole exchange, with what is known so far.
using FsckVisit = std::function<void(const FsckReport& so_far, const Exchange& exchange)>;

// Reads every byte: checksums, JSON, hashes of blobs and bodies, the index. Errors only where there is nothing to look
// at: missing, a folder, unreadable, of another format version, nothing of a cassette in it.
Result<FsckReport> Fsck(const std::string& path, const CassetteLimits& limits = {}, const FsckVisit& visit = {});

struct Recovered {
  std::string path;  // of the cassette that holds what could be read; "" when that was nothing
  std::uint64_t exchanges = 0;
  std::vector<Damage> damage;  // what could not
  bool removed = false;        // the file it came from: all of it was saved
};

// Writes what is whole in `path` to a new cassette; records stand in it as they stood, unknown ones too.
// NAME.incomplete becomes NAME, or NAME.new where there is a NAME, and is removed unless it is damaged; of any other
// NAME, NAME.new is made and NAME left alone. Errors: another process writes it, the target is there already, the disk
// is full.
Result<Recovered> Recover(const std::string& path, const CassetteLimits& limits = {});

}  // namespace reprise::cassette

#endif  // REPRISE_CASSETTE_FSCK_H_
