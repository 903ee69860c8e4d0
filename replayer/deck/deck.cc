#include "replayer/deck/deck.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "lib/base/file_system.h"
#include "lib/base/log.h"
#include "replayer/deck/call_error.h"
#include "replayer/deck/chain.h"
#include "replayer/deck/opening.h"

namespace reprise::replayer {
namespace {

using reprise::internal::Message;
using session::Session;

// In replay the weights are not needed, and reading very large ones only to learn that nothing changed would cost more
// than the test.
constexpr std::uint64_t kMaxPinInReplay = std::uint64_t{256} << 20;

std::int64_t NumberOf(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Deck::Peer::Origin OriginOf(std::string_view name) {
  if (name == "test") return Deck::Peer::Origin::kTest;
  if (name == "fork") return Deck::Peer::Origin::kFork;
  if (name == "reexec") return Deck::Peer::Origin::kReexec;
  return Deck::Peer::Origin::kNone;
}

bool IsChild(const Deck::Peer& peer) {
  return peer.origin == Deck::Peer::Origin::kFork || peer.origin == Deck::Peer::Origin::kReexec;
}

Result<Session::Outcome> OutcomeOf(std::string_view name) {
  if (name == "passed") return Session::Outcome::kPassed;
  if (name == "failed") return Session::Outcome::kFailed;
  if (name == "skipped") return Session::Outcome::kSkipped;
  if (name == "crashed") return Session::Outcome::kCrashed;
  return Status(ErrorKind::kInternal, "close", "there is no outcome \"" + std::string(name) + "\"");
}

// The cassette that lies there for this test, where its mode reads one; or "".
std::string CassetteToRead(const Session::Opening& opening) {
  if (!opening.settings.mode().reads) return "";
  const Result<Session::Place> place = Session::PlaceOf(opening);
  return place.ok() && base::Exists(place->file) ? place->file : "";
}

Message ReplyMessage(const Result<Reply>& reply) {
  if (!reply.ok()) return Message::Error(reply.status());
  Message answer = Message::Ok();
  reprise::internal::EncodeReply(*reply, answer);
  return answer;
}

// Of a recorded call: where the function gave an error, its parts too.
Message CallMessage(Result<Reply> reply) {
  const std::optional<Status> error = reply.ok() && !reply->error.empty() ? ReadCallError(reply->error) : std::nullopt;
  if (!error) return ReplyMessage(reply);
  reply->error = error->ToString();
  Message answer = ReplyMessage(reply);
  answer.Add("error.kind", reprise::internal::ErrorKindName(error->kind())).Add("error.object", error->object());
  return answer.Add("error.reason", error->reason()).Add("error.next", error->next());
}

}  // namespace

Deck::Deck(Options options)
    : options_(std::move(options)),
      secrets_(session::SecretsOfEnvironment(options_.environment)),
      http_(tests_, [this](const Message& opening, Session::Asker asker) { return OpenForHttp(opening, asker); }) {}

Deck::Verb Deck::FindVerb(std::string_view name) {
  static constexpr std::pair<std::string_view, Verb> kVerbs[] = {
      {"open", &Deck::OpenSession},  {"ask", &Deck::Ask},          {"record", &Deck::Record},
      {"recorded", &Deck::Recorded}, {"golden", &Deck::Golden},    {"allow_unused", &Deck::AllowUnused},
      {"close", &Deck::Close},       {"skipped", &Deck::Skipped},  {"finish", &Deck::Finish},
      {"begin", &Deck::Begin},       {"base_url", &Deck::BaseUrl}, {"environment", &Deck::ChildEnvironment},
      {"failures", &Deck::Failures}, {"step", &Deck::Step},
  };
  for (const auto& [verb, handler] : kVerbs)
    if (verb == name) return handler;
  return nullptr;
}

Message Deck::Handle(const Message& message, Peer& peer) {
  const std::string_view verb = message.Get("verb");
  if (verb == "hello") return Hello(message, peer);
  if (peer.origin == Peer::Origin::kNone)
    return Message::Error(Status(ErrorKind::kInternal, options_.path, "the first message must be hello"));
  const Verb handler = FindVerb(verb);
  if (handler == nullptr)
    return Message::Error(Status(ErrorKind::kInternal, options_.path,
                                 "there is no verb \"" + std::string(verb) + "\" in this deck",
                                 "Library and deck must be of one version"));
  return (this->*handler)(message, peer);
}

Message Deck::Hello(const Message& message, Peer& peer) {
  const std::string mine = std::to_string(reprise::internal::kProtocol);
  const std::string theirs(message.Get("protocol"));
  if (theirs != mine)
    return Message::Error(
        Status(ErrorKind::kUsage, options_.path,
               "this deck is version " + options_.version + " and speaks protocol " + mine + ", the library in " +
                   std::string(message.Get("program")) + " is version " + std::string(message.Get("library")) +
                   " and speaks protocol " + theirs,
               "Build the test against the installed reprise, or point REPRISE_DECK at the deck of its version"));
  peer.origin = OriginOf(message.Get("origin"));
  peer.owner = NumberOf(message.Get("owner"));
  if (peer.owner == 0) peer.owner = peer.pid;
  if (peer.origin == Peer::Origin::kNone)
    return Message::Error(
        Status(ErrorKind::kInternal, "hello", "there is no origin \"" + std::string(message.Get("origin")) + "\""));
  Message answer = Message::Ok();
  answer.Add("protocol", mine).Add("deck", options_.version).Add("path", options_.path).Add("pid", ::getpid());
  return answer;
}

Result<Deck::Found> Deck::FindOrOpen(const Message& message, bool only_if_open, bool or_recorded) {
  if (message.Get("suite").empty()) return Status(ErrorKind::kUsage, "open", "the message names no suite");
  const std::string test_key = CurrentTests::KeyOf(message);
  const std::lock_guard<std::mutex> one(opening_);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = ids_.find(test_key); it != ids_.end()) {
      Open& open = open_[it->second];
      return Found{it->second, open.session, std::exchange(open.untold, {})};
    }
  }
  if (only_if_open && !or_recorded) return Found();
  Result<Session::Opening> opening = ReadOpening(message, options_.environment);
  if (only_if_open && (!opening.ok() || CassetteToRead(*opening).empty())) return Found();
  if (!opening.ok()) return opening.status();
  opening->secrets.insert(opening->secrets.end(), secrets_.begin(), secrets_.end());
  opening->by = "reprise " + options_.version;
  Transport& upstream = options_.upstream(opening->settings, opening->name.cwd);
  Result<std::unique_ptr<Session>> opened =
      Session::Open(*std::move(opening), names_,
                    [&upstream](const session::ChainParts& parts) { return ComposeChain(parts, upstream); });
  if (!opened.ok()) return opened.status();
  Found found;
  found.session = *std::move(opened);
  found.notes = found.session->notes();
  const std::lock_guard<std::mutex> lock(mutex_);
  found.id = std::to_string(next_id_++);
  ids_[test_key] = found.id;
  open_[found.id] = {found.session, test_key, {}};
  base::Log(base::LogLevel::kInfo, "session " + found.id + " of " + found.session->name() + " opens in mode " +
                                       std::string(found.session->mode().name) + " with " + found.session->cassette());
  return found;
}

