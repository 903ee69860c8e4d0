// Breaks every rule of symbols.sh, so that the rules are seen to catch somebody.
#include <string>

namespace boost {
struct Thing;
}  // namespace boost

namespace reprise {
int Fine() { return 1; }
void Takes(boost::Thing*) {}
}  // namespace reprise

#ifndef IN_WORDS_ONLY
namespace httplib {
std::string Leaked() { return "a name that is not ours, and a need of libstdc++"; }
}  // namespace httplib
#endif
