// reprise git install: attributes, local settings, ignored scratch files, and text in the index where zstd stands.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cassette/frame.h"
#include "lib/cli/git.h"
#include "lib/cli/git_filter.h"
#include "lib/cli/git_repository.h"
#include "lib/cli/git_setup.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.size(), text.find('\n', begin));
    lines.push_back(text.substr(begin, end - begin));
    if (!lines.back().empty() && lines.back().back() == '\r') lines.back().pop_back();
    begin = end + 1;
  }
  return lines;
}

// Appends the lines that the file lacks; how many those were.
Result<std::size_t> AddLines(const std::string& path, const std::vector<std::string>& wanted) {
  std::string text;
  if (base::Exists(path)) {
    auto bytes = base::ReadFile(path);
    if (!bytes.ok()) return bytes.status();
    text = *std::move(bytes);
  }
  const auto lines = LinesOf(text);
  std::string added;
  std::size_t count = 0;
  for (const std::string& line : wanted) {
    if (std::find(lines.begin(), lines.end(), line) != lines.end()) continue;
    added += line + "\n";
    ++count;
  }
  if (count == 0) return count;
  if (!text.empty() && text.back() != '\n') text += '\n';
  REPRISE_RETURN_IF_ERROR(base::WriteFileAtomically(path, text + added));
  return count;
}

Result<std::string> ThisProgram() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Status(ErrorKind::kIo, "/proc/self/exe", "cannot be read: " + error.message());
  return path.string();
}

class GitInstallCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "install";
    info.summary = "set this repository up: attributes, filter, diff and merge of cassettes";
    info.examples = {{"reprise git install", "once in each clone; again is harmless"},
                     {"reprise git install && git commit -m \"Cassettes as text\"", "the first time"}};
    info.details =
        "Adds what is missing to .gitattributes and .gitignore at the top, which are for all clones and want a commit; "
        "sets filter, textconv and merge driver in this clone's own settings, with the path of this program; and turns "
        "cassettes that stand in the index as zstd into text there, for the next commit. Files in the work tree stay.\n"
        "Where cassettes already have another filter (LFS, say) nothing is changed: a path has one filter.";
    info.exits = {"0  set up", "2  no work tree, or cassettes have another filter", "3  git or the disk said no"};
    return info;
  }

  int Run(Context& context) override {
    const auto repository = GitRepository::Find();
    if (!repository.ok()) return Fail(context, repository.status());
    const Status status = Install(context, *repository);
    return status.ok() ? kExitSame : Fail(context, status);
  }

 private:
  static Status Install(Context& context, const GitRepository& repository) {
    const auto program = ThisProgram();
    if (!program.ok()) return program.status();
    auto entries = repository.Indexed(kCassettePatterns);
    if (!entries.ok()) return entries.status();
    REPRISE_RETURN_IF_ERROR(CheckOtherFilters(repository, *entries));

    const std::string attributes = base::Join(repository.top(), ".gitattributes");
    const auto lines = AddLines(attributes, kAttributeLines);
    if (!lines.ok()) return lines.status();
    Tell(context, attributes, *lines, "line");
    const std::string ignored = base::Join(repository.top(), ".gitignore");
    const auto patterns = AddLines(ignored, kIgnoreLines);
    if (!patterns.ok()) return patterns.status();
    Tell(context, ignored, *patterns, "line");

    std::size_t set = 0;
    for (const auto& [name, value] : WantedSettings(*program)) {
      if (repository.Config(name) == value) continue;
      const auto done = repository.Run({"config", "--local", "--replace-all", name, value});
      if (!done.ok()) return done.status();
      ++set;
    }
    Tell(context, "settings of this clone", set, "setting");

    std::size_t turned = 0;
    REPRISE_RETURN_IF_ERROR(Renormalize(context, repository, *entries, &turned));
    if (turned != 0) {
      context.console.Line(CountText(turned, "cassette") + " in the index turned from zstd into text");
    }
    if (*lines + *patterns + turned != 0) {
      context.console.Line("commit them: git add .gitattributes .gitignore && git commit");
    }
    return {};
  }

  static void Tell(Context& context, const std::string& what, std::size_t count, const char* noun) {
    context.console.Line(report::HarmlessLine(what) + ": " +
                         (count == 0 ? std::string("nothing to add") : CountText(count, noun) + " added"));
  }

  static Status CheckOtherFilters(const GitRepository& repository, const std::vector<IndexEntry>& entries) {
    std::vector<std::string> paths = {"x.reprise"};
    for (const IndexEntry& entry : entries) {
      if (entry.path.ends_with(".reprise")) paths.push_back(entry.path);
    }
    const auto attributes = repository.AttributesOf(paths, {"filter"}, true);
    if (!attributes.ok()) return attributes.status();
    for (const auto& [path, values] : *attributes) {
      const std::string& filter = values.at("filter");
      if (filter == "unspecified" || filter == "unset" || filter == "reprise") continue;
      return Status(ErrorKind::kUsage, path, "already has the filter \"" + filter + "\", and a path has only one",
                    "Take cassettes out of it in .gitattributes first");
    }
    return {};
  }

  // Changes blobs in the index and nothing else: what the work tree holds, changed or not, stays as it is. (git add
  // --renormalize would add changes that nobody asked to be added.)
  static Status Renormalize(Context& context, const GitRepository& repository, const std::vector<IndexEntry>& entries,
                            std::size_t* turned) {
    std::vector<IndexEntry> filtered;
    for (const IndexEntry& entry : entries) {
      if (entry.stage == 0 && entry.path.ends_with(".reprise")) filtered.push_back(entry);
    }
    std::string update;
    REPRISE_RETURN_IF_ERROR(repository.ReadEach(filtered, [&](const IndexEntry& entry, std::string_view content) {
      if (!cassette::BeginsWithFrame(content)) return Status();
      const auto text = CleanCassette(content, entry.path);
      if (!text.ok()) {
        static_cast<void>(Fail(context, text.status()));
        return Status();
      }
      auto oid = repository.Run({"hash-object", "-w", "--no-filters", "--stdin"}, &*text);
      if (!oid.ok()) return oid.status();
      while (!oid->empty() && oid->back() == '\n') oid->pop_back();
      update += entry.mode + " " + *oid + "\t" + entry.path;
      update += '\0';
      ++*turned;
      return Status();
    }));
    if (update.empty()) return {};
    const auto done = repository.Run({"update-index", "-z", "--index-info"}, &update);
    return done.ok() ? Status() : done.status();
  }
};

}  // namespace

std::unique_ptr<Command> MakeGitInstall() { return std::make_unique<GitInstallCommand>(); }

}  // namespace reprise::cli