Message Deck::OpenSession(const Message& message, const Peer& peer) {
  const bool only_if_open = message.Get("only_if_open") == "1";
  Message answer = Message::Ok();
  // It is asked like this at the end of a test: what came over HTTP may have opened a session that only we know of.
  if (only_if_open)
    EndStay(CurrentTests::KeyOf(message), nullptr, &answer);
  else
    tests_.Begin(message);
  Result<Found> found = FindOrOpen(message, only_if_open, message.Get("or_recorded") == "1");
  if (!found.ok()) return Message::Error(found.status());
  if (!found->session) return answer;
  for (const std::string& note : found->notes) answer.Add("note", note);
  if (IsChild(peer)) {
    Message with_branch;
    with_branch.Add("session", found->id);
    if (const auto branched = SessionOf(with_branch, peer); !branched.ok()) return Message::Error(branched.status());
  }
  const Session& session = *found->session;
  answer.Add("session", found->id).Add("mode", session.mode().name).Add("cassette", session.cassette());
  return answer;
}

Result<std::shared_ptr<Session>> Deck::SessionOf(const Message& message, const Peer& peer) {
  const std::string id(message.Get("session"));
  std::shared_ptr<Session> session;
  std::vector<std::int64_t> gone;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = open_.find(id);
    if (it == open_.end()) return Status(ErrorKind::kUsage, "session " + id, "is not open: its test has ended");
    session = it->second.session;
    // A child that its parent has waited for may have ended before its connection was seen to close; what it used
    // counts for its parent and for the next child.
    for (const auto& [pid, ignored] : branch_pids_)
      if (pid != peer.pid && ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) gone.push_back(pid);
    if (IsChild(peer)) branch_pids_[peer.pid] = 1;
  }
  for (const std::int64_t pid : gone) ProcessGone(pid);
  if (IsChild(peer)) REPRISE_RETURN_IF_ERROR(session->OpenBranch(peer.pid, peer.origin == Peer::Origin::kReexec));
  return session;
}

