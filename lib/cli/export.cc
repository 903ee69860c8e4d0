// reprise export: cassettes as text.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/reading.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

class ExportCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "export";
    info.summary = "write cassettes as plain text";
    info.examples = {
        {"reprise export Chat/AsksTwice.reprise", "to standard output"},
        {"reprise export Chat/AsksTwice.reprise | jq -c 'select(.key) | .reply.status'", "for other tools"},
        {"reprise export tests/cassettes --to /tmp/text", "a whole folder, as NAME.reprise.jsonl"}};
    info.details =
        "The text is itself a cassette (FORMAT.md): every program that reads the one form reads the other. It comes "
        "out "
        "byte for byte; only a terminal gets control characters escaped.";
    info.exits = {"0  written", "2  several files and no --to, or two would have the same target",
                  "3  a cassette is missing or damaged; what could be read was written"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "cassettes, or folders to search; - for standard input", true);
    arguments.Value("--to", "DIR", &to_, "a folder for the texts, made where it is missing");
  }

  int Run(Context& context) override {
    const Result<std::vector<std::string>> files = FindCassettes(paths_);
    if (!files.ok()) return Fail(context, files.status());
    if (to_.empty() && files->size() != 1)
      return Fail(context, files->empty() ? Status(ErrorKind::kCassette, paths_[0], "there are no cassettes in it")
                                          : Status(ErrorKind::kUsage, "",
                                                   "several cassettes fit, and one text is written to standard output",
                                                   "Add --to DIR"));
    if (const Status apart = CheckTargets(*files); !apart.ok()) return Fail(context, apart);
    int code = kExitSame;
    for (const std::string& file : *files) code = std::max(code, Export(context, file));
    return code;
  }

 private:
  int Export(Context& context, const std::string& file) const {
    Result<OpenCassette> open = Open(file);
    if (!open.ok()) return Fail(context, open.status());
    std::string text;
    const bool to_terminal = to_.empty() && context.console.out_is_terminal();
    const Status read = open->reader->ForEachLine([&](std::string_view line) {
      if (to_.empty()) {
        context.console.Out(to_terminal ? report::HarmlessJson(line) : line);
        context.console.Out("\n");
      } else {
        text.append(line).append("\n");
      }
      return !context.console.reader_gone();
    });
    if (!read.ok()) return Fail(context, read);
    int code = kExitSame;
    for (const Damage& damage : open->reader->damage())
      code = Fail(context,
                  Status(ErrorKind::kCassette, open->shown, "damaged " + DamageText(damage), "The rest was written"));
    if (to_.empty()) return code;
    const std::string target = Target(file);
    if (const Status written = base::WriteFileAtomically(target, text); !written.ok()) return Fail(context, written);
    context.console.Line("written  " + report::HarmlessLine(target) + "  (" + BytesText(text.size()) + ")");
    return code;
  }

  // No text takes the place of another.
  Status CheckTargets(const std::vector<std::string>& files) const {
    std::map<std::string, std::string> taken;
    for (const std::string& file : files) {
      if (to_.empty()) break;
      const auto [other, fresh] = taken.emplace(Target(file), file);
      if (!fresh)
        return Status(ErrorKind::kUsage, other->first, "would come of both " + other->second + " and " + file,
                      "Export them into different folders, or name a folder above both");
    }
    return {};
  }

  // Files found in a folder keep their place below it; files named by themselves go straight into DIR.
  std::string Target(const std::string& file) const {
    std::string below = std::filesystem::path(file).filename().string();
    for (const std::string& folder : paths_)
      if (base::IsFolder(folder) && file.rfind(folder, 0) == 0)
        below = std::filesystem::path(file).lexically_relative(folder).string();
    if (below == "-") below = "standard-input.reprise";
    const std::string_view text_end = ".jsonl";
    if (below.size() < text_end.size() || below.substr(below.size() - text_end.size()) != text_end) below += text_end;
    return base::Join(to_, below);
  }

  std::vector<std::string> paths_;
  std::string to_;
};

}  // namespace

std::unique_ptr<Command> MakeExport() { return std::make_unique<ExportCommand>(); }

}  // namespace reprise::cli
