// DeckRun: this program as the owner of a deck, with one session for a command or for the time it serves. The same deck
// as a test program's, with another parent.
//
//   DeckRun run({.name = "agent", .cassette = "/src/cassettes/agent.reprise", .mode = "record"});
//   Result<DeckRun::Variables> variables = run.Environment();  // what a child needs
//   ...
//   DeckRun::Outcome outcome = run.Close(true);
//
// One thread. Nothing is started before the first call; the deck ends with this process.
#ifndef REPRISE_CLI_DECK_RUN_H_
#define REPRISE_CLI_DECK_RUN_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reprise/result.h"

namespace reprise::internal {
class DeckProcess;
class Message;
}  // namespace reprise::internal

namespace reprise::cli {

class DeckRun {
 public:
  struct Options {
    std::string name;      // of the session, for a human: "agent plan-trip"
    std::string cassette;  // absolute path
    std::string mode;      // "record", "replay", "extend"
    std::string repair;    // the command that records it again
    bool accept = false;   // a recording replaces the one that lies there
  };
  using Variables = std::vector<std::pair<std::string, std::string>>;

  explicit DeckRun(Options options);
  ~DeckRun();
  DeckRun(const DeckRun&) = delete;
  DeckRun& operator=(const DeckRun&) = delete;

  // Variables for a child program. What comes over HTTP from now on belongs to this session.
  Result<Variables> Environment();

  // The base URL of one endpoint on one lane; `format` and `upstream` where nobody else knows them.
  struct Way {
    std::string endpoint, format, upstream, lane;
    bool host_only = false;
  };
  Result<std::string> BaseUrl(const Way& way);

  struct Outcome {
    std::vector<std::string> failures;  // misses, leftovers, what was refused or could not be recorded
    std::vector<std::string> notes;
    std::map<std::string, std::int64_t> counts;  // "served", "missed", "recorded", ...
    bool opened = false;                         // a request came, or a cassette lies there
    bool unknown = false;                        // the deck went away or failed: nobody knows what was missed
  };
  // `good`: the command did well; a recording of one that did not is kept for review.
  Outcome Close(bool good);

 private:
  internal::Message About(const char* verb) const;

  const Options options_;
  const std::unique_ptr<internal::DeckProcess> deck_;
};

// The file that a command's exchanges go to: `given`, if any; else under REPRISE_CASSETTES or ./cassettes, named after
// the command and its arguments. Errors: arguments that hold a secret, for a file's name is no place for one.
Result<std::string> CassetteOfCommand(const std::string& given, const std::vector<std::string>& words);
// "agent plan-trip Paris", at most about 80 characters; secrets are withheld.
std::string NameOfCommand(const std::vector<std::string>& words);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_DECK_RUN_H_
