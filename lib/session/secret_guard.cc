#include "lib/session/secret_guard.h"

#include <algorithm>

#include "lib/wire/mask.h"

namespace reprise::session {
namespace {

constexpr std::string_view kOfEnvironment = "env.";

// "the value of the environment variable OPENAI_API_KEY".
std::string Named(const std::string& rule) {
  if (rule == "credential") return "a credential of this session";
  if (rule.compare(0, kOfEnvironment.size(), kOfEnvironment) == 0)
    return "the value of the environment variable " + rule.substr(kOfEnvironment.size());
  return "what looks like a secret (" + rule + ")";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> SecretsOfEnvironment(const std::vector<std::string>& environment) {
  std::vector<std::pair<std::string, std::string>> secrets;
  for (const std::string& entry : environment) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view name = std::string_view(entry).substr(0, equals);
    for (const std::string_view ending : {"_KEY", "_TOKEN", "_SECRET"})
      if (name.size() > ending.size() && name.substr(name.size() - ending.size()) == ending)
        secrets.emplace_back(entry.substr(equals + 1), std::string(kOfEnvironment).append(name));
  }
  return secrets;
}

void SecretGuard::Forbid(std::string_view value, const std::string& rule) {
  const std::lock_guard<std::mutex> lock(mutex_);
  search_.AddValue(value, rule);
}

void SecretGuard::ForbidCredentials(const Request& request) {
  for (const std::string& value : wire::CredentialValues(request)) Forbid(value, "credential");
}

wire::SecretSearch SecretGuard::Copy() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return search_;
}

Status SecretGuard::Check(const Exchange& exchange, const std::string& object) const {
  const std::vector<wire::SecretFound> found = Copy().In(exchange, allowed_);
  if (found.empty()) return {};
  const wire::SecretFound& first = found.front();
  std::string reason =
      "an exchange was not recorded, for it would store " + Named(first.rule) + " at " + Withhold(first.place);
  if (found.size() > 1)
    reason += ", and " + std::to_string(found.size() - 1) + (found.size() == 2 ? " more" : " others");
  std::string next = "Keep credentials out of requests and replies, and record again";
  if (first.rule != "credential")
    next += ". If it is none, declare that in reprise.json: \"rules\": {\"allow_secret\": [\"" + first.rule + " " +
            Withhold(first.place) + "\"]}";
  return Status(ErrorKind::kSecret, object, std::move(reason), std::move(next));
}

Status SecretGuard::CheckText(std::string_view text, const std::string& object) const {
  const std::vector<std::string> rules = Copy().RulesIn(text);
  if (rules.empty()) return {};
  return Status(ErrorKind::kSecret, object, "was not written, for it would hold " + Named(rules.front()),
                "Keep credentials out of what a test compares");
}

std::string SecretGuard::Withhold(std::string text) const { return Copy().Withhold(std::move(text)); }

Status SecretGuard::Withhold(const Status& status) const {
  if (status.ok()) return status;
  const wire::SecretSearch search = Copy();
  return Status(status.kind(), search.Withhold(status.object()), search.Withhold(status.reason()),
                search.Withhold(status.next()));
}

void SecretGuard::Withhold(Request& request) const { Copy().Withhold(request); }

void SecretGuard::Withhold(Reply& reply) const { Copy().Withhold(reply); }

}  // namespace reprise::session
