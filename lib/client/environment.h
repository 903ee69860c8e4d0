// The environment of this process against the one its deck was started with.
//
// A fixture may set a base URL or a key when the deck is long up. What it changed goes along when a session opens: over
// the socket, to a process of the same user, which logs and stores none of it.
#ifndef REPRISE_CLIENT_ENVIRONMENT_H_
#define REPRISE_CLIENT_ENVIRONMENT_H_

#include <string>
#include <utility>
#include <vector>

namespace reprise::internal {

// The deck is about to be started, with the environment of this moment. A forked child remembers it too.
void RememberEnvironment();

// Name and value of what is other than it was then ("" where it is not set any more); all there is, where this process
// has not seen the deck's start. Thread-safe but for the environment, which the C library leaves to those who change
// it.
std::vector<std::pair<std::string, std::string>> ChangedEnvironment();

}  // namespace reprise::internal

#endif  // REPRISE_CLIENT_ENVIRONMENT_H_
