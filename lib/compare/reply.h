// Is a live reply the recorded one? What `verify` asks.
#ifndef REPRISE_COMPARE_REPLY_H_
#define REPRISE_COMPARE_REPLY_H_

#include "reprise/comparison.h"
#include "reprise/exchange.h"

namespace reprise::compare {

// PASS when the bytes of the bodies are equal, else when status and text are (rule "text"). Otherwise STALE when the
// recording is of another model or fingerprint than answers now, which the note names; otherwise FAIL. Both replies as
// an adapter read them; where none did, bytes judge alone.
Verdict CompareReplies(const Reply& recorded, const Reply& live);

}  // namespace reprise::compare

#endif  // REPRISE_COMPARE_REPLY_H_
