// Client: what a test holds of reprise. Synchronous calls to the deck, the child process in which sessions live.
//
//   auto reply = reprise::Current().Ask(reprise::Chat("openai/gpt-4o-mini-2024-07-18").User("Hello").Seed(42));
//   ASSERT_THAT(reply, reprise::IsOk());                     // reprise/gtest.h
//
//   auto text = reprise::Current().Record(reprise::Call("generate", prompt_json), [&] { return engine.Run(prompt); });
//
// The session is named after the running test, opened by the first `Current()` in it, and closed at its end, which
// fails the test for recordings that nobody asked for. The first `Current()` of the process starts the deck (a few
// milliseconds); a call is one message there and one back (some ten microseconds in replay), and blocks until its
// answer. This library starts no thread, opens no file, and brings nothing but the C++ library into the process.
//
// Code that speaks HTTP already is pointed at the deck, and records and replays by the mode, streams included:
//
//   Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
//
// Threads: everything here may be called from any thread at any time. Two threads that ask at once should each name a
// `Lane`, so that the order of their requests is told apart. Processes: a forked child and a re-executed death test ask
// the same deck; what they use counts for the test, and they write nothing.
//
// Errors: nothing throws. An `Ask` or `Record` that returns an error has failed the running test already, at its line,
// so that code which swallows errors cannot turn a miss into a green test.
#ifndef REPRISE_CLIENT_H_
#define REPRISE_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reprise/chat.h"
#include "reprise/exchange.h"
#include "reprise/host.h"
#include "reprise/result.h"

namespace reprise {

// Something the test computes by itself, for `Record`: a name and its input as JSON text, or a Chat.
class REPRISE_API Call {
 public:
  Call(std::string name, std::string json) : name_(std::move(name)), json_(std::move(json)) {}
  Call(const Chat& chat);  // NOLINT: implicit, so that Record(chat, fn) reads well

  // The model's name, for people; of a Chat it is known.
  Call& Model(std::string name);
  // What really names the weights, kept with the recording: a digest or revision, or a file to hash (which costs
  // reading it, when recording).
  Call& Snapshot(std::string digest);
  Call& SnapshotFile(std::string path);

  const std::string& name() const { return name_; }
  const std::string& json() const { return json_; }
  const std::string& model() const { return model_; }
  const std::string& snapshot() const { return snapshot_; }
  const std::string& snapshot_file() const { return snapshot_file_; }
  const Status& status() const { return status_; }

 private:
  std::string name_, json_, model_, snapshot_, snapshot_file_;
  Status status_;
};

// Settings given in code: below the command line (--reprise_NAME) and the environment (REPRISE_NAME), above the
// project file. They hold for sessions opened afterwards; what is said again, by name, takes the place of what was said
// before, and all else stays.
class REPRISE_API Settings {
 public:
  Settings& Mode(std::string mode) { return Set("mode", std::move(mode)); }
  // The modes these tests allow; any other, wherever it was asked for, is an error that names both places.
  Settings& AllowModes(const std::vector<std::string>& modes);
  Settings& Cassettes(std::string folder) { return Set("cassettes", std::move(folder)); }
  Settings& Goldens(std::string folder) { return Set("goldens", std::move(folder)); }
  // Any setting by its name: `reprise config` lists them.
  Settings& Set(std::string name, std::string value);

  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};
REPRISE_API void Configure(const Settings& settings, const char* file = __builtin_FILE(), int line = __builtin_LINE());

namespace internal {
struct SettingInCode {
  std::string name, value, place;
};
}  // namespace internal

// The same for a scope, such as a fixture: at its end all is as it was at its beginning.
class REPRISE_API ScopedSettings {
 public:
  explicit ScopedSettings(const Settings& settings, const char* file = __builtin_FILE(), int line = __builtin_LINE());
  ~ScopedSettings();
  ScopedSettings(const ScopedSettings&) = delete;
  ScopedSettings& operator=(const ScopedSettings&) = delete;

 private:
  std::vector<internal::SettingInCode> before_;
};

// For programs that check their own command line: takes the `--reprise_*` flags out of it. Without this call they are
// found all the same, and stay where they are.
REPRISE_API void Init(int* argc, char** argv);

// Names the lane of this thread's `Ask` and `Record` while it lives; lanes nest.
class REPRISE_API Lane {
 public:
  explicit Lane(std::string name);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

 private:
  std::string before_;
};

// How an endpoint is to be reached over HTTP.
struct BaseUrlOptions {
  // The lane of what comes over this URL; each lane has a port of its own. Empty: "main".
  std::string lane;
  // For clients that take host and port and keep no path: the URL then ends after the port.
  bool host_only = false;
};

namespace internal {

struct Place {
  const char* file;
  int line;
};

// A `Record` under way: replayed, or waiting for what the test computes. If it is left by an exception, the deck is
// told so and nothing is recorded.
class REPRISE_API PendingCall {
 public:
  PendingCall(std::uint64_t session, const Call& call, Place place);
  ~PendingCall();
  PendingCall(const PendingCall&) = delete;
  PendingCall& operator=(const PendingCall&) = delete;

  bool must_run() const { return !token_.empty(); }
  Result<Reply> Replayed() const { return result_; }
  Result<Reply> Finish(const Result<std::string>& text);

