#include "lib/cli/commands.h"

namespace reprise::cli {

Program TheProgram() {
  Program program;
  program.name = "reprise";
  program.version = REPRISE_VERSION;
  program.summary = "record, replay and judge what language models answer";
  program.examples = {
      {"reprise record -- ./agent plan-trip Paris", "what another program asks of models, kept"},
      {"reprise replay -- ./agent plan-trip Paris", "the same offline"},
      {"reprise ls tests/cassettes", "what is recorded"},
      {"reprise show Chat/AsksTwice.reprise 2", "one exchange, to read"},
      {"reprise fsck", "is every cassette here whole?"},
      {"reprise scan", "is there a secret in them?"},
      {"reprise audit", "would replay notice every change of a request?"},
      {"reprise accept tests/goldens/Chat", "take over what a test run left pending"},
      {"reprise doctor", "will tests find what they need on this machine?"},
  };
  // In the order of the help: run, look, check, change.
  program.commands.push_back(MakeRecord());
  program.commands.push_back(MakeReplay());
  program.commands.push_back(MakeServeCassette());
  program.commands.push_back(MakeLs());
  program.commands.push_back(MakeShow());
  program.commands.push_back(MakeFsck());
  program.commands.push_back(MakeScan());
  program.commands.push_back(MakeAudit());
  program.commands.push_back(MakeImport());
  program.commands.push_back(MakeExport());
  program.commands.push_back(MakeAccept());
  program.commands.push_back(MakeReject());
  program.commands.push_back(MakeRekey());
  program.commands.push_back(MakeGit());
  program.commands.push_back(MakeConfig());
  program.commands.push_back(MakeDoctor());
  return program;
}

}  // namespace reprise::cli
