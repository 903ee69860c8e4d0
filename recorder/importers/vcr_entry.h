// One of the `http_interactions` of VCR; the packages for Ruby and for R differ in details only.
#ifndef REPRISE_RECORDER_IMPORTERS_VCR_ENTRY_H_
#define REPRISE_RECORDER_IMPORTERS_VCR_ENTRY_H_

#include "recorder/importers/recording.h"

namespace reprise::recorder {

Recording ReadVcrEntry(const Value& entry);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_VCR_ENTRY_H_
