#include "lib/match/audit.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/report/harmless.h"

namespace reprise::match {
namespace {

using Kind = Mutation::Kind;

constexpr std::size_t kShownFindings = 20;

std::vector<std::string> SegmentsOf(const std::string& pointer) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pointer.size() && pointer[0] == '/';) {
    const std::size_t end = std::min(pointer.find('/', i + 1), pointer.size());
    std::string segment;
    for (std::size_t k = i + 1; k < end; ++k) {
      const bool escape = pointer[k] == '~' && k + 1 < end;
      segment += !escape ? pointer[k] : pointer[++k] == '1' ? '/' : '~';
    }
    out.push_back(segment);
    i = end;
  }
  return out;
}

// Does what the rule points at hold the place of the mutation? Two neighbours that were swapped are also excused by a
// rule for something inside them, if they differ in nothing else.
bool Covers(const std::vector<std::string>& rule, const Mutation& mutation) {
  const std::vector<std::string>& place = mutation.segments;
  if (rule.size() > place.size() && mutation.kind != Kind::kSwapped) return false;
  for (std::size_t i = 0; i < std::min(rule.size(), place.size()); ++i) {
    const bool swapped_here = mutation.kind == Kind::kSwapped && i + 1 == place.size();
    if (rule[i] != "*" && rule[i] != place[i] && !swapped_here) return false;
  }
  return !rule.empty();
}

