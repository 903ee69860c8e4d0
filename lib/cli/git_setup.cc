#include "lib/cli/git_setup.h"

#include "lib/cli/git_repository.h"

namespace reprise::cli {

std::vector<std::pair<std::string, std::string>> WantedAttributes(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> wanted = {
      {"diff", "reprise"}, {"merge", "reprise"}, {"text", "unset"}};
  if (path.ends_with(".reprise")) wanted.insert(wanted.begin(), {"filter", "reprise"});
  return wanted;
}

std::vector<std::pair<std::string, std::string>> WantedSettings(const std::string& program) {
  const std::string call = ShellQuoted(program) + " git ";
  return {
      {"filter.reprise.process", call + "filter-process"},
      {"filter.reprise.required", "true"},
      {"diff.reprise.textconv", call + "textconv"},
      // The beginning of the record above a hunk, so that `@@` names the exchange.
      {"diff.reprise.xfuncname", "^(\\{\"[a-z]+\":\"?[0-9A-Za-z]{1,16})"},
      {"merge.reprise.name", "cassettes of reprise, by exchange"},
      {"merge.reprise.driver", call + "merge %O %A %B %L %P"},
      {"merge.reprise.recursive", "binary"},  // no conflict markers in what is itself only an ancestor
  };
}

}  // namespace reprise::cli
