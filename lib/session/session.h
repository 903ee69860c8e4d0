// Session: what a test holds. A mode, a cassette, endpoints; named after the test.
//
// The row of the mode table is read once, when the session opens. It says which cassette is read, what is written, and
// which chain of transports the composition root builds; afterwards the session holds a `Transport&` and cannot tell
// who answers. Thread-safe but for `Close`, after which every call is refused.
//
// A forked or re-executed child of the test works on a *branch*: it starts where its parent stood (fork) or at the
// beginning (re-exec), what it is served counts as used, what it records is recorded into the session, and it closes
// nothing.
#ifndef REPRISE_SESSION_SESSION_H_
#define REPRISE_SESSION_SESSION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/format/adapter.h"
#include "lib/match/matcher.h"
#include "lib/session/goldens.h"
#include "lib/session/naming.h"
#include "lib/session/pace.h"
#include "lib/session/recorded.h"
#include "lib/session/secret_guard.h"
#include "lib/session/settings.h"
#include "lib/session/tape.h"
#include "reprise/comparison.h"
#include "reprise/exchange.h"
#include "reprise/result.h"
#include "reprise/transport.h"

namespace reprise::session {

// What a chain is built from. All of it outlives the chain.
struct ChainParts {
  const ModeRow* row = nullptr;
  Recorded* recorded = nullptr;  // to be answered from first; null: nothing is
  match::Cursors* cursors = nullptr;
  Tape* tape = nullptr;  // null: nothing is written
  Rules rules;
  std::string session;         // name
  std::string path;            // of the cassette
  bool follow_live = false;    // the setting `follow`, for what comes over HTTP
  bool ask_all_again = false;  // the setting `ask_again`
  // Hears of a request over HTTP that was not asked again.
  std::function<void()> passed_over;
  // Takes secrets out of a reply that a verdict quotes.
  std::function<void(Reply&)> withhold;
  // Takes the verdict on request `number` of the chain, where `row->compares`.
  std::function<void(int number, const SendContext& context, const Verdict& verdict)> judge;
};

// What is told of a skipped test that has a cassette: it could have been replayed.
std::string SkippedNote(const std::string& name, const std::string& cassette, const std::string& reason);

struct Chain {
  std::vector<std::unique_ptr<Transport>> parts;
  Transport* top = nullptr;  // one of the parts, or a transport that outlives the chain
};

class Session {
 public:
  struct Opening {
    TestName name;
    Settings settings;
    std::string compiled_in;  // cassette root, or ""
    std::string program;      // argv[0], for the command that repairs
    std::string cassette;     // absolute path of the cassette; empty: it is named after the test
    std::string repair;       // the command that records it again; empty: the test program's
    Environment environment;
    std::vector<std::pair<std::string, std::string>> secrets;  // value, rule ("env.NAME"); must not get out
    std::string by;                                            // "reprise 0.1.0"
  };
  // Where the cassette lies, or would: `file` is `path` below `root`, with its ending, that of the one that is there.
  struct Place {
    std::string root, path, file;
  };
  static Result<Place> PlaceOf(const Opening& opening);
  using Compose = std::function<Chain(const ChainParts&)>;

  // Errors: no folder for cassettes, a name another test has, a cassette that cannot be read. A missing one is none: it
  // is told by the first request. `names` is for the whole process.
  static Result<std::unique_ptr<Session>> Open(Opening opening, NameRegistry& names, Compose compose);

  const std::string& name() const { return name_; }
  const ModeRow& mode() const { return opening_.settings.mode(); }
  const Settings& settings() const { return opening_.settings; }
  const TestName& test() const { return opening_.name; }
  const std::string& cassette() const { return path_; }
  const std::string& cassette_root() const { return root_; }
  const std::vector<std::string>& notes() const { return notes_; }  // to be printed once, when it opens
  // The shell command that records this test again.
  std::string RepairCommand() const;

  // Who asks: 0 for the test itself, else the pid of a child that has a branch.
  using Asker = std::int64_t;
  Status OpenBranch(Asker pid, bool from_start);
  void EndBranch(Asker pid);  // what it was served counts from now on; no-op when there is none

  struct Question {
    Endpoint endpoint;  // as the code said it
    format::ChatRequest chat;
    std::string lane = "main", place, credential;  // an explicit credential, or ""
  };
  Result<Reply> Ask(const Question& question, Asker asker = 0);