// A place for a human: a JSON pointer, a name, or nothing.
std::string PlaceOf(const Mutation& mutation) {
  if (mutation.part != "body") return mutation.name;
  std::string out;
  for (const std::string& segment : mutation.segments) {
    out += '/';
    for (const char c : segment) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return out;
}

std::uint64_t Mix(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t h = seed * 0x9E3779B97F4A7C15u + number + 0x632BE59BD9B4E019u;
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
  h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
  return h ^ (h >> 31);
}

class Auditor {
 public:
  Auditor(std::string path, const AuditOptions& options, const Rules& rules)
      : path_(std::move(path)), options_(options), rules_(rules) {
    for (const std::string& pointer : rules_.ignore_body) body_rules_.emplace_back(pointer, SegmentsOf(pointer));
    report_.seed = options.seed;
    report_.cassettes = 1;
  }

  void Take(const Exchange& exchange, bool key_is_in_force) {
    ++report_.exchanges;
    key_ = options_.key(exchange.request, exchange.auth, rules_);
    if (key_is_in_force && exchange.key != key_)
      report_.stale.push_back(
          {path_, report_.exchanges, "key", exchange.key.substr(0, 16), "is not that of its request"});
    const auto none = [](std::uint64_t) { return false; };
    const auto walk = [&](const std::function<bool(std::uint64_t)>& chosen, const MutationVisitor& visit) {
      return ForEachMutation(exchange.request, exchange.auth, exchange.masked, rules_.match_headers, chosen, visit);
    };
    const std::uint64_t all = walk(none, [](const Mutation&, const Request&, int) { return true; });
    // Each one costs about its body once, however small that is.
    const std::uint64_t cost = exchange.request.body.size() + 1024;
    const std::uint64_t budget = std::max<std::uint64_t>(options_.bytes_per_exchange / cost, 100);
    const bool sampled = all > budget;
    const auto chosen = [&](std::uint64_t number) { return !sampled || Mix(options_.seed, number) % all < budget; };
    std::uint64_t tried = 0;
    walk(chosen, [&](const Mutation& mutation, const Request& request, int auth) {
      ++tried;
      Judge(mutation, request, auth, exchange);
      return true;
    });
    report_.tried += tried;
    if (sampled) {
      ++report_.sampled_exchanges;
      report_.not_tried += all - tried;
    }
  }

  AuditReport& report() { return report_; }

 private:
  void Judge(const Mutation& mutation, const Request& request, int auth, const Exchange& original) {
    ++report_.tried_by_part[mutation.part];
    if (options_.key(request, auth, rules_) != key_) {
      ++report_.noticed;
      return;
    }
    if (const std::string rule = Excuse(mutation, request, auth, original); !rule.empty()) {
      ++report_.declared[rule];
      return;
    }
    ++report_.unnoticed;
    if (report_.findings.size() < kMaxFindings)
      report_.findings.push_back({path_, report_.exchanges, mutation.part, PlaceOf(mutation), mutation.what});
  }

  // The rule that declares that this change does not count, or "".
  std::string Excuse(const Mutation& mutation, const Request& request, int auth, const Exchange& original) const {
    Rules without = rules_;
    std::string named;
    if (mutation.part == "body") {
      without.ignore_body.clear();
      for (const auto& [pointer, segments] : body_rules_) {
        if (!Covers(segments, mutation))
          without.ignore_body.push_back(pointer);
        else if (named.empty())
          named = "ignore_body " + pointer;
      }
    } else if (mutation.part == "query") {
      without.ignore_query.clear();
      for (const std::string& name : rules_.ignore_query) {
        if (name != Decoded(mutation.name))
          without.ignore_query.push_back(name);
        else
          named = "ignore_query " + name;
      }
    }
    const auto noticed_under = [&](const Rules& rules) {
      return options_.key(request, auth, rules) != options_.key(original.request, original.auth, rules);
    };
    if (!named.empty() && noticed_under(without)) return named;
    // A token became another one; without its pattern that would be noticed.
    for (const auto& [name, pattern] : rules_.placeholders) {
      Rules fewer = rules_;
      fewer.placeholders.erase(name);
      if (noticed_under(fewer)) return "placeholders " + name;
    }
    return {};
  }

  static std::string Decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string hex = text[i] == '%' ? text.substr(i + 1, 2) : "";
      if (hex.size() == 2 && hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) {
        out += static_cast<char>(std::stoi(hex, nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

  const std::string path_;
  const AuditOptions& options_;
  const Rules rules_;
  std::vector<std::pair<std::string, std::vector<std::string>>> body_rules_;
  std::string key_;  // of the exchange at hand
  AuditReport report_;
};

void AppendCount(std::string& out, const std::string& name, std::uint64_t count) {
  const std::string number = std::to_string(count);
  out += name;
  out.append(name.size() + number.size() < 44 ? 44 - name.size() - number.size() : 1, ' ');
  out += number + '\n';
}

std::string Plural(std::uint64_t n, const char* one) { return std::to_string(n) + ' ' + one + (n == 1 ? "" : "s"); }

}  // namespace

void AuditReport::Add(const AuditReport& other) {
  cassettes += other.cassettes;
  exchanges += other.exchanges;
  tried += other.tried;
  noticed += other.noticed;
  for (const auto& [part, count] : other.tried_by_part) tried_by_part[part] += count;
  for (const auto& [rule, count] : other.declared) declared[rule] += count;
  unnoticed += other.unnoticed;
  not_tried += other.not_tried;
  sampled_exchanges += other.sampled_exchanges;
  for (const AuditFinding& finding : other.findings)
    if (findings.size() < kMaxFindings) findings.push_back(finding);
  stale.insert(stale.end(), other.stale.begin(), other.stale.end());
  damage.insert(damage.end(), other.damage.begin(), other.damage.end());
  seed = other.seed;
}

Result<AuditReport> Audit(CassetteReader& reader, const AuditOptions& options) {
  const CassetteHead& head = reader.head();
  const Rules rules = options.rules.value_or(head.rules);
  const bool key_is_in_force = head.normal == kNormalForm && head.rules.GiveKeysOf(rules);
  Auditor auditor(reader.path(), options, rules);
  // Every rule in force is reported, also one that excuses nothing.
  for (const std::string& pointer : rules.ignore_body) auditor.report().declared["ignore_body " + pointer] = 0;
  for (const std::string& name : rules.ignore_query) auditor.report().declared["ignore_query " + name] = 0;
  for (const auto& [name, pattern] : rules.placeholders) auditor.report().declared["placeholders " + name] = 0;
  REPRISE_RETURN_IF_ERROR(reader.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    auditor.Take(exchange, key_is_in_force);
    return true;
  }));
  for (const Damage& damage : reader.damage()) auditor.report().damage.push_back(reader.path() + ": " + damage.what);
  return auditor.report();
}

std::string AuditText(const AuditReport& report, const std::string& path) {
  using report::HarmlessLine;
  std::string out = "Audit of " + HarmlessLine(path, 300) + ": " + Plural(report.exchanges, "exchange") + ", " +
                    Plural(report.tried, "mutation") + " tried (seed " + std::to_string(report.seed) + ")\n";
  AppendCount(out, "  noticed by replay", report.noticed);
  std::uint64_t declared = 0;
  for (const auto& [rule, count] : report.declared) declared += count;
  AppendCount(out, "  ignored by a declared rule", declared);
  for (const auto& [rule, count] : report.declared) AppendCount(out, "    " + HarmlessLine(rule, 200), count);
  AppendCount(out, "  unnoticed", report.unnoticed);
  const auto list = [&out, &report](const std::vector<AuditFinding>& findings, std::uint64_t all) {
    const std::size_t shown = std::min(findings.size(), kShownFindings);
    for (std::size_t i = 0; i < shown; ++i) {
      const AuditFinding& f = findings[i];
      out += "    ";
      if (report.cassettes > 1) out += HarmlessLine(f.cassette, 200) + ' ';
      out += "exchange " + std::to_string(f.exchange) + "   " + f.part + (f.place.empty() ? "" : " ") +
             HarmlessLine(f.place, 200) + "   " + f.what + '\n';
    }
    if (all > shown) out += "    and " + std::to_string(all - shown) + " more\n";
  };
  list(report.findings, report.unnoticed);
  if (report.not_tried > 0)
    out += "  Not tried: " + Plural(report.not_tried, "mutation") + " of " +
           Plural(report.sampled_exchanges, "exchange") + " with large bodies, where a sample was\n";
  if (!report.stale.empty()) {
    AppendCount(out, "  stored under another key", report.stale.size());
    list(report.stale, report.stale.size());
    out += "  The requests were edited, or the keys are old: reprise rekey\n";
  }
  for (const std::string& sentence : report.damage) out += "  damaged: " + HarmlessLine(sentence, 300) + '\n';
  if (report.unnoticed > 0) out += "What went unnoticed would be answered with a recording made for another request.\n";
  return out;
}

std::string AuditJson(const AuditReport& report) {
  const auto findings = [](const std::vector<AuditFinding>& list) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const AuditFinding& f : list)
      out.push_back(
          {{"cassette", f.cassette}, {"exchange", f.exchange}, {"part", f.part}, {"place", f.place}, {"what", f.what}});
    return out;
  };
  nlohmann::ordered_json out;
  out["cassettes"] = report.cassettes;
  out["exchanges"] = report.exchanges;
  out["tried"] = report.tried;
  out["tried_by_part"] = report.tried_by_part;
  out["noticed"] = report.noticed;
  out["declared"] = report.declared;
  out["unnoticed"] = report.unnoticed;
  out["findings"] = findings(report.findings);
  out["not_tried"] = report.not_tried;
  out["sampled_exchanges"] = report.sampled_exchanges;
  out["stale"] = findings(report.stale);
  out["damage"] = report.damage;
  out["seed"] = report.seed;
  out["ok"] = report.ok();
  // Names may hold bytes that are no UTF-8; they are replaced rather than thrown about.
  return report::HarmlessJson(out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace reprise::match
