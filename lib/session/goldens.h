// Goldens: the values a session's test compares with files that a human accepted (lib/compare/golden.h), and where
// those files lie: <root>/<Suite>/<Test>/<name>.txt or .json. Thread-safe.
#ifndef REPRISE_SESSION_GOLDENS_H_
#define REPRISE_SESSION_GOLDENS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lib/compare/golden.h"
#include "lib/session/naming.h"
#include "lib/session/settings.h"
#include "reprise/result.h"

namespace reprise::session {

struct GoldenValue {
  std::string name;  // a session numbers the unnamed ones, in the order of evaluation
  bool json = false;
  std::string actual;
  std::string key;    // of the exchange the value came from, or ""
  std::string place;  // "file:line"
};

struct GoldenResult {
  compare::GoldenAnswer::Kind kind = compare::GoldenAnswer::Kind::kPass;
  std::string message;  // for a human, several lines; empty when it passed
  std::string path;     // of the accepted file
  std::string name;
};

class Goldens {
 public:
  // `settings` and `environment` must outlive it. `cassette_root` may be "": then only the setting `goldens` helps.
  Goldens(const Settings& settings, const Environment& environment, const TestName& test,
          const std::string& cassette_root);

  // `may_write`: a pending file may be left; not for a child of the test. Errors: those of compare::JudgeGolden, no
  // folder for goldens, and one name for two values.
  Result<GoldenResult> Judge(const GoldenValue& value, bool may_write);

  std::uint64_t judged() const;            // comparisons so far
  std::vector<std::string> stale() const;  // sentences, each begins with STALE

 private:
  // Folder in which pending files mirror the source tree; "" where they lie beside their goldens.
  std::string Mirror() const;
  std::string PendingPathOf(const std::string& golden) const;
  // What a human runs to accept it.
  std::string AcceptCommand(const std::string& golden, const std::string& pending) const;

  const Settings& settings_;
  const Environment& environment_;
  const TestName test_;
  const std::string folder_;  // of this test's goldens, or ""
  mutable std::mutex mutex_;
  std::map<std::string, std::pair<std::string, std::string>> values_;  // path -> value, place
  std::uint64_t judged_ = 0;
  std::vector<std::string> stale_;
};

}  // namespace reprise::session

#endif  // REPRISE_SESSION_GOLDENS_H_
