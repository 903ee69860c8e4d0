// reprise accept: what was recorded or computed anew becomes what is expected.
#include <string>
#include <utility>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cli/commands.h"
#include "lib/cli/pending.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

class AcceptCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "accept";
    info.summary = "accept pending cassettes and goldens: X.new takes the place of X";
    info.examples = {
        {"reprise accept tests/goldens/Chat", "all that is pending in a folder and below"},
        {"reprise accept --dry-run .", "only say what would happen"},
        {"reprise accept tests/cassettes/Chat/AsksTwice.reprise", "one, by the name it will have"},
        {"reprise accept --from build/reprise-pending", "what a CI run left in a folder that mirrors this project"}};
    info.details =
        "Each file is replaced by one rename, so a crash leaves the old one or the new one. All are checked first: "
        "when a "
        "pending file is damaged, nothing at all is accepted. In a folder, NAME.txt.new and NAME.json.new are taken "
        "where "
        "they lie below a folder of goldens; elsewhere they may be another program's, and must be named.";
    info.exits = {"0  accepted, or nothing was pending", "2  a link, or a mirror that leads out of the folder",
                  "3  a pending file is damaged or missing, or a file could not be written; nothing is half done"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "pending files, the files they are for, or folders; with --from: only those",
                   false);
    arguments.Value("--from", "DIR", &from_, "a folder that mirrors the project");
    arguments.Value("--to", "DIR", &to_,
                    "with --from: the folder that is mirrored; else that of reprise.json or .git, here or above, else "
                    "the working folder");
    arguments.Flag("--dry-run", &dry_run_, "change nothing, say what would change");
  }

  int Run(Context& context) override {
    if (paths_.empty() && from_.empty())
      return Fail(context, Status(ErrorKind::kUsage, "", "say what to accept: PATH, or --from DIR",
                                  "`reprise accept .` takes all that is pending here and below"));
    if (!to_.empty() && from_.empty()) return Fail(context, Status(ErrorKind::kUsage, "--to", "goes with --from"));
    std::vector<std::string> strangers;
    const Result<std::vector<Pending>> found =
        from_.empty() ? FindPending(paths_, &strangers)
                      : FindPendingIn(from_, to_.empty() ? ProjectRoot(".") : base::Absolute(to_), paths_);
    if (!found.ok()) return Fail(context, found.status());
    if (!strangers.empty()) context.console.Message(StrangersText(strangers));
    if (found->empty()) {
      context.console.Message("Nothing is pending.");
      return kExitSame;
    }
    std::vector<std::string> words;
    int code = kExitSame;
    for (const Pending& pending : *found) {
      Result<std::string> checked = CheckPending(pending);
      if (!checked.ok()) code = std::max(code, Fail(context, checked.status()));
      words.push_back(checked.ok() ? *std::move(checked) : "");
    }
    if (code != kExitSame) {
      context.console.Message("Nothing was accepted.");
      return code;
    }
    for (std::size_t i = 0; i < found->size(); ++i) {
      const Pending& pending = (*found)[i];
      if (!dry_run_)
        if (const Status status = AcceptPending(pending); !status.ok()) return Fail(context, status);
      context.console.Line(std::string(dry_run_ ? "would accept  " : "accepted  ") +
                           report::HarmlessLine(pending.target) + "  (" + words[i] + ")");
    }
    return kExitSame;
  }

 private:
  std::vector<std::string> paths_;
  std::string from_, to_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeAccept() { return std::make_unique<AcceptCommand>(); }

}  // namespace reprise::cli
