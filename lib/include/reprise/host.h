// Host: what the client must know of the test framework it lives in, and what a framework's face tells the client.
//
// Not for tests. `reprise/gtest.h` is the face of GoogleTest; a face of another framework is a few lines over this
// page. Everything here may be called before `main`, from static initialisers, and does nothing then but remember.
#ifndef REPRISE_HOST_H_
#define REPRISE_HOST_H_

#include <string>
#include <utility>
#include <vector>

#include "reprise/result.h"

namespace reprise::internal {

// Names a session. With an empty `test` it is the session of the suite itself, for what its set-up and tear-down ask.
struct TestIdentity {
  std::string suite;
  std::string test;  // in full, parameters and all: "Translates/french"
  std::string file;  // source, as __FILE__ gives it
  bool operator==(const TestIdentity& o) const { return suite == o.suite && test == o.test; }
};

// Functions of the framework. Static lifetime; callable from any thread.
struct Host {
  // Fills in the test that runs now; false when there is none.
  bool (*current)(TestIdentity* identity);
  // Fails the test that runs now, at this place, and lets it go on.
  void (*fail)(const char* file, int line, const std::string& text);
  // The scopes this thread is in (REPRISE_SCOPE) as "file:line text", outermost first.
  std::vector<std::string> (*scopes)();
};

// The first one wins; false for any other. (The face of a framework is compiled into every program and library that
// includes it, and must register once.)
REPRISE_API bool InstallHost(const Host* host);

// Where the deck's program was built or installed, and the root folder of the cassettes, as the build knew them.
// Literals or strings that live as long as the process.
REPRISE_API void NameDeckProgram(const char* path);
REPRISE_API void NameCassetteRoot(const char* folder);

// The program begins to run tests: the calling process is the test process, whose children are guests.
REPRISE_API void BeginProgram();

// A test, or a suite before its set-up (with an empty `test`), begins. Costs one look at a flag until a base URL has
// been given out; then what comes over HTTP belongs to it from now on.
REPRISE_API void BeginTest(const TestIdentity& identity);

// What failed over HTTP in the running test since it was last asked for.
REPRISE_API std::vector<std::string> TakeHttpFailures();

// What a test's end brought to light. Empty for a test that never met reprise.
struct Ending {
  std::vector<std::string> failures;                            // each fails the test
  std::vector<std::string> notes;                               // lines for the console
  std::vector<std::pair<std::string, std::string>> properties;  // name, value: for the XML report
};
enum class Outcome { kPassed, kFailed, kSkipped };
// Ends the session of that test, if it has one. Costs one look at a flag and one at the process's children, in a test
// that used neither.
REPRISE_API Ending EndTest(const TestIdentity& identity, Outcome outcome, const std::string& skip_reason);

// The program has run its tests: the lines for its end. The deck ends with this.
REPRISE_API std::vector<std::string> EndProgram();

}  // namespace reprise::internal

#endif  // REPRISE_HOST_H_
