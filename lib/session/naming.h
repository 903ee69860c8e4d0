// Naming: from a test to the paths of its files, the same on every machine and safe in every checkout.
//
//   <root>/<Suite>/<Test>.reprise, and with a parameter <root>/<Suite>/<Test>/<param>.reprise
//   <root>/<Suite>.suite.reprise for what is asked between the tests of a suite
//
// `/` in a suite's or a test's name (GoogleTest writes it for parameters and types) makes folders. Each part is kept as
// it stands if it is plain: letters, digits, `_`, `-`, `.`, not beginning with `.` or `-`, not ending in `.`, at most
// 100 bytes, no name that Windows keeps for devices. Any other part (`..`, spaces, Unicode, quotes, overlong names) has
// its odd bytes replaced by `_` and ends in `-` and 8 hex digits of the SHA-256 of the whole part, so no two share a
// file.
#ifndef REPRISE_SESSION_NAMING_H_
#define REPRISE_SESSION_NAMING_H_

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "lib/session/settings.h"
#include "reprise/result.h"

namespace reprise::session {

struct TestName {
  std::string suite;
  std::string test;   // empty: the suite itself
  std::string param;  // may be empty, or already part of `test`
  std::string file;   // source file of the test, as __FILE__ gives it; may be relative, may be empty
  std::string cwd;    // working directory of the test program
  // "Suite.Test", "Suite.Test/param" or "Suite": the name of the session.
  std::string Name() const;
};

// One part of a path, as above. Never empty, never "." or "..", never with a slash.
std::string SafePart(std::string_view part);
// "<Suite>/<Test>" or "<Suite>/<Test>/<param>", without ending.
std::string PathOfTest(const TestName& name);

// Absolute path of the test's source, or "" when it cannot be found: a relative `file` is tried in the working
// directory and in each folder above it.
std::string SourceOf(const TestName& name);

// Folder under which cassettes lie: the setting `cassettes` (command line, environment), what was compiled in, the
// project file, `cassettes/` beside the test's source if it exists; else a sentence that names them all.
Result<std::string> CassetteRoot(const Settings& settings, const TestName& name, const std::string& compiled_in);
// Folder of the goldens: the setting `goldens`, else `goldens` beside the cassette root.
std::string GoldenRoot(const Settings& settings, const TestName& name, const std::string& cassette_root);

// Remembers which session has which file, and refuses a second one for it: also one that differs in letter case only,
// since on some file systems that is the same file. Thread-safe.
class NameRegistry {
 public:
  // `path` without ending. With `look_at_disk` (for sessions that write) a file that differs in case only is refused
  // too: a test of another program may have written it. That costs one listing of each folder on the way.
  Status Claim(const std::string& root, const std::string& path, const std::string& session, bool look_at_disk);

 private:
  std::mutex mutex_;
  std::map<std::string, std::pair<std::string, std::string>> claimed_;  // folded path -> path, session
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_NAMING_H_