Message Deck::Ask(const Message& message, const Peer& peer) {
  const Result<std::shared_ptr<Session>> session = SessionOf(message, peer);
  if (!session.ok()) return Message::Error(session.status());
  const Result<Session::Question> question = ReadQuestion(message);
  if (!question.ok()) return Message::Error(question.status());
  return ReplyMessage((*session)->Ask(*question, IsChild(peer) ? peer.pid : 0));
}

Message Deck::Record(const Message& message, const Peer& peer) {
  Result<std::shared_ptr<Session>> found = SessionOf(message, peer);
  if (!found.ok()) return Message::Error(found.status());
  const std::shared_ptr<Session> session = *std::move(found);
  Session::Call call;
  call.name = message.Get("name");
  call.request = message.Get("request");
  call.model = message.Get("model");
  call.pin = message.Get("pin");
  call.lane = message.Get("lane");
  call.place = message.Get("place");
  const bool replays = session->mode().upstream == session::ModeRow::Upstream::kNever;
  if (const std::string file(message.Get("pin_file")); !file.empty()) {
    const std::string path = base::Join(session->test().cwd, file);
    if (!replays || base::Exists(path)) {
      Result<std::string> pin = pins_.PinOf(path, replays ? kMaxPinInReplay : 0);
      if (!pin.ok()) return Message::Error(pin.status());
      if (pin->empty()) base::Log(base::LogLevel::kInfo, path + ": too large to be hashed in replay");
      call.pin = *std::move(pin);
    }
  }
  const Session::Asker asker = IsChild(peer) ? peer.pid : 0;
  if (replays) return CallMessage(session->Record(call, asker));

  const std::shared_ptr<PendingCall> pending =
      PendingCall::Start([session, call, asker](PendingCall& function) mutable {
        call.function = &function;
        return session->Record(call, asker);
      });
  if (std::optional<Result<Reply>> reply = pending->WaitForNeed()) return CallMessage(*std::move(reply));
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string token = std::to_string(next_token_++);
  waiting_[token] = {pending, std::string(message.Get("session")), peer.pid};
  return Message::Ok().Add("call", "1").Add("token", token);
}

Message Deck::Recorded(const Message& message, const Peer&) {
  std::shared_ptr<PendingCall> pending;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = waiting_.find(std::string(message.Get("token")));
    if (it == waiting_.end())
      return Message::Error(Status(ErrorKind::kUsage, "Record", "the session that asked for this call is closed"));
    pending = it->second.call;
    waiting_.erase(it);
  }
  if (message.Has("abandoned")) {
    (void)pending->Finish(Status(ErrorKind::kUsage, "Record", "its function was left by an exception")).ok();
    return Message::Ok();
  }
  PendingCall::Answer answer;
  answer.failed = message.Has("error.kind");
  answer.text = message.Get("text");
  if (answer.failed)
    answer.text = WriteCallError({reprise::internal::ErrorKindOf(message.Get("error.kind")),
                                  std::string(message.Get("error.object")), std::string(message.Get("error.reason")),
                                  std::string(message.Get("error.next"))});
  return CallMessage(pending->Finish(answer));
}

Message Deck::Golden(const Message& message, const Peer& peer) {
  const Result<std::shared_ptr<Session>> session = SessionOf(message, peer);
  if (!session.ok()) return Message::Error(session.status());
  for (const auto& [name, value] : message.fields())
    if (name.compare(0, 7, "policy.") == 0)
      return Message::Error(
          Status(ErrorKind::kUsage, std::string(message.Get("place")),
                 "this deck (" + options_.version + ") does not know the policy \"" + name.substr(7) + "\""));
  session::GoldenValue value;
  value.name = message.Get("name");
  value.json = message.Get("kind") == "json";
  value.actual = message.Get("actual");
  value.key = message.Get("key");
  value.place = message.Get("place");
  const Result<session::GoldenResult> compared = (*session)->CompareGolden(value, IsChild(peer) ? peer.pid : 0);
  if (!compared.ok()) return Message::Error(compared.status());
  static constexpr std::string_view kVerdicts[] = {"pass", "fail", "stale", "missing"};  // as GoldenAnswer::Kind
  Message answer = Message::Ok();
  answer.Add("verdict", kVerdicts[static_cast<int>(compared->kind)]).Add("message", compared->message);
  return answer.Add("path", compared->path).Add("name", compared->name);
}

Message Deck::AllowUnused(const Message& message, const Peer& peer) {
  const Result<std::shared_ptr<Session>> session = SessionOf(message, peer);
  if (!session.ok()) return Message::Error(session.status());
  (*session)->AllowUnused(std::string(message.Get("why")));
  return Message::Ok();
}

