#include "lib/cli/deck_run.h"

#include <unistd.h>

#include <cstdlib>

#include "lib/base/file_system.h"
#include "lib/cli/withheld.h"
#include "lib/client/deck_process.h"
#include "lib/client/wire.h"
#include "lib/session/naming.h"

namespace reprise::cli {
namespace {

using internal::Message;

constexpr char kEnding[] = ".reprise";
constexpr char kFolder[] = "cassettes";
constexpr char kCountPrefix[] = "reprise.";
constexpr std::size_t kLongestName = 80;

internal::Kinship Owner() { return {internal::Kinship::Origin::kTest, ::getpid(), ::getpid()}; }

void Append(std::vector<std::string>& list, std::vector<std::string> more) {
  for (std::string& one : more) list.push_back(std::move(one));
}

}  // namespace

DeckRun::DeckRun(Options options)
    : options_(std::move(options)), deck_(std::make_unique<internal::DeckProcess>(Owner())) {}

DeckRun::~DeckRun() { deck_->Disconnect(); }

Message DeckRun::About(const char* verb) const {
  Message message(verb);
  message.Add("suite", options_.name).Add("test", "").Add("cwd", base::Absolute("."));
  message.Add("cassette", options_.cassette).Add("repair", options_.repair);
  message.Add("setting.flag.mode", options_.mode);
  if (options_.accept) message.Add("setting.flag.accept", "1");
  return message;
}

Result<DeckRun::Variables> DeckRun::Environment() {
  const Result<Message> answer = deck_->Call(About("environment"));
  if (!answer.ok()) return answer.status();
  Variables variables;
  for (const auto& [name, value] : answer->fields()) {
    if (name == "variable") variables.emplace_back(value, "");
    if (name == "value" && !variables.empty()) variables.back().second = value;
  }
  return variables;
}

Result<std::string> DeckRun::BaseUrl(const Way& way) {
  Message message = About("base_url");
  const auto add_if = [&message](const char* name, const std::string& value) {
    if (!value.empty()) message.Add(name, value);
  };
  message.Add("endpoint.name", way.endpoint);
  add_if("endpoint.format", way.format);
  add_if("endpoint.upstream", way.upstream);
  add_if("lane", way.lane);
  if (way.host_only) message.Add("host_only", "1");
  const Result<Message> answer = deck_->Call(message);
  if (!answer.ok()) return answer.status();
  return std::string(answer->Get("url"));
}

DeckRun::Outcome DeckRun::Close(bool good) {
  Outcome outcome;
  const auto take = [&outcome](const Result<Message>& answer) {
    if (!answer.ok()) {
      outcome.failures.push_back(answer.status().ToString());
      outcome.unknown = true;
      return;
    }
    Append(outcome.failures, answer->All("failure"));
    Append(outcome.notes, answer->All("note"));
    Append(outcome.notes, answer->All("line"));
    for (const std::string& property : answer->All("property")) {
      const std::size_t equals = property.find('=');
      if (property.rfind(kCountPrefix, 0) != 0 || equals == std::string::npos) continue;
      outcome.counts[property.substr(sizeof kCountPrefix - 1, equals - sizeof kCountPrefix + 1)] =
          std::strtoll(property.c_str() + equals + 1, nullptr, 10);
    }
  };
  // Of a cassette that nobody asked for there is a session too, so that this is told.
  const Result<Message> open = deck_->Call(About("open").Add("only_if_open", "1").Add("or_recorded", "1"));
  take(open);
  const std::string session(open.ok() ? open->Get("session") : std::string_view());
  outcome.opened = !session.empty();
  good = good && outcome.failures.empty();
  if (outcome.opened)
    take(deck_->Call(Message("close").Add("session", session).Add("outcome", good ? "passed" : "failed")));
  // What came too late for the session. The lines are about a run of tests, and this is none.
  const Result<Message> finished = deck_->Call(Message("finish"));
  if (finished.ok()) Append(outcome.failures, finished->All("homeless"));
  return outcome;
}

std::string NameOfCommand(const std::vector<std::string>& words) {
  std::string name = words.front().substr(words.front().rfind('/') + 1);
  for (auto word = words.begin() + 1; word != words.end(); ++word) name += " " + *word;
  name = Withheld(name);
  if (name.size() > kLongestName) name = name.substr(0, kLongestName) + "...";
  return name;
}

Result<std::string> CassetteOfCommand(const std::string& given, const std::vector<std::string>& words) {
  if (!given.empty()) return base::Absolute(given);
  const char* set = std::getenv("REPRISE_CASSETTES");
  std::string path = base::Absolute(set == nullptr || *set == '\0' ? kFolder : set);
  path = base::Join(path, session::SafePart(words.front().substr(words.front().rfind('/') + 1)));
  std::string arguments;
  for (auto word = words.begin() + 1; word != words.end(); ++word) arguments += (arguments.empty() ? "" : " ") + *word;
  if (const std::vector<std::string> rules = TheSecrets().RulesIn(arguments); !rules.empty())
    return Status(ErrorKind::kSecret, words.front(),
                  "one of its arguments is a secret (" + rules.front() + "), and its cassette is named after them",
                  "Give the secret in the environment, or name the cassette with --cassette FILE");
  if (!arguments.empty()) path = base::Join(path, session::SafePart(arguments));
  return path + kEnding;
}

}  // namespace reprise::cli
