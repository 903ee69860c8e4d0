#include "lib/session/settings.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "lib/base/spelling.h"
#include "lib/session/endpoints.h"
#include "lib/session/pace.h"

namespace reprise::session {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string> SettingNames() {
  std::vector<std::string> names;
  for (const SettingRow& row : AllSettings()) names.emplace_back(row.name);
  return names;
}

const SettingRow* FindRow(std::string_view name) {
  for (const SettingRow& row : AllSettings())
    if (row.name == name) return &row;
  return nullptr;
}

Status CheckValue(const SettingRow& row, RawSetting& raw) {
  if (row.words.empty() || row.words == "path") return {};
  if (row.words == "bool") {
    static constexpr std::string_view kYes[] = {"1", "true", "yes", "on"};
    static constexpr std::string_view kNo[] = {"0", "false", "no", "off", ""};
    if (std::find(std::begin(kYes), std::end(kYes), raw.value) != std::end(kYes)) {
      raw.value = "1";
    } else if (std::find(std::begin(kNo), std::end(kNo), raw.value) != std::end(kNo)) {
      raw.value = "0";
    } else {
      return Status(ErrorKind::kUsage, raw.where, "\"" + raw.value + "\" is neither 1 nor 0");
    }
    return {};
  }
  if (row.words == "modes") {
    for (const std::string_view name : Split(raw.value, ','))
      if (Result<Mode> mode = ParseMode(Trim(name)); !mode.ok())
        return Status(ErrorKind::kUsage, raw.where, mode.status().reason());
    return {};
  }
  if (row.words == "pace" || row.words == "resplit") {
    Pace pace;
    const Status status = row.words == "pace" ? ParsePace(raw.value, &pace) : ParseResplit(raw.value, &pace);
    return status.ok() ? status : Status(ErrorKind::kUsage, raw.where, status.reason());
  }
  if (row.words == "seconds" || row.words == "times") {
    const bool good =
        !raw.value.empty() && raw.value.size() <= 6 && raw.value.find_first_not_of("0123456789") == std::string::npos;
    return good ? Status()
                : Status(ErrorKind::kUsage, raw.where,
                         "\"" + raw.value + "\" is no number of " + std::string(row.words));
  }
  std::vector<std::string> good;
  for (const std::string_view word : Split(row.words, '|')) good.emplace_back(word);
  if (std::find(good.begin(), good.end(), raw.value) != good.end()) return {};
  const std::string noun = row.name == "mode" ? "mode" : "value of \"" + std::string(row.name) + "\"";
  return Status(ErrorKind::kUsage, raw.where, base::NoSuchWord(raw.value, noun, good));
}

// "record (REPRISE_MODE)": a value and the place that gave it.
std::string Told(const RawSetting& raw) { return "\"" + raw.value + "\" (" + raw.where + ")"; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

std::string_view PlaceName(Place place) {
  static constexpr std::string_view kNames[] = {"default", "project file", "code", "environment", "command line"};
  return kNames[static_cast<int>(place)];
}

const std::vector<SettingRow>& AllSettings() {
  static const std::vector<SettingRow> rows = {
      {"mode", "replay", "replay|record|extend|verify|live", true, "what a session does with its cassette"},
      {"modes", "", "modes", true, "modes a test allows, separated by commas; any other is refused"},
      {"cassettes", "", "path", true, "root folder of the cassettes"},
      {"goldens", "", "path", true, "root folder of the goldens; else goldens/ beside the cassettes"},
      {"accept", "0", "bool", false, "1: a recording replaces its cassette at once, without review"},
      {"ci_writes", "0", "bool", false, "1: a CI job may write cassettes and goldens into the source tree"},
      {"pending_dir", "", "path", true, "where pending goldens go when the source tree must not be written"},
      {"takes", "fail", "fail|repeat", true, "what the last recorded take does when asked once more"},
      {"form", "auto", "auto|zstd|text", true, "how cassettes are stored"},
      {"sync", "close", "close|each", true, "each: every exchange is synced to disk as it is recorded"},
      {"pace", "now", "pace", true, "when a replayed reply goes out over HTTP: now, recorded, x0.5, step"},
      {"resplit", "off", "resplit", true, "cuts replayed replies at other places: a seed, or random"},
      {"follow", "recorded", "recorded|live", true, "verify: the reply that code which speaks HTTP gets"},
      {"ask_again", "known", "known|all", true, "verify: all: also what may change something at the provider"},
      {"wait_at_end", "60", "seconds", true, "how long the end of a test waits for requests under way"},
      {"connect_timeout", "15", "seconds", true, "upstream: for name, connection and TLS; 0: no limit"},
      {"idle_timeout", "300", "seconds", true, "upstream: silence between two arrivals; 0: no limit"},
      {"total_timeout", "1800", "seconds", true, "upstream: for one reply in all; 0: no limit"},
      {"retries", "0", "times", true, "upstream: asked again where no byte of a reply came; an answer never is"},
      {"ca_file", "", "path", true, "upstream: certificate authorities (PEM) instead of the system's"},
      {"modules", "", "path", false, "folder of the modules that are loaded when needed (reprise-curl.so)", true},
      {"log", "", "path", false, "file to which the deck logs", true},
  };
  return rows;
}

Environment ProcessEnvironment() {
  return [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return std::string(value == nullptr ? "" : value);
  };
}

std::vector<RawSetting> SettingsFromEnvironment(const std::vector<std::string>& entries) {
  // Read by the client or by other programs of ours, before there is a session.
  static constexpr std::string_view kElsewhere[] = {"deck", "deck_address"};
  std::vector<RawSetting> out;
  for (const std::string& entry : entries) {
    constexpr std::string_view kPrefix = "REPRISE_";
    const std::size_t equals = entry.find('=');
    if (entry.compare(0, kPrefix.size(), kPrefix) != 0 || equals == std::string::npos) continue;
    const std::string variable = entry.substr(0, equals);
    const std::string name = Lower(std::string_view(variable).substr(kPrefix.size()));
    if (std::find(std::begin(kElsewhere), std::end(kElsewhere), name) != std::end(kElsewhere)) continue;
    if (FindRow(name) == nullptr && base::NearestWord(name, SettingNames()).empty()) continue;
    out.push_back({Place::kEnvironment, name, entry.substr(equals + 1), variable});
  }
  return out;
}

Result<Settings> Settings::Resolve(const std::vector<RawSetting>& given, const ProjectFile* file,
                                   const std::string& ci) {
  Settings settings;
  settings.ci_ = !ci.empty() && ci != "0" && Lower(ci) != "false";
  for (const SettingRow& row : AllSettings())
    settings.settings_[std::string(row.name)].won = {Place::kDefault, std::string(row.name), std::string(row.initial),
                                                     "default"};

  std::vector<RawSetting> raws = given;
  if (file != nullptr) {
    raws.insert(raws.end(), file->settings.begin(), file->settings.end());
    settings.endpoints_ = file->endpoints;
    settings.rules_ = file->rules;
    settings.limits_ = file->limits;
    settings.project_file_ = file->path;
    settings.project_folder_ = file->folder;
  }
  // Strongest first; among equals the one given last (the last flag on a command line wins).
  std::reverse(raws.begin(), raws.end());
  std::stable_sort(raws.begin(), raws.end(),
                   [](const RawSetting& a, const RawSetting& b) { return a.place > b.place; });

  for (RawSetting& raw : raws) {
    if (raw.name == "rules" && raw.place == Place::kCode) {
      Result<Rules> rules = Rules::FromJson(raw.value);
      if (!rules.ok()) return Status(ErrorKind::kUsage, raw.where, rules.status().ToString());
      settings.rules_ = *std::move(rules);
      continue;
    }
    const SettingRow* row = FindRow(raw.name);
    if (row == nullptr)
      return Status(ErrorKind::kUsage, raw.where, base::NoSuchWord(raw.name, "setting", SettingNames()));
    if (row->environment_only && raw.place != Place::kEnvironment)
      return Status(ErrorKind::kUsage, raw.where,
                    "\"" + raw.name + "\" is read when the deck starts, and from the environment only",
                    "Set REPRISE_" + Upper(raw.name) + " before the test program is started");
    REPRISE_RETURN_IF_ERROR(CheckValue(*row, raw));
    Setting& setting = settings.settings_[raw.name];
    if (setting.won.place == Place::kDefault)
      setting.won = raw;
    else
      setting.beaten.push_back(raw);
  }

  const RawSetting& mode = settings.Of("mode").won;
  const Result<Mode> parsed = ParseMode(mode.value);
  if (!parsed.ok()) return parsed.status();
  settings.mode_ = &RowOf(*parsed);

  // A restriction holds whatever place it stands in: it is no value that can be beaten.
  std::vector<RawSetting> restrictions = settings.Of("modes").beaten;
  restrictions.push_back(settings.Of("modes").won);
  for (const RawSetting& restriction : restrictions) {
    if (restriction.value.empty()) continue;
    bool allowed = false;
    for (const std::string_view name : Split(restriction.value, ',')) allowed = allowed || Trim(name) == mode.value;
    if (!allowed)
      return Status(ErrorKind::kUsage, "mode",
                    Told(mode) + " clashes with the modes allowed here, " + Told(restriction), "Change one of the two");
  }
  if (settings.mode_->writes && settings.source_tree_locked())
    return Status(ErrorKind::kUsage, "mode",
                  Told(mode) + " would write cassettes, and CI is set to \"" + ci + "\": nothing is recorded under CI",
                  "Set REPRISE_CI_WRITES=1 if this job is meant to record");
  return settings;
}

int Settings::Number(std::string_view name) const { return std::stoi(Value(name)); }

const Setting& Settings::Of(std::string_view name) const {
  const auto it = settings_.find(std::string(name));
  if (it == settings_.end()) {
    static const Setting none;
    return none;
  }
  return it->second;
}

Result<Endpoint> Settings::ResolveEndpoint(const Endpoint& said, const Environment& environment) const {
  Endpoint endpoint = said;
  const auto fill = [&endpoint](const Endpoint& from) {
    if (endpoint.format.empty()) endpoint.format = from.format;
    // A credential belongs to the upstream it was named for: another upstream never gets it unasked.
    const bool same_upstream = endpoint.upstream.empty() || endpoint.upstream == from.upstream;
    if (endpoint.upstream.empty()) endpoint.upstream = from.upstream;
    if (endpoint.credential_from.empty() && same_upstream) endpoint.credential_from = from.credential_from;
  };
  bool known = !said.format.empty();
  if (const auto it = endpoints_.find(said.name); it != endpoints_.end()) {
    Endpoint named = it->second;
    if (std::string moved = environment(named.base_url_from); !named.base_url_from.empty() && !moved.empty())
      named.upstream = std::move(moved);
    fill(named);
    known = true;
  }
  if (const BuiltInEndpoint* built_in = FindBuiltInEndpoint(said.name)) {
    fill(session::Resolve(*built_in, environment));
    known = true;
  }
  if (!known) {
    std::vector<std::string> good;
    for (const BuiltInEndpoint& built_in : BuiltInEndpoints()) good.emplace_back(built_in.name);
    for (const auto& [name, ignored] : endpoints_) good.push_back(name);
    return Status(ErrorKind::kUsage, "endpoint", base::NoSuchWord(said.name, "endpoint", good),
                  "Name it in reprise.json (\"endpoints\"), or in code with reprise::OpenAi.At(url).Named(name)");
  }
  if (endpoint.format.empty()) endpoint.format = "openai.chat";
  if (endpoint.upstream.empty()) {
    const BuiltInEndpoint* built_in = FindBuiltInEndpoint(said.name);
    return Status(ErrorKind::kUsage, "endpoint \"" + said.name + "\"", "has no upstream",
                  "Give its base URL in reprise.json (\"endpoints\"), or in code with At(url)" +
                      (built_in == nullptr ? "" : ", or set " + std::string(built_in->base_url_from.front())));
  }
  return endpoint;
}

}  // namespace reprise::session
