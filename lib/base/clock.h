// The wall clock, where a record says when. What is compared or keyed never asks it.
#ifndef REPRISE_BASE_CLOCK_H_
#define REPRISE_BASE_CLOCK_H_

#include <string>

namespace reprise::base {

// Now in UTC, ISO 8601 with whole seconds: "2026-11-23T14:00:00Z".
std::string UtcNow();

}  // namespace reprise::base

#endif  // REPRISE_BASE_CLOCK_H_
