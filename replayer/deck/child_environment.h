// What a child program needs in its environment to be recorded and replayed.
#ifndef REPRISE_REPLAYER_DECK_CHILD_ENVIRONMENT_H_
#define REPRISE_REPLAYER_DECK_CHILD_ENVIRONMENT_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/session/settings.h"

namespace reprise::replayer {

// `urls`: of built-in endpoints, by name. Sets the variables that their SDKs read for the base URL, and joins the
// loopback to NO_PROXY and no_proxy. Where nobody is asked (`offline`), each key that is not set gets a dummy, since
// most SDKs refuse to start without one. Sorted by name.
std::vector<std::pair<std::string, std::string>> ChildEnvironment(const std::map<std::string, std::string>& urls,
                                                                  const session::Environment& environment,
                                                                  bool offline);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_CHILD_ENVIRONMENT_H_
