// reprise fsck: are cassettes whole, and what can be saved of those that are not.
#include "lib/cassette/fsck.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

struct WrongKey {
  std::uint64_t number;
  std::string stored, computed;
};

struct Checked {
  std::string path;
  FileKind kind = FileKind::kCassette;
  bool in_use = false;  // a recorder holds its lock
  std::uint64_t exchanges = 0;
  std::vector<Damage> damage;
  std::vector<std::string> notes;  // odd, and harms nobody
  std::vector<WrongKey> wrong_keys;
  Status error;           // could not be opened
  std::string recovered;  // where to
  bool removed = false;   // nothing is left to be saved from it

  bool LeftBehind() const { return kind == FileKind::kIncomplete && !in_use; }
  bool Sound() const {
    if (removed && recovered.empty()) return true;
    return error.ok() && damage.empty() && wrong_keys.empty() && (!LeftBehind() || removed);
  }
  std::string State() const {
    if (!error.ok()) return "unreadable";
    if (!damage.empty()) return "damaged";
    if (!wrong_keys.empty()) return "wrong keys";
    if (kind == FileKind::kIncomplete) return in_use ? "being recorded" : "incomplete";
    return "whole";
  }
};

bool IsLocked(const std::string& path) {
  base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.ok() && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Checked Check(const std::string& path, Console& console) {
  Checked out;
  out.path = path;
  out.kind = KindOf(path);
  out.in_use = out.kind == FileKind::kIncomplete && IsLocked(path);
  OpenCassette input;
  std::string file = path;
  if (path == "-") {
    Result<OpenCassette> open = Open(path);
    if (!open.ok()) {
      out.error = open.status();
      return out;
    }
    input = *std::move(open);
    file = input.reader->path();
  }
  Console::Progress progress(console, "checking", 0);
  const auto visit = [&](const cassette::FsckReport& so_far, const Exchange& exchange) {
    progress.Advance(++out.exchanges);
    // Keys of another normal form are computed anew by readers.
    if (!so_far.has_head || so_far.head.normal != kNormalForm) return;
    std::string key = KeyOf(exchange.request, exchange.auth, so_far.head.rules);
    if (key != exchange.key) out.wrong_keys.push_back({out.exchanges, exchange.key, std::move(key)});
  };
  Result<cassette::FsckReport> report = cassette::Fsck(file, {}, visit);
  if (!report.ok()) {
    out.error = report.status();
    return out;
  }
  out.damage = std::move(report->damage);
  out.notes = std::move(report->notes);
  // The torn end of a file that nobody sealed is what a kill leaves, not damage.
  if (report->torn && out.kind != FileKind::kIncomplete)
    out.damage.push_back({SizeOf(file), 0, "the file is cut short", {}});
  return out;
}

class FsckCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "fsck";
    info.summary = "check cassettes; with --recover, save what can be read";
    info.examples = {
        {"reprise fsck", "every cassette in this folder and below"},
        {"reprise fsck tests/cassettes/Chat/AsksTwice.reprise", "one"},
        {"reprise fsck --recover Chat/AsksTwice.reprise.incomplete", "finish what a killed recorder left"}};
    info.details =
        "Reads every byte: checksums, index, JSON, restored bodies, and whether each key is the one that its request "
        "has. Damage is told with its place; the rest is still read.\n"
        "--recover writes what can be read. NAME.incomplete becomes NAME, or, where there is a NAME, NAME.new, which "
        "waits for `reprise accept`; a damaged NAME stays as it is and its rest becomes NAME.new.";
    info.json_schema = "reprise.fsck/1";
    info.json = {{"files[].path", "as given or found"},
                 {"files[].state", "whole, damaged, wrong keys, incomplete, being recorded or unreadable"},
                 {"files[].exchanges", "how many could be read"},
                 {"files[].error", "one sentence, only where unreadable"},
                 {"files[].damage[].file_offset", "byte in the file"},
                 {"files[].damage[].line", "line of the text, 0 when not known"},
                 {"files[].damage[].what", "one clause"},
                 {"files[].damage[].keys[]", "what stood there, as far as the index knows"},
                 {"files[].wrong_keys[].number", "place of the exchange, from 1"},
                 {"files[].wrong_keys[].stored", "the key in the file"},
                 {"files[].wrong_keys[].computed", "the key of its request under the rules of the head"},
                 {"files[].notes[]", "what is odd and harms nobody, one clause each"},
                 {"files[].recovered", "with --recover: the file that now holds what could be read"}};
    info.exits = {"0  all are whole, or were recovered from .incomplete",
                  "3  something is damaged, unreadable or left behind"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "cassettes, or folders to search; the working folder when none is given", false);
    arguments.Flag("--recover", &recover_, "write what can be read of an incomplete or damaged one");
  }

  int Run(Context& context) override {
    const Result<std::vector<std::string>> files = FindCassettes(WithUnfinished(paths_));
    if (!files.ok()) return Fail(context, files.status());
    int code = kExitSame;
    std::vector<Checked> list;
    for (const std::string& file : *files) {
      Checked checked = Check(file, context.console);
      if (recover_)
        if (const Status status = RecoverOne(checked); !status.ok()) code = std::max(code, Fail(context, status));
      if (!checked.Sound()) code = std::max<int>(code, kExitCassette);
      if (!context.json) Print(context, checked);
      list.push_back(std::move(checked));
    }
    if (context.json) {
      PrintAsJson(context, list);
    } else if (list.empty()) {
      context.console.Message("No cassettes here.");
    } else {
      const auto sound = static_cast<std::uint64_t>(
          std::count_if(list.begin(), list.end(), [](const Checked& it) { return it.Sound(); }));
      context.console.Line(CountText(list.size(), "file") + ", " + std::to_string(sound) + " sound");
    }
    return code;
  }

 private:
  // Names stand for their unfinished recordings too.
  static std::vector<std::string> WithUnfinished(const std::vector<std::string>& paths) {
    std::vector<std::string> out;
    for (const std::string& path : paths) {
      const std::string unfinished = path + ".incomplete";
      const bool is_name = path != "-" && !base::IsFolder(path) && KindOf(path) != FileKind::kIncomplete;
      if (!is_name || base::Exists(path) || !base::Exists(unfinished)) out.push_back(path);
      if (is_name && base::Exists(unfinished)) out.push_back(unfinished);
    }
    return out;
  }

  static Status RecoverOne(Checked& it) {
    const bool needs = !it.error.ok() || it.LeftBehind() || !it.damage.empty();
    if (!needs || it.in_use || it.path == "-" || !base::Exists(it.path) || base::IsFolder(it.path)) return {};
    const Result<cassette::Recovered> recovered = cassette::Recover(it.path);
    if (!recovered.ok()) return recovered.status();
    it.recovered = recovered->path;
    it.removed = recovered->removed;
    return {};
  }

  static void Print(Context& context, const Checked& it) {
    Console& console = context.console;
    const std::string path = report::HarmlessLine(it.path);
    if (!it.error.ok() && !it.removed) {
      Fail(context, it.error);
      if (!it.recovered.empty())
        console.Line(path + ": what could be read was written to " + report::HarmlessLine(it.recovered));
      return;
    }
    const std::string state = it.State();
    const Style style = it.Sound() ? Style::kGreen : it.damage.empty() ? Style::kYellow : Style::kRed;
    console.Line(path + ": " + console.Paint(style, state) + ", " + CountText(it.exchanges, "exchange") +
                 (it.damage.empty() ? "" : " can be read"));
    for (const Damage& damage : it.damage) console.Line("  " + DamageText(damage));
    for (const WrongKey& wrong : it.wrong_keys)
      console.Line("  exchange " + std::to_string(wrong.number) + " has key " + wrong.stored.substr(0, 12) +
                   ", its request gives " + wrong.computed.substr(0, 12));
    for (const std::string& note : it.notes) console.Line("  " + report::HarmlessLine(note));
    if (!it.wrong_keys.empty()) console.Line("  edited by hand? `reprise rekey " + path + "` writes the keys anew");
    if (!it.recovered.empty())
      console.Line("  written to " + report::HarmlessLine(it.recovered));
    else if (it.removed)
      console.Line("  it held no exchange, and was removed");
    else if (it.LeftBehind())
      console.Line("  its recorder was killed; `reprise fsck --recover " + path + "` finishes it");
    else if (!it.damage.empty() && it.exchanges != 0)
      console.Line("  `reprise fsck --recover " + path + "` writes what can be read to " + path + ".new");
  }

  void PrintAsJson(Context& context, const std::vector<Checked>& list) const {
    Json out{{"schema", Info().json_schema}, {"files", Json::array()}};
    for (const Checked& it : list) {
      Json file{{"path", it.path}, {"state", it.State()}, {"exchanges", it.exchanges}};
      if (!it.error.ok()) file["error"] = it.error.ToString();
      file["damage"] = DamageJson(it.damage);
      file["wrong_keys"] = Json::array();
      for (const WrongKey& wrong : it.wrong_keys)
        file["wrong_keys"].push_back(
            {{"number", wrong.number}, {"stored", wrong.stored}, {"computed", wrong.computed}});
      file["notes"] = it.notes;
      if (!it.recovered.empty()) file["recovered"] = it.recovered;
      out["files"].push_back(std::move(file));
    }
    PrintJson(context, Serialised(out));
  }

  std::vector<std::string> paths_;
  bool recover_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeFsck() { return std::make_unique<FsckCommand>(); }

}  // namespace reprise::cli
