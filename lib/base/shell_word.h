// For commands that a message offers: they can be pasted into a shell as they stand.
#ifndef REPRISE_BASE_SHELL_WORD_H_
#define REPRISE_BASE_SHELL_WORD_H_

#include <string>

namespace reprise::base {

// `word`, quoted if it must be.
std::string ShellWord(const std::string& word);

}  // namespace reprise::base

#endif  // REPRISE_BASE_SHELL_WORD_H_
