#include "lib/report/verdict_text.h"

#include "lib/report/harmless.h"

namespace reprise::report {
namespace {
constexpr std::size_t kMaxNote = 400, kMaxPlace = 200, kMaxValue = 400;  // characters on one line
}  // namespace

std::string KindText(Verdict::Kind kind) {
  switch (kind) {
    case Verdict::Kind::kPass: return "PASS";
    case Verdict::Kind::kFail: return "FAIL";
    case Verdict::Kind::kStale: return "STALE";
  }
  return "FAIL";
}

std::string VerdictText(const Verdict& verdict) {
  std::string out = KindText(verdict.kind) + " by " + verdict.rule;
  if (!verdict.note.empty()) out += ": " + HarmlessLine(verdict.note, kMaxNote);
  for (const Difference& difference : verdict.differences) {
    out += "\n  " + HarmlessLine(difference.place, kMaxPlace);
    out += "\n    expected  \"" + HarmlessLine(difference.expected, kMaxValue) + "\"";
    out += "\n    got       \"" + HarmlessLine(difference.got, kMaxValue) + "\"";
  }
  return out;
}

}  // namespace reprise::report
