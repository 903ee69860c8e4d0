// A file of another recorder, told by its content and not by its name.
#ifndef REPRISE_RECORDER_IMPORTERS_RECORDING_FILE_H_
#define REPRISE_RECORDER_IMPORTERS_RECORDING_FILE_H_

#include <string>
#include <string_view>

#include "recorder/importers/document.h"
#include "recorder/importers/recording.h"
#include "reprise/result.h"

namespace reprise::recorder {

// Hands out every entry of the file in its order, read or refused, and returns the name of the format. `bytes` may be
// gzip. An error means that no entry was handed out: not readable as YAML or JSON, or no format that is known.
Result<std::string> ReadRecordings(std::string_view bytes, const std::string& name, const DocumentLimits& limits,
                                   const RecordingSink& sink);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_RECORDING_FILE_H_
