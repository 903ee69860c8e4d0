// A key is made of a whole request, never of its body alone.
#include <reprise/matching.h>

#include <string>

std::string Use(const reprise::Request& request) {
#ifdef BAD_LINE
  return reprise::KeyOf(request.body, 0, {});
#endif
  return reprise::KeyOf(request, 0, {});
}
