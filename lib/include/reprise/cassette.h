// Cassette: a file of exchanges. The format is FORMAT.md; this is its reader and its writer.
//
// A cassette under its final name is whole. While it is written it is called NAME.incomplete, one frame and one write
// for each exchange, so a killed process loses at most the exchange it was writing; `Seal` packs, syncs and renames.
#ifndef REPRISE_CASSETTE_H_
#define REPRISE_CASSETTE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/exchange.h"
#include "reprise/matching.h"
#include "reprise/result.h"

namespace reprise {

// First line of a cassette.
struct CassetteHead {
  int version = 1;
  int normal = kNormalForm;
  std::string session;  // "Translator.KeepsNames"
  std::string by = "reprise 0.1.0";
  Rules rules;
  std::vector<std::string> needs;  // features a reader must know: "blob"
  std::string unknown;             // members this version does not know, as JSON text, kept when rewritten
};

// All are settings (project file, "limits"); the defaults are those of FORMAT.md, section 7.
struct CassetteLimits {
  std::uint64_t line_bytes = std::uint64_t{128} << 20;
  std::uint64_t body_bytes = std::uint64_t{64} << 20;
  int json_depth = 512;
  std::uint64_t window_bytes = std::uint64_t{128} << 20;
};

// What is wrong with a file, with its place. Reading goes on past it.
struct Damage {
  std::uint64_t file_offset = 0;  // of the frame, or of the line in a plain file
  std::uint64_t line = 0;         // 1-based number of the first line concerned, when known; else 0
  std::string what;               // one clause
  std::vector<std::string> keys;  // full or 16-digit keys that the index places there
};

// Reads a cassette, in either container. Opening costs the same for ten exchanges and for a hundred thousand: the file
// is mapped, the index is searched in place, frames are decoded when somebody asks for a line in them (the last one is
// kept). Not thread-safe; open one per thread, or lock.
class REPRISE_API CassetteReader {
 public:
  // Errors: missing, a directory, unreadable, a newer version (named, with the version that reads it), an unknown
  // `needs`, both NAME.reprise and NAME.reprise.jsonl. Damage is no error of Open unless the head itself is gone.
  static Result<std::unique_ptr<CassetteReader>> Open(const std::string& path, const CassetteLimits& limits = {});
  virtual ~CassetteReader() = default;

  virtual const std::string& path() const = 0;
  virtual const CassetteHead& head() const = 0;

  // Number of exchanges. With an index: its footer, believed once its checksum was looked at. Without: one scan.
  virtual std::uint64_t exchange_count() = 0;

  // A place in the file; valid as long as the reader. Ordered as the exchanges are.
  struct Ref {
    std::uint32_t frame = 0;
    std::uint32_t offset = 0;
    bool operator==(const Ref& o) const { return frame == o.frame && offset == o.offset; }
    bool operator<(const Ref& o) const { return frame != o.frame ? frame < o.frame : offset < o.offset; }
  };

  // Places of the exchanges with this key (64 hex digits), in file order: the first is the first take. Empty: a miss;
  // look at `damage()` before believing it. With an index this reads no frame, and compares the first 16 digits only:
  // whoever serves what `Read` gives compares its key.
  virtual std::vector<Ref> Find(std::string_view key) = 0;
  // The exchange at a place, blobs put back, bodies restored byte for byte. Read in file order, no frame is decoded
  // twice.
  virtual Result<Exchange> Read(Ref ref) = 0;
  // Every exchange that can be read, in file order. Stops when `visit` returns false. Damage met on the way is
  // added to `damage()`.
  virtual Status ForEach(const std::function<bool(Ref, Exchange&&)>& visit) = 0;
  // Every record as it stands, line breaks and all but the last, in file order (also those of unknown kinds).
  virtual Status ForEachLine(const std::function<bool(std::string_view line)>& visit) = 0;
  // What was found damaged so far; complete after a ForEach that was not stopped.
  virtual const std::vector<Damage>& damage() const = 0;
};

// Writes a cassette. Thread-safe: `Append` may be called from several threads.
class REPRISE_API CassetteWriter {
 public:
  enum class Form { kZstd, kText };
  struct Options {
    Form form = Form::kZstd;
    bool sync_each = false;  // fdatasync after each exchange
    CassetteLimits limits;
  };
  // When an exchange was under way: two numbers from a counter of the session that only grows, taken when the request
  // was sent and when the reply had ended. Exchanges of one lane are written in the order of `began`, those that
  // overlap in an order that does not depend on the clock, and where one of a key is marked `overlaps`, all are.
  // Without spans: in the order of Append, before those with.
  struct Span {
    std::uint64_t began = 0, ended = 0;
  };
  // Opens PATH.incomplete, locked; creates missing folders. A second writer on the same path is an error that names
  // the process that holds it. An .incomplete that holds an exchange and is not locked is an error that says how to
  // recover it (`reprise fsck --recover`), so nothing is lost silently.
  static Result<std::unique_ptr<CassetteWriter>> Create(const std::string& path, const CassetteHead& head,
                                                        const Options& options);
  // Without Seal or Discard the .incomplete stays for recovery, unless nothing was appended.
  virtual ~CassetteWriter() = default;

  // Adds an exchange. When it returns OK the bytes are with the kernel: kill -9 cannot lose them. After an error (disk
  // full, body over the limit) the exchange is not in the file, those before it are, and the next may be tried.
  virtual Status Append(const Exchange& exchange, Span span) = 0;
  Status Append(const Exchange& exchange) { return Append(exchange, Span()); }
  // Adds records of another cassette as they stand, also kinds and members that this version does not know: an exchange
  // and what follows it, or a blob. A head among them is left out. What a rewriting tool keeps, it keeps with this.
  virtual Status AppendRecords(std::string_view records, Span span) = 0;
  Status AppendRecords(std::string_view records) { return AppendRecords(records, Span()); }
  virtual std::uint64_t exchange_count() const = 0;
  // Orders, packs, syncs, renames to the final path. If the text equals that of the file already there, that file is
  // left alone. Nothing may be appended afterwards. After an error the final path is as it was, and the .incomplete
  // holds everything.
  virtual Status Seal() = 0;
  // Removes the .incomplete; the final path is left as it was.
  virtual Status Discard() = 0;
};

}  // namespace reprise

#endif  // REPRISE_CASSETTE_H_