 private:
  std::uint64_t session_;
  std::string name_, token_;
  Place place_;
  Result<Reply> result_;
};

// A value against the golden of that name; what MatchesGolden asks.
struct GoldenAnswer {
  enum class Kind { kPass, kFail, kStale, kMissing };
  Kind kind = Kind::kFail;
  std::string message;  // for a human; several lines
  std::string path, name;
};
REPRISE_API Result<GoldenAnswer> CompareGolden(std::string_view name, std::string_view actual, const std::string& key,
                                               Place place);
// A value could not be judged, so a matcher's "no" would mean nothing: fails the test at its end, if it has not failed.
REPRISE_API void Unjudged(Place place, const std::string& text);
// Fails the running test at that place, through the host.
REPRISE_API void Fail(Place place, const std::string& text);

}  // namespace internal

// The session of one test. A handle, free to copy and to give to other threads; used after its test has ended, it says
// so. The default arguments take the line of the call.
class REPRISE_API Session {
 public:
  // Asks a model, by the mode: answered from the cassette, or by the provider and recorded. An answer with an HTTP
  // error status is a reply like any other (`reply->status`, `reply->error`).
  Result<Reply> Ask(const Chat& chat, const char* file = __builtin_FILE(), int line = __builtin_LINE()) const;

  // Records what `generate` returns, or replays it without calling it. `generate` is called at most once, on this
  // thread, and returns text (anything a std::string is made of) or Result<std::string>; its error is recorded too, and
  // is then returned in replay as it was the first time (kind, object, reason and next step), without failing the test.
  // Of a call that is left by an exception nothing is recorded, and the exception goes on to the caller. The text is
  // `reply->text`.
  template <typename F>
  Result<Reply> Record(const Call& call, F&& generate, const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) const {
    internal::PendingCall pending(serial_, call, {file, line});
    if (!pending.must_run()) return pending.Replayed();
    if constexpr (std::is_convertible_v<std::invoke_result_t<F&>, Result<std::string>>) {
      return pending.Finish(generate());
    } else {
      return pending.Finish(std::string(generate()));
    }
  }

  // The base URL at which code under test reaches the endpoint, through the deck: "http://127.0.0.1:PORT/TOKEN/v1", in
  // the form that the provider's SDKs expect. It is the same for the life of the process, so statics and fixtures may
  // keep it: what comes over it belongs to the test that runs when its head arrives, to the suite between its tests,
  // and is refused outside of both. What a request carries goes upstream as it came, its credential too; nothing is
  // added. A request that no recording answers gets an HTTP error, and fails the test at the end of the innermost
  // REPRISE_SCOPE, else at the end of the test, whatever the code under test makes of the error.
  //
  // Never empty. Where there is none the test has failed, and the URL is one that nobody answers.
  std::string BaseUrl(const Endpoint& endpoint, const BaseUrlOptions& options = {}, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE()) const;

  // What a child program needs to be recorded and replayed: the base URLs of all endpoints under the names that their
  // SDKs read, loopback in NO_PROXY, and in modes that ask nobody a dummy for each key that is not set.
  std::vector<std::pair<std::string, std::string>> Environment(const char* file = __builtin_FILE(),
                                                               int line = __builtin_LINE()) const;

  // With the setting `pace` = "step": the next `chunks` chunks of streams that are replayed over HTTP in this test may
  // go, the oldest stream first. What is not there yet may go as soon as it is.
  void Step(int chunks = 1, const char* file = __builtin_FILE(), int line = __builtin_LINE()) const;

  // Recordings that this test leaves unused are no failure, for this reason.
  void AllowUnused(const std::string& why, const char* file = __builtin_FILE(), int line = __builtin_LINE()) const;

  // "replay", "record", ... and the path of the cassette; "" when the session could not be opened.
  std::string mode() const;
  std::string cassette() const;
  // Why it could not be opened; that has failed the test already.
  const Status& status() const { return status_; }

 private:
  friend Session Current(const char* file, int line);
  friend Result<internal::GoldenAnswer> internal::CompareGolden(std::string_view name, std::string_view actual,
                                                                const std::string& key, internal::Place place);
  std::uint64_t serial_ = 0;
  Status status_;
};

// The session of the running test. Opens it if need be. Between the tests of a suite (SetUpTestSuite) it is that of the
// suite; outside of both, each verb returns a sentence that says so.
REPRISE_API Session Current(const char* file = __builtin_FILE(), int line = __builtin_LINE());

// As Session::BaseUrl, where no test runs yet: for statics and GoogleTest environments. (A process that only lists its
// tests gets a URL that nobody answers, and starts nothing.)
REPRISE_API std::string BaseUrl(const Endpoint& endpoint, const BaseUrlOptions& options = {},
                                const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace reprise

#ifdef REPRISE_DECK_PROGRAM
namespace reprise::internal {
inline const bool kDeckProgramNamed = (NameDeckProgram(REPRISE_DECK_PROGRAM), true);
}
#endif

#ifdef REPRISE_CASSETTE_ROOT
namespace reprise::internal {
inline const bool kCassetteRootNamed = (NameCassetteRoot(REPRISE_CASSETTE_ROOT), true);
}
#endif

#endif  // REPRISE_CLIENT_H_
