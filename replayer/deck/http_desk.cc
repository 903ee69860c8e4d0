#include "replayer/deck/http_desk.h"

#include <sys/random.h>

#include <utility>

#include "lib/base/log.h"
#include "lib/report/harmless.h"
#include "lib/wire/secret_search.h"
#include "lib/wire/url.h"
#include "replayer/deck/http_error.h"
#include "replayer/deck/reply_writer.h"

namespace reprise::replayer {
namespace {

constexpr std::size_t kTokenBytes = 16;
constexpr std::size_t kMaxHomeless = 20;

// A path segment that no other user of the machine can guess.
Result<std::string> RandomToken() {
  unsigned char bytes[kTokenBytes];
  if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
    return Status(ErrorKind::kIo, "reprise-deck", "the system gives no random bytes");
  constexpr char kHex[] = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += kHex[byte >> 4];
    token += kHex[byte & 15];
  }
  return token;
}

// "POST /v1/chat/completions": a request for a human, without its query, where credentials may stand.
std::string NameOf(const std::string& method, const std::string& target) {
  const std::string name = method + " " + target.substr(0, target.find('?'));
  return report::HarmlessLine(wire::SecretSearch().Withhold(name), 200);
}

}  // namespace

HttpDesk::~HttpDesk() {
  front_.reset();  // no new ones; workers_ then waits for those under way
}

HttpDesk::Key HttpDesk::KeyOf(const Way& way) {
  Key key;
  for (const std::string& part : {way.endpoint.name, way.endpoint.format, way.endpoint.upstream,
                                  way.endpoint.credential_from, way.lane, std::to_string(way.asker)})
    key += std::to_string(part.size()) + ":" + part;
  return key + (way.host_only ? "h" : "");
}

Result<std::string> HttpDesk::UrlOf(const Way& way, const std::string& path, std::uint64_t body_bytes) {
  // Ports are added one after the other: their ids count up, and nobody waits long.
  const std::lock_guard<std::mutex> adding(front_mutex_);
  const Key key = KeyOf(way);
  const auto url = [&path](const Port& port) {
    const std::string origin = "http://127.0.0.1:" + std::to_string(port.port.number);
    return port.way.host_only ? origin : origin + "/" + port.token + path;
  };
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto known = known_.find(key); known != known_.end()) return url(ports_[known->second]);
  }
  if (!front_) {
    FrontLimits limits;
    limits.body_bytes = body_bytes;
    Result<std::unique_ptr<Front>> front = Front::Start(
        limits,
        [this](Arrived request, std::shared_ptr<Answer> answer) { Arrive(std::move(request), std::move(answer)); },
        [this](int, const std::string& sentence) {
          base::Log(base::LogLevel::kWarning, sentence);
          if (!tests_.FailCurrent(sentence)) Keep(sentence);
        },
        [this](int, const std::string& method, const std::string& target) { return Greet(method, target); });
    if (!front.ok()) return front.status();
    front_ = *std::move(front);
  }
  Port added;
  added.way = way;
  if (!way.host_only) {
    Result<std::string> token = RandomToken();
    if (!token.ok()) return token.status();
    added.token = *std::move(token);
  }
  PortOptions options;
  options.token = added.token;
  const Result<replayer::Port> port = front_->AddPort(options);
  if (!port.ok()) return port.status();
  added.port = *port;
  const std::lock_guard<std::mutex> lock(mutex_);
  known_[key] = ports_.size();
  ports_.push_back(added);
  return url(added);
}

HttpDesk::Guest HttpDesk::Greet(const std::string& method, const std::string& target) {
  auto guest = std::make_shared<CurrentTests::Guest>(tests_.Enter(NameOf(method, target)));
  return *guest ? guest : nullptr;
}

void HttpDesk::Arrive(Arrived request, std::shared_ptr<Answer> answer) {
  // Nobody knows the port before UrlOf has returned, and `ports_` has it by then.
  Way way;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (request.port >= 0 && static_cast<std::size_t>(request.port) < ports_.size())
      way = ports_[static_cast<std::size_t>(request.port)].way;
  }
  const Guest guest = std::static_pointer_cast<CurrentTests::Guest>(std::exchange(request.greeting, nullptr));
  if (!guest) {
    const Status status(ErrorKind::kUsage, NameOf(request.method, request.target),
                        "came over HTTP while no test was running",
                        "A request belongs to the test, or to the suite's set-up, that runs when it arrives");
    SendError(*answer, status, way.endpoint.format);
    base::Log(base::LogLevel::kWarning, status.ToString());
    Keep(status.ToString());
    return;
  }
  auto shared = std::make_shared<Arrived>(std::move(request));
  workers_.Run([this, way, shared, answer, guest] { Serve(way, *shared, answer, guest); });
}

void HttpDesk::Keep(const std::string& sentence) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (homeless_.size() < kMaxHomeless) homeless_.push_back(sentence);
}

void HttpDesk::Serve(const Way& way, Arrived& arrived, const std::shared_ptr<Answer>& answer, const Guest& guest) {
  const Result<std::shared_ptr<session::Session>> opened = open_(guest->Opening(), way.asker);
  if (!opened.ok()) {
    guest->Fail(opened.status().ToString());
    SendError(*answer, opened.status(), way.endpoint.format);
    return;
  }
  const std::shared_ptr<session::Session> session = *opened;
  session::Session::OverHttp asked;
  asked.endpoint = way.endpoint;
  asked.method = std::move(arrived.method);
  asked.target = std::move(arrived.target);
  asked.headers = std::move(arrived.headers);
  asked.body = std::move(arrived.body);
  asked.trailers = std::move(arrived.trailers);
  Result<Request> request = session->Address(std::move(asked));
  if (!request.ok()) {
    session->Fail(request.status().ToString(), way.asker);
    SendError(*answer, request.status(), way.endpoint.format);
    return;
  }
  ReplyWriter::Options options;
  options.pace = session->pace();
  if (options.pace.by_step) options.steps = StepsOf(*session);
  options.recording = session->mode().writes || session->mode().compares;
  options.patient = !session->mode().writes;
  options.head_only = request->method == "HEAD";
  const auto forward = [session, answer, options, way, guest, request = *std::move(request)] {
    ReplyWriter writer(answer, options);
    const Status status = session->Forward(request, way.lane, writer, way.asker);
    if (!status.ok() && writer.silent())
      SendError(*answer, status, request.format == "http" ? way.endpoint.format : request.format);
  };
  if (session->mode().upstream == session::ModeRow::Upstream::kNever)
    forward();
  else
    workers_.RunAlone(forward);
}

std::shared_ptr<Steps> HttpDesk::StepsOf(const session::Session& session) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<Steps>& steps = steps_[&session];
  if (!steps) steps = std::make_shared<Steps>();
  return steps;
}

void HttpDesk::Step(const session::Session& session, std::uint64_t pieces) { StepsOf(session)->Release(pieces); }

void HttpDesk::Finish(const session::Session& session) {
  std::shared_ptr<Steps> steps;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = steps_.find(&session);
    if (found == steps_.end()) return;
    steps = std::move(found->second);
    steps_.erase(found);
  }
  steps->ReleaseAll();
}

std::vector<std::string> HttpDesk::TakeHomeless() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(homeless_, {});
}

}  // namespace reprise::replayer
