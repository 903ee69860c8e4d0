#include "lib/compare/golden.h"

#include "lib/base/file_system.h"
#include "lib/compare/exact.h"
#include "lib/compare/json_diff.h"
#include "lib/wire/body.h"
#include "lib/wire/json_text.h"

namespace reprise::compare {
namespace {

using Kind = GoldenAnswer::Kind;

constexpr std::size_t kPendingSuffix = 4;  // ".new"

// "PATH.new" -> "PATH.key.new".
std::string KeyBeside(const std::string& pending) {
  return pending.substr(0, pending.size() - kPendingSuffix) + std::string(kKeyEnding) +
         pending.substr(pending.size() - kPendingSuffix);
}

std::string AcceptedKey(const std::string& path) {
  const Result<std::string> text = base::ReadFile(path + std::string(kKeyEnding));
  if (!text.ok()) return "";
  return text->substr(0, text->find_first_of("\r\n"));
}

Status LeavePending(const GoldenQuestion& question, const std::string& text) {
  if (question.pending.empty()) return {};
  REPRISE_RETURN_IF_ERROR(base::WriteFileAtomically(question.pending, text));
  const std::string key = KeyBeside(question.pending);
  return question.key.empty() ? base::RemoveFile(key) : base::WriteFileAtomically(key, question.key + "\n");
}

Status RemovePending(const GoldenQuestion& question) {
  if (question.pending.empty()) return {};
  REPRISE_RETURN_IF_ERROR(base::RemoveFile(question.pending));
  return base::RemoveFile(KeyBeside(question.pending));
}

}  // namespace

Result<GoldenAnswer> JudgeGolden(const GoldenQuestion& question) {
  std::string text = question.actual;
  if (question.json) {
    if (const Result<wire::JsonTree> tree = wire::JsonTree::Parse(text); !tree.ok())
      return Status(ErrorKind::kMismatch, question.path, "the value is no JSON: " + tree.status().reason());
    Result<std::string> indented = wire::SpaceJson(wire::CompactJson(text), "indent2");
    if (!indented.ok()) return indented.status();
    text = *std::move(indented) + "\n";
  }
  GoldenAnswer answer;
  answer.text = text;
  if (!base::Exists(question.path)) {
    REPRISE_RETURN_IF_ERROR(LeavePending(question, text));
    answer.kind = Kind::kMissing;
    return answer;
  }
  const Result<std::string> accepted = base::ReadFile(question.path);
  if (!accepted.ok()) return accepted.status();
  const std::string accepted_key = AcceptedKey(question.path);
  const bool other_request = !question.key.empty() && !accepted_key.empty() && accepted_key != question.key;
  answer.verdict = question.json ? CompareJson(*accepted, text) : CompareText(*accepted, text);
  if (answer.verdict.ok()) {
    answer.passed_for_another_request = other_request;
    // Where it holds for a request that nobody has seen it with, that waits for a human too.
    REPRISE_RETURN_IF_ERROR(other_request ? LeavePending(question, *accepted) : RemovePending(question));
    return answer;
  }
  REPRISE_RETURN_IF_ERROR(LeavePending(question, text));
  answer.kind = other_request ? Kind::kStale : Kind::kFail;
  if (other_request) {
    answer.verdict.kind = Verdict::Kind::kStale;
    answer.verdict.note =
        "the request has changed since this was accepted, so the difference says nothing about the "
        "answer" +
        (answer.verdict.note.empty() ? "" : "; " + answer.verdict.note);
  }
  return answer;
}

}  // namespace reprise::compare
