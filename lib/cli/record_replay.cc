// reprise record|replay -- CMD: another program's traffic with language models, recorded and replayed by its base URLs.
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cassette/file.h"
#include "lib/cli/commands.h"
#include "lib/cli/deck_run.h"
#include "lib/cli/run_command.h"
#include "lib/cli/withheld.h"
#include "lib/report/harmless.h"
#include "lib/session/shell_word.h"

namespace reprise::cli {
namespace {

const char* const kDetails =
    "Most SDKs find their provider through an environment variable; CMD gets each of them pointed at a port of the "
    "loopback: OPENAI_BASE_URL and OPENAI_API_BASE, ANTHROPIC_BASE_URL, GOOGLE_GEMINI_BASE_URL, OLLAMA_HOST (which is "
    "left alone where CMD is ollama itself). One that is set already becomes that endpoint's upstream. Where it is "
    "set, or where reprise.json names the endpoint, so are AZURE_OPENAI_ENDPOINT (endpoint \"azure\"), GROQ_BASE_URL "
    "(\"groq\"), OPENROUTER_BASE_URL (\"openrouter\") and GOOGLE_VERTEX_BASE_URL (\"vertex\"); any other endpoint of "
    "reprise.json says with \"base_url_from\" which variable its client reads. Loopback joins NO_PROXY. In replay, a "
    "client without a key gets a dummy, since most SDKs refuse to start without one.\n\n"
    "The cassette is FILE, else cassettes/CMD/ARGUMENTS.reprise (or under REPRISE_CASSETTES). Standard streams, the "
    "terminal and signals are CMD's own; what reprise has to say goes to standard error.";

// Which exit code wins.
const char* const kOwnCode = "N    CMD's own, where that is not 0; a signal that ended CMD ends reprise as well";
const char* const kPrecedence =
    "\n\nThe exit code is CMD's own unless that is 0, so a failure of ours may hide behind one of CMD's; the last line "
    "on standard error counts what failed all the same, and --failure-code gives it a code that wins over CMD's.";
const char* const kFailureCode = "exit with CODE where something failed here, whatever CMD's own exit code is";

std::string HowItEnded(const CommandEnd& end) {
  return end.signal != 0 ? "was ended by signal " + std::to_string(end.signal)
                         : "ended with exit code " + std::to_string(end.code);
}

class RunUnderDeck : public Command {
 public:
  int Run(Context& context) override {
    if (!failure_code_.empty() &&
        (failure_code_.size() > 3 || failure_code_.find_first_not_of("0123456789") != std::string::npos ||
         FailureCode() < 1 || FailureCode() > 255))
      return Wrapped(context, Status(ErrorKind::kUsage, "--failure-code", "must be a number from 1 to 255"));
    DeckRun::Options options;
    Result<std::string> cassette = CassetteOfCommand(file_, words_);
    if (!cassette.ok()) return Wrapped(context, cassette.status());
    options.cassette = cassette::WhereItLies(*cassette);
    options.name = NameOfCommand(words_);
    options.mode = Mode();
    options.accept = accept_;
    options.repair =
        "reprise record --accept" + (file_.empty() ? "" : " --cassette " + session::ShellWord(file_)) + " --";
    for (const std::string& word : words_) options.repair += " " + session::ShellWord(Withheld(word));
    if (options.mode == "replay" && !base::Exists(options.cassette))
      return Wrapped(context, Status(ErrorKind::kCassette, options.cassette, "there is no such cassette to replay",
                                     "Record it: " + options.repair));
    DeckRun run(options);
    Result<DeckRun::Variables> variables = run.Environment();
    if (!variables.ok()) return Wrapped(context, variables.status());
    if (words_.front().substr(words_.front().rfind('/') + 1) == "ollama")
      std::erase_if(*variables, [](const auto& variable) { return variable.first == "OLLAMA_HOST"; });
    context.console.Flush();
    const CommandEnd end = RunCommand(words_, *variables);
    if (!end.ran()) {
      context.console.Message("reprise: " + end.status.ToString());
      return end.code;
    }
    const DeckRun::Outcome outcome = run.Close(end.code == 0);
    const int code = ExitOf(end, outcome);
    Tell(context, options, end, outcome, code);
    if (end.signal != 0 && code == end.code) {
      context.console.Flush();
      EndBySignal(end.signal);
    }
    return code;
  }
  int UsageExit() const override { return kExitWrapper; }

 protected:
  virtual std::string Mode() const = 0;

  std::string file_;
  std::vector<std::string> words_;
  std::string failure_code_;
  bool accept_ = false;

 private:
  // 0 for none.
  int FailureCode() const { return failure_code_.empty() ? 0 : std::atoi(failure_code_.c_str()); }

