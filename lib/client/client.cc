#include "reprise/client.h"

#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <list>
#include <mutex>
#include <string_view>

#include "lib/client/deck_process.h"
#include "lib/client/raw_settings.h"
#include "lib/client/wire.h"

namespace reprise {
namespace internal {
namespace {

struct OpenSession {
  TestIdentity identity;
  std::uint64_t serial = 0;
  std::string id, mode, cassette;  // as the deck says; `id` is empty if it could not be opened
  Status status;
  std::vector<std::string> notes;
  std::vector<std::string> unjudged;  // values that could not be compared; they fail a test that has not failed
};

// What this process knows. A forked child makes its own; see DeckProcess for why.
struct State {
  State(const Kinship& kin, State* parent) : deck(kin), before(parent) {}

  DeckProcess deck;
  State* const before;              // the parent's, kept reachable and never touched
  std::mutex mutex;                 // guards `sessions`; held while one is opened, so that it is opened once
  std::list<OpenSession> sessions;  // at most the suite's and the test's
};

std::atomic<State*> state{nullptr};
std::atomic<pid_t> owner{0};  // the test process, once known
std::atomic<std::uint64_t> serials{0};
std::atomic<const Host*> host{nullptr};
std::atomic<const char*> cassette_root{nullptr};
std::atomic<long> children_faults{0};
std::atomic<bool> running{false};  // between BeginProgram and EndProgram
std::atomic<bool> urls{false};     // a base URL was given out: the deck wants to know which test runs

std::string& CurrentLane() {
  thread_local std::string lane = "main";
  return lane;
}

// Grows whenever a child of this process has been waited for: no process lives without a page fault.
long FaultsOfChildren() {
  rusage usage = {};
  return ::getrusage(RUSAGE_CHILDREN, &usage) == 0 ? usage.ru_minflt + usage.ru_majflt : 0;
}

Kinship KinshipOfThisProcess() {
  Kinship kin;
  kin.pid = ::getpid();
  pid_t known = owner;
  if (known == 0 && IsReexecutedDeathTest()) {
    kin.origin = Kinship::Origin::kReexec;
    kin.owner = ::getppid();
    return kin;
  }
  if (known == 0 && owner.compare_exchange_strong(known, kin.pid)) known = kin.pid;
  kin.owner = known;
  if (known != kin.pid) kin.origin = Kinship::Origin::kFork;
  return kin;
}

State* StateIfAny() {
  State* known = state;
  return known != nullptr && known->deck.kin().pid == ::getpid() ? known : nullptr;
}

State& TheState() {
  State* known = state;
  while (known == nullptr || known->deck.kin().pid != ::getpid()) {
    State* made = new State(KinshipOfThisProcess(), known);
    if (state.compare_exchange_strong(known, made)) return *made;
    delete made;
  }
  return *known;
}

Message WithIdentity(const char* verb, const TestIdentity& identity) {
  Message message(verb);
  message.Add("suite", identity.suite).Add("test", identity.test);
  message.Add("file", identity.file);
  if (const char* root = cassette_root; root != nullptr) message.Add("cassettes", root);
  AddRawSettings(message);
  return message;
}

std::string PlaceText(Place place) { return std::string(place.file) + ':' + std::to_string(place.line); }

Status NoTest() {
  if (host.load() == nullptr) {
    return Status(ErrorKind::kUsage, "reprise::Current()", "no test framework is known to this program",
                  "Include <reprise/gtest.h> in a source file of the test program");
  }
  return Status(ErrorKind::kUsage, "reprise::Current()", "no test is running, and a session belongs to a test",
                "Ask from within a TEST, or from SetUpTestSuite");
}

OpenSession* Find(State& s, const TestIdentity& identity) {
  for (OpenSession& session : s.sessions) {
    if (session.identity == identity) return &session;
  }
  return nullptr;
}

// `s.mutex` is held. True if it was opened now (well or not).
bool FindOrOpen(State& s, const TestIdentity& identity, OpenSession** session) {
  if ((*session = Find(s, identity)) != nullptr) return false;
  s.sessions.emplace_back();
  OpenSession& opened = s.sessions.back();
  *session = &opened;
  opened.identity = identity;
  opened.serial = ++serials;
  const Result<Message> answer = s.deck.Call(WithIdentity("open", identity));
  if (answer.ok()) {
    opened.id = answer->Get("session");
    opened.mode = answer->Get("mode");
    opened.cassette = answer->Get("cassette");
    opened.notes = answer->All("note");
  } else {
    opened.status = answer.status();
  }
  return true;
}

// Where nobody answers. Not empty, which many clients take for "the provider itself".
constexpr char kNowhere[] = "http://127.0.0.1:9";

// Fields of a message about the running test, if there is one; else about the process.
Message AboutNow(const char* verb, Place place) {
  TestIdentity identity;
  if (const Host* h = host; h == nullptr || !h->current(&identity)) identity = {"", "", place.file};
  return WithIdentity(verb, identity);
}

std::string AskForUrl(const Endpoint& endpoint, const BaseUrlOptions& options, Place place) {
  if (IsListingTests()) return kNowhere;  // a static's; nobody will use it
  Message message = AboutNow("base_url", place);
  const auto add_if = [&message](const char* name, const std::string& value) {
    if (!value.empty()) message.Add(name, value);
  };
  message.Add("endpoint.name", endpoint.name());
  add_if("endpoint.format", endpoint.format());
  add_if("endpoint.upstream", endpoint.upstream());
  add_if("endpoint.credential_from", endpoint.credential_from());
  add_if("lane", options.lane);
  if (options.host_only) message.Add("host_only", "1");
  urls = true;
  const Result<Message> answer = TheState().deck.Call(message);
  if (answer.ok()) return std::string(answer->Get("url"));
  Fail(place, answer.status().ToString());
  return kNowhere;
}

// The session behind a handle, as a copy: its id, or the status that says why there is none.
Result<std::string> SessionId(std::uint64_t serial) {
  State& s = TheState();
  OpenSession* session = nullptr;
  const std::lock_guard<std::mutex> lock(s.mutex);
  for (OpenSession& open : s.sessions) {
    if (open.serial == serial) session = &open;
  }
  if (session == nullptr && s.deck.kin().origin == Kinship::Origin::kFork) {
    // A handle of the parent's: here it means the test that this child was forked in.
    TestIdentity identity;
    if (const Host* h = host; h == nullptr || !h->current(&identity)) return NoTest();
    FindOrOpen(s, identity, &session);
  }
  if (session == nullptr) {
    return Status(ErrorKind::kUsage, "reprise::Session", "its test has ended",
                  "Call reprise::Current() in each test; a thread that outlives its test may not ask");
  }
  if (!session->status.ok()) return session->status;
  return session->id;
}

// Mode and cassette of an open session.
std::pair<std::string, std::string> Describe(std::uint64_t serial) {
  State& s = TheState();
  const std::lock_guard<std::mutex> lock(s.mutex);
  for (const OpenSession& open : s.sessions) {
    if (open.serial == serial) return {open.mode, open.cassette};
  }
  return {};
}

void AddCommon(Message& message, const std::string& session, Place place) {
  message.Add("session", session).Add("lane", CurrentLane()).Add("place", PlaceText(place));
  if (const Host* h = host; h != nullptr && h->scopes != nullptr) {
    for (const std::string& scope : h->scopes()) message.Add("scope", scope);
  }
}

Message AskMessage(const Chat& chat) {
  Message message("ask");
  const auto add_if = [&message](const char* name, const std::string& value) {
    if (!value.empty()) message.Add(name, value);
  };
  message.Add("endpoint.name", chat.endpoint().name());
  add_if("endpoint.format", chat.endpoint().format());
  add_if("endpoint.upstream", chat.endpoint().upstream());
  add_if("endpoint.credential_from", chat.endpoint().credential_from());
  add_if("credential", chat.credential());
  message.Add("model", chat.model());
  if (chat.stream()) message.Add("stream", "1");
  for (const auto& [name, json] : chat.parameters()) message.Add("param." + name, json);
  for (const Chat::Turn& turn : chat.turns()) {
    message.Add("turn.role", turn.role).Add("turn.text", turn.text);
    add_if("turn.tool_call_id", turn.tool_call_id);
    add_if("turn.continuation", turn.continuation);
    for (const ToolCall& call : turn.tool_calls) {
      message.Add("turn.call.id", call.id).Add("turn.call.name", call.name).Add("turn.call.arguments", call.arguments);
    }
  }
  return message;
}

// An error has failed the test when the caller gets it.
template <typename T>
Result<T> Failed(Place place, Status status) {
  Fail(place, status.ToString());
  return status;
}

// A recorded call that ended in an error of the caller's own is that error again, and no failure of the test.
Result<Reply> ReplyOfCall(const std::string& name, const Message& answer) {
  if (answer.Has("error.kind")) {
    return Status(ErrorKindOf(answer.Get("error.kind")), std::string(answer.Get("error.object")),
                  std::string(answer.Get("error.reason")), std::string(answer.Get("error.next")));
  }
  Reply reply = DecodeReply(answer);
  if (reply.error.empty()) return reply;
  return Status(ErrorKind::kUpstream, name, reply.error);
}

}  // namespace

bool InstallHost(const Host* h) {
  const Host* none = nullptr;
  return host.compare_exchange_strong(none, h);
}

void NameCassetteRoot(const char* folder) { cassette_root = folder; }

void BeginProgram() {
  owner = ::getpid();
  running = true;
  children_faults = FaultsOfChildren();
}

void Fail(Place place, const std::string& text) {
  if (const Host* h = host; h != nullptr) h->fail(place.file, place.line, text);
}

void Unjudged(Place place, const std::string& text) {
  State& s = TheState();
  TestIdentity identity;
  const Host* h = host;
  const std::lock_guard<std::mutex> lock(s.mutex);
  OpenSession* session = h != nullptr && h->current(&identity) ? Find(s, identity) : nullptr;
  if (session != nullptr) session->unjudged.push_back(PlaceText(place) + "\n" + text);
}

Result<GoldenAnswer> CompareGolden(std::string_view name, std::string_view actual, const std::string& key,
                                   Place place) {
  const Session session = Current(place.file, place.line);
  if (!session.status().ok()) return session.status();
  std::string_view kind = "txt";
  for (const std::string_view ending : {".txt", ".json"}) {
    if (name.size() <= ending.size() || name.substr(name.size() - ending.size()) != ending) continue;
    name.remove_suffix(ending.size());
    kind = ending.substr(1);
    break;
  }
  const Result<std::string> id = SessionId(session.serial_);
  if (!id.ok()) return id.status();
  Message message("golden");
  AddCommon(message, *id, place);
  message.Add("name", name).Add("actual", actual).Add("kind", kind);
  if (!key.empty()) message.Add("key", key);
  const Result<Message> told = TheState().deck.Call(message);
  if (!told.ok()) return told.status();
  GoldenAnswer answer;
  const std::string_view verdict = told->Get("verdict");
  answer.kind = verdict == "pass"      ? GoldenAnswer::Kind::kPass
                : verdict == "stale"   ? GoldenAnswer::Kind::kStale
                : verdict == "missing" ? GoldenAnswer::Kind::kMissing
                                       : GoldenAnswer::Kind::kFail;
  answer.message = told->Get("message");
  answer.path = told->Get("path");
  answer.name = told->Get("name");
  return answer;
}

PendingCall::PendingCall(std::uint64_t session, const Call& call, Place place)
    : session_(session), name_(call.name()), place_(place), result_(Status()) {
  if (!call.status().ok()) {
    result_ = Failed<Reply>(place, call.status());
    return;
  }
  const Result<std::string> id = SessionId(session);
  if (!id.ok()) {
    result_ = Failed<Reply>(place, id.status());
    return;
  }
  Message message("record");
  AddCommon(message, *id, place);
  message.Add("name", call.name()).Add("request", call.json()).Add("model", call.model());
  if (!call.snapshot().empty()) message.Add("pin", call.snapshot());
  if (!call.snapshot_file().empty()) message.Add("pin_file", call.snapshot_file());
  const Result<Message> answer = TheState().deck.Call(message);
  if (!answer.ok()) {
    result_ = Failed<Reply>(place, answer.status());
  } else if (answer->Get("call") == "1") {
    token_ = answer->Get("token");
  } else {
    result_ = ReplyOfCall(name_, *answer);
  }
}

PendingCall::~PendingCall() {
  if (token_.empty()) return;
  const Result<std::string> id = SessionId(session_);
  if (!id.ok()) return;
  Message message("recorded");
  AddCommon(message, *id, place_);
  message.Add("token", token_).Add("abandoned", "1");
  (void)TheState().deck.Call(message).ok();  // the exception is what the caller hears of
}

Result<Reply> PendingCall::Finish(const Result<std::string>& text) {
  const std::string token = std::exchange(token_, {});
  const Result<std::string> id = SessionId(session_);
  if (!id.ok()) return Failed<Reply>(place_, id.status());
  Message message("recorded");
  AddCommon(message, *id, place_);
  message.Add("token", token);
  if (text.ok()) {
    message.Add("text", *text);
  } else {
    const Status& error = text.status();
    message.Add("error.kind", ErrorKindName(error.kind())).Add("error.object", error.object());
    message.Add("error.reason", error.reason()).Add("error.next", error.next());
  }
  const Result<Message> answer = TheState().deck.Call(message);
  if (!answer.ok()) return Failed<Reply>(place_, answer.status());
  if (!text.ok()) return text.status();
  return ReplyOfCall(name_, *answer);
}

void BeginTest(const TestIdentity& identity) {
  if (!urls || owner != ::getpid()) return;
  // What goes wrong here is told by the first request that needs it.
  (void)TheState().deck.Call(WithIdentity("begin", identity)).ok();
}

std::vector<std::string> TakeHttpFailures() {
  TestIdentity identity;
  if (const Host* h = host; !urls || owner != ::getpid() || h == nullptr || !h->current(&identity)) return {};
  Message message("failures");
  message.Add("suite", identity.suite).Add("test", identity.test);
  const Result<Message> answer = TheState().deck.Call(message);
  return answer.ok() ? answer->All("failure") : std::vector<std::string>();
}

Ending EndTest(const TestIdentity& identity, Outcome outcome, const std::string& skip_reason) {
  Ending ending;
  if (owner != ::getpid()) return ending;  // a guest ends nothing
  const long faults = FaultsOfChildren();
  const bool had_children = children_faults.exchange(faults) != faults;
  State* s = StateIfAny();
  std::string id;
  Status status;
  bool known = false;
  if (s != nullptr) {
    const std::lock_guard<std::mutex> lock(s->mutex);
    for (auto at = s->sessions.begin(); at != s->sessions.end(); ++at) {
      if (!(at->identity == identity)) continue;
      known = true;
      id = at->id;
      ending.notes = std::move(at->notes);
      if (outcome == Outcome::kPassed) ending.failures = std::move(at->unjudged);
      s->sessions.erase(at);
      break;
    }
  }
  if (!known && (had_children || urls) && TheState().deck.Answers()) {
    // A child or a request over HTTP may have been the first to ask in this test; then its session is ours to close.
    Message open = WithIdentity("open", identity).Add("only_if_open", "1");
    if (urls && outcome != Outcome::kSkipped) open.Add("or_recorded", "1");
    const Result<Message> answer = TheState().deck.Call(open);
    if (answer.ok()) {
      id = answer->Get("session");
      for (std::string& failure : answer->All("failure")) ending.failures.push_back(std::move(failure));
      for (std::string& note : answer->All("note")) ending.notes.push_back(std::move(note));
    } else {
      ending.failures.push_back(answer.status().ToString());
    }
    known = !id.empty();
  }
  if (!known && outcome == Outcome::kSkipped) {
    const Result<Message> answer =
        TheState().deck.Call(WithIdentity("skipped", identity).Add("skip_reason", skip_reason));
    static std::atomic<bool> told{false};
    if (answer.ok()) {
      ending.notes = answer->All("note");
    } else if (!told.exchange(true)) {
      ending.notes = {"Whether skipped tests have cassettes is not known: " + answer.status().ToString()};
    }
  }
  // What has not been told yet has failed the test as well: nothing it recorded may pass for accepted.
  if (outcome == Outcome::kPassed && !ending.failures.empty()) outcome = Outcome::kFailed;
  if (!id.empty()) {
    Message message("close");
    message.Add("session", id);
    message.Add("outcome", outcome == Outcome::kPassed ? "passed" : outcome == Outcome::kFailed ? "failed" : "skipped");
    if (outcome == Outcome::kSkipped) message.Add("skip_reason", skip_reason);
    const Result<Message> answer = TheState().deck.Call(message);
    if (!answer.ok()) {
      ending.failures.push_back(answer.status().ToString());
    } else {
      for (std::string& failure : answer->All("failure")) ending.failures.push_back(std::move(failure));
      for (std::string& note : answer->All("note")) ending.notes.push_back(std::move(note));
      for (const std::string& property : answer->All("property")) {
        const std::size_t equals = property.find('=');
        if (equals == std::string::npos) continue;
        ending.properties.emplace_back(property.substr(0, equals), property.substr(equals + 1));
      }
    }
  }
  if (s = StateIfAny(); s != nullptr) s->deck.StartAfresh();
  children_faults = FaultsOfChildren();  // the deck's first process was one
  return ending;
}

std::vector<std::string> EndProgram() {
  State* s = StateIfAny();
  if (!running.exchange(false) || s == nullptr || owner != ::getpid() || !s->deck.Answers()) return {};
  const Result<Message> answer = s->deck.Call(Message("finish"));
  std::vector<std::string> lines;
  if (answer.ok()) {
    lines = answer->All("homeless");
    for (std::string& line : answer->All("line")) lines.push_back(std::move(line));
  }
  s->deck.Disconnect();
  return lines;
}

}  // namespace internal

Call::Call(const Chat& chat) : name_("chat"), json_(chat.ToJson()), model_(chat.model()), status_(chat.status()) {}

Call& Call::Model(std::string name) {
  model_ = std::move(name);
  return *this;
}

Call& Call::Snapshot(std::string digest) {
  snapshot_ = std::move(digest);
  return *this;
}

Call& Call::SnapshotFile(std::string path) {
  snapshot_file_ = std::move(path);
  return *this;
}

Lane::Lane(std::string name) : before_(std::exchange(internal::CurrentLane(), std::move(name))) {}
Lane::~Lane() { internal::CurrentLane() = std::move(before_); }

Session Current(const char* file, int line) {
  using namespace internal;  // NOLINT
  Session handle;
  TestIdentity identity;
  if (const Host* h = host; h == nullptr || !h->current(&identity)) {
    handle.status_ = NoTest();
    if (running) Fail({file, line}, handle.status_.ToString());
    return handle;
  }
  State& s = TheState();
  bool now = false;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    OpenSession* session = nullptr;
    now = FindOrOpen(s, identity, &session);
    handle.serial_ = session->serial;
    handle.status_ = session->status;
  }
  if (now && !handle.status_.ok()) Fail({file, line}, handle.status_.ToString());
  return handle;
}

