// HttpError: what a client gets in place of a reply. The test hears of it elsewhere; this is for whoever reads the log
// of the code under test.
#ifndef REPRISE_REPLAYER_DECK_HTTP_ERROR_H_
#define REPRISE_REPLAYER_DECK_HTTP_ERROR_H_

#include <string>

#include "replayer/front/front.h"
#include "reprise/result.h"

namespace reprise::replayer {

// 424 where there is no recorded answer (no client asks again after a 4xx), 502 where the provider gave none. The body
// is an error in the shape of `format`; `x-should-retry: false` keeps SDKs from asking again.
void SendError(Answer& answer, const Status& status, const std::string& format);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_HTTP_ERROR_H_