  int ExitOf(const CommandEnd& end, const DeckRun::Outcome& outcome) const {
    if (outcome.unknown) return kExitWrapper;
    if (!outcome.failures.empty() && FailureCode() != 0) return FailureCode();
    if (end.code != 0) return end.code;
    return outcome.failures.empty() ? kExitSame : kExitDifferent;
  }

  static int Wrapped(Context& context, const Status& status) {
    static_cast<void>(Fail(context, status));
    return kExitWrapper;
  }

  // The last line says all that the exit code may hide.
  static void Tell(Context& context, const DeckRun::Options& options, const CommandEnd& end,
                   const DeckRun::Outcome& outcome, int code) {
    Console& console = context.console;
    for (const std::string& note : outcome.notes) console.Message("reprise: " + report::Harmless(note));
    for (const std::string& failure : outcome.failures) console.Message("reprise: " + report::Harmless(failure));
    const auto count = [&outcome](const char* name) {
      const auto it = outcome.counts.find(name);
      return it == outcome.counts.end() ? std::uint64_t{0} : static_cast<std::uint64_t>(it->second);
    };
    std::string line;
    if (outcome.unknown) {
      line = "what was served and recorded is not known";
    } else if (!outcome.opened && !outcome.failures.empty()) {
      line = "no request reached the session";
    } else if (!outcome.opened) {
      line = "no request came: does the program read its provider's base URL from the environment? See reprise help " +
             options.mode;
    } else if (options.mode == "replay") {
      line = "replayed " + CountText(count("served"), "exchange") + " of " + options.cassette;
      if (count("missed") != 0) line += "; " + CountText(count("missed"), "request") + " had no recording";
      if (count("unused") != 0) line += "; " + CountText(count("unused"), "recording") + " not asked for";
    } else {
      line = "recorded " + CountText(count("recorded"), "exchange") + " for " + options.cassette;
    }
    if (!outcome.failures.empty() && !outcome.unknown && options.mode != "replay")
      line += "; " + CountText(outcome.failures.size(), "failure") + " told above";
    if (end.code != 0) line += "; the command " + HowItEnded(end);
    if (!outcome.failures.empty())
      line += code == end.code ? ", which is passed on" : "; exit code " + std::to_string(code) + " is reprise's";
    console.Message("reprise: " + line);
  }
};

class Record : public RunUnderDeck {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "record";
    info.summary = "run a program and record what it asks of language models";
    info.examples = {{"reprise record -- ./agent plan-trip Paris", "into cassettes/agent/"},
                     {"reprise record --cassette trip.reprise -- python3 agent.py", "into a file of your choice"},
                     {"reprise record --extend -- ./agent", "ask only for what is not recorded yet"}};
    info.details =
        std::string(kDetails) +
        "\n\nA recording that would replace one waits beside it as FILE.new, for `reprise accept`; --accept takes it "
        "over at once. That of a program that failed waits in the same way." +
        kPrecedence;
    info.exits = {kOwnCode, "1    something could not be recorded (a credential in it, a full disk)",
                  "125  reprise itself failed, or does not understand its options", "126  CMD cannot be run",
                  "127  there is no CMD"};
    return info;
  }
  void Declare(Arguments& arguments) override {
    arguments.Value("-c,--cassette", "FILE", &file_, "the cassette");
    arguments.Flag("--accept", &accept_, "replace the cassette that lies there");
    arguments.Flag("--extend", &extend_, "answer from the cassette, and record what is missing");
    arguments.Value("--failure-code", "CODE", &failure_code_, kFailureCode);
    arguments.Command("CMD", &words_, "the program and its arguments, after --");
  }

 private:
  std::string Mode() const override { return extend_ ? "extend" : "record"; }
  bool extend_ = false;
};

class Replay : public RunUnderDeck {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "replay";
    info.summary = "run a program and answer it from a cassette, offline";
    info.examples = {{"reprise replay -- ./agent plan-trip Paris", "no key, no network"},
                     {"reprise replay --cassette trip.reprise -- python3 agent.py", "from a file of your choice"}};
    info.details = std::string(kDetails) + kPrecedence;
    info.exits = {kOwnCode, "1    a request had no recording, or a recording was not asked for",
                  "125  reprise itself failed, does not understand its options, or there is no cassette",
                  "126  CMD cannot be run", "127  there is no CMD"};
    return info;
  }
  void Declare(Arguments& arguments) override {
    arguments.Value("-c,--cassette", "FILE", &file_, "the cassette");
    arguments.Value("--failure-code", "CODE", &failure_code_, kFailureCode);
    arguments.Command("CMD", &words_, "the program and its arguments, after --");
  }

 private:
  std::string Mode() const override { return "replay"; }
};

}  // namespace

std::unique_ptr<Command> MakeRecord() { return std::make_unique<Record>(); }
std::unique_ptr<Command> MakeReplay() { return std::make_unique<Replay>(); }

}  // namespace reprise::cli
