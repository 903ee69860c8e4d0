#include "lib/base/log.h"

#include <utility>

namespace reprise::base {
namespace {
LogFunction& TheLog() {
  static LogFunction log;
  return log;
}
}  // namespace

void SetLog(LogFunction log) { TheLog() = std::move(log); }

void Log(LogLevel level, const std::string& line) {
  if (TheLog()) TheLog()(level, line);
}

}  // namespace reprise::base
