// reprise reject: what is pending goes away; what was accepted stays.
#include <string>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/pending.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

class RejectCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "reject";
    info.summary = "reject pending cassettes and goldens: X.new is removed";
    info.examples = {{"reprise reject tests/goldens/Chat", "all that is pending in a folder and below"},
                     {"reprise reject --dry-run .", "only say what would happen"}};
    info.details = "A damaged pending file can be rejected too. X itself is not touched.";
    info.exits = {"0  removed, or nothing was pending", "3  a path leads to nothing, or a file could not be removed"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "pending files, the files they are for, or folders", true);
    arguments.Flag("--dry-run", &dry_run_, "change nothing, say what would change");
  }

  int Run(Context& context) override {
    std::vector<std::string> strangers;
    const Result<std::vector<Pending>> found = FindPending(paths_, &strangers);
    if (!found.ok()) return Fail(context, found.status());
    if (!strangers.empty()) context.console.Message(StrangersText(strangers));
    if (found->empty()) context.console.Message("Nothing is pending.");
    for (const Pending& pending : *found) {
      if (!dry_run_)
        if (const Status status = RejectPending(pending); !status.ok()) return Fail(context, status);
      context.console.Line(std::string(dry_run_ ? "would remove  " : "removed  ") + report::HarmlessLine(pending.path));
    }
    return kExitSame;
  }

 private:
  std::vector<std::string> paths_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeReject() { return std::make_unique<RejectCommand>(); }

}  // namespace reprise::cli
