// An error that nobody looks at.
#include <reprise/result.h>

reprise::Status Close();

void Use() {
  (void)Close();
#ifdef BAD_LINE
  Close();
#endif
}
