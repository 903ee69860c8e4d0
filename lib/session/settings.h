// Settings, and the one precedence. Highest first: CI lock, command line (--reprise_NAME), environment (REPRISE_NAME),
// code, project file (reprise.json), default. Each setting remembers which place won and which it beat, so that
// `reprise config`, and every sentence about a clash, can name them.
//
// Plain values, made once when a session opens; copies are free to travel between threads. No I/O but `FindProjectFile`
// and `ReadProjectFile`.
#ifndef REPRISE_SESSION_SETTINGS_H_
#define REPRISE_SESSION_SETTINGS_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/session/mode.h"
#include "reprise/cassette.h"
#include "reprise/matching.h"
#include "reprise/result.h"

namespace reprise::session {

// Weakest first, so places compare with `<`. The CI lock gives no values: it refuses them.
enum class Place { kDefault, kProjectFile, kCode, kEnvironment, kCommandLine };
std::string_view PlaceName(Place place);  // "command line"

// One setting as some place gave it.
struct RawSetting {
  Place place = Place::kDefault;
  std::string name;   // "mode"
  std::string value;  // as written
  std::string where;  // "--reprise_mode", "REPRISE_MODE", "chat_test.cc:14", "/src/reprise.json"
};

// One line of the table of settings. A setting NAME is --reprise_NAME on the command line, REPRISE_NAME (upper case) in
// the environment, and "NAME" in the project file, but for those that say otherwise.
struct SettingRow {
  std::string_view name;
  std::string_view initial;  // the default
  // The good values, separated by '|'; "bool", "path", "modes", "pace", "resplit", "seconds", "times" or "" (any).
  std::string_view words;
  bool in_project_file;
  std::string_view help;  // one line for `reprise config`
  // Read when the deck starts, which is before there is a session: any other place would be too late.
  bool environment_only = false;
};
const std::vector<SettingRow>& AllSettings();

struct Setting {
  RawSetting won;
  std::vector<RawSetting> beaten;  // strongest first; without the default
};

// How to reach a model, as settings know it. Empty members: not said.
struct Endpoint {
  std::string name;
  std::string format;
  std::string upstream;            // base URL
  std::string credential_from;     // name of an environment variable
  std::string base_url_from = {};  // the same; where it is set, it says the upstream
};

// A parsed reprise.json.
struct ProjectFile {
  std::string path;
  std::string folder;
  std::vector<RawSetting> settings;
  std::map<std::string, Endpoint> endpoints;
  Rules rules;
  CassetteLimits limits;
};

// Looks for reprise.json in `folder` and upward; "" when there is none. Folders that anybody may write (/tmp) are
// passed over: a stranger's file must not choose where credentials go.
std::string FindProjectFile(const std::string& folder);
// JSON with comments. Errors name the file and the member; misspelled members name the nearest good one.
Result<ProjectFile> ReadProjectFile(const std::string& path);
Result<ProjectFile> ParseProjectFile(std::string_view text, const std::string& path);

// Value of an environment variable, "" when not set.
using Environment = std::function<std::string(const std::string& name)>;
Environment ProcessEnvironment();

// Every REPRISE_NAME of a process environment ("NAME=value" entries) as settings. Names that belong to other parts
// (REPRISE_DECK) are passed over; a name that is no setting but nearly one ends up in the result all the same, so that
// `Settings::Resolve` refuses it, and any other is left alone: the prefix is not ours alone.
std::vector<RawSetting> SettingsFromEnvironment(const std::vector<std::string>& entries);

class Settings {
 public:
  // `given` in any order. `ci` is the value of the variable CI. Errors: a name or value that is not good (with the good
  // ones and the nearest), a mode against the CI lock, a mode against a restriction in code (both places named).
  static Result<Settings> Resolve(const std::vector<RawSetting>& given, const ProjectFile* file, const std::string& ci);

  const Setting& Of(std::string_view name) const;  // `name` must be one of AllSettings()
  const std::string& Value(std::string_view name) const { return Of(name).won.value; }
  int Number(std::string_view name) const;  // of "seconds" or "times"
  bool Flag(std::string_view name) const { return Value(name) == "1"; }
  const std::map<std::string, Setting>& all() const { return settings_; }

  const ModeRow& mode() const { return *mode_; }
  bool ci() const { return ci_; }
  // Where pending goldens may not go beside the source: under CI without ci_writes.
  bool source_tree_locked() const { return ci_ && !Flag("ci_writes"); }
  const Rules& rules() const { return rules_; }
  const CassetteLimits& limits() const { return limits_; }
  const std::map<std::string, Endpoint>& endpoints() const { return endpoints_; }  // of the project file
  const std::string& project_file() const { return project_file_; }                // path, or ""
  const std::string& project_folder() const { return project_folder_; }            // or ""

  // The endpoint of that name: what the code said (`said`, empty members where it was silent), then the project file,
  // then what is built in. Errors: a name nobody knows.
  Result<Endpoint> ResolveEndpoint(const Endpoint& said, const Environment& environment) const;

 private:
  std::map<std::string, Setting> settings_;
  std::map<std::string, Endpoint> endpoints_;
  const ModeRow* mode_ = &RowOf(Mode::kReplay);
  bool ci_ = false;
  Rules rules_;
  CassetteLimits limits_;
  std::string project_file_, project_folder_;
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_SETTINGS_H_
