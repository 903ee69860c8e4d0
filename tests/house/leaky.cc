// Breaks every rule of symbols.sh, so that the rules are seen to catch somebody.
#include <string>

namespace reprise {
int Fine() { return 1; }
}  // namespace reprise

namespace httplib {
std::string Leaked() { return "a name that is not ours, and a need of libstdc++"; }
}  // namespace httplib
