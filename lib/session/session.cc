#include "lib/session/session.h"

#include <algorithm>
#include <utility>

#include "lib/base/file_system.h"
#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/report/harmless.h"
#include "lib/report/verdict_text.h"
#include "lib/session/form.h"
#include "lib/session/shell_word.h"
#include "lib/wire/json_text.h"
#include "lib/wire/url.h"

namespace reprise::session {
namespace {

constexpr std::size_t kMaxListed = 10;
// Hashing the text of a larger cassette at every close would cost more than replaying from it.
constexpr std::uint64_t kMaxHashedExchanges = 2000;

Tape::Ending EndingOf(Session::Outcome outcome) {
  switch (outcome) {
    case Session::Outcome::kPassed: return Tape::Ending::kPassed;
    case Session::Outcome::kFailed: return Tape::Ending::kFailed;
    case Session::Outcome::kSkipped: return Tape::Ending::kSkipped;
    case Session::Outcome::kCrashed: return Tape::Ending::kCrashed;
  }
  return Tape::Ending::kCrashed;
}

std::string Times(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::string SkippedNote(const std::string& name, const std::string& cassette, const std::string& reason) {
  return name + " was skipped" + (reason.empty() ? "" : " (" + report::HarmlessLine(reason, 200) + ")") +
         " although there is a cassette, " + cassette + "; replay needs no key and no network";
}

Session::Session(Opening opening)
    : opening_(std::move(opening)),
      name_(opening_.name.Name()),
      guard_(opening_.settings.rules().allow_secret),
      rules_(opening_.settings.rules()) {
  for (const auto& [value, rule] : opening_.secrets) guard_.Forbid(value, rule);
}

Result<Session::Place> Session::PlaceOf(const Opening& opening) {
  if (!opening.cassette.empty()) {
    const std::string root = base::FolderOf(opening.cassette);
    std::string path = opening.cassette.substr(opening.cassette.rfind('/') + 1);
    for (const std::string_view ending : {cassette::kTextSuffix, cassette::kSuffix}) {
      const std::size_t stem = path.size() - std::min(path.size(), ending.size());
      if (path.compare(stem, std::string::npos, ending) == 0) path.resize(stem);
    }
    return Place{root, path, cassette::WhereItLies(opening.cassette)};
  }
  Result<std::string> root = CassetteRoot(opening.settings, opening.name, opening.compiled_in);
  if (!root.ok()) return root.status();
  const std::string path = PathOfTest(opening.name);
  return Place{*root, path, cassette::WhereItLies(base::Join(*root, path) + std::string(cassette::kSuffix))};
}

Result<std::unique_ptr<Session>> Session::Open(Opening opening, NameRegistry& names, Compose compose) {
  std::unique_ptr<Session> session(new Session(std::move(opening)));
  const Opening& open = session->opening_;
  session->compose_ = std::move(compose);
  const ModeRow& row = open.settings.mode();
  const Result<Place> place = PlaceOf(open);
  if (place.ok()) {
    session->root_ = place->root;
    session->path_ = place->file;
    REPRISE_RETURN_IF_ERROR(names.Claim(place->root, place->path, session->name_, row.writes));
  } else if (row.reads || row.writes) {
    return place.status();
  }
  REPRISE_RETURN_IF_ERROR(ParsePace(open.settings.Value("pace"), &session->pace_));
  REPRISE_RETURN_IF_ERROR(ParseResplit(open.settings.Value("resplit"), &session->pace_));
  if (session->pace_.chosen)
    session->notes_.push_back("replies over HTTP are cut at random places; REPRISE_RESPLIT=" +
                              std::to_string(session->pace_.seed) + " cuts them there again");
  session->goldens_ = std::make_unique<Goldens>(open.settings, open.environment, open.name, session->root_);
  REPRISE_RETURN_IF_ERROR(session->OpenCassette());
  session->course_ = session->MakeCourse(row.reads ? session->stored_.get() : nullptr, {});
  return session;
}

Status Session::OpenCassette() {
  const Settings& settings = opening_.settings;
  const ModeRow& row = settings.mode();
  if (!row.reads && !row.writes) return {};
  const bool exists = base::Exists(path_);
  cassette_missing_ = !exists;
  if (exists && row.reads) TakeOverRules();
  if (exists) {
    match::MatchOptions options;
    options.rules = rules_;
    options.repeat_last_take = settings.Value("takes") == "repeat";
    options.explain_misses = row.unmatched_fails;
    options.withhold = [this](Request& request) { guard_.Withhold(request); };
    Result<std::unique_ptr<Recorded>> recorded = Recorded::Open(path_, settings.limits(), options);
    if (recorded.ok()) {
      stored_ = *std::move(recorded);
      if (row.reads) notes_.insert(notes_.end(), stored_->notes().begin(), stored_->notes().end());
    } else if (row.reads) {
      return recorded.status();
    } else {
      notes_.push_back("the cassette that lies there cannot be read, and is kept: " + recorded.status().ToString());
    }
  }
  for (const std::string& unfinished : {path_ + kPendingEnding + kIncompleteEnding, path_ + kIncompleteEnding})
    if (base::Exists(unfinished))
      notes_.push_back("an unfinished recording lies at " + unfinished + "; reprise fsck --recover " +
                       ShellWord(unfinished) + " gives back what is complete in it");
  if (!row.writes) return {};
  Tape::Options options;
  options.path = path_;
  options.head.session = name_;
  options.head.rules = rules_;
  if (row.reads && stored_) options.head.unknown = stored_->head().unknown;
  if (!opening_.by.empty()) options.head.by = opening_.by;
  FormChoice form = ChooseForm(settings.Value("form"), path_, opening_.environment);
  options.writer.form = form.form;
  if (!form.note.empty()) notes_.push_back(std::move(form.note));
  options.writer.sync_each = settings.Value("sync") == "each";
  options.writer.limits = settings.limits();
  options.append = row.reads;
  options.accept = settings.Flag("accept");
  tape_ = std::make_unique<Tape>(std::move(options), stored_.get(), guard_);
  return {};
}

void Session::TakeOverRules() {
  const Settings& settings = opening_.settings;
  if (opening_.cassette.empty() || !settings.project_file().empty() || !(rules_ == Rules())) return;
  const Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path_, settings.limits());
  if (!reader.ok() || (*reader)->head().rules == rules_) return;
  rules_ = (*reader)->head().rules;
  notes_.push_back("there is no reprise.json, so the rules that " + path_ +
                   " declares are in force: " + rules_.ToJson());
}

std::unique_ptr<Session::Course> Session::MakeCourse(Recorded* recorded, match::Cursors cursors) {
  auto course = std::make_unique<Course>();
  course->cursors = std::move(cursors);
  course->recorded = recorded;
  ChainParts parts;
  parts.row = &mode();
  parts.recorded = recorded;
  parts.cursors = &course->cursors;
  parts.tape = tape_.get();
  parts.rules = rules_;
  parts.session = name_;
  parts.path = path_;
  parts.follow_live = opening_.settings.Value("follow") == "live";
  parts.ask_all_again = opening_.settings.Value("ask_again") == "all";
  parts.withhold = [this](Reply& reply) { guard_.Withhold(reply); };
  parts.passed_over = [this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++passed_over_;
  };
  parts.judge = [this](int number, const SendContext& context, const Verdict& verdict) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (verdict.ok()) {
      ++judged_passes_;
      return;
    }
    std::string text = report::VerdictText(verdict) + "\n  the live reply to request " + std::to_string(number) +
                       " of " + name_ + ", against " + path_;
    if (!context.place.empty()) text += "\n  asked at " + context.place;
    judged_.push_back(guard_.Withhold(std::move(text)));
  };
  course->chain = compose_(parts);
  return course;
}

Status Session::Closed() const { return Status(ErrorKind::kUsage, name_, "the session is closed: its test has ended"); }

std::string Session::RepairCommand() const {
  if (!opening_.repair.empty()) return opening_.repair;
  const std::string filter = opening_.name.test.empty() ? name_ + ".*" : name_;
  return "REPRISE_MODE=record REPRISE_ACCEPT=1 " +
         ShellWord(opening_.program.empty() ? "./the_test" : opening_.program) + " --gtest_filter=" + ShellWord(filter);
}

Status Session::OpenBranch(Asker pid, bool from_start) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) return Closed();
  if (branches_.count(pid) != 0) return {};
  std::unique_ptr<Course> course;
  if (tape_ && from_start && !tape_->incomplete().empty()) {
    // It asks again what its parent asked; what is written so far is what it is answered from.
    match::MatchOptions options;
    options.rules = rules_;
    options.withhold = [this](Request& request) { guard_.Withhold(request); };
    Result<std::unique_ptr<Recorded>> journal =
        Recorded::Open(tape_->incomplete(), opening_.settings.limits(), options);
    if (!journal.ok()) return journal.status();
    course = MakeCourse(journal->get(), {});
    course->journal = *std::move(journal);
  } else {
    match::Cursors cursors;
    if (!from_start && course_->recorded != nullptr) cursors = course_->recorded->Copy(course_->cursors);
    course = MakeCourse(course_->recorded, std::move(cursors));
  }
  if (!from_start) course->unnamed_goldens = course_->unnamed_goldens;
  branches_[pid] = std::move(course);
  return {};
}

