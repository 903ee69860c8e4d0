// Builds the chain of transports that a mode asks for. The one place where recorder and replayer meet.
#ifndef REPRISE_REPLAYER_DECK_CHAIN_H_
#define REPRISE_REPLAYER_DECK_CHAIN_H_

#include "lib/session/session.h"
#include "reprise/transport.h"

namespace reprise::replayer {

// `upstream` must outlive the chain; it is not touched where the row says never.
session::Chain ComposeChain(const session::ChainParts& parts, Transport& upstream);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_CHAIN_H_
