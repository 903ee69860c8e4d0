// Settings as this process has them, unjudged: the deck knows which are good and which wins.
//
// Flags are read from the command line of the process, so a stock main works; those that `Init` took out of it are
// remembered here.
#ifndef REPRISE_CLIENT_RAW_SETTINGS_H_
#define REPRISE_CLIENT_RAW_SETTINGS_H_

#include <string>
#include <string_view>
#include <vector>

#include "lib/client/wire.h"

namespace reprise::internal {

// Adds cwd, argv.0, setting.* and env.* (wire.h, "open") as they are at this moment. Thread-safe but for the
// environment, which the C library leaves to those who change it.
void AddRawSettings(Message& message);

// Arguments of this process, without /proc those that `Init` saw.
std::vector<std::string> CommandLine();

// Does this process only list its tests?
bool IsListingTests();

// Is this process a death test's child, that GoogleTest has started anew?
bool IsReexecutedDeathTest();

}  // namespace reprise::internal

#endif  // REPRISE_CLIENT_RAW_SETTINGS_H_