void Session::EndBranch(Asker pid) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto it = branches_.find(pid);
  if (it == branches_.end()) return;
  if (course_->recorded != nullptr) course_->recorded->Merge(it->second->cursors, course_->cursors);
  course_->unnamed_goldens = std::max(course_->unnamed_goldens, it->second->unnamed_goldens);
  branches_.erase(it);
}

int Session::AliasOf(const std::string& endpoint, const std::string& lane, const std::string& credential) {
  if (credential.empty()) return 0;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string>& seen = credentials_[{endpoint, lane}];
  auto it = std::find(seen.begin(), seen.end(), credential);
  if (it == seen.end()) it = seen.insert(it, credential);
  return static_cast<int>(it - seen.begin()) + 1;
}

Result<Reply> Session::Told(Result<Reply> reply, Asker asker) {
  if (reply.ok() || asker == 0) return reply;
  const std::lock_guard<std::mutex> lock(mutex_);
  branch_failures_.push_back(reply.status().ToString());
  return reply;
}

Result<Reply> Session::Ask(const Question& question, Asker asker) { return Told(AskModel(question, asker), asker); }

Result<Reply> Session::Record(const Call& call, Asker asker) { return Told(RecordCall(call, asker), asker); }

Result<Reply> Session::AskModel(const Question& question, Asker asker) {
  Result<Endpoint> endpoint = opening_.settings.ResolveEndpoint(question.endpoint, opening_.environment);
  if (!endpoint.ok()) return endpoint.status();
  const format::Adapter* adapter = format::FindAdapter(endpoint->format);
  if (adapter == nullptr)
    return Status(ErrorKind::kUsage, "endpoint \"" + endpoint->name + "\"",
                  "its format \"" + endpoint->format + "\" is not known", "Formats known: " + format::AdapterNames());
  Result<Request> request = adapter->Write(question.chat, endpoint->upstream);
  if (!request.ok()) return request.status();
  request->endpoint = endpoint->name;
  request->format = endpoint->format;
  SendContext context;
  context.lane = question.lane.empty() ? "main" : question.lane;
  context.place = question.place;
  context.auth = AliasOf(endpoint->name, context.lane, question.credential);
  context.credential = question.credential;
  // In a mode without upstream the key is not even looked at.
  if (question.credential.empty() && mode().upstream != ModeRow::Upstream::kNever) {
    context.credential_from = endpoint->credential_from;
    if (!endpoint->credential_from.empty()) context.credential = opening_.environment(endpoint->credential_from);
  }
  guard_.Forbid(context.credential, context.credential_from.empty() ? "credential" : "env." + context.credential_from);
  Result<Reply> reply = Send(*request, context, asker);
  if (!reply.ok()) return reply;
  if (!reply->replayed && (reply->status == 401 || reply->status == 403) && context.credential.empty()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    asides_.insert("endpoint \"" + endpoint->name + "\" at " + std::string(wire::SplitUrl(endpoint->upstream).host) +
                   " answered " + std::to_string(reply->status) +
                   " and was given no credential, for a key goes only to the upstream it was named for. Name one: "
                   "CredentialFrom(\"VARIABLE\"), or \"credential_from\" in reprise.json");
  }
  const std::string pin = reply->model.pin;
  adapter->ReadReply(*request, *reply);
  reply->model.pin = pin;
  return reply;
}

