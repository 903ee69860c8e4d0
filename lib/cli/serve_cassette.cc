// reprise serve-cassette: the replay of `reprise replay` without a command, on ports that are printed.
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cli/commands.h"
#include "lib/cli/deck_run.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/run_command.h"
#include "lib/report/harmless.h"
#include "lib/session/endpoints.h"
#include "lib/session/shell_word.h"
#include "lib/wire/url.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Served {
  DeckRun::Way way;
  std::string variable;  // by which an SDK is told
  std::string url;
};

// Every endpoint and lane that the cassette has, in order of appearance.
Result<std::vector<Served>> WaysOf(const std::string& path) {
  Result<OpenCassette> open = Open(path);
  if (!open.ok()) return open.status();
  std::vector<Served> ways;
  std::set<std::tuple<std::string, std::string>> known;
  const Status status = open->reader->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    const Request& request = exchange.request;
    if (request.format == "call" || !known.emplace(request.endpoint, exchange.lane).second) return true;
    Served served;
    served.way.endpoint = request.endpoint;
    served.way.lane = exchange.lane == "main" ? "" : exchange.lane;
    const session::BuiltInEndpoint* built_in = session::FindBuiltInEndpoint(request.endpoint);
    if (built_in != nullptr) served.variable = built_in->base_url_from.front();
    if (built_in == nullptr || built_in->upstream.empty()) {
      // Nobody knows where its base URL ends: its clients say the whole path.
      const wire::UrlParts parts = wire::SplitUrl(request.url);
      served.way.format = request.format;
      served.way.upstream = std::string(parts.scheme) + "://" + std::string(parts.host);
    }
    ways.push_back(std::move(served));
    return true;
  });
  if (!status.ok()) return status;
  if (ways.empty())
    return Status(ErrorKind::kCassette, path, "holds no exchange over HTTP",
                  "See reprise ls " + session::ShellWord(path));
  return ways;
}

class ServeCassette : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "serve-cassette";
    info.summary = "answer from a cassette, on ports of the loopback, until interrupted";
    info.examples = {
        {"reprise serve-cassette cassettes/agent.reprise", "prints one base URL for each endpoint and lane"},
        {"reprise serve-cassette --host-only ollama.reprise", "for clients that keep host and port only"}};
    info.details =
        "For programs that are started elsewhere: point them at the URLs that are printed. Each recording is served "
        "once, "
        "in order; REPRISE_TAKES=repeat repeats the last one. Ctrl-C or SIGTERM ends it, and what was missed or not "
        "asked "
        "for is told.";
    info.json_schema = "reprise.serve-cassette/1";
    info.json = {{"endpoints[].endpoint", "name of the endpoint"},
                 {"endpoints[].lane", "the lane; main where none was named"},
                 {"endpoints[].variable", "the environment variable that SDKs read; may be empty"},
                 {"endpoints[].url", "the base URL"}};
    info.exits = {"0  every recording was served, and nothing else was asked for",
                  "1  a request had no recording, or a recording was not asked for",
                  "3  the cassette is missing or damaged"};
    return info;
  }
  void Declare(Arguments& arguments) override {
    arguments.Flag("--host-only", &host_only_, "URLs without a path, for clients that keep host and port only");
    arguments.Positional("FILE", &file_, "the cassette", true);
  }

  int Run(Context& context) override {
    Result<std::vector<Served>> ways = WaysOf(file_);
    if (!ways.ok()) return Fail(context, ways.status());
    DeckRun::Options options;
    options.name = file_.substr(file_.rfind('/') + 1);
    options.cassette = base::Absolute(file_);
    options.mode = "replay";
    options.repair = "reprise record --accept --cassette " + session::ShellWord(file_) + " -- CMD";
    DeckRun run(options);
    for (Served& served : *ways) {
      served.way.host_only = host_only_;
      Result<std::string> url = run.BaseUrl(served.way);
      if (!url.ok()) return Fail(context, url.status());
      served.url = session::ForSdk(served.way.endpoint, *std::move(url));
    }
    const Interrupts interrupts;  // who has read the URLs may send one
    Print(context, *ways);
    context.console.Flush();
    interrupts.Wait();
    const DeckRun::Outcome outcome = run.Close(true);
    for (const std::string& note : outcome.notes) context.console.Message("reprise: " + report::Harmless(note));
    for (const std::string& failure : outcome.failures)
      context.console.Message("reprise: " + report::Harmless(failure));
    return outcome.failures.empty() ? kExitSame : kExitDifferent;
  }

 private:
  static void Print(Context& context, const std::vector<Served>& ways) {
    if (context.json) {
      Json list = Json::array();
      for (const Served& served : ways)
        list.push_back({{"endpoint", served.way.endpoint},
                        {"lane", served.way.lane.empty() ? "main" : served.way.lane},
                        {"variable", served.variable},
                        {"url", served.url}});
      PrintJson(context, Serialised(Json{{"schema", "reprise.serve-cassette/1"}, {"endpoints", std::move(list)}}));
      return;
    }
    for (const Served& served : ways) {
      std::string line = served.variable.empty() ? served.way.endpoint + " " : served.variable + "=";
      line += served.url;
      if (!served.way.lane.empty()) line += "  # lane " + served.way.lane;
      context.console.Line(report::HarmlessLine(line));
    }
  }

  std::string file_;
  bool host_only_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeServeCassette() { return std::make_unique<ServeCassette>(); }

}  // namespace reprise::cli
