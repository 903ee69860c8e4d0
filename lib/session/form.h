// In which form a cassette is written: the setting "form", and what git asks for where it says "auto".
#ifndef REPRISE_SESSION_FORM_H_
#define REPRISE_SESSION_FORM_H_

#include <string>
#include <string_view>

#include "lib/session/settings.h"
#include "reprise/cassette.h"

namespace reprise::session {

struct FormChoice {
  CassetteWriter::Form form = CassetteWriter::Form::kZstd;
  std::string note;  // for a human, or ""
};

// "auto" is zstd, but for one case: the repository's .gitattributes ask for our filter and this clone has not set it
// up. Then text, so that no commit can put compressed bytes into a history that holds text. Reads the attribute files
// from the repository's root down to the cassette, and git's own configuration files; runs nothing.
FormChoice ChooseForm(std::string_view setting, const std::string& cassette, const Environment& environment);

}  // namespace reprise::session

#endif  // REPRISE_SESSION_FORM_H_
