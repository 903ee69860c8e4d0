// Normalised: two replies that say the same, whatever ids, dates and counters their provider put beside it.
#ifndef REPRISE_COMPARE_NORMALISED_H_
#define REPRISE_COMPARE_NORMALISED_H_

#include <string>
#include <vector>

#include "reprise/exchange.h"

namespace reprise::compare {

// Text of a reply without what is new in every run: `volatile_fields` are JSON pointers ("*" for any) into the body, or
// into the data of each server-sent event. Of the headers only the content type takes part; chunk boundaries and times
// do not. JSON takes part by value, anything else by its bytes. Equal texts: the same answer.
std::string NormalisedReply(const Reply& reply, const std::vector<std::string>& volatile_fields);

}  // namespace reprise::compare

#endif  // REPRISE_COMPARE_NORMALISED_H_
