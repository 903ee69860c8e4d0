#include "lib/cli/rules_option.h"

#include "lib/base/file_system.h"
#include "lib/session/settings.h"

namespace reprise::cli {

void RulesOption::Declare(Arguments& arguments) {
  arguments.Value("--rules", "RULES", &rules_,
                  "head: as they stand in each file (this is the default); project: of the reprise.json above each "
                  "file; none; or JSON as in its \"rules\"");
}

Result<Rules> RulesOption::For(const std::string& path, const Rules& head) const {
  if (rules_ == "head") return head;
  if (rules_ == "none") return Rules();
  if (rules_ != "project") {
    Result<Rules> rules = Rules::FromJson(rules_);
    if (rules.ok()) return rules;
    return Status(ErrorKind::kUsage, "--rules", rules.status().ToString(),
                  "Give head, project, none, or JSON such as {\"ignore_body\":[\"/metadata\"]}");
  }
  const std::string file = session::FindProjectFile(base::FolderOf(base::Absolute(path)));
  if (file.empty())
    return Status(ErrorKind::kUsage, path, "there is no reprise.json in its folder or above",
                  "Give the rules as JSON, or none");
  Result<session::ProjectFile> project = session::ReadProjectFile(file);
  if (!project.ok()) return project.status();
  return project->rules;
}

}  // namespace reprise::cli
