#include "replayer/deck/opening.h"

#include <map>
#include <string_view>

#include "lib/base/file_system.h"

namespace reprise::replayer {
namespace {

using reprise::internal::Message;
using session::Place;
using session::RawSetting;

// What follows `prefix` in `name`, or "".
std::string_view After(std::string_view name, std::string_view prefix) {
  return name.substr(0, prefix.size()) == prefix ? name.substr(prefix.size()) : std::string_view();
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::vector<RawSetting> ReadSettings(const Message& message, const std::vector<std::string>& environment) {
  std::vector<RawSetting> settings;
  std::vector<std::string> entries;
  bool said_environment = false;
  for (const auto& [name, value] : message.fields()) {
    if (const std::string_view flag = After(name, "setting.flag."); !flag.empty()) {
      settings.push_back({Place::kCommandLine, std::string(flag), value, "--reprise_" + std::string(flag)});
    } else if (const std::string_view code = After(name, "setting.code."); !code.empty()) {
      const std::string_view place = message.Get("place.code." + std::string(code));
      settings.push_back({Place::kCode, std::string(code), value, place.empty() ? "the code" : std::string(place)});
    } else if (const std::string_view env = After(name, "setting.env."); !env.empty()) {
      entries.push_back("REPRISE_" + Upper(env) + "=" + value);
      said_environment = true;
    }
  }
  // A client that says anything of its environment says all of it; one that does not has the one we were started with.
  for (RawSetting& raw : session::SettingsFromEnvironment(said_environment ? entries : environment))
    settings.push_back(std::move(raw));
  return settings;
}

}  // namespace

Result<session::Session::Opening> ReadOpening(const Message& message, const std::vector<std::string>& environment) {
  session::Session::Opening opening;
  session::TestName& name = opening.name;
  name.suite = message.Get("suite");
  name.test = message.Get("test");
  name.param = message.Get("param");
  name.file = message.Get("file");
  name.cwd = message.Get("cwd");
  opening.compiled_in = message.Get("cassettes");
  opening.program = message.Get("argv.0");
  opening.cassette = message.Get("cassette");
  opening.repair = message.Get("repair");

  std::map<std::string, std::string> variables;
  for (const std::string& entry : environment)
    if (const std::size_t equals = entry.find('='); equals != std::string::npos)
      variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  std::vector<std::string> changed;
  for (const auto& [field, value] : message.fields())
    if (const std::string_view variable = After(field, "env."); !variable.empty()) {
      variables[std::string(variable)] = value;
      changed.push_back(std::string(variable) + "=" + value);
    }
  opening.secrets = session::SecretsOfEnvironment(changed);
  opening.environment = [variables](const std::string& variable) {
    const auto it = variables.find(variable);
    return it == variables.end() ? std::string() : it->second;
  };

  const std::string source = session::SourceOf(name);
  std::string path = source.empty() ? "" : session::FindProjectFile(base::FolderOf(source));
  if (path.empty() && !name.cwd.empty()) path = session::FindProjectFile(name.cwd);
  session::ProjectFile project;
  if (!path.empty()) {
    Result<session::ProjectFile> read = session::ReadProjectFile(path);
    if (!read.ok()) return read.status();
    project = *std::move(read);
  }
  Result<session::Settings> settings = session::Settings::Resolve(
      ReadSettings(message, environment), path.empty() ? nullptr : &project, opening.environment("CI"));
  if (!settings.ok()) return settings.status();
  opening.settings = *std::move(settings);
  return opening;
}

session::Endpoint ReadEndpoint(const Message& message) {
  session::Endpoint endpoint;
  endpoint.name = message.Get("endpoint.name");
  endpoint.format = message.Get("endpoint.format");
  endpoint.upstream = message.Get("endpoint.upstream");
  endpoint.credential_from = message.Get("endpoint.credential_from");
  return endpoint;
}

Result<session::Session::Question> ReadQuestion(const Message& message) {
  session::Session::Question question;
  question.endpoint = ReadEndpoint(message);
  question.lane = message.Get("lane");
  question.place = message.Get("place");
  question.credential = message.Get("credential");
  format::ChatRequest& chat = question.chat;
  chat.model = message.Get("model");
  chat.stream = message.Get("stream") == "1";
  for (const auto& [name, value] : message.fields()) {
    if (const std::string_view param = After(name, "param."); !param.empty()) {
      chat.parameters.emplace_back(param, value);
      continue;
    }
    const std::string_view turn = After(name, "turn.");
    if (turn.empty()) continue;
    if (turn == "role") {
      chat.turns.emplace_back();
      chat.turns.back().role = value;
      continue;
    }
    if (chat.turns.empty()) return Status(ErrorKind::kInternal, "ask", "the field " + name + " stands before any turn");
    format::ChatRequest::Turn& last = chat.turns.back();
    if (turn == "text") {
      last.text = value;
    } else if (turn == "tool_call_id") {
      last.tool_call_id = value;
    } else if (turn == "continuation") {
      last.continuation = value;
    } else if (turn == "call.id") {
      last.tool_calls.push_back({value, "", ""});
    } else if (last.tool_calls.empty()) {
      return Status(ErrorKind::kInternal, "ask", "the field " + name + " stands before turn.call.id");
    } else if (turn == "call.name") {
      last.tool_calls.back().name = value;
    } else if (turn == "call.arguments") {
      last.tool_calls.back().arguments = value;
    }
  }
  return question;
}

}  // namespace reprise::replayer
