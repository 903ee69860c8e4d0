// What the deck does for code that speaks HTTP.
#include <chrono>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/session/endpoints.h"
#include "lib/wire/url.h"
#include "replayer/deck/child_environment.h"
#include "replayer/deck/deck.h"
#include "replayer/deck/opening.h"

namespace reprise::replayer {

using reprise::internal::Message;
using session::Session;

namespace {

// Path of a base URL, without a slash at its end.
std::string PathOf(const std::string& base_url) {
  std::string path(wire::SplitUrl(base_url).path);
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

Status NeedsUrl(const session::Endpoint& endpoint) {
  const wire::UrlParts parts = wire::SplitUrl(endpoint.upstream);
  if (!parts.host.empty() && (parts.scheme == "http" || parts.scheme == "https")) return {};
  return Status(ErrorKind::kUsage, "endpoint \"" + endpoint.name + "\"",
                "its upstream \"" + endpoint.upstream + "\" is no URL that can be asked",
                "Give one such as https://api.openai.com/v1");
}

}  // namespace

Message Deck::Begin(const Message& message, const Peer&) {
  tests_.Begin(message);
  return Message::Ok();
}

Message Deck::BaseUrl(const Message& message, const Peer& peer) {
  const Result<Session::Opening> opening = ReadOpening(message, options_.environment);
  if (!opening.ok()) return Message::Error(opening.status());
  HttpDesk::Way way;
  way.endpoint = ReadEndpoint(message);
  way.lane = message.Get("lane");
  way.host_only = message.Get("host_only") == "1";
  if (peer.origin == Peer::Origin::kReexec) way.asker = peer.pid;
  const Result<session::Endpoint> endpoint = opening->settings.ResolveEndpoint(way.endpoint, opening->environment);
  if (!endpoint.ok()) return Message::Error(endpoint.status());
  if (const Status status = NeedsUrl(*endpoint); !status.ok()) return Message::Error(status);
  tests_.Begin(message);
  const Result<std::string> url = http_.UrlOf(way, PathOf(endpoint->upstream), opening->settings.limits().body_bytes);
  if (!url.ok()) return Message::Error(url.status());
  return Message::Ok().Add("url", *url);
}

Message Deck::ChildEnvironment(const Message& message, const Peer& peer) {
  const Result<Session::Opening> opening = ReadOpening(message, options_.environment);
  if (!opening.ok()) return Message::Error(opening.status());
  std::vector<Pointed> pointed;
  for (session::SdkVariables& sdk : session::SdksToPoint(opening->settings.endpoints(), opening->environment)) {
    Message one = message;
    one.Add("endpoint.name", sdk.endpoint);
    const Message answer = BaseUrl(one, peer);
    if (const Status status = answer.ToStatus(); !status.ok()) return Message::Error(status);
    pointed.push_back({std::move(sdk), std::string(answer.Get("url"))});
  }
  const bool offline = opening->settings.mode().upstream == session::ModeRow::Upstream::kNever;
  Message answer = Message::Ok();
  for (const auto& [variable, value] : replayer::ChildEnvironment(pointed, opening->environment, offline))
    answer.Add("variable", variable).Add("value", value);
  return answer;
}

Message Deck::Failures(const Message& message, const Peer&) {
  std::shared_ptr<Session> session;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = ids_.find(CurrentTests::KeyOf(message));
    if (it != ids_.end()) session = open_[it->second].session;
  }
  Message answer = Message::Ok();
  if (session)
    for (const std::string& failure : session->TakeFailures()) answer.Add("failure", failure);
  return answer;
}

Message Deck::Step(const Message& message, const Peer& peer) {
  const Result<std::shared_ptr<Session>> session = SessionOf(message, peer);
  if (!session.ok()) return Message::Error(session.status());
  if (!(*session)->pace().by_step)
    return Message::Error(
        Status(ErrorKind::kUsage, "Step",
               "the setting \"pace\" is \"" + (*session)->settings().Value("pace") + "\", so nothing waits for it",
               "Set it to \"step\""));
  const std::string chunks(message.Get("chunks"));
  const bool number =
      !chunks.empty() && chunks.size() < 10 && chunks.find_first_not_of("0123456789") == std::string::npos;
  if (!number) return Message::Error(Status(ErrorKind::kUsage, "Step", "\"" + chunks + "\" is no number of chunks"));
  http_.Step(**session, std::stoull(chunks));
  return Message::Ok();
}

Result<std::shared_ptr<Session>> Deck::OpenForHttp(const Message& opening, Session::Asker asker) {
  Result<Found> found = FindOrOpen(opening);
  if (!found.ok()) return found.status();
  if (!found->notes.empty()) {
    // Nobody is there to print them: the end of the test will.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = open_.find(found->id); it != open_.end())
      it->second.untold.insert(it->second.untold.end(), found->notes.begin(), found->notes.end());
  }
  if (asker == 0) return found->session;
  Peer child;
  child.pid = asker;
  child.origin = Peer::Origin::kReexec;
  Message message;
  message.Add("session", found->id);
  return SessionOf(message, child);
}

void Deck::EndStay(const std::string& test_key, Session* session, Message* answer) {
  std::shared_ptr<Session> found;
  if (session == nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto it = ids_.find(test_key);
    if (it != ids_.end()) found = open_[it->second].session;
    session = found.get();
  }
  // A session that is opened while we wait has the same settings, but for what its code says; the default will do.
  std::chrono::seconds wait(60);
  if (session != nullptr) wait = std::chrono::seconds(session->settings().Number("wait_at_end"));
  CurrentTests::Ended ended = tests_.End(test_key, wait);
  for (const std::string& request : ended.inside)
    ended.failures.push_back(Status(ErrorKind::kUpstream, request,
                                    "was still under way over HTTP " + std::to_string(wait.count()) +
                                        " s after its test ended, and is not recorded",
                                    "Wait for it in the test, or raise the setting wait_at_end")
                                 .ToString());
  for (std::string& failure : ended.failures) {
    if (session != nullptr)
      session->Fail(std::move(failure));
    else
      answer->Add("failure", failure);
  }
}

}  // namespace reprise::replayer
