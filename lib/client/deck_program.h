// Finds the program of the deck on this machine.
//
// In this order: the environment variable REPRISE_DECK; the path the build knew (NameDeckProgram); beside this library
// and in the libexec folder of its prefix; beside the test program; where this library was configured to be installed;
// PATH. What REPRISE_DECK names must be there; every other place may be empty.
#ifndef REPRISE_CLIENT_DECK_PROGRAM_H_
#define REPRISE_CLIENT_DECK_PROGRAM_H_

#include <string>

#include "reprise/result.h"

namespace reprise::internal {

// Path of an executable file, or a sentence that lists where it was looked for. Reads the environment and the disk.
Result<std::string> FindDeckProgram();

// Path of the running program, or "" without /proc.
std::string PathOfThisProgram();

}  // namespace reprise::internal

#endif  // REPRISE_CLIENT_DECK_PROGRAM_H_
