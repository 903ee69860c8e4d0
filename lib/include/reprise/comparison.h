// Comparison: an expected and an actual value go in, a verdict comes out; never a bool.
//
// GoogleTest output, JSON, XML properties and the program's text are renderings of this one value.
#ifndef REPRISE_COMPARISON_H_
#define REPRISE_COMPARISON_H_

#include <string>
#include <vector>

namespace reprise {

struct Difference {
  std::string place;  // where: "/messages/1/content", "line 3", "byte 512"
  std::string expected;
  std::string got;
};

struct Verdict {
  enum class Kind { kPass, kFail, kStale };
  Kind kind = Kind::kPass;
  std::string rule;                     // what judged: "exact text", "bytes", "normalised"
  std::vector<Difference> differences;  // empty when it passed
  std::string note;                     // one line of explanation, or empty
  bool ok() const { return kind == Kind::kPass; }
};

}  // namespace reprise

#endif  // REPRISE_COMPARISON_H_
