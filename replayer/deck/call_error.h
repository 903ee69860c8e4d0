// The error of a function given to Record, as its recording keeps it: a reply of status 500 whose body is
//   {"error":{"kind":"io","object":"weights.bin","reason":"cannot be read","next":""}}
#ifndef REPRISE_REPLAYER_DECK_CALL_ERROR_H_
#define REPRISE_REPLAYER_DECK_CALL_ERROR_H_

#include <optional>
#include <string>
#include <string_view>

#include "reprise/result.h"

namespace reprise::replayer {

std::string WriteCallError(const Status& error);
// Nothing, where the body is another one.
std::optional<Status> ReadCallError(std::string_view body);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_CALL_ERROR_H_
