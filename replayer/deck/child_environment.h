// What a child program needs in its environment to be recorded and replayed.
#ifndef REPRISE_REPLAYER_DECK_CHILD_ENVIRONMENT_H_
#define REPRISE_REPLAYER_DECK_CHILD_ENVIRONMENT_H_

#include <string>
#include <utility>
#include <vector>

#include "lib/session/endpoints.h"

namespace reprise::replayer {

struct Pointed {
  session::SdkVariables sdk;
  std::string url;  // the base URL of its endpoint
};

// Sets the variables that SDKs read for the base URL, and joins the loopback to NO_PROXY and no_proxy. Where nobody is
// asked (`offline`), an SDK that finds no key gets a dummy, since most refuse to start without one. Sorted by name.
std::vector<std::pair<std::string, std::string>> ChildEnvironment(const std::vector<Pointed>& pointed,
                                                                  const session::Environment& environment,
                                                                  bool offline);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_CHILD_ENVIRONMENT_H_
