#include "lib/compare/reply.h"

#include <algorithm>
#include <string>

#include "lib/compare/exact.h"

namespace reprise::compare {
namespace {

void CompareMember(const std::string& place, const std::string& expected, const std::string& got, Verdict& verdict) {
  if (expected == got) return;
  verdict.kind = Verdict::Kind::kFail;
  Verdict text = CompareText(expected, got);
  for (Difference& difference : text.differences) {
    difference.place = place + ", " + difference.place;
    verdict.differences.push_back(std::move(difference));
  }
  if (verdict.note.empty()) verdict.note = text.note;
}

bool IsUnderstood(const Reply& reply) {
  return !reply.text.empty() || !reply.tool_calls.empty() || !reply.refusal.empty() || !reply.error.empty();
}

void CompareToolCalls(const Reply& recorded, const Reply& live, Verdict& verdict) {
  const std::size_t expected = recorded.tool_calls.size(), got = live.tool_calls.size();
  for (std::size_t i = 0; i < expected && i < got; ++i) {
    const std::string place = "tool call " + std::to_string(i + 1);
    CompareMember(place + ", name", recorded.tool_calls[i].name, live.tool_calls[i].name, verdict);
    CompareMember(place + ", arguments", recorded.tool_calls[i].arguments, live.tool_calls[i].arguments, verdict);
  }
  if (expected == got) return;
  verdict.kind = Verdict::Kind::kFail;
  verdict.differences.push_back({"number of tool calls", std::to_string(expected), std::to_string(got)});
}

void CompareChoices(const Reply& recorded, const Reply& live, Verdict& verdict) {
  const std::size_t expected = std::max<std::size_t>(recorded.choices.size(), 1);
  const std::size_t got = std::max<std::size_t>(live.choices.size(), 1);
  // That of choice 0 is the reply's own.
  for (std::size_t i = 1; i < expected && i < got; ++i)
    CompareMember("choice " + std::to_string(i), recorded.choices[i], live.choices[i], verdict);
  if (expected == got) return;
  verdict.kind = Verdict::Kind::kFail;
  verdict.differences.push_back({"number of choices", std::to_string(expected), std::to_string(got)});
}

std::string Changed(const std::string& what, const std::string& then, const std::string& now) {
  if (then == now || then.empty() || now.empty()) return "";
  return what + " \"" + then + "\" answered then, \"" + now + "\" answers now";
}

}  // namespace

Verdict CompareReplies(const Reply& recorded, const Reply& live) {
  if (recorded.status == live.status && recorded.body == live.body && recorded.end == live.end)
    return CompareBytes(recorded.body, live.body);
  if (!IsUnderstood(recorded) || !IsUnderstood(live)) {
    if (recorded.status == live.status) return CompareBytes(recorded.body, live.body);
  }
  Verdict verdict;
  verdict.rule = "text";
  if (recorded.status != live.status) {
    verdict.kind = Verdict::Kind::kFail;
    verdict.differences.push_back({"status", std::to_string(recorded.status), std::to_string(live.status)});
  }
  const std::string then = recorded.end ? recorded.end->how : "complete", now = live.end ? live.end->how : "complete";
  CompareMember("end of the reply", then, now, verdict);
  CompareMember("text", recorded.text, live.text, verdict);
  CompareMember("refusal", recorded.refusal, live.refusal, verdict);
  CompareMember("finish reason", recorded.finish_reason, live.finish_reason, verdict);
  CompareMember("error", recorded.error, live.error, verdict);
  CompareToolCalls(recorded, live, verdict);
  CompareChoices(recorded, live, verdict);
  if (verdict.ok()) return verdict;
  std::string stale = Changed("model", recorded.model.answered, live.model.answered);
  if (stale.empty()) stale = Changed("fingerprint", recorded.fingerprint, live.fingerprint);
  if (stale.empty()) stale = Changed("pin", recorded.model.pin, live.model.pin);
  if (!stale.empty()) {
    verdict.kind = Verdict::Kind::kStale;
    verdict.note = stale + (verdict.note.empty() ? "" : "; " + verdict.note);
  }
  return verdict;
}

}  // namespace reprise::compare