Result<Reply> Session::RecordCall(const Call& call, Asker asker) {
  Request request;
  request.endpoint = "call";
  request.format = "call";
  request.method = "CALL";
  request.url = "call://here/" + wire::PercentEncode(call.name);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{\"model\":" + wire::QuoteJson(call.model) + ",\"request\":" + call.request + "}";
  if (const Result<wire::JsonTree> tree = wire::JsonTree::Parse(call.request); !tree.ok())
    return Status(ErrorKind::kUsage, call.place, "the request given to Record is no JSON: " + tree.status().reason());
  SendContext context;
  context.lane = call.lane.empty() ? "main" : call.lane;
  context.place = call.place;
  context.model = call.model;
  context.pin = call.pin;
  context.own_upstream = call.function;
  Result<Reply> reply = Send(request, context, asker);
  if (!reply.ok()) return reply;
  const bool failed = reply->status >= 400;
  (failed ? reply->error : reply->text) = reply->body;
  reply->model.asked = call.model;
  if (reply->replayed && !call.pin.empty() && !reply->model.pin.empty() && call.pin != reply->model.pin) {
    const std::lock_guard<std::mutex> lock(mutex_);
    stale_.push_back("STALE: " + call.name + " was recorded with " + reply->model.pin + ", and is now " + call.pin +
                     (call.place.empty() ? "" : " (" + call.place + ")"));
  }
  return reply;
}

Result<GoldenResult> Session::CompareGolden(GoldenValue value, Asker asker) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return Closed();
    const auto branch = branches_.find(asker);
    Course& course = branch == branches_.end() ? *course_ : *branch->second;
    if (value.name.empty()) value.name = std::to_string(++course.unnamed_goldens);
  }
  // A golden that waits for a human is a file too.
  const Status clean = guard_.CheckText(value.actual, "golden \"" + value.name + "\" of " + name_);
  Result<GoldenResult> result = goldens_->Judge(value, asker == 0 && clean.ok());
  if (!result.ok()) return guard_.Withhold(result.status());
  if (!clean.ok() && result->kind != compare::GoldenAnswer::Kind::kPass) return clean;
  result->message = guard_.Withhold(std::move(result->message));
  return result;
}

