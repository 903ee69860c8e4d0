// One request and one response as vcrpy spells them; shared by the two places where such pairs stand.
#ifndef REPRISE_RECORDER_IMPORTERS_VCRPY_ENTRY_H_
#define REPRISE_RECORDER_IMPORTERS_VCRPY_ENTRY_H_

#include "recorder/importers/recording.h"

namespace reprise::recorder {

Recording ReadVcrpyEntry(const Value& request, const Value& response);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_VCRPY_ENTRY_H_