Result<Reply> Session::Ask(const Chat& chat, const char* file, int line) const {
  using namespace internal;  // NOLINT
  if (!status_.ok()) return status_;
  if (!chat.status().ok()) return Failed<Reply>({file, line}, chat.status());
  const Result<std::string> id = SessionId(serial_);
  if (!id.ok()) return Failed<Reply>({file, line}, id.status());
  Message message = AskMessage(chat);
  AddCommon(message, *id, {file, line});
  const Result<Message> answer = TheState().deck.Call(message);
  if (!answer.ok()) return Failed<Reply>({file, line}, answer.status());
  return DecodeReply(*answer);
}

std::string Session::BaseUrl(const Endpoint& endpoint, const BaseUrlOptions& options, const char* file,
                             int line) const {
  return reprise::BaseUrl(endpoint, options, file, line);
}

std::string BaseUrl(const Endpoint& endpoint, const BaseUrlOptions& options, const char* file, int line) {
  return internal::AskForUrl(endpoint, options, {file, line});
}

std::vector<std::pair<std::string, std::string>> Session::Environment(const char* file, int line) const {
  using namespace internal;  // NOLINT
  std::vector<std::pair<std::string, std::string>> pairs;
  urls = true;
  const Result<Message> answer = TheState().deck.Call(AboutNow("environment", {file, line}));
  if (!answer.ok()) Fail({file, line}, answer.status().ToString());
  if (answer.ok()) {
    for (const auto& [name, value] : answer->fields()) {
      if (name == "variable") pairs.emplace_back(value, "");
      if (name == "value" && !pairs.empty()) pairs.back().second = value;
    }
  }
  return pairs;
}

void Session::Step(int chunks, const char* file, int line) const {
  using namespace internal;  // NOLINT
  if (!status_.ok()) return;
  const Result<std::string> id = SessionId(serial_);
  Message message("step");
  if (id.ok()) message.Add("session", *id).Add("chunks", chunks);
  const Result<Message> answer = id.ok() ? TheState().deck.Call(message) : Result<Message>(id.status());
  if (!answer.ok()) Fail({file, line}, answer.status().ToString());
}

std::string Session::mode() const { return internal::Describe(serial_).first; }
std::string Session::cassette() const { return internal::Describe(serial_).second; }

void Session::AllowUnused(const std::string& why, const char* file, int line) const {
  using namespace internal;  // NOLINT
  if (!status_.ok()) return;
  const Result<std::string> id = SessionId(serial_);
  Message message("allow_unused");
  if (id.ok()) message.Add("session", *id).Add("why", why);
  const Result<Message> answer = id.ok() ? TheState().deck.Call(message) : Result<Message>(id.status());
  if (!answer.ok()) Fail({file, line}, answer.status().ToString());
}

}  // namespace reprise
