// reprise audit: does replay notice every change of a request?
#include "lib/match/audit.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/rules_option.h"
#include "lib/cli/withheld.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

class AuditCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "audit";
    info.summary = "prove that replay notices every change of a request";
    info.examples = {{"reprise audit tests/cassettes", "under the rules in each head"},
                     {"reprise audit --rules project tests/cassettes", "under the rules of reprise.json"},
                     {"reprise audit --json tests/cassettes | jq .unnoticed", "for CI"}};
    info.details =
        "Each recorded request is changed in one place at a time: every value of its body, the URL, the headers that "
        "count, the credential. Each change must be noticed, or be ignored by a rule that is named here. What goes "
        "unnoticed would be answered with a recording made for another request.";
    info.json_schema = "reprise.audit/1";
    info.json = {{"cassettes", "audited"},
                 {"exchanges", "in them"},
                 {"tried", "mutations"},
                 {"tried_by_part.*", "by part of the request: body, query, header, ..."},
                 {"noticed", "replay would miss"},
                 {"declared.*", "ignored by this rule"},
                 {"unnoticed", "replay would answer"},
                 {"findings[].cassette", "of what went unnoticed, the first 1,000"},
                 {"findings[].exchange", "its number, from 1"},
                 {"findings[].part", "body, query, header, ..."},
                 {"findings[].place", "JSON pointer, or name"},
                 {"findings[].what", "how it was changed"},
                 {"not_tried", "mutations left out of exchanges with large bodies, where a sample was tried"},
                 {"sampled_exchanges", "how many those are"},
                 {"stale[].cassette", "exchanges whose stored key is not that of their request"},
                 {"stale[].exchange", "its number, from 1"},
                 {"stale[].part", "key"},
                 {"stale[].place", "beginning of that key"},
                 {"stale[].what", "in words"},
                 {"damage[]", "what could not be read, a sentence each"},
                 {"seed", "of the samples"},
                 {"ok", "nothing unnoticed, stale or damaged"}};
    info.exits = {"0  every change is noticed or declared", "1  a change goes unnoticed",
                  "3  a cassette is missing or damaged, or a key is not its request's"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Rest("PATH", &paths_, "cassettes, or folders to search; the working folder when none is given", false);
    rules_.Declare(arguments);
    arguments.Value("--seed", "N", &seed_, "chooses the sample where a body is too large to try all");
  }

  int Run(Context& context) override {
    if (seed_.empty() || seed_.size() > 18 || seed_.find_first_not_of("0123456789") != std::string::npos)
      return Fail(context, Status(ErrorKind::kUsage, "--seed", "\"" + seed_ + "\" is no number"));
    const Result<std::vector<std::string>> files = FindCassettes(paths_);
    if (!files.ok()) return Fail(context, files.status());
    match::AuditReport total;
    total.seed = std::stoull(seed_);
    int code = kExitSame;
    Console::Progress progress(context.console, "auditing", files->size());
    std::uint64_t done = 0;
    for (const std::string& file : *files) {
      progress.Advance(done++);
      const bool named = std::find(paths_.begin(), paths_.end(), file) != paths_.end();
      if (KindOf(file) != FileKind::kCassette && !named) continue;
      if (const Status status = AddOne(file, total); !status.ok()) code = std::max(code, Fail(context, status));
    }
    Print(context, total);
    if (!total.stale.empty() || !total.damage.empty()) code = std::max<int>(code, kExitCassette);
    return code != kExitSame ? code : total.unnoticed != 0 ? kExitDifferent : kExitSame;
  }

 private:
  Status AddOne(const std::string& file, match::AuditReport& total) const {
    Result<OpenCassette> open = Open(file);
    if (!open.ok()) return open.status();
    const Result<Rules> rules = rules_.For(file, open->reader->head().rules);
    if (!rules.ok()) return rules.status();
    match::AuditOptions options;
    options.rules = *rules;
    options.seed = total.seed;
    const Result<match::AuditReport> report = match::Audit(*open->reader, options);
    if (!report.ok()) return report.status();
    total.Add(*report);
    return {};
  }

  void Print(Context& context, const match::AuditReport& total) const {
    if (context.json) {
      Json out{{"schema", Info().json_schema}};
      out.update(Json::parse(match::AuditJson(total), nullptr, /*allow_exceptions=*/false));
      PrintJson(context, Serialised(out));
    } else if (total.cassettes == 0) {
      context.console.Message("No cassettes here.");
    } else {
      context.console.Out(Withheld(match::AuditText(
          total, total.cassettes == 1 && paths_.size() == 1 ? paths_[0] : CountText(total.cassettes, "cassette"))));
    }
  }

  std::vector<std::string> paths_;
  RulesOption rules_;
  std::string seed_ = "1";
};

}  // namespace

std::unique_ptr<Command> MakeAudit() { return std::make_unique<AuditCommand>(); }

}  // namespace reprise::cli
