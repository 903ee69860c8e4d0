// A verdict is not a bool: STALE is neither true nor false.
#include <reprise/comparison.h>

int Use(const reprise::Verdict& verdict) {
  if (verdict.ok()) return 0;
#ifdef BAD_LINE
  if (verdict) return 0;
#endif
  return 1;
}
