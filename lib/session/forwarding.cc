// How a session sends: what is asked in it, and what comes over HTTP.
#include <utility>

#include "lib/format/adapter.h"
#include "lib/session/session.h"
#include "lib/wire/mask.h"
#include "lib/wire/url.h"

namespace reprise::session {
namespace {

// Passes on, and notes whether the reply is a recorded one.
class Noting : public ReplySink {
 public:
  explicit Noting(ReplySink& receiver) : receiver_(receiver) {}
  void OnOrigin(const Origin& origin) override {
    replayed_ = origin.replayed;
    receiver_.OnOrigin(origin);
  }
  void OnStatusLine(const StatusLine& line) override { receiver_.OnStatusLine(line); }
  void OnHead(int status, const Headers& headers) override {
    answered_ = true;
    receiver_.OnHead(status, headers);
  }
  void OnCoding(const std::vector<std::string>& coding) override { receiver_.OnCoding(coding); }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override { return receiver_.OnChunk(bytes, ms); }
  void OnTrailers(const Headers& trailers) override { receiver_.OnTrailers(trailers); }
  void OnEnd(const BrokenEnd* end) override { receiver_.OnEnd(end); }

  bool replayed() const { return replayed_; }
  bool answered() const { return answered_; }

 private:
  ReplySink& receiver_;
  bool replayed_ = false, answered_ = false;
};

// The adapter of the endpoint's format, else the one that knows the path; a server may speak several formats.
std::string FormatOf(const Endpoint& endpoint, const Request& request) {
  const format::Adapter* own = format::FindAdapter(endpoint.format);
  if (own != nullptr && own->Recognises(request)) return endpoint.format;
  const format::Adapter* other = format::RecogniseAdapter(request);
  return other == nullptr ? "http" : std::string(other->name());
}

}  // namespace

Status Session::SendInto(const Request& request, const SendContext& context, ReplySink& sink, Asker asker) {
  std::shared_ptr<Course> course;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return Closed();
    const auto branch = branches_.find(asker);
    course = branch == branches_.end() ? course_ : branch->second;
  }
  guard_.ForbidCredentials(request);
  Noting noting(sink);
  const Status status = guard_.Withhold(course->chain.top->Send(request, context, noting));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (noting.answered()) ++(noting.replayed() ? counts_.served : counts_.live);
  if (status.ok()) return {};
  const bool miss = status.kind() == ErrorKind::kMismatch;
  if (miss || (cassette_missing_ && !tape_)) ++counts_.missed;
  if (miss)
    return Status(status.kind(), status.object(), status.reason() + "\nIf the change is meant:\n  " + RepairCommand(),
                  status.next());
  if (status.kind() == ErrorKind::kCassette && status.next().empty())
    return Status(status.kind(), status.object(), status.reason(), "Record it: " + RepairCommand());
  return status;
}

Result<Reply> Session::Send(const Request& request, const SendContext& context, Asker asker) {
  CollectingSink sink;
  REPRISE_RETURN_IF_ERROR(SendInto(request, context, sink, asker));
  return std::move(sink.reply());
}

Result<Request> Session::Address(OverHttp asked) const {
  Result<Endpoint> endpoint = opening_.settings.ResolveEndpoint(asked.endpoint, opening_.environment);
  if (!endpoint.ok()) return endpoint.status();
  const wire::UrlParts upstream = wire::SplitUrl(endpoint->upstream);
  if (upstream.scheme.empty() || upstream.host.empty())
    return Status(ErrorKind::kUsage, "endpoint \"" + endpoint->name + "\"",
                  "its upstream \"" + endpoint->upstream + "\" is no absolute URL",
                  "Give one such as https://api.openai.com/v1");
  Request request;
  request.endpoint = endpoint->name;
  request.method = std::move(asked.method);
  request.url = std::string(upstream.scheme) + "://" + std::string(upstream.host) + asked.target;
  request.headers = std::move(asked.headers);
  request.body = std::move(asked.body);
  request.trailers = std::move(asked.trailers);
  request.format = FormatOf(*endpoint, request);
  return request;
}

Status Session::Forward(const Request& request, const std::string& lane, ReplySink& sink, Asker asker) {
  SendContext context;
  context.lane = lane.empty() ? "main" : lane;
  context.forwarded = true;
  context.auth = AliasOf(request.endpoint, context.lane, wire::CredentialOf(request));
  Status status;
  if (mode().compares && opening_.settings.Value("follow") == "live") {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!judged_.empty())
      status =
          Status(ErrorKind::kMismatch, name_,
                 "a live reply differs from the recorded one, so what is asked after it was never recorded",
                 "Without follow=live the code under test gets the recorded replies, and each is judged by itself");
  }
  if (status.ok()) status = SendInto(request, context, sink, asker);
  if (!status.ok()) Fail(status.ToString(), asker);
  return status;
}

void Session::Fail(std::string text, Asker asker) {
  text = guard_.Withhold(std::move(text));
  const std::lock_guard<std::mutex> lock(mutex_);
  (asker == 0 ? http_failures_ : branch_failures_).push_back(std::move(text));
}

std::vector<std::string> Session::TakeFailures() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(http_failures_, {});
}

}  // namespace reprise::session
