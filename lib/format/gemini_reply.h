// The reader of replies in the Gemini format; see gemini_generate.h for what it copes with.
#ifndef REPRISE_FORMAT_GEMINI_REPLY_H_
#define REPRISE_FORMAT_GEMINI_REPLY_H_

#include <string>

#include "reprise/exchange.h"

namespace reprise::format {

// Fills what `reply` means from its bytes; `model.asked` is left to the caller. Bytes that do not parse leave the
// fields empty, but a status of 400 and up always gets an `error`.
void ReadGeminiReply(Reply& reply);

// "models/gemini-2.5-pro" -> "gemini-2.5-pro"
std::string WithoutModels(std::string name);

}  // namespace reprise::format

#endif  // REPRISE_FORMAT_GEMINI_REPLY_H_
