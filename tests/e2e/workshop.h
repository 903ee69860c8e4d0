// Workshop: a temporary folder in which a user's test program is run as a child, in an environment of its own, and what
// is left of it afterwards: exit code, output, files, processes.
//
// Every run has a bound of 20 s unless another is set, output is read to its end as `2>&1 | cat` would, and a process
// that outlives its run (a deck) is found by the folder's path in its environment.
#ifndef REPRISE_TESTS_E2E_WORKSHOP_H_
#define REPRISE_TESTS_E2E_WORKSHOP_H_

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_provider.h"

namespace reprise::e2e {

struct Ended {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  bool in_time = true;
  std::string output;  // standard output and error, as they came
  bool ok() const { return in_time && exit_code == 0; }
};

class Workshop {
 public:
  Workshop();
  ~Workshop();  // removes the folder
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  // A provider for programs to record from; closing it cuts the only network there is.
  void OpenProvider();
  void CloseProvider();
  int requests() const;  // it has seen so far
  int port() const { return provider_->port(); }

  // Environment of the programs to run: PATH, HOME, TMPDIR, LANG, where the provider is, and what is set here.
  Workshop& Set(const std::string& name, const std::string& value);
  Workshop& Unset(const std::string& name);

  // Bound of runs from now on.
  void Allow(std::chrono::seconds bound) { bound_ = bound; }

  // Runs a program of tests/e2e/programs, or one with a full path. `while_it_runs` is called with its pid at each line
  // of output so far.
  using Watch = std::function<void(pid_t pid, const std::string& output)>;
  Ended Start(const std::string& program, const std::vector<std::string>& arguments = {}, const Watch& watch = nullptr);
  // The same for a program that stops at a gate: `at_the_gate` is called once while it waits there.
  Ended StartWithGate(const std::string& program, const std::vector<std::string>& arguments, const Watch& at_the_gate);
  Ended Record(const std::string& program, const std::vector<std::string>& arguments = {});
  // With the provider closed, and with no network at all where the kernel lets us take it away.
  Ended Replay(const std::string& program, const std::vector<std::string>& arguments = {});
  // The same with the loopback, for programs that speak HTTP to the deck.
  Ended ReplayOverLoopback(const std::string& program, const std::vector<std::string>& arguments = {});

  // Full names of a program's tests, as it lists them.
  std::vector<std::string> TestsOf(const std::string& program);

  // Files below the folder, sorted: "cassettes/Chat/Asks.reprise".
  std::vector<std::string> Files() const;
  std::string Read(const std::string& path) const;
  const std::string& folder() const { return folder_; }

  // Pids of live processes that were started in this workshop; decks among them end a moment after their test.
  std::vector<pid_t> Processes() const;
  // The deck among them, or 0.
  pid_t Deck() const;
  // Waits (within the bound) until there are none.
  bool IsQuiet() const;

 private:
  std::chrono::seconds bound_{20};
  std::string folder_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<support::FakeProvider> provider_;
};

// A test in a workshop of its own, with a provider at first, that leaves no process behind.
class E2e : public ::testing::Test, protected Workshop {
 protected:
  void SetUp() override { OpenProvider(); }
  void TearDown() override { EXPECT_TRUE(IsQuiet()) << "a process was left behind"; }
};

// The argument by which a test program runs these tests.
std::vector<std::string> Only(const std::string& filter);
// What stands in `text` from `from` on and before `to`, or "": a part that the program itself printed.
std::string Between(const std::string& text, const std::string& from, const std::string& to);
// The line of `program`'s source that holds `text`, as GoogleTest prints it: "asks.cc:49".
std::string LineOf(const std::string& program, const std::string& text);
// How often `part` stands in `text`.
int Count(const std::string& text, const std::string& part);

}  // namespace reprise::e2e

#endif  // REPRISE_TESTS_E2E_WORKSHOP_H_
