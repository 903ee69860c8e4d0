// reprise config: every setting, its value, and the place that gave it.
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/cli/commands.h"
#include "lib/cli/json.h"
#include "lib/cli/reading.h"
#include "lib/cli/table.h"
#include "lib/report/harmless.h"
#include "lib/session/endpoints.h"
#include "lib/session/settings.h"

extern char** environ;  // POSIX

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Limit {
  const char* name;
  std::uint64_t value;
};

std::vector<Limit> LimitsOf(const CassetteLimits& limits) {
  return {{"line_bytes", limits.line_bytes},
          {"body_bytes", limits.body_bytes},
          {"json_depth", static_cast<std::uint64_t>(limits.json_depth)},
          {"window_bytes", limits.window_bytes}};
}

class ConfigCommand : public Command {
 public:
  CommandInfo Info() const override {
    CommandInfo info;
    info.name = "config";
    info.summary = "every setting, its value, and the place that gave it";
    info.examples = {{"reprise config", "as a test in this folder would find them"},
                     {"reprise config tests/chat", "as one whose source lies there"},
                     {"REPRISE_MODE=record reprise config", "with the environment of a run"}};
    info.details =
        "Strongest first: the CI lock, the command line of the test program (--reprise_NAME), the environment "
        "(REPRISE_NAME), code, the project file reprise.json, the default. What a test says in code is not seen here. "
        "Of credentials only the variable's name is shown, and whether it is set.";
    info.json_schema = "reprise.config/1";
    info.json = {{"project_file", "its path, empty when there is none"},
                 {"ci_lock", "cassettes and goldens in the source tree are not written"},
                 {"settings[].name", "as in reprise.json"},
                 {"settings[].value", "empty: not set"},
                 {"settings[].place", "default, project file or environment"},
                 {"settings[].where", "the variable, or the file"},
                 {"settings[].beaten[].value", "what a weaker place said"},
                 {"settings[].beaten[].where", "and which place"},
                 {"endpoints[].name", "as in reprise.json"},
                 {"endpoints[].format", "wire format"},
                 {"endpoints[].upstream", "base URL"},
                 {"endpoints[].credential_from", "the variable that holds the key"},
                 {"endpoints[].credential_set", "whether it holds one now"},
                 {"endpoints[].error", "what is missing; the members format to credential_set are then absent"},
                 {"rules", "of the project file"},
                 {"limits.line_bytes", "of a record"},
                 {"limits.body_bytes", "of a body"},
                 {"limits.json_depth", "of a body"},
                 {"limits.window_bytes", "of a zstd frame"}};
    info.exits = {"0  shown", "2  a setting is misspelled, or two clash", "3  reprise.json cannot be read"};
    return info;
  }

  void Declare(Arguments& arguments) override {
    arguments.Positional("FOLDER", &folder_, "where the search for reprise.json begins; else the working folder",
                         false);
  }

