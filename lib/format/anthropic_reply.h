// The reader of replies in the Anthropic Messages format; see anthropic_messages.h for what it copes with.
#ifndef REPRISE_FORMAT_ANTHROPIC_REPLY_H_
#define REPRISE_FORMAT_ANTHROPIC_REPLY_H_

#include "reprise/exchange.h"

namespace reprise::format {

// Fills what `reply` means from its bytes; `model.asked` is left to the caller. Bytes that do not parse leave the
// fields empty, but a status of 400 and up always gets an `error`.
void ReadAnthropicReply(Reply& reply);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_ANTHROPIC_REPLY_H_
