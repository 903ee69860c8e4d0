// reprise git check: would the next commit put anything into history that does not belong there?
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/cassette/frame.h"
#include "lib/cassette/record.h"
#include "lib/cli/git.h"
#include "lib/cli/git_repository.h"
#include "lib/cli/git_setup.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/withheld.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Problem {
  std::string path, kind, what;
};

class GitCheckCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "check";
    info.summary = "look at the cassettes in the index: text, attributes, no conflicts, no secrets, no scratch files";
    info.examples = {{"reprise git check", "in CI, after the checkout"},
                     {"echo 'reprise git check' >> .git/hooks/pre-commit", "before each commit"}};
    info.details =
        "Reads the index alone, so it says what a commit would hold, and needs neither filter nor settings: a plain "
        "clone "
        "in CI will do.";
    info.json_schema = "reprise.git-check/1";
    info.json = {{"cassettes", "how many are in the index"},
                 {"problems[].path", "in the repository"},
                 {"problems[].kind", "compressed, attributes, conflict, secret or scratch"},
                 {"problems[].what", "one clause"},
                 {"installed", "this clone has the filter's settings"}};
    info.exits = {"0  nothing is wrong", "1  something is; it is listed", "2  no work tree of git", "3  git said no",
                  "5  a cassette holds a secret"};
    return info;
  }

  int Run(Context& context) override {
    const auto repository = GitRepository::Find();
    if (!repository.ok()) return Fail(context, repository.status());
    const auto entries = repository->Indexed(kCassettePatterns);
    if (!entries.ok()) return Fail(context, entries.status());
    std::vector<Problem> problems;
    if (const Status status = Check(*repository, *entries, problems); !status.ok()) return Fail(context, status);
    const bool installed = !repository->Config("filter.reprise.process").empty();
    if (context.json) {
      Json out{{"schema", Info().json_schema}, {"cassettes", entries->size()}, {"problems", Json::array()}};
      for (const Problem& problem : problems) {
        out["problems"].push_back({{"path", problem.path}, {"kind", problem.kind}, {"what", problem.what}});
      }
      out["installed"] = installed;
      PrintJson(context, Serialised(out));
    } else {
      for (const Problem& problem : problems) {
        context.console.Line(report::HarmlessLine(problem.path) + ": " + report::HarmlessLine(problem.what));
      }
      context.console.Line(CountText(entries->size(), "cassette") + " in the index, " +
                           CountText(problems.size(), "problem"));
      if (!problems.empty())
        context.console.Message("`reprise git install` repairs attributes and compressed cassettes.");
      if (!installed) context.console.Message("This clone has no filter yet: reprise git install");
    }
    const bool secret =
        std::any_of(problems.begin(), problems.end(), [](const Problem& p) { return p.kind == "secret"; });
    return secret ? kExitSecret : problems.empty() ? kExitSame : kExitDifferent;
  }

 private:
  static Status Check(const GitRepository& repository, const std::vector<IndexEntry>& entries,
                      std::vector<Problem>& problems) {
    std::vector<IndexEntry> whole;
    std::vector<std::string> paths;
    for (const IndexEntry& entry : entries) {
      if (entry.stage != 0) {
        if (paths.empty() || paths.back() != entry.path) {
          problems.push_back({entry.path, "conflict", "its merge is not resolved"});
        }
      } else {
        whole.push_back(entry);
      }
      if (paths.empty() || paths.back() != entry.path) paths.push_back(entry.path);
    }
    REPRISE_RETURN_IF_ERROR(repository.ReadEach(whole, [&](const IndexEntry& entry, std::string_view content) {
      if (cassette::BeginsWithFrame(content)) {
        problems.push_back({entry.path, "compressed", "is compressed in the index, where its text belongs"});
        return Status();
      }
      cassette::RecordScanner scanner(content);
      for (cassette::Record record; scanner.Next(&record);) {
        if (!record.conflict) continue;
        problems.push_back(
            {entry.path, "conflict", "line " + std::to_string(record.line) + ": holds a merge conflict"});
        return Status();
      }
      return CheckSecrets(entry.path, content, problems);
    }));
    REPRISE_RETURN_IF_ERROR(CheckAttributes(repository, paths, problems));
    const auto scratch = repository.Indexed(kScratchPatterns);
    if (!scratch.ok()) return scratch.status();
    for (const IndexEntry& entry : *scratch) {
      problems.push_back({entry.path, "scratch", "is what a recorder leaves beside a cassette, and is tracked"});
    }
    return {};
  }

  static Status CheckSecrets(const std::string& path, std::string_view content, std::vector<Problem>& problems) {
    Result<OpenCassette> open = OpenBytes(content, path);
    if (!open.ok()) return {};  // what is no cassette is for fsck to tell
    std::uint64_t exchanges = 0;
    const auto found = SecretsIn(*open->reader, &exchanges);
    if (!found.ok()) return found.status();
    for (const SecretPlace& it : *found)
      problems.push_back({path, "secret",
                          (it.exchange == 0 ? "holds" : "exchange " + std::to_string(it.exchange) + " holds") +
                              std::string(" a secret (") + it.found.rule + ")" +
                              (it.exchange == 0 ? "" : " at " + it.found.place)});
    return {};
  }

  static Status CheckAttributes(const GitRepository& repository, const std::vector<std::string>& paths,
                                std::vector<Problem>& problems) {
    if (paths.empty()) return {};
    const auto attributes = repository.AttributesOf(paths, {"filter", "diff", "merge", "text"}, false);
    if (!attributes.ok()) return attributes.status();
    for (const std::string& path : paths) {
      const auto values = attributes->find(path);
      std::string missing;
      for (const auto& [name, value] : WantedAttributes(path)) {
        if (values != attributes->end() && values->second.count(name) != 0 && values->second.at(name) == value)
          continue;
        missing += (missing.empty() ? "" : " ") + (value == "unset" ? "-" + name : name + "=" + value);
      }
      if (!missing.empty())
        problems.push_back({path, "attributes", "lacks in .gitattributes, as committed: " + missing});
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Command> MakeGitCheck() { return std::make_unique<GitCheckCommand>(); }

}  // namespace reprise::cli
