// reprise doctor: what a test will find on this machine, and what to do about what it will not.
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cli/child.h"
#include "lib/cli/commands.h"
#include "lib/cli/json.h"
#include "lib/cli/pending.h"
#include "lib/cli/reading.h"
#include "lib/client/deck_program.h"
#include "lib/report/harmless.h"
#include "lib/session/settings.h"
#include "recorder/upstream.h"

extern char** environ;  // POSIX

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kModule[] = "reprise-curl.so";

struct Finding {
  enum class State { kGood, kNote, kProblem };
  std::string name;
  State state = State::kGood;
  std::string found;
  std::string next;  // what to do; empty where nothing is to be done
};

Finding Good(std::string name, std::string found) {
  return {std::move(name), Finding::State::kGood, std::move(found), ""};
}
Finding Note(std::string name, std::string found, std::string next) {
  return {std::move(name), Finding::State::kNote, std::move(found), std::move(next)};
}
Finding Problem(std::string name, std::string found, std::string next) {
  return {std::move(name), Finding::State::kProblem, std::move(found), std::move(next)};
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// Finds nothing wrong, changes nothing, asks no network.
class Examination {
 public:
  explicit Examination(std::string folder) : folder_(std::move(folder)) {}

  std::vector<Finding> Run() {
    const Result<std::string> deck = internal::FindDeckProgram();
    findings_.push_back(Deck(deck));
    findings_.push_back(Module(deck));
    findings_.push_back(Authorities());
    Project();
    findings_.push_back(Ci());
    findings_.push_back(Locale());
    Files();
    findings_.push_back(Git());
    return std::move(findings_);
  }

 private:
  static Finding Deck(const Result<std::string>& deck) {
    if (!deck.ok())
      return Problem("deck", deck.status().object() + ": " + deck.status().reason(), deck.status().next());
    const std::string path = base::Absolute(*deck);
    const Result<ChildOutput> ran = RunChild({path, "--version"});
    const std::string said = ran.ok() ? ran->out.substr(0, ran->out.find('\n')) : "";
    if (!ran.ok() || ran->code != 0 || said.rfind("reprise-deck ", 0) != 0)
      return Problem("deck", path + " does not run, or is another program",
                     "Build or install reprise again, or correct REPRISE_DECK");
    if (said != std::string("reprise-deck ") + REPRISE_VERSION)
      return Problem("deck", path + " is " + said + ", and this program is " + REPRISE_VERSION,
                     "Install both from one build");
    return Good("deck", path + ", " + said.substr(said.find(' ') + 1));
  }

  static Finding Module(const Result<std::string>& deck) {
    const std::string folder = Environment("REPRISE_MODULES");
    if (folder.empty() && !deck.ok()) return Note("module", "lies beside the deck, which was not found", "");
    std::vector<std::string> places;
    if (!folder.empty()) {
      places.push_back(base::Join(folder, kModule));
    } else {
      const std::string here = base::FolderOf(base::Absolute(*deck));
      places.push_back(base::Join(here, kModule));
      places.push_back(base::Join(base::FolderOf(here), std::string("libexec/reprise/") + kModule));
    }
    const auto there =
        std::find_if(places.begin(), places.end(), [](const std::string& it) { return base::Exists(it); });
    // Replay needs none, so a missing one is no problem yet.
    if (there == places.end())
      return Note("module",
                  std::string(kModule) + " is not at " + places.front() + ": nothing can be recorded or verified",
                  "Install reprise with libcurl, or name its folder with REPRISE_MODULES; replay does not need it");
    recorder::UpstreamOptions options;
    options.module = *there;
    const auto loaded = recorder::LoadUpstream(options);
    if (!loaded.ok())
      return Problem("module", loaded.status().object() + ": " + loaded.status().reason(), loaded.status().next());
    return Good("module", *there);
  }

  static Finding Authorities() {
    for (const char* variable : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) {
      const std::string path = Environment(variable);
      if (path.empty()) continue;
      if (base::Exists(path)) return Good("authorities", path + " (" + variable + ")");
      return Problem("authorities",
                     std::string(variable) + "=" + path + " does not exist, so no https provider is trusted",
                     std::string("Correct ") + variable + ", or unset it");
    }
    for (const char* path :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"})
      if (base::Exists(path)) return Good("authorities", path);
    return Note("authorities", "no file of certificate authorities was found: recording over https will be refused",
                "Install the package ca-certificates, or name a PEM file with SSL_CERT_FILE; replay does not need it");
  }

  void Project() {
    std::optional<session::ProjectFile> file;
    if (const std::string path = session::FindProjectFile(base::Absolute(folder_)); !path.empty()) {
      Result<session::ProjectFile> read = session::ReadProjectFile(path);
      if (!read.ok()) {
        findings_.push_back(Problem("project", read.status().ToString(), "Correct it; no test will run before"));
        return;
      }
      findings_.push_back(Good("project", path));
      file = *std::move(read);
    } else {
      findings_.push_back(Good("project", "no reprise.json here or above; defaults hold"));
    }
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
    const Result<session::Settings> settings = session::Settings::Resolve(session::SettingsFromEnvironment(entries),
                                                                          file ? &*file : nullptr, Environment("CI"));
    if (settings.ok())
      findings_.push_back(Good("settings", "mode " + std::string(settings->mode().name) + "; all: `reprise config`"));
    else
      findings_.push_back(Problem("settings", settings.status().object() + ": " + settings.status().reason(),
                                  settings.status().next()));
  }

  static Finding Ci() {
    const std::string ci = Environment("CI");
    const bool on = !ci.empty() && ci != "0" && ci != "false";
    if (!on) return Good("CI lock", "off");
    if (Environment("REPRISE_CI_WRITES") == "1")
      return Note("CI lock", "CI=" + ci + ", lifted by REPRISE_CI_WRITES=1: tests may write into the source tree", "");
    return Good("CI lock", "on (CI=" + ci + "): nothing is recorded, goldens stay as they are");
  }

  static Finding Locale() {
    for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
      const std::string value = Environment(variable);
      if (value.empty()) continue;
      std::string lower;
      for (const char c : value) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      const bool utf8 = lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
      if (utf8) return Good("locale", std::string(variable) + "=" + value);
      return Note("locale",
                  std::string(variable) + "=" + value + " is not UTF-8; cassettes are, and what is printed is",
                  "Set LANG=C.UTF-8 if letters look wrong");
    }
    return Note("locale", "not set; what is printed is UTF-8", "Set LANG=C.UTF-8 if letters look wrong");
  }

  void Files() {
    const Result<std::vector<std::string>> cassettes = FindCassettes({folder_});
    const Result<std::vector<Pending>> pending = FindPending({folder_});
    if (!cassettes.ok() || !pending.ok()) {
      const Status& status = cassettes.ok() ? pending.status() : cassettes.status();
      findings_.push_back(Problem("files", status.ToString(), ""));
      return;
    }
    std::vector<std::string> unfinished;
    std::uint64_t whole = 0;
    for (const std::string& path : *cassettes) {
      whole += KindOf(path) == FileKind::kCassette ? 1 : 0;
      if (KindOf(path) == FileKind::kIncomplete) unfinished.push_back(path);
    }
    has_cassettes_ = !cassettes->empty();
    findings_.push_back(
        Good("cassettes", CountText(whole, "file") + " in " + folder_ + " and below; `reprise fsck` reads them"));
    findings_.push_back(unfinished.empty()
                            ? Good("unfinished", "no recording was cut off")
                            : Note("unfinished",
                                   CountText(unfinished.size(), "recording") + " not finished: " + First(unfinished),
                                   "`reprise fsck --recover " + folder_ + "`, unless a recorder is at work"));
    std::vector<std::string> waiting;
    for (const Pending& it : *pending) waiting.push_back(it.path);
    findings_.push_back(waiting.empty()
                            ? Good("pending", "nothing waits for review")
                            : Note("pending", CountText(waiting.size(), "file") + " for review: " + First(waiting),
                                   "`reprise accept` or `reprise reject`, with one of them or a folder"));
  }

  static std::string First(const std::vector<std::string>& paths) {
    return paths.front() + (paths.size() > 1 ? ", ..." : "");
  }

  Finding Git() const {
    const Result<ChildOutput> top = RunChild({"git", "-C", folder_, "rev-parse", "--show-toplevel"});
    if (!top.ok()) return Good("git", top.status().object() + " " + top.status().reason());
    if (top->code != 0) return Good("git", "no repository here");
    const std::string probe = base::Join(base::Absolute(folder_), "x.reprise");
    const Result<ChildOutput> attribute = RunChild({"git", "-C", folder_, "check-attr", "filter", "--", probe});
    const Result<ChildOutput> process = RunChild({"git", "-C", folder_, "config", "--get", "filter.reprise.process"});
    const bool asked = attribute.ok() && Trimmed(attribute->out).ends_with(": filter: reprise");
    const bool installed = process.ok() && process->code == 0;
    if (asked && installed) return Good("git", "the filter is in force: history holds text");
    if (asked)
      return Note("git", ".gitattributes asks for our filter, this clone lacks it: cassettes stay plain text here",
                  "`reprise git install`");
    if (!has_cassettes_) return Good("git", "no filter; no cassettes here yet");
    return Note("git", "no filter: history would hold compressed bytes, which git cannot pack or show",
                "`reprise git install`");
  }

  const std::string folder_;
  bool has_cassettes_ = false;
  std::vector<Finding> findings_;
};

const char* StateName(Finding::State state) {
  return state == Finding::State::kGood ? "ok" : state == Finding::State::kNote ? "note" : "problem";
}

class DoctorCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "doctor";
    info.summary = "examine this machine and folder: will tests find what they need?";
    info.examples = {{"reprise doctor", "here"}, {"reprise doctor tests", "as a test sees it whose source lies there"}};
    info.details =
        "Changes nothing, asks no network. Each line says what was found and, where something is to be done, what.";
    info.json_schema = "reprise.doctor/1";
    info.json = {{"ok", "no problem was found"},
                 {"version", "of this program"},
                 {"checks[].name",
                  "deck, module, authorities, project, settings, CI lock, locale, cassettes, unfinished, pending, git"},
                 {"checks[].state", "ok, note or problem"},
                 {"checks[].found", "in words"},
                 {"checks[].next", "what to do; empty where nothing is to be done"}};
    info.exits = {"0  no problem; there may be notes", "3  a problem"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Positional("FOLDER", &folder_, "else the working folder", false);
  }

  int Run(Context& context) override {
    if (!base::IsFolder(folder_)) return Fail(context, Status(ErrorKind::kUsage, folder_, "there is no such folder"));
    const std::vector<Finding> findings = Examination(folder_).Run();
    const bool sick = std::any_of(findings.begin(), findings.end(),
                                  [](const Finding& it) { return it.state == Finding::State::kProblem; });
    if (context.json)
      PrintAsJson(context, findings, !sick);
    else
      for (const Finding& finding : findings) Print(context.console, finding);
    return sick ? kExitCassette : kExitSame;
  }

 private:
  static void Print(Console& console, const Finding& finding) {
    const Style style = finding.state == Finding::State::kGood   ? Style::kGreen
                        : finding.state == Finding::State::kNote ? Style::kYellow
                                                                 : Style::kRed;
    std::string state = StateName(finding.state), name = finding.name;
    state.resize(7, ' ');
    name.resize(std::max<std::size_t>(name.size(), 11), ' ');
    console.Line(console.Paint(style, state) + "  " + name + "  " + report::HarmlessLine(finding.found));
    if (!finding.next.empty()) console.Line(std::string(22, ' ') + report::HarmlessLine(finding.next));
  }

  void PrintAsJson(Context& context, const std::vector<Finding>& findings, bool well) const {
    Json out{{"schema", Info().json_schema}, {"ok", well}, {"version", REPRISE_VERSION}, {"checks", Json::array()}};
    for (const Finding& finding : findings)
      out["checks"].push_back({{"name", finding.name},
                               {"state", StateName(finding.state)},
                               {"found", finding.found},
                               {"next", finding.next}});
    PrintJson(context, Serialised(out));
  }

  std::string folder_ = ".";
};

}  // namespace

std::unique_ptr<Command> MakeDoctor() { return std::make_unique<DoctorCommand>(); }

}  // namespace reprise::cli
