// reprise scan: is there a secret in what is about to be committed?
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/withheld.h"
#include "lib/report/harmless.h"
#include "lib/wire/secret_shape.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxOtherFile = std::uint64_t{256} << 20;

struct Scanned {
  std::string path;
  std::uint64_t exchanges = 0;
  std::vector<SecretPlace> findings;
  std::vector<Damage> damage;
  Status error;
};

class ScanCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "scan";
    info.summary = "look for secrets in cassettes and other files";
    info.examples = {{"reprise scan", "every cassette in this folder and below"},
                     {"reprise scan tests/cassettes tests/goldens/Chat/*.txt", "goldens, logs: files of any kind"},
                     {"echo 'reprise scan tests/cassettes' >> .git/hooks/pre-commit", "before each commit"}};
    std::string rules;
    for (const std::string_view rule : wire::ShapeRules()) rules += (rules.empty() ? "" : ", ") + std::string(rule);
    info.details =
        "Looks for the values of this environment's variables *_KEY, *_TOKEN, *_SECRET (16 characters or more) and for "
        "keys of a known shape: " +
        rules +
        ". Both are seen through percent escapes, JSON escapes and base64, and in a stream that says them in pieces. "
        "What is found is named by rule and place, never printed. A recording is refused by the same search.\n"
        "A false alarm is declared in reprise.json, \"rules\": {\"allow_secret\": [\"RULE PLACE\"]}; it stands in the "
        "head of the cassettes recorded under it, and `reprise rekey` writes it there.";
    info.json_schema = "reprise.scan/1";
    info.json = {{"files[].path", "as given or found"},
                 {"files[].exchanges", "how many were read; absent for files that are no cassettes"},
                 {"files[].findings[].exchange", "its number, from 1; 0 where it is in none"},
                 {"files[].findings[].rule", "one of those above, or env.NAME"},
                 {"files[].findings[].place", "in the exchange, as a path"},
                 {"files[].damage[].file_offset", "byte in the file"},
                 {"files[].damage[].line", "line of the text, 0 when not known"},
                 {"files[].damage[].what", "one clause: this could not be searched"},
                 {"files[].damage[].keys[]", "what stood there, as far as the index knows"},
                 {"files[].error", "one sentence, only where a file cannot be read"}};
    info.exits = {"0  nothing was found", "3  a file is missing or damaged", "5  a secret was found"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "files, or folders to search for cassettes; the working folder when none is given",
                   false);
  }

  int Run(Context& context) override {
    const Result<std::vector<std::string>> files = FindCassettes(paths_);
    if (!files.ok()) return Fail(context, files.status());
    std::vector<Scanned> list;
    Console::Progress progress(context.console, "scanning", files->size());
    bool bad = false, secret = false;
    std::size_t findings = 0;
    for (const std::string& file : *files) {
      progress.Advance(list.size());
      list.push_back(Scan(file));
      bad = bad || !list.back().error.ok() || !list.back().damage.empty();
      secret = secret || !list.back().findings.empty();
      findings += list.back().findings.size();
    }
    if (context.json) {
      PrintAsJson(context, list);
    } else {
      for (const Scanned& it : list) Print(context, it);
      context.console.Line(CountText(list.size(), "file") + ", " + CountText(findings, "secret"));
      if (secret)
        context.console.Message("Treat what was found as known to others: revoke it, then record again without it.");
    }
    return secret ? kExitSecret : bad ? kExitCassette : kExitSame;
  }

 private:
  static Scanned Scan(const std::string& path) {
    Scanned out;
    out.path = path;
    Result<OpenCassette> open = Open(path);
    if (!open.ok()) return path == "-" || base::IsFolder(path) ? Failed(out, open.status()) : ScanBytes(out);
    Result<std::vector<SecretPlace>> found = SecretsIn(*open->reader, &out.exchanges);
    if (!found.ok()) return Failed(out, found.status());
    out.findings = *std::move(found);
    out.damage = open->reader->damage();
    return out;
  }

  static Scanned Failed(Scanned& out, const Status& status) {
    out.error = status;
    return std::move(out);
  }

  // A file of another kind: a golden, a log.
  static Scanned ScanBytes(Scanned& out) {
    const Result<std::string> bytes = base::ReadFile(out.path, kMaxOtherFile);
    if (!bytes.ok()) return Failed(out, bytes.status());
    for (std::string& rule : TheSecrets().RulesIn(*bytes)) out.findings.push_back({0, {std::move(rule), "/"}});
    return std::move(out);
  }

  static void Print(Context& context, const Scanned& it) {
    Console& console = context.console;
    const std::string path = report::HarmlessLine(it.path);
    for (const SecretPlace& finding : it.findings)
      console.Line(path + ": " + (finding.exchange == 0 ? "" : "exchange " + std::to_string(finding.exchange) + ": ") +
                   console.Paint(Style::kRed, finding.found.rule) +
                   (finding.exchange == 0 ? "" : " at " + report::HarmlessLine(finding.found.place, 300)));
    for (const Damage& damage : it.damage) console.Message(path + ": could not be searched " + DamageText(damage));
    if (!it.error.ok()) Fail(context, it.error);
  }

  void PrintAsJson(Context& context, const std::vector<Scanned>& list) const {
    Json out{{"schema", Info().json_schema}, {"files", Json::array()}};
    for (const Scanned& it : list) {
      Json file{{"path", it.path}};
      if (it.exchanges != 0) file["exchanges"] = it.exchanges;
      file["findings"] = Json::array();
      for (const SecretPlace& finding : it.findings)
        file["findings"].push_back(
            {{"exchange", finding.exchange}, {"rule", finding.found.rule}, {"place", finding.found.place}});
      file["damage"] = DamageJson(it.damage);
      if (!it.error.ok()) file["error"] = it.error.ToString();
      out["files"].push_back(std::move(file));
    }
    PrintJson(context, Serialised(out));
  }

  std::vector<std::string> paths_;
};

}  // namespace

std::unique_ptr<Command> MakeScan() { return std::make_unique<ScanCommand>(); }

}  // namespace reprise::cli
