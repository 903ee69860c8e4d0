#include "lib/client/raw_settings.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "lib/client/environment.h"
#include "reprise/client.h"

extern char** environ;

namespace reprise {
namespace internal {
namespace {

constexpr std::string_view kFlag = "reprise_";
constexpr std::string_view kVariable = "REPRISE_";

struct Given {
  std::mutex mutex;
  std::vector<std::string> taken;  // arguments that Init removed
  std::vector<SettingInCode> settings;
};

Given& TheGiven() {
  static Given& given = *new Given;  // outlives every destructor
  return given;
}

bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

// "--reprise_mode=record" and "-reprise_mode=record", as GoogleTest takes its own: name and value.
bool ParseFlag(std::string_view argument, std::string* name, std::string* value) {
  if (!StartsWith(argument, "-")) return false;
  argument.remove_prefix(StartsWith(argument, "--") ? 2 : 1);
  if (!StartsWith(argument, kFlag)) return false;
  argument.remove_prefix(kFlag.size());
  const std::size_t equals = argument.find('=');
  *name = argument.substr(0, equals);
  *value = equals == std::string_view::npos ? "1" : std::string(argument.substr(equals + 1));
  return true;
}

std::string WorkingDirectory() {
  char buffer[PATH_MAX];
  return ::getcwd(buffer, sizeof buffer) != nullptr ? buffer : "";
}

}  // namespace

std::vector<std::string> CommandLine() {
  std::vector<std::string> out;
  const int fd = ::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return out;
  std::string bytes;
  char buffer[4096];
  for (;;) {
    const ssize_t size = ::read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    bytes.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(fd);
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::size_t end = rest.find('\0');
    out.emplace_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return out;
}

bool IsListingTests() {
  for (const std::string& argument : CommandLine()) {
    if (argument == "--gtest_list_tests" || argument == "--gtest_list_tests=1") return true;
  }
  return false;
}

bool IsReexecutedDeathTest() {
  for (const std::string& argument : CommandLine()) {
    if (StartsWith(argument, "--gtest_internal_run_death_test=")) return true;
  }
  return false;
}

void AddRawSettings(Message& message) {
  std::vector<std::string> arguments = CommandLine();
  message.Add("cwd", WorkingDirectory()).Add("argv.0", arguments.empty() ? "" : arguments[0]);
  std::string name, value;
  Given& given = TheGiven();
  const std::lock_guard<std::mutex> lock(given.mutex);
  for (const std::string& argument : arguments) {
    if (ParseFlag(argument, &name, &value)) message.Add("setting.flag." + name, value);
  }
  // What Init took is still in the command line, unless there is no /proc to read it from.
  if (arguments.empty()) {
    for (const std::string& argument : given.taken) {
      if (ParseFlag(argument, &name, &value)) message.Add("setting.flag." + name, value);
    }
  }
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos || !StartsWith(variable, kVariable)) continue;
    name = variable.substr(kVariable.size(), equals - kVariable.size());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name != "deck") message.Add("setting.env." + name, variable.substr(equals + 1));
  }
  for (const char* variable : {"CI", "TEST_UNDECLARED_OUTPUTS_DIR"}) {
    if (const char* set = std::getenv(variable); set != nullptr) message.Add(std::string("env.") + variable, set);
  }
  for (const auto& [variable, text] : ChangedEnvironment()) {
    if (!StartsWith(variable, kVariable)) message.Add("env." + variable, text);
  }
  for (const SettingInCode& setting : given.settings) {
    message.Add("setting.code." + setting.name, setting.value).Add("place.code." + setting.name, setting.place);
  }
}

}  // namespace internal

Settings& Settings::AllowModes(const std::vector<std::string>& modes) {
  std::string list;
  for (const std::string& mode : modes) list += (list.empty() ? "" : ",") + mode;
  return Set("modes", std::move(list));
}

Settings& Settings::Set(std::string name, std::string value) {
  for (auto& [n, v] : all_) {
    if (n != name) continue;
    v = std::move(value);
    return *this;
  }
  all_.emplace_back(std::move(name), std::move(value));
  return *this;
}

void Configure(const Settings& settings, const char* file, int line) {
  internal::Given& given = internal::TheGiven();
  const std::lock_guard<std::mutex> lock(given.mutex);
  for (const auto& [name, value] : settings.all()) {
    const internal::SettingInCode said{name, value, std::string(file) + ':' + std::to_string(line)};
    const auto known = std::find_if(given.settings.begin(), given.settings.end(),
                                    [&said](const internal::SettingInCode& it) { return it.name == said.name; });
    if (known == given.settings.end()) {
      given.settings.push_back(said);
    } else {
      *known = said;
    }
  }
}

ScopedSettings::ScopedSettings(const Settings& settings, const char* file, int line) {
  internal::Given& given = internal::TheGiven();
  {
    const std::lock_guard<std::mutex> lock(given.mutex);
    before_ = given.settings;
  }
  Configure(settings, file, line);
}

ScopedSettings::~ScopedSettings() {
  internal::Given& given = internal::TheGiven();
  const std::lock_guard<std::mutex> lock(given.mutex);
  given.settings = std::move(before_);
}

void Init(int* argc, char** argv) {
  internal::Given& given = internal::TheGiven();
  const std::lock_guard<std::mutex> lock(given.mutex);
  std::string name, value;
  int kept = 0;
  for (int i = 0; i < *argc; ++i) {
    if (i > 0 && internal::ParseFlag(argv[i], &name, &value)) {
      given.taken.emplace_back(argv[i]);
    } else {
      argv[kept++] = argv[i];
    }
  }
  *argc = kept;
  argv[kept] = nullptr;
}

}  // namespace reprise
