#include "lib/client/environment.h"

#include <map>
#include <mutex>
#include <string_view>

extern char** environ;

namespace reprise::internal {
namespace {

using Variables = std::map<std::string, std::string>;

struct Remembered {
  std::mutex mutex;
  Variables variables;
};

Remembered& TheRemembered() {
  static Remembered& remembered = *new Remembered;  // outlives every destructor
  return remembered;
}

Variables Environment() {
  Variables out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != 0 && equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace

void RememberEnvironment() {
  Variables now = Environment();
  const std::lock_guard<std::mutex> lock(TheRemembered().mutex);
  TheRemembered().variables = std::move(now);
}

std::vector<std::pair<std::string, std::string>> ChangedEnvironment() {
  const Variables now = Environment();
  const std::lock_guard<std::mutex> lock(TheRemembered().mutex);
  const Variables& then = TheRemembered().variables;
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& [name, value] : now) {
    const auto before = then.find(name);
    if (before == then.end() || before->second != value) changed.emplace_back(name, value);
  }
  for (const auto& [name, value] : then) {
    if (now.count(name) == 0) changed.emplace_back(name, "");
  }
  return changed;
}

}  // namespace reprise::internal