void Session::AllowUnused(std::string why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  unused_allowed_ = std::move(why);
}

Session::Counts Session::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Counts counts = counts_;
  counts.goldens = goldens_->judged();
  return counts;
}

void Session::CloseUnused(Outcome outcome, Closing& closing) {
  const ModeRow::Unused policy = mode().unused;
  if (policy == ModeRow::Unused::kNothing || !stored_ || outcome == Outcome::kSkipped) return;
  const Result<std::vector<match::Unused>> unused = stored_->WhatIsUnused(course_->cursors);
  if (!unused.ok()) {
    closing.failures.push_back(unused.status().ToString());
    return;
  }
  for (const std::string& damage : stored_->DamageMet())
    closing.failures.push_back(damage + ". Run reprise fsck " + ShellWord(path_));
  closing.properties.emplace_back("reprise.unused", std::to_string(unused->size()));
  if (unused->empty()) return;
  std::string text = Times(unused->size(), "recorded exchange") + " of " + path_ +
                     (unused->size() == 1 ? " was" : " were") + " not asked for:";
  for (std::size_t i = 0; i < unused->size() && i < kMaxListed; ++i)
    text += "\n  " + report::HarmlessLine((*unused)[i].line, 300);
  if (unused->size() > kMaxListed) text += "\n  and " + std::to_string(unused->size() - kMaxListed) + " more";
  if (unused_allowed_) {
    closing.notes.push_back(text + "\nThat is allowed here: " + *unused_allowed_);
  } else if (policy == ModeRow::Unused::kNote || outcome != Outcome::kPassed) {
    closing.notes.push_back(std::move(text));
  } else {
    text += std::string("\nIf that is meant, record again") +
            (opening_.repair.empty() ? ", or say why with AllowUnused(why)" : "") + ":\n  " + RepairCommand();
    closing.failures.push_back(std::move(text));
  }
}

