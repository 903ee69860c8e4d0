// For commands that a message offers: they can be pasted into a shell as they stand.
#ifndef REPRISE_SESSION_SHELL_WORD_H_
#define REPRISE_SESSION_SHELL_WORD_H_

#include "lib/base/shell_word.h"

namespace reprise::session {

using base::ShellWord;

}  // namespace reprise::session

#endif  // REPRISE_SESSION_SHELL_WORD_H_
