// Importer: files of other recorders become exchanges of ours. No network, nothing written: the caller decides what to
// do with what it gets.
//
// Every entry of a file comes back, in its order, as an exchange or with the reason why not. Bodies are the bytes that
// the file holds: a gzip body stays gzip; a body that the recorder had decoded, though a header names a coding, is
// marked `coding` and not exact; one that the file holds as parsed JSON is written anew and said to be. The endpoint is
// named after the host, the wire format recognised from the request; headers, masks, auth alias and key are as if we
// had recorded it ourselves, so a session with the same endpoint replays it. One thread per call; memory is a few times
// the file.
#ifndef REPRISE_RECORDER_IMPORTERS_IMPORTER_H_
#define REPRISE_RECORDER_IMPORTERS_IMPORTER_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/importers/document.h"
#include "reprise/exchange.h"
#include "reprise/matching.h"
#include "reprise/result.h"

namespace reprise::recorder {

struct ImportOptions {
  Rules rules;
  DocumentLimits limits;
  // A host ("localhost:8000", lower case, without the scheme's own port) whose endpoint has another name or format than
  // we would guess.
  struct Endpoint {
    std::string host, name, format;  // format "": recognised from the request
  };
  std::vector<Endpoint> endpoints;
};

struct ImportedEntry {
  std::size_t index = 0;    // place in the file, from 0
  std::string method, url;  // credentials in the URL masked; as far as the file tells
  std::optional<Exchange> exchange;
  std::string reason;              // why there is no exchange: one clause
  bool secret = false;             // the reason is that a credential would have been stored
  std::vector<std::string> notes;  // what is not as it was sent: one clause each
};

struct ImportSummary {
  std::string format;  // "vcrpy", "HAR", ...
  std::size_t entries = 0;
  std::size_t imported = 0;
};

using ImportSink = std::function<void(ImportedEntry&&)>;

// An error means that no entry was handed out: the file is missing, too large, unreadable, or of no format we know.
Result<ImportSummary> ImportFile(const std::string& path, const ImportOptions& options, const ImportSink& sink);
// The same of bytes; `name` stands in messages.
Result<ImportSummary> ImportBytes(std::string_view bytes, const std::string& name, const ImportOptions& options,
                                  const ImportSink& sink);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_IMPORTER_H_