void Session::CloseTape(Outcome outcome, Closing& closing) {
  if (!tape_) return;
  closing.properties.emplace_back("reprise.recorded", std::to_string(tape_->kept()));
  Tape::Closed closed = tape_->Close(EndingOf(outcome));
  std::move(closed.failures.begin(), closed.failures.end(), std::back_inserter(closing.failures));
  std::move(closed.notes.begin(), closed.notes.end(), std::back_inserter(closing.notes));
  if (tape_->kept() == 0 && stored_ && mode().upstream == ModeRow::Upstream::kAlways && outcome == Outcome::kPassed)
    closing.notes.push_back("nothing was recorded; " + path_ + " stays as it is");
}

Session::Closing Session::Close(Outcome outcome, const std::string& skip_reason) {
  std::vector<Asker> askers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [asker, branch] : branches_) askers.push_back(asker);
  }
  for (const Asker asker : askers) EndBranch(asker);
  const std::lock_guard<std::mutex> lock(mutex_);
  Closing closing;
  if (closed_) return closing;
  closed_ = true;
  // What is told only now has failed the test as well: here, and before the recording's fate is decided.
  if (outcome == Outcome::kPassed && !(http_failures_.empty() && branch_failures_.empty())) outcome = Outcome::kFailed;
  closing.failures = std::move(http_failures_);
  closing.notes.assign(asides_.begin(), asides_.end());
  closing.properties = {{"reprise.mode", std::string(mode().name)},
                        {"reprise.served", std::to_string(counts_.served)},
                        {"reprise.missed", std::to_string(counts_.missed)}};
  if (outcome == Outcome::kSkipped && stored_ && mode().reads)
    closing.notes.push_back(SkippedNote(name_, path_, skip_reason));
  if (outcome == Outcome::kPassed && mode().upstream == ModeRow::Upstream::kNever && counts_.served == 0)
    closing.notes.push_back(name_ + " was served nothing: it compared no answer of a model");
  for (std::string& failure : branch_failures_) closing.failures.push_back("In a child process: " + failure);
  if (mode().compares) {
    closing.properties.emplace_back("reprise.judged", std::to_string(judged_.size() + judged_passes_));
    for (std::string& judged : judged_) closing.failures.push_back(std::move(judged));
    if (passed_over_ != 0)
      closing.notes.push_back("not asked again, for it may change something at the provider: " +
                              Times(passed_over_, "request") + " over HTTP; ask_again=all asks");
  }
  if (goldens_->judged() != 0) closing.properties.emplace_back("reprise.goldens", std::to_string(goldens_->judged()));
  for (std::string& stale : goldens_->stale()) stale_.push_back(std::move(stale));
  if (!stale_.empty()) {
    closing.properties.emplace_back("reprise.stale", std::to_string(stale_.size()));
    for (std::string& stale : stale_) (mode().compares ? closing.failures : closing.notes).push_back(std::move(stale));
  }
  CloseUnused(outcome, closing);
  if (outcome == Outcome::kPassed && !closing.failures.empty()) outcome = Outcome::kFailed;
  CloseTape(outcome, closing);
  if (stored_ && mode().reads) {
    closing.properties.emplace_back("reprise.cassette", path_);
    if (stored_->exchange_count() <= kMaxHashedExchanges)
      closing.properties.emplace_back("reprise.cassette_sha256", stored_->TextHash());
  }
  for (std::string& text : closing.failures) text = guard_.Withhold(std::move(text));
  for (std::string& text : closing.notes) text = guard_.Withhold(std::move(text));
  for (auto& [name, value] : closing.properties) value = guard_.Withhold(std::move(value));
  return closing;
}

}  // namespace reprise::session
