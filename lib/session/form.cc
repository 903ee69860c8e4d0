#include "lib/session/form.h"

#include <vector>

#include "lib/base/file_system.h"
#include "lib/cassette/format.h"

namespace reprise::session {
namespace {

constexpr std::uint64_t kMaxGitFile = std::uint64_t{1} << 20;

// Content of a file, or "".
std::string TextOf(const std::string& path) {
  if (!base::Exists(path) || base::IsFolder(path)) return "";
  Result<std::string> text = base::ReadFile(path, kMaxGitFile);
  return text.ok() ? *std::move(text) : "";
}

std::string FirstLineAfter(const std::string& text, std::string_view prefix) {
  if (text.compare(0, prefix.size(), prefix) != 0) return "";
  return text.substr(prefix.size(), text.find_first_of("\r\n") - prefix.size());
}

// Does a line give our filter to cassettes? Those that `reprise git install` writes do, and any other whose pattern
// ends as their names do. The last line that speaks of it wins, as git has it.
void ReadAttributes(const std::string& text, bool& filtered) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    const std::string_view pattern = line.substr(0, line.find_first_of(" \t"));
    const bool ours =
        pattern == "*" || pattern == "**" || (pattern.size() >= 8 && pattern.substr(pattern.size() - 8) == ".reprise");
    if (!ours) continue;
    if (line.find("filter=reprise") != std::string_view::npos) filtered = true;
    if (line.find("-filter") != std::string_view::npos || line.find("!filter") != std::string_view::npos)
      filtered = false;
  }
}

// The folder that holds the repository's configuration, for a work tree whose ".git" this is.
std::string ConfigFolder(const std::string& dot_git) {
  if (base::IsFolder(dot_git)) return dot_git;
  const std::string folder = base::FolderOf(dot_git);
  const std::string git_dir = base::Join(folder, FirstLineAfter(TextOf(dot_git), "gitdir: "));
  const std::string common = FirstLineAfter(TextOf(base::Join(git_dir, "commondir")), "");
  return common.empty() ? git_dir : base::Join(git_dir, common);
}

bool HasFilter(const std::string& config) { return TextOf(config).find("[filter \"reprise\"]") != std::string::npos; }

}  // namespace

FormChoice ChooseForm(std::string_view setting, const std::string& cassette, const Environment& environment) {
  if (setting == "text") return {CassetteWriter::Form::kText, ""};
  if (setting == "zstd") return {};
  const std::string_view name = cassette;
  if (name.size() >= cassette::kTextSuffix.size() &&
      name.substr(name.size() - cassette::kTextSuffix.size()) == cassette::kTextSuffix)
    return {CassetteWriter::Form::kText, ""};
  std::vector<std::string> folders;
  std::string root;
  for (std::string folder = base::FolderOf(cassette); root.empty(); folder = base::FolderOf(folder)) {
    folders.push_back(folder);
    if (base::Exists(base::Join(folder, ".git"))) root = folder;
    if (folder.size() <= 1) break;
  }
  if (root.empty()) return {};
  const std::string git = ConfigFolder(base::Join(root, ".git"));
  bool filtered = false;
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
    ReadAttributes(TextOf(base::Join(*folder, ".gitattributes")), filtered);
  ReadAttributes(TextOf(base::Join(git, "info/attributes")), filtered);
  if (!filtered) return {};
  const std::string home = environment("HOME"), xdg = environment("XDG_CONFIG_HOME");
  const std::string user = xdg.empty() ? base::Join(home, ".config") : xdg;
  for (const std::string& config :
       {base::Join(git, "config"), base::Join(git, "config.worktree"), base::Join(home, ".gitconfig"),
        base::Join(user, "git/config"), std::string("/etc/gitconfig")})
    if (HasFilter(config)) return {};
  return {CassetteWriter::Form::kText, "cassettes are written as plain text, since " + root +
                                           " asks git for the reprise filter and this clone lacks it; `reprise git "
                                           "install` sets it up"};
}

}  // namespace reprise::session