Message Deck::Close(const Message& message, const Peer& peer) {
  if (IsChild(peer)) return Message::Ok();
  const Result<Session::Outcome> outcome = OutcomeOf(message.Get("outcome"));
  if (!outcome.ok()) return Message::Error(outcome.status());
  const Result<std::shared_ptr<Session>> found = SessionOf(message, peer);
  if (!found.ok()) return Message::Error(found.status());
  const std::shared_ptr<Session> session = *found;
  const std::string id(message.Get("session"));
  std::string test_key;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = open_.find(id); it != open_.end()) test_key = it->second.test_key;
  }
  Message answer = Message::Ok();
  EndStay(test_key, session.get(), &answer);
  http_.Finish(*session);
  AbandonCalls(id, 0, Status(ErrorKind::kUsage, session->name(), "the test ended before the function given to Record"));
  const Session::Closing closing = session->Close(*outcome, std::string(message.Get("skip_reason")));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = open_.find(id); it != open_.end()) {
      ids_.erase(it->second.test_key);
      open_.erase(it);
    }
    const Session::Counts counts = session->counts();
    ++totals_.sessions;
    totals_.served += counts.served;
    totals_.missed += counts.missed;
    totals_.live += counts.live;
    if (session->mode().upstream == session::ModeRow::Upstream::kNever) {
      ++totals_.replayed_sessions;
      totals_.replayed_goldens += counts.goldens;
      if (counts.served == 0 && *outcome != Session::Outcome::kSkipped)
        totals_.served_nothing.push_back(session->name());
    }
  }
  for (const std::string& failure : closing.failures) answer.Add("failure", failure);
  for (const std::string& note : closing.notes) answer.Add("note", note);
  for (const auto& [name, value] : closing.properties) answer.Add("property", name + "=" + value);
  return answer;
}

Message Deck::Skipped(const Message& message, const Peer&) {
  Message answer = Message::Ok();
  const Result<Session::Opening> opening = ReadOpening(message, options_.environment);
  if (!opening.ok()) return answer;  // a skipped test is no place to complain about settings
  if (const std::string path = CassetteToRead(*opening); !path.empty())
    answer.Add("note", session::SkippedNote(opening->name.Name(), path, std::string(message.Get("skip_reason"))));
  return answer;
}

Message Deck::Finish(const Message&, const Peer&) {
  Message answer = Message::Ok();
  for (const std::string& homeless : http_.TakeHomeless()) answer.Add("homeless", homeless);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (totals_.replayed_goldens != 0)
    answer.Add("line", std::to_string(totals_.replayed_goldens) +
                           (totals_.replayed_goldens == 1 ? " golden was" : " goldens were") +
                           " compared with replayed text: that guards the tests' code, not the model");
  if (totals_.replayed_sessions != 0 && totals_.served == 0)
    answer.Add("line", "replay served nothing in " + std::to_string(totals_.replayed_sessions) +
                           (totals_.replayed_sessions == 1 ? " test" : " tests") +
                           ": no answer of a model was compared");
  return answer;
}

void Deck::AbandonCalls(const std::string& session, std::int64_t pid, const Status& why) {
  std::vector<std::shared_ptr<PendingCall>> calls;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      const bool theirs = session.empty() ? it->second.pid == pid : it->second.session == session;
      if (theirs) calls.push_back(it->second.call);
      it = theirs ? waiting_.erase(it) : std::next(it);
    }
  }
  for (const std::shared_ptr<PendingCall>& call : calls) (void)call->Finish(why).ok();
}

void Deck::ProcessGone(std::int64_t pid) {
  AbandonCalls("", pid, Status(ErrorKind::kUsage, "Record", "the process that was to run the function has ended"));
  std::vector<std::shared_ptr<Session>> sessions;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (branch_pids_.erase(pid) == 0) return;
    for (const auto& [id, open] : open_) sessions.push_back(open.session);
  }
  for (const std::shared_ptr<Session>& session : sessions) session->EndBranch(pid);
}

void Deck::OwnerGone() {
  std::map<std::string, Open> open;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    open.swap(open_);
    ids_.clear();
  }
  for (const auto& [id, entry] : open) {
    const Session::Closing closing = entry.session->Close(Session::Outcome::kCrashed, "");
    base::Log(base::LogLevel::kWarning, "session " + id + " of " + entry.session->name() + ": its test process ended");
    for (const std::string& text : closing.failures) base::Log(base::LogLevel::kWarning, text);
    for (const std::string& text : closing.notes) base::Log(base::LogLevel::kWarning, text);
  }
}

}  // namespace reprise::replayer
