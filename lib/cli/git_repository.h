// GitRepository: the few questions and orders that the git commands have for git, all by the program itself.
#ifndef REPRISE_CLI_GIT_REPOSITORY_H_
#define REPRISE_CLI_GIT_REPOSITORY_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reprise/result.h"

namespace reprise::cli {

struct IndexEntry {
  std::string mode, oid, path;  // the path is relative to the top
  int stage = 0;                // 1 to 3 while a merge is not resolved
};

class GitRepository {
 public:
  // That of the working folder. Errors: git is not installed, no repository here, one without a work tree.
  static Result<GitRepository> Find();

  const std::string& top() const { return top_; }

  // `git WORDS` at the top; an error when it fails, with what it said.
  Result<std::string> Run(const std::vector<std::string>& words, const std::string* input = nullptr) const;
  // The value of a local or other setting, "" when there is none.
  std::string Config(const std::string& name) const;

  // Files in the index whose names fit one of the patterns ("*.reprise"), in any folder; nothing twice.
  Result<std::vector<IndexEntry>> Indexed(const std::vector<std::string>& patterns) const;
  // Hands out the content of each entry, some of them in memory at a time.
  Status ReadEach(const std::vector<IndexEntry>& entries,
                  const std::function<Status(const IndexEntry&, std::string_view content)>& visit) const;
  // Value of each attribute of each path, as the index has .gitattributes (or, with `work_tree`, as it stands there):
  // "set", "unset", "unspecified" or a value. By path, then by attribute.
  using Attributes = std::map<std::string, std::map<std::string, std::string>>;
  Result<Attributes> AttributesOf(const std::vector<std::string>& paths, const std::vector<std::string>& names,
                                  bool work_tree) const;

 private:
  explicit GitRepository(std::string top) : top_(std::move(top)) {}
  Status ReadBatch(const std::vector<IndexEntry>& entries,
                   const std::function<Status(const IndexEntry&, std::string_view content)>& visit) const;

  std::string top_;
};

// A program's path as a word of a shell command.
std::string ShellQuoted(std::string_view path);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_GIT_REPOSITORY_H_
