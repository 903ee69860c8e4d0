// The first line of a reply: its version and its reason phrase.
#ifndef REPRISE_WIRE_STATUS_LINE_H_
#define REPRISE_WIRE_STATUS_LINE_H_

#include <string>
#include <string_view>

#include "reprise/exchange.h"
#include "reprise/transport.h"

namespace reprise::wire {

// The phrase that goes with a status (IANA's registry of status codes); "" for one that has none.
std::string_view UsualReason(int status);

// Takes "HTTP/1.1 200 OK", with or without its line end, apart. A status that cannot be read is 0.
StatusLine ParseStatusLine(std::string_view line, int* status);

// The phrase to send with this reply: its own, else the usual one.
std::string ReasonOf(const Reply& reply);

}  // namespace reprise::wire

#endif  // REPRISE_WIRE_STATUS_LINE_H_
