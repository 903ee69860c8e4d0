// A verdict as text for a human. What a model or a file said in it is made harmless.
#ifndef REPRISE_REPORT_VERDICT_TEXT_H_
#define REPRISE_REPORT_VERDICT_TEXT_H_

#include <string>

#include "reprise/comparison.h"

namespace reprise::report {

// "PASS", "FAIL", "STALE".
std::string KindText(Verdict::Kind kind);

// Several lines, each but the first indented by two spaces, no line feed at the end:
//   FAIL by exact text: first word that differs: expected "Ada", got "Bob"
//     line 2, column 14, word 9
//       expected  "…met Ada in May"
//       got       "…met Bob in May"
std::string VerdictText(const Verdict& verdict);

}  // namespace reprise::report

#endif  // REPRISE_REPORT_VERDICT_TEXT_H_
