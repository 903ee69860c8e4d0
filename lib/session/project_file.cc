// Reads reprise.json. Everything in it that is not known is refused with the nearest good name, since a misspelled
// member that is silently ignored is a setting that silently does not hold.
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/file_system.h"
#include "lib/base/spelling.h"
#include "lib/session/settings.h"

namespace reprise::session {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxProjectFile = std::uint64_t{4} << 20;

Status Refuse(const std::string& path, const std::string& member, const std::string& reason) {
  return Status(ErrorKind::kUsage, path, "\"" + member + "\": " + reason);
}

Status ReadEndpoints(const Json& json, ProjectFile& file) {
  if (!json.is_object()) return Refuse(file.path, "endpoints", "is no object of endpoints by name");
  for (const auto& [name, value] : json.items()) {
    const std::string member = "endpoints/" + name;
    if (!value.is_object()) return Refuse(file.path, member, "is no object");
    Endpoint endpoint;
    endpoint.name = name;
    for (const auto& [key, text] : value.items()) {
      std::string* into = key == "format"            ? &endpoint.format
                          : key == "upstream"        ? &endpoint.upstream
                          : key == "credential_from" ? &endpoint.credential_from
                          : key == "base_url_from"   ? &endpoint.base_url_from
                                                     : nullptr;
      if (into == nullptr)
        return Refuse(
            file.path, member,
            base::NoSuchWord(key, "member of an endpoint", {"format", "upstream", "credential_from", "base_url_from"}));
      if (!text.is_string()) return Refuse(file.path, member + "/" + key, "is no string");
      *into = text.get<std::string>();
    }
    file.endpoints[name] = endpoint;
  }
  return {};
}

Status ReadLimits(const Json& json, ProjectFile& file) {
  if (!json.is_object()) return Refuse(file.path, "limits", "is no object");
  for (const auto& [key, value] : json.items()) {
    const bool natural = value.is_number_unsigned() && value.get<std::uint64_t>() > 0;
    if (!natural) return Refuse(file.path, "limits/" + key, "is no whole number over 0");
    const std::uint64_t number = value.get<std::uint64_t>();
    if (key == "line_bytes") {
      file.limits.line_bytes = number;
    } else if (key == "body_bytes") {
      file.limits.body_bytes = number;
    } else if (key == "window_bytes") {
      file.limits.window_bytes = number;
    } else if (key == "json_depth") {
      if (number > 10000) return Refuse(file.path, "limits/json_depth", "is over 10000");
      file.limits.json_depth = static_cast<int>(number);
    } else {
      return Refuse(file.path, "limits",
                    base::NoSuchWord(key, "limit", {"line_bytes", "body_bytes", "json_depth", "window_bytes"}));
    }
  }
  return {};
}

Status ReadMember(const std::string& key, const Json& value, ProjectFile& file) {
  if (key == "endpoints") return ReadEndpoints(value, file);
  if (key == "limits") return ReadLimits(value, file);
  if (key == "rules") {
    Result<Rules> rules = Rules::FromJson(value.dump());
    if (!rules.ok()) return Refuse(file.path, "rules", rules.status().ToString());
    file.rules = *std::move(rules);
    return {};
  }
  std::vector<std::string> good = {"endpoints", "limits", "rules"};
  const SettingRow* row = nullptr;
  for (const SettingRow& candidate : AllSettings()) {
    if (candidate.in_project_file) good.emplace_back(candidate.name);
    if (candidate.name == key) row = &candidate;
  }
  if (row == nullptr)
    return Status(ErrorKind::kUsage, file.path, base::NoSuchWord(key, "member of a project file", good));
  if (!row->in_project_file)
    return Refuse(file.path, key,
                  "is for one run and cannot stand in a project file; use --reprise_" + key + " or the environment");
  RawSetting raw{Place::kProjectFile, key, "", file.path};
  if (value.is_string()) {
    raw.value = value.get<std::string>();
  } else if (value.is_boolean()) {
    raw.value = value.get<bool>() ? "1" : "0";
  } else {
    return Refuse(file.path, key, "is no string");
  }
  if (row->words == "path" && !raw.value.empty()) raw.value = base::Join(file.folder, raw.value);
  file.settings.push_back(std::move(raw));
  return {};
}

}  // namespace

std::string FindProjectFile(const std::string& folder) {
  std::string at = base::Absolute(folder);
  while (true) {
    struct stat info {};
    const bool exists = ::stat(at.c_str(), &info) == 0;
    const bool anybodys = exists && (info.st_mode & S_IWOTH) != 0;
    const std::string path = base::Join(at, "reprise.json");
    if (exists && !anybodys && base::Exists(path) && !base::IsFolder(path)) return path;
    if (at == "/" || at.empty()) return "";
    if (at.size() > 1 && at.back() == '/') at.pop_back();
    at = base::FolderOf(at);
  }
}

Result<ProjectFile> ReadProjectFile(const std::string& path) {
  Result<std::string> text = base::ReadFile(path, kMaxProjectFile);
  if (!text.ok()) return text.status();
  return ParseProjectFile(*text, path);
}

Result<ProjectFile> ParseProjectFile(std::string_view text, const std::string& path) {
  ProjectFile file;
  file.path = path;
  file.folder = base::FolderOf(path);
  try {
    const Json json = Json::parse(text, nullptr, true, true);
    if (!json.is_object()) return Status(ErrorKind::kUsage, path, "is no JSON object");
    for (const auto& [key, value] : json.items()) REPRISE_RETURN_IF_ERROR(ReadMember(key, value, file));
  } catch (const nlohmann::json::exception& error) {
    std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 2, column 3: ..."
    if (const std::size_t bracket = what.find("] "); bracket != std::string::npos) what.erase(0, bracket + 2);
    return Status(ErrorKind::kUsage, path, what);
  }
  return file;
}

}  // namespace reprise::session
