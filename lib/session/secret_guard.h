// SecretGuard: what a session must neither write nor print. The values of credentials seen in it and of environment
// variables whose names say that they are secret, and every key of a known shape.
//
// One for a session, shared by all that writes or speaks for it. Thread-safe.
#ifndef REPRISE_SESSION_SECRET_GUARD_H_
#define REPRISE_SESSION_SECRET_GUARD_H_

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/wire/secret_search.h"
#include "reprise/exchange.h"
#include "reprise/result.h"

namespace reprise::session {

// The values, of "NAME=value" entries, of variables named *_KEY, *_TOKEN, *_SECRET, with the rule that names each:
// "env.OPENAI_API_KEY".
std::vector<std::pair<std::string, std::string>> SecretsOfEnvironment(const std::vector<std::string>& environment);

class SecretGuard {
 public:
  // `allowed` is the rule `allow_secret`.
  explicit SecretGuard(std::vector<std::string> allowed = {}) : allowed_(std::move(allowed)) {}

  // A value that must not get out; short ones are passed over. `rule` names it: "env.NAME" or "credential".
  void Forbid(std::string_view value, const std::string& rule);
  // Every credential of this request.
  void ForbidCredentials(const Request& request);

  // kSecret, with rule and place of what `exchange` would store; `object` is the file.
  Status Check(const Exchange& exchange, const std::string& object) const;
  // The same of a text, a golden say, which would stand at `object`.
  Status CheckText(std::string_view text, const std::string& object) const;

  // What may be printed: see wire::SecretSearch::Withhold.
  std::string Withhold(std::string text) const;
  Status Withhold(const Status& status) const;
  void Withhold(Request& request) const;
  void Withhold(Reply& reply) const;

 private:
  wire::SecretSearch Copy() const;

  const std::vector<std::string> allowed_;
  mutable std::mutex mutex_;
  wire::SecretSearch search_;
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_SECRET_GUARD_H_
