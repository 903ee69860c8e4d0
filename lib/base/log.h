// Log: libraries tell of what they do through one callback; programs decide where it goes. Values of headers, bodies
// and credentials never pass here.
#ifndef REPRISE_BASE_LOG_H_
#define REPRISE_BASE_LOG_H_

#include <functional>
#include <string>

namespace reprise::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
using LogFunction = std::function<void(LogLevel, const std::string&)>;

// Installs the callback; call once, before threads start. Without one, nothing is logged.
void SetLog(LogFunction log);
void Log(LogLevel level, const std::string& line);

}  // namespace reprise::base

#endif  // REPRISE_BASE_LOG_H_
