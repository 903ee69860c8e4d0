// reprise rekey: keys made anew, under other rules or the newest normal form.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/cassette/renamer.h"
#include "lib/cli/commands.h"
#include "lib/cli/reading.h"
#include "lib/cli/rules_option.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

struct Change {
  std::uint64_t number;
  std::string from, to;
};

// What rekeying a cassette would do.
struct Plan {
  CassetteHead head;                // as it will be
  bool head_changes = false;        // other rules, or another normal form
  std::vector<std::string> keys;    // new key of each exchange, in file order
  std::vector<Change> changes;      // of those that change
  std::uint64_t joined = 0;         // exchanges that become further takes of a key that was not theirs
  std::set<std::string> unmatched;  // headers that the rules match and no exchange has stored
  bool Empty() const { return changes.empty() && !head_changes; }
};

bool HasHeader(const Headers& headers, const std::string& name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& header) {
    return std::equal(header.name.begin(), header.name.end(), name.begin(), name.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  });
}

Result<Plan> MakePlan(CassetteReader& reader, const Rules& rules) {
  Plan plan;
  plan.head = reader.head();
  plan.head_changes = !(plan.head.rules == rules) || plan.head.normal != kNormalForm;
  plan.head.rules = rules;
  plan.head.normal = kNormalForm;
  plan.unmatched.insert(rules.match_headers.begin(), rules.match_headers.end());
  std::map<std::pair<std::string, std::string>, std::set<std::string>> before;  // lane, new key -> old keys
  const Status status = reader.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    std::string key = KeyOf(exchange.request, exchange.auth, rules);
    std::set<std::string>& old = before[{exchange.lane, key}];
    if (old.insert(exchange.key).second && old.size() > 1) ++plan.joined;
    if (key != exchange.key) plan.changes.push_back({plan.keys.size() + 1, exchange.key, key});
    for (auto it = plan.unmatched.begin(); it != plan.unmatched.end();)
      it = HasHeader(exchange.request.headers, *it) || HasHeader(exchange.request.trailers, *it)
               ? plan.unmatched.erase(it)
               : std::next(it);
    plan.keys.push_back(std::move(key));
    return true;
  });
  if (!status.ok()) return status;
  if (!reader.damage().empty())
    return Status(ErrorKind::kCassette, reader.path(), "damaged " + DamageText(reader.damage().front()),
                  "Nothing was rewritten; see `reprise fsck`");
  if (!plan.changes.empty()) plan.head.by = CassetteHead().by;
  return plan;
}

Status Rewrite(const std::string& path, CassetteReader& reader, const Plan& plan) {
  CassetteWriter::Options options;
  options.form = ContainerOf(path) == "text" ? CassetteWriter::Form::kText : CassetteWriter::Form::kZstd;
  Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(path, plan.head, options);
  if (!writer.ok()) return writer.status();
  cassette::Renamer renamer(plan.keys, **writer);
  Status written;
  Status status = reader.ForEachLine([&](std::string_view line) {
    written = renamer.Add(line);  // the head is written anew
    return written.ok();
  });
  if (status.ok()) status = written;
  if (status.ok()) status = renamer.Finish();
  if (status.ok()) status = (*writer)->Seal();
  if (!status.ok()) static_cast<void>((*writer)->Discard());
  return status;
}

class RekeyCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "rekey";
    info.summary = "make the keys of cassettes anew, under other rules or after an edit";
    info.examples = {
        {"reprise rekey Chat/AsksTwice.reprise", "after an edit by hand: the rules in its head stay"},
        {"reprise rekey --rules project --dry-run tests/cassettes", "would the rules of reprise.json change keys?"},
        {"reprise rekey --rules '{\"ignore_body\":[\"/metadata\"]}' tests/cassettes", "under these rules"}};
    info.details =
        "Requests and replies stay as they are; keys, rules and the version of the normal form are written anew. Each "
        "file "
        "is replaced by one rename; a damaged one is left alone.";
    info.exits = {"0  done, or nothing would change", "1  with --dry-run: something would change",
                  "2  the rules are misspelled", "3  a cassette is missing or damaged, or a recorder is at work on it"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "cassettes, or folders to search", true);
    rules_.Declare(arguments);
    arguments.Flag("--dry-run", &dry_run_, "change nothing, say what would change");
  }

  int Run(Context& context) override {
    const Result<std::vector<std::string>> files = FindCassettes(paths_);
    if (!files.ok()) return Fail(context, files.status());
    int code = kExitSame;
    std::uint64_t seen = 0;
    for (const std::string& file : *files) {
      const bool named = std::find(paths_.begin(), paths_.end(), file) != paths_.end();
      if (KindOf(file) != FileKind::kCassette && !named) continue;
      ++seen;
      code = std::max(code, Rekey(context, file));
    }
    if (seen == 0) context.console.Message("No cassettes there.");
    return code;
  }

 private:
  int Rekey(Context& context, const std::string& file) const {
    if (file == "-") return Fail(context, Status(ErrorKind::kUsage, "-", "standard input cannot be rewritten"));
    Result<OpenCassette> open = Open(file);
    if (!open.ok()) return Fail(context, open.status());
    CassetteReader& reader = *open->reader;
    const Result<Rules> rules = rules_.For(file, reader.head().rules);
    if (!rules.ok()) return Fail(context, rules.status());
    const Rules before = reader.head().rules;
    const Result<Plan> plan = MakePlan(reader, *rules);
    if (!plan.ok()) return Fail(context, plan.status());
    if (!dry_run_ && !plan->Empty())
      if (const Status status = Rewrite(file, reader, *plan); !status.ok()) return Fail(context, status);
    Print(context.console, file, before, *plan);
    return dry_run_ && !plan->Empty() ? kExitDifferent : kExitSame;
  }

  void Print(Console& console, const std::string& file, const Rules& before, const Plan& plan) const {
    const std::string path = report::HarmlessLine(file);
    if (plan.Empty()) {
      console.Line("unchanged  " + path);
    } else {
      console.Line(std::string(dry_run_ ? "would rewrite  " : "rewritten  ") + path + ": " +
                   std::to_string(plan.changes.size()) + " of " + CountText(plan.keys.size(), "key") + " " +
                   (dry_run_ ? "would change" : "changed"));
      const auto words = [](const Rules& rules) {
        const std::string text = RulesText(rules);
        return text.empty() ? std::string("none") : text;
      };
      if (!(before == plan.head.rules)) console.Line("  rules: " + words(before) + " -> " + words(plan.head.rules));
      for (const Change& change : plan.changes)
        console.Line("  exchange " + std::to_string(change.number) + "  " +
                     report::HarmlessLine(change.from.substr(0, 12)) + " -> " + change.to.substr(0, 12));
      if (plan.joined != 0)
        console.Line("  " + CountText(plan.joined, "key") + " now fall" + (plan.joined == 1 ? "s" : "") +
                     " together with another: their replies become takes of one request");
    }
    if (plan.keys.empty()) return;
    for (const std::string& name : plan.unmatched)
      console.Line("  the rules match header " + report::HarmlessLine(name) +
                   ", which no request here has stored: a request that sends it will miss; record again");
  }

  std::vector<std::string> paths_;
  RulesOption rules_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRekey() { return std::make_unique<RekeyCommand>(); }

}  // namespace reprise::cli
