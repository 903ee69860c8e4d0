// What the messages `open` and `skipped` say, as the session wants to hear it.
#ifndef REPRISE_REPLAYER_DECK_OPENING_H_
#define REPRISE_REPLAYER_DECK_OPENING_H_

#include <string>
#include <utility>
#include <vector>

#include "lib/client/wire.h"
#include "lib/format/adapter.h"
#include "lib/session/session.h"

namespace reprise::replayer {

// Settings of the message and of the project file, resolved. `environment` is that of the deck's start ("NAME=value");
// what the message says of the environment holds before it. The suite may be empty.
Result<session::Session::Opening> ReadOpening(const reprise::internal::Message& message,
                                              const std::vector<std::string>& environment);

// The fields endpoint.*: what the code said.
session::Endpoint ReadEndpoint(const reprise::internal::Message& message);

// The fields of `ask`.
Result<session::Session::Question> ReadQuestion(const reprise::internal::Message& message);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_OPENING_H_
