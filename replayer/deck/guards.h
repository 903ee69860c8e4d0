// Guards: what the deck does to itself before it serves, so that it can never trouble the test process it belongs to.
#ifndef REPRISE_REPLAYER_DECK_GUARDS_H_
#define REPRISE_REPLAYER_DECK_GUARDS_H_

#include <string>

#include "reprise/result.h"

namespace reprise::replayer {

// Is this descriptor a listening AF_UNIX socket?
bool IsListening(int fd);

// Forks; the first process exits at once, so whoever started it reaps it and the deck is in nobody's wait set. Returns
// in the second one.
Status LeaveWaitSet();

// In this order: stdin, stdout and stderr from /dev/null, every descriptor but `keep` closed, a session and process
// group of its own (a Ctrl-C goes to the test, whose end ends the deck), working directory /, SIGPIPE ignored and all
// other signals at their defaults and unblocked, no new privileges, no core dumps (requests hold keys), the soft limit
// of descriptors raised to the hard one, LD_PRELOAD taken out of the environment. `keep` must be over 2.
Status Detach(int keep);

// Appends lines of the log to a file: time, pid, level, line. Every write is one `write`. Opened at once; an error when
// that fails.
Status LogTo(const std::string& path);

}  // namespace reprise::replayer

#endif  // REPRISE_REPLAYER_DECK_GUARDS_H_
