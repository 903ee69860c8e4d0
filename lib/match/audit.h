// Audit: proof that a key sees what it must. Each recorded request is changed in one place at a time (mutations.h), and
// each changed request is asked for: replay notices (its key is another), or a rule declares that it does not count, or
// it goes unnoticed. By default nothing goes unnoticed; what does is a false green waiting to happen.
//
// What a rule excuses is judged twice: the place lies where the rule points, by a reading of the rule that is not the
// normal form's; and without that rule the change is noticed.
#ifndef REPRISE_MATCH_AUDIT_H_
#define REPRISE_MATCH_AUDIT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/match/mutations.h"
#include "reprise/cassette.h"

namespace reprise::match {

using KeyFunction = std::function<std::string(const Request&, int auth, const Rules&)>;

struct AuditOptions {
  std::optional<Rules> rules;  // in force; absent: those of the cassette's head
  KeyFunction key = KeyOf;     // another one for the control that must be caught
  // Mutations of one exchange stop being tried one by one where they, times the size of its body, pass this; a sample
  // chosen by `seed` is tried instead, and the report says so.
  std::uint64_t bytes_per_exchange = std::uint64_t{256} << 20;
  std::uint64_t seed = 1;
};

struct AuditFinding {
  std::string cassette;
  std::uint64_t exchange = 0;  // from 1
  std::string part, place;     // "body", "/messages/0/content"; a header's or parameter's name
  std::string what;            // "last character replaced"
};

inline constexpr std::size_t kMaxFindings = 1'000;

struct AuditReport {
  std::uint64_t cassettes = 0, exchanges = 0;
  std::uint64_t tried = 0, noticed = 0;
  std::map<std::string, std::uint64_t> tried_by_part;  // "body", "header", ...
  std::map<std::string, std::uint64_t> declared;       // `ignore_body /seed`: mutations it excuses
  std::uint64_t unnoticed = 0;
  std::vector<AuditFinding> findings;                  // of those, the first kMaxFindings
  std::uint64_t not_tried = 0, sampled_exchanges = 0;  // where there were too many
  std::vector<AuditFinding> stale;                     // exchanges whose stored key is not that of their request
  std::vector<std::string> damage;                     // what could not be read, one sentence each
  std::uint64_t seed = 1;

  bool ok() const { return unnoticed == 0 && stale.empty() && damage.empty(); }
  void Add(const AuditReport& other);
};

// One scan. Deterministic: equal cassettes, rules and seeds give equal reports.
Result<AuditReport> Audit(CassetteReader& reader, const AuditOptions& options);

// For a human; `path` names what was audited.
std::string AuditText(const AuditReport& report, const std::string& path);
// One JSON object, for programs.
std::string AuditJson(const AuditReport& report);

}  // namespace reprise::match

#endif  // REPRISE_MATCH_AUDIT_H_
