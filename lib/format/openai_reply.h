// The reader of replies in the OpenAI chat format; see openai_chat.h for what it copes with.
#ifndef REPRISE_FORMAT_OPENAI_REPLY_H_
#define REPRISE_FORMAT_OPENAI_REPLY_H_

#include <string>

#include "lib/wire/json_view.h"
#include "reprise/exchange.h"

namespace reprise::format {

// Fills what `reply` means from its bytes; `model.asked` is left to the caller. Bytes that do not parse leave the
// fields empty, but a status of 400 and up always gets an `error`.
void ReadOpenAiReply(Reply& reply);

// The text of a message's `content`: a string, or an array of parts. A part that is no text stands as "[image]";
// `thinking` takes the parts that are thoughts, when given, which are else left out.
std::string ContentText(const wire::JsonView& content, std::string* thinking = nullptr);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_OPENAI_REPLY_H_