  int Run(Context& context) override {
    if (!base::IsFolder(folder_)) return Fail(context, Status(ErrorKind::kUsage, folder_, "there is no such folder"));
    std::optional<session::ProjectFile> file;
    if (const std::string path = session::FindProjectFile(base::Absolute(folder_)); !path.empty()) {
      Result<session::ProjectFile> read = session::ReadProjectFile(path);
      if (!read.ok()) return Fail(context, read.status());
      file = *std::move(read);
    }
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) entries.emplace_back(*entry);
    const session::Environment environment = session::ProcessEnvironment();
    const Result<session::Settings> settings = session::Settings::Resolve(session::SettingsFromEnvironment(entries),
                                                                          file ? &*file : nullptr, environment("CI"));
    if (!settings.ok()) return Fail(context, settings.status());
    const std::vector<Reached> endpoints = Endpoints(*settings, file, environment);
    if (context.json)
      PrintAsJson(context, *settings, endpoints);
    else
      Print(context, *settings, endpoints);
    return kExitSame;
  }

 private:
  struct Reached {
    std::string name;
    Result<session::Endpoint> endpoint;
    bool credential_set;
  };

  static std::vector<Reached> Endpoints(const session::Settings& settings,
                                        const std::optional<session::ProjectFile>& file,
                                        const session::Environment& environment) {
    std::set<std::string> names;
    for (const session::BuiltInEndpoint& built_in : session::BuiltInEndpoints())
      if (!session::Resolve(built_in, environment).upstream.empty()) names.emplace(built_in.name);
    if (file)
      for (const auto& [name, endpoint] : file->endpoints) names.insert(name);
    std::vector<Reached> out;
    for (const std::string& name : names) {
      session::Endpoint said;
      said.name = name;
      Result<session::Endpoint> endpoint = settings.ResolveEndpoint(said, environment);
      const bool set = endpoint.ok() && !environment(endpoint->credential_from).empty();
      out.push_back({name, std::move(endpoint), set});
    }
    return out;
  }

  static void Print(Context& context, const session::Settings& settings, const std::vector<Reached>& endpoints) {
    Console& console = context.console;
    console.Line("project file  " + (settings.project_file().empty() ? std::string("none (reprise.json)")
                                                                     : report::HarmlessLine(settings.project_file())));
    if (settings.ci())
      console.Line(std::string("CI            set; ") + (settings.source_tree_locked()
                                                             ? "nothing is recorded or written into the source tree"
                                                             : "writing is allowed by ci_writes"));
    console.Line("");
    PrintSettings(console, settings);
    console.Line("");
    PrintEndpoints(console, endpoints);
    console.Line("");
    const std::string rules = RulesText(settings.rules());
    console.Line("rules   " + (rules.empty() ? "none: everything in a body counts" : rules));
    std::string limits;
    for (const Limit& limit : LimitsOf(settings.limits()))
      limits += (limits.empty() ? "" : ", ") + std::string(limit.name) + " " + std::to_string(limit.value);
    console.Line("limits  " + limits);
  }

  static void PrintSettings(Console& console, const session::Settings& settings) {
    Table table({{"SETTING"},
                 {"VALUE", false, Table::Cut::kRight},
                 {"FROM", false, Table::Cut::kLeft},
                 {"INSTEAD OF", false, Table::Cut::kRight},
                 {"MEANS", false, Table::Cut::kRight}});
    for (const session::SettingRow& row : session::AllSettings()) {
      const session::Setting& setting = settings.Of(row.name);
      std::string beaten;
      for (const session::RawSetting& raw : setting.beaten)
        beaten += (beaten.empty() ? "" : ", ") + report::HarmlessLine(raw.value) + " (" +
                  report::HarmlessLine(raw.where) + ")";
      table.Row({std::string(row.name), setting.won.value.empty() ? "-" : report::HarmlessLine(setting.won.value),
                 report::HarmlessLine(setting.won.where), beaten.empty() ? "-" : beaten, std::string(row.help)},
                setting.won.place == session::Place::kDefault ? Style::kPlain : Style::kBold);
    }
    table.Print(console);
  }

  static void PrintEndpoints(Console& console, const std::vector<Reached>& endpoints) {
    Table table({{"ENDPOINT"}, {"FORMAT"}, {"UPSTREAM", false, Table::Cut::kRight}, {"CREDENTIAL"}});
    for (const Reached& it : endpoints) {
      if (!it.endpoint.ok()) {
        table.Row({report::HarmlessLine(it.name), "-", report::HarmlessLine(it.endpoint.status().reason()), "-"},
                  Style::kRed);
        continue;
      }
      const std::string from = report::HarmlessLine(it.endpoint->credential_from);
      table.Row({report::HarmlessLine(it.name), report::HarmlessLine(it.endpoint->format),
                 report::HarmlessLine(it.endpoint->upstream),
                 from.empty() ? "-" : from + (it.credential_set ? " (set)" : " (not set)")});
    }
    table.Print(console);
  }

  void PrintAsJson(Context& context, const session::Settings& settings, const std::vector<Reached>& endpoints) const {
    Json out{{"schema", Info().json_schema},
             {"project_file", settings.project_file()},
             {"ci_lock", settings.source_tree_locked()}};
    out["settings"] = Json::array();
    for (const session::SettingRow& row : session::AllSettings()) {
      const session::Setting& setting = settings.Of(row.name);
      Json beaten = Json::array();
      for (const session::RawSetting& raw : setting.beaten)
        beaten.push_back({{"value", raw.value}, {"where", raw.where}});
      out["settings"].push_back({{"name", std::string(row.name)},
                                 {"value", setting.won.value},
                                 {"place", std::string(session::PlaceName(setting.won.place))},
                                 {"where", setting.won.where},
                                 {"beaten", std::move(beaten)}});
    }
    out["endpoints"] = Json::array();
    for (const Reached& it : endpoints) {
      if (it.endpoint.ok())
        out["endpoints"].push_back({{"name", it.name},
                                    {"format", it.endpoint->format},
                                    {"upstream", it.endpoint->upstream},
                                    {"credential_from", it.endpoint->credential_from},
                                    {"credential_set", it.credential_set}});
      else
        out["endpoints"].push_back({{"name", it.name}, {"error", it.endpoint.status().ToString()}});
    }
    out["rules"] = RulesJson(settings.rules());
    out["limits"] = Json::object();
    for (const Limit& limit : LimitsOf(settings.limits())) out["limits"][limit.name] = limit.value;
    PrintJson(context, Serialised(out));
  }

  std::string folder_ = ".";
};

}  // namespace

std::unique_ptr<Command> MakeConfig() { return std::make_unique<ConfigCommand>(); }

}  // namespace reprise::cli
