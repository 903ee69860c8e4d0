#include "lib/cli/commands.h"

namespace reprise::cli {

Program TheProgram() {
  Program program;
  program.name = "reprise";
  program.version = REPRISE_VERSION;
  program.summary = "record, replay and judge what language models answer";
  program.examples = {
      {"reprise help", "this page"},
  };
  return program;
}

}  // namespace reprise::cli
