// A result that nobody looks at.
#include <reprise/matching.h>

void Use() {
  const auto rules = reprise::Rules::FromJson("{}");
  (void)rules;
#ifdef BAD_LINE
  reprise::Rules::FromJson("{}");
#endif
}
