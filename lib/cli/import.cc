// reprise import: recordings of other recorders become cassettes.
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/report/harmless.h"
#include "lib/session/settings.h"
#include "recorder/importers/endpoint_name.h"
#include "recorder/importers/importer.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

// Endings by which a folder is searched; what a file is, its content says.
const std::vector<std::string> kEndings = {".yaml", ".yml", ".json", ".har", ".yaml.gz", ".yml.gz", ".json.gz"};

struct Source {
  std::string path;
  std::string below;   // place below --to, without ending
  bool named = false;  // given by itself, not found in a folder
};

struct Outcome {
  std::string path;
  std::string cassette;  // where to; "" when none was written
  recorder::ImportSummary summary;
  struct Entry {
    std::size_t number;  // from 1
    std::string method, url, text;
  };
  std::vector<Entry> refused;
  std::vector<Entry> notes;
  bool secret = false;
  bool unknown = false;  // found in a folder, and no recording
  Status error;
};

std::string WithoutEnding(std::string path) {
  // The longest first, so that x.yaml.gz becomes x.
  for (auto ending = kEndings.rbegin(); ending != kEndings.rend(); ++ending) {
    if (path.size() > ending->size() && path.ends_with(*ending)) return path.substr(0, path.size() - ending->size());
  }
  return path;
}

Result<std::vector<Source>> FindSources(const std::vector<std::string>& given) {
  std::vector<Source> sources;
  for (const std::string& path : given) {
    if (!base::IsFolder(path)) {
      if (!base::Exists(path)) return Status(ErrorKind::kUsage, path, "there is no such file or folder");
      sources.push_back({path, WithoutEnding(std::filesystem::path(path).filename().string()), true});
      continue;
    }
    const Result<std::vector<std::string>> files = base::FindFiles(path, kEndings);
    if (!files.ok()) return files.status();
    for (const std::string& file : *files) {
      sources.push_back({file, WithoutEnding(std::filesystem::path(file).lexically_relative(path).string()), false});
    }
  }
  return sources;
}

// One file becomes one cassette. The writer is made when the first exchange comes, so that a file without any leaves
// no trace.
class FileImport {
 public:
  FileImport(const Source& source, std::string target, const recorder::ImportOptions& options,
             CassetteWriter::Options writing)
      : options_(options), writing_(writing), target_(std::move(target)) {
    outcome_.path = source.path;
    head_.session = std::filesystem::path(source.below).filename().string();
    head_.rules = options.rules;
  }

  Outcome Run() {
    const auto summary = recorder::ImportFile(outcome_.path, options_, [&](recorder::ImportedEntry&& entry) {
      const std::size_t number = entry.index + 1;
      for (std::string& note : entry.notes)
        outcome_.notes.push_back({number, entry.method, entry.url, std::move(note)});
      if (entry.exchange) {
        if (outcome_.error.ok()) outcome_.error = Write(*entry.exchange);
        return;
      }
      outcome_.secret = outcome_.secret || entry.secret;
      outcome_.refused.push_back({number, entry.method, entry.url, std::move(entry.reason)});
    });
    if (summary.ok()) {
      outcome_.summary = *summary;
    } else {
      outcome_.error = summary.status();
    }
    if (writer_) Finish();
    return std::move(outcome_);
  }

 private:
  Status Write(const Exchange& exchange) {
    if (!writer_) {
      auto writer = CassetteWriter::Create(target_, head_, writing_);
      if (!writer.ok()) return writer.status();
      writer_ = *std::move(writer);
    }
    return writer_->Append(exchange);
  }

  void Finish() {
    if (outcome_.error.ok()) outcome_.error = writer_->Seal();
    if (outcome_.error.ok()) {
      outcome_.cassette = target_;
    } else {
      static_cast<void>(writer_->Discard());
    }
    writer_.reset();
  }

  const recorder::ImportOptions& options_;
  const CassetteWriter::Options writing_;
  const std::string target_;
  CassetteHead head_;
  std::unique_ptr<CassetteWriter> writer_;
  Outcome outcome_;
};

class ImportCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "import";
    info.summary = "turn recordings of other recorders into cassettes";
    info.examples = {
        {"reprise import tests/cassettes --to tests/reprise", "a folder of them: x.yaml becomes x.reprise"},
        {"reprise import chat.har --to .", "one"},
        {"reprise import old --to new --endpoint localhost:8000=vllm", "say what a host is called"}};
    info.details =
        "Reads vcrpy (YAML or JSON, also with parsed bodies, the older httpx stub, LangChain's gzip), VCR for Ruby, "
        "vcr "
        "for R, go-vcr 2, HAR 1.2 (Polly.js and browsers), the Datadog test agent's and Braintrust's JSON. What a file "
        "is, its content says. Each entry is imported or listed with the reason why not.\n"
        "Bodies stay the bytes that the file holds. Headers, masks and keys are as if reprise had recorded the traffic "
        "itself, under the rules and endpoints of the project file; a host without an endpoint is called by its "
        "provider (openai, anthropic, ...) or by its own name.";
    info.json_schema = "reprise.import/1";
    info.json = {{"files[].path", "of the recording"},
                 {"files[].format", "what it is: vcrpy, HAR, ..."},
                 {"files[].cassette", "what was written; absent when nothing was"},
                 {"files[].entries", "how many the file has"},
                 {"files[].imported", "how many of them are in the cassette"},
                 {"files[].refused[].entry", "its place in the file, from 1"},
                 {"files[].refused[].method", "as far as the file tells"},
                 {"files[].refused[].url", "credentials masked; as far as the file tells"},
                 {"files[].refused[].reason", "one clause"},
                 {"files[].notes[].entry", "of an imported entry, from 1"},
                 {"files[].notes[].note", "what is not as it was sent: one clause"},
                 {"files[].error", "one sentence, where the file as a whole could not be imported"},
                 {"not_recordings[]", "files found in folders that are no recordings"}};
    info.exits = {"0  every entry was imported", "1  some entries could not be; they are listed",
                  "2  a target exists already, or two files would have the same", "3  a file cannot be read",
                  "5  an entry would have put a credential into a cassette"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "recordings, or folders to search for them", true);
    arguments.Value("--to", "DIR", &to_, "where the cassettes go; made where it is missing");
    arguments.Values("--endpoint", "HOST=NAME", &endpoints_, "what the endpoint at this host is called");
    arguments.Flag("--force", &force_, "replace cassettes that exist");
    arguments.Value("--form", "FORM", &form_, "how the cassettes are stored", {"zstd", "text"});
  }

  int Run(Context& context) override {
    if (to_.empty()) return Fail(context, Status(ErrorKind::kUsage, "--to", "is missing", "Say where to: --to DIR"));
    recorder::ImportOptions options;
    if (const Status status = Prepare(options); !status.ok()) return Fail(context, status);
    const auto sources = FindSources(paths_);
    if (!sources.ok()) return Fail(context, sources.status());
    if (const Status status = CheckTargets(*sources); !status.ok()) return Fail(context, status);

    std::vector<Outcome> outcomes;
    Console::Progress progress(context.console, "importing", sources->size());
    for (const Source& source : *sources) {
      progress.Advance(outcomes.size());
      outcomes.push_back(FileImport(source, Target(source), options, writing_).Run());
      Outcome& outcome = outcomes.back();
      // A folder of cassettes holds other files too; they are told, and are no failure.
      outcome.unknown = !source.named && !outcome.error.ok() && outcome.summary.entries == 0 &&
                        outcome.error.kind() == ErrorKind::kCassette;
    }
    progress.Advance(outcomes.size());
    if (context.json) {
      PrintAsJson(context, outcomes);
    } else {
      Print(context, outcomes);
    }
    int code = kExitSame;
    for (const Outcome& outcome : outcomes) code = std::max(code, CodeOf(outcome));
    return code;
  }

 private:
  static int CodeOf(const Outcome& outcome) {
    if (outcome.unknown) return kExitSame;
    if (outcome.secret) return kExitSecret;
    if (!outcome.error.ok()) return outcome.error.ExitCode();
    return outcome.refused.empty() ? kExitSame : kExitDifferent;
  }

  Status Prepare(recorder::ImportOptions& options) {
    writing_.form = form_ == "text" ? CassetteWriter::Form::kText : CassetteWriter::Form::kZstd;
    if (const std::string path = session::FindProjectFile(base::Absolute(to_)); !path.empty()) {
      const auto project = session::ReadProjectFile(path);
      if (!project.ok()) return project.status();
      options.rules = project->rules;
      writing_.limits = project->limits;
      for (const auto& [name, endpoint] : project->endpoints) {
        if (endpoint.upstream.empty()) continue;
        options.endpoints.push_back({recorder::HostOf(endpoint.upstream), name, endpoint.format});
      }
    }
    for (const std::string& given : endpoints_) {
      const std::size_t equals = given.find('=');
      if (equals == 0 || equals == std::string::npos || equals + 1 == given.size()) {
        return Status(ErrorKind::kUsage, "--endpoint " + given, "is no HOST=NAME", "For example localhost:8000=vllm");
      }
      options.endpoints.push_back(
          {recorder::HostOf("https://" + given.substr(0, equals)), given.substr(equals + 1), ""});
    }
    return {};
  }

  std::string Target(const Source& source) const { return base::Join(to_, source.below) + ".reprise"; }

  Status CheckTargets(const std::vector<Source>& sources) const {
    std::map<std::string, std::string> taken;
    for (const Source& source : sources) {
      const std::string target = Target(source);
      const auto [other, fresh] = taken.emplace(target, source.path);
      if (!fresh) {
        return Status(ErrorKind::kUsage, target, "would come of both " + other->second + " and " + source.path,
                      "Import them into different folders");
      }
      for (const char* ending : {"", ".jsonl"}) {
        if (force_ && *ending == '\0') continue;
        if (base::Exists(target + ending)) {
          return Status(
              ErrorKind::kUsage, target + ending, "exists already, so nothing was imported",
              *ending == '\0' ? "Give --force to replace it, or another --to" : "Remove it, or give another --to");
        }
      }
    }
    return {};
  }

  static void Print(Context& context, const std::vector<Outcome>& outcomes) {
    Console& console = context.console;
    std::size_t cassettes = 0, entries = 0, imported = 0, unknown = 0;
    for (const Outcome& outcome : outcomes) {
      entries += outcome.summary.entries;
      imported += outcome.cassette.empty() ? 0 : outcome.summary.imported;
      unknown += outcome.unknown ? 1 : 0;
      if (outcome.unknown) continue;
      if (!outcome.error.ok()) {
        Fail(context, outcome.error);
        continue;
      }
      if (!outcome.cassette.empty()) {
        ++cassettes;
        console.Line(report::HarmlessLine(outcome.cassette) + "  " + outcome.summary.format + ", " +
                     std::to_string(outcome.summary.imported) + " of " +
                     CountText(outcome.summary.entries, "entry", "entries"));
      } else {
        console.Line(report::HarmlessLine(outcome.path) + "  " + outcome.summary.format + ", nothing to import");
      }
      for (const auto& entry : outcome.refused) {
        console.Line("  " + console.Paint(Style::kYellow, "not imported") + "  entry " + std::to_string(entry.number) +
                     (entry.url.empty() ? "" : "  " + report::HarmlessLine(entry.method + " " + entry.url)) + ": " +
                     report::HarmlessLine(entry.text));
      }
      std::map<std::string, std::vector<std::size_t>> notes;
      for (const auto& note : outcome.notes) notes[note.text].push_back(note.number);
      for (const auto& [note, numbers] : notes) {
        std::string list;
        for (const std::size_t number : numbers) list += (list.empty() ? "" : ", ") + std::to_string(number);
        console.Line("  " + report::HarmlessLine(note) + "  (" + (numbers.size() == 1 ? "entry " : "entries ") + list +
                     ")");
      }
    }
    for (const Outcome& outcome : outcomes) {
      if (outcome.unknown) console.Message("no recording: " + report::HarmlessLine(outcome.error.ToString()));
    }
    console.Line(CountText(outcomes.size() - unknown, "recording") + ", " + CountText(cassettes, "cassette") + ", " +
                 std::to_string(imported) + " of " + CountText(entries, "entry", "entries") + " imported");
  }

  void PrintAsJson(Context& context, const std::vector<Outcome>& outcomes) const {
    Json out{{"schema", Info().json_schema}, {"files", Json::array()}, {"not_recordings", Json::array()}};
    for (const Outcome& outcome : outcomes) {
      if (outcome.unknown) {
        out["not_recordings"].push_back(outcome.path);
        continue;
      }
      Json file{{"path", outcome.path}};
      if (!outcome.summary.format.empty()) file["format"] = outcome.summary.format;
      if (!outcome.cassette.empty()) file["cassette"] = outcome.cassette;
      file["entries"] = outcome.summary.entries;
      file["imported"] = outcome.cassette.empty() ? 0 : outcome.summary.imported;
      file["refused"] = Json::array();
      for (const auto& entry : outcome.refused) {
        file["refused"].push_back(
            {{"entry", entry.number}, {"method", entry.method}, {"url", entry.url}, {"reason", entry.text}});
      }
      file["notes"] = Json::array();
      for (const auto& note : outcome.notes) file["notes"].push_back({{"entry", note.number}, {"note", note.text}});
      if (!outcome.error.ok()) file["error"] = outcome.error.ToString();
      out["files"].push_back(std::move(file));
    }
    PrintJson(context, Serialised(out));
  }

  std::vector<std::string> paths_, endpoints_;
  std::string to_, form_ = "zstd";
  bool force_ = false;
  CassetteWriter::Options writing_;
};

}  // namespace

std::unique_ptr<Command> MakeImport() { return std::make_unique<ImportCommand>(); }

}  // namespace reprise::cli