  // A call of the user's own function, which `function` wraps.
  struct Call {
    std::string name, request;  // request: JSON text
    std::string model, pin;     // the name asked for; what names the weights
    std::string lane = "main", place;
    Transport* function = nullptr;
  };
  Result<Reply> Record(const Call& call, Asker asker = 0);

  // A request as it came over HTTP from code under test.
  struct OverHttp {
    Endpoint endpoint;  // as the code said it
    std::string method;
    std::string target;  // origin form: "/v1/chat/completions?x=1"
    Headers headers;
    std::string body;
    Headers trailers;
  };
  // The same as it goes upstream and into the key: to the endpoint's upstream, in the format that its path tells.
  Result<Request> Address(OverHttp asked) const;
  // Sends it, the reply into `sink` as it comes. An error fails the test, whatever the code under test makes of it:
  // with `TakeFailures`, else at the close.
  Status Forward(const Request& request, const std::string& lane, ReplySink& sink, Asker asker = 0);
  const Pace& pace() const { return pace_; }
  // Another reason for the test to fail, told with those of `Forward`.
  void Fail(std::string text, Asker asker = 0);
  std::vector<std::string> TakeFailures();

  // A child leaves no pending file.
  Result<GoldenResult> CompareGolden(GoldenValue value, Asker asker = 0);

  void AllowUnused(std::string why);

  enum class Outcome { kPassed, kFailed, kSkipped, kCrashed };
  struct Closing {
    std::vector<std::string> failures, notes;
    std::vector<std::pair<std::string, std::string>> properties;
  };
  Closing Close(Outcome outcome, const std::string& skip_reason);

  struct Counts {
    std::uint64_t served = 0, missed = 0, live = 0;
    std::uint64_t goldens = 0;  // comparisons, each counted
  };
  Counts counts() const;

 private:
  struct Course {
    match::Cursors cursors;
    std::unique_ptr<Recorded> journal;  // what the session had recorded when a branch began
    Recorded* recorded = nullptr;
    Chain chain;
    int unnamed_goldens = 0;
  };

  explicit Session(Opening opening);
  Status Closed() const;  // what every call says after Close
  Status OpenCassette();
  // A cassette that was named and lies in no project brings the rules which its head declares.
  void TakeOverRules();
  std::unique_ptr<Course> MakeCourse(Recorded* recorded, match::Cursors cursors);
  Status SendInto(const Request& request, const SendContext& context, ReplySink& sink, Asker asker);
  Result<Reply> Send(const Request& request, const SendContext& context, Asker asker);
  Result<Reply> AskModel(const Question& question, Asker asker);
  Result<Reply> RecordCall(const Call& call, Asker asker);
  // A child cannot fail its parent's test: what went wrong for it is kept for the closing.
  Result<Reply> Told(Result<Reply> reply, Asker asker);
  // Counted for each endpoint and lane: two providers may get one dummy key, and lanes may overtake each other.
  int AliasOf(const std::string& endpoint, const std::string& lane, const std::string& credential);
  void CloseUnused(Outcome outcome, Closing& closing);
  void CloseTape(Outcome outcome, Closing& closing);

  const Opening opening_;
  const std::string name_;
  Compose compose_;
  SecretGuard guard_;
  Rules rules_;  // in force
  std::string root_, path_;
  std::vector<std::string> notes_;
  Pace pace_;
  bool cassette_missing_ = false;

  std::unique_ptr<Recorded> stored_;  // the cassette that lies there
  std::unique_ptr<Tape> tape_;
  std::unique_ptr<Goldens> goldens_;
  std::shared_ptr<Course> course_;

  mutable std::mutex mutex_;
  std::map<Asker, std::shared_ptr<Course>> branches_;
  // Of an endpoint and a lane: by alias, from 1. Never leaves this object.
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> credentials_;
  std::vector<std::string> judged_;  // failures of verify
  std::vector<std::string> http_failures_, branch_failures_;
  std::vector<std::string> stale_;
  std::set<std::string> asides_;  // notes for the close
  std::uint64_t judged_passes_ = 0, passed_over_ = 0;
  Counts counts_;
  std::optional<std::string> unused_allowed_;
  bool closed_ = false;
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_SESSION_H_
