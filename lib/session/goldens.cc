#include "lib/session/goldens.h"

#include "lib/base/file_system.h"
#include "lib/report/harmless.h"
#include "lib/report/verdict_text.h"
#include "lib/session/shell_word.h"

namespace reprise::session {
namespace {

using Kind = compare::GoldenAnswer::Kind;

constexpr char kPending[] = ".new";
constexpr std::size_t kMaxShown = 2000;  // bytes of a value that has no golden yet

// The folder that a mirror is of: that of reprise.json, else that of .git, else the root of the disk. It ends in "/".
std::string RootOf(const std::string& project, const std::string& path) {
  std::string root = project;
  for (std::string folder = base::FolderOf(path); root.empty() && folder.size() > 1; folder = base::FolderOf(folder))
    if (base::Exists(base::Join(folder, ".git"))) root = folder;
  if (root.empty() || root.back() != '/') root += '/';
  return path.compare(0, root.size(), root) == 0 ? root : "/";
}

std::string FolderOfTest(const Settings& settings, const TestName& test, const std::string& cassette_root) {
  if (cassette_root.empty() && settings.Value("goldens").empty()) return "";
  return base::Join(GoldenRoot(settings, test, cassette_root), PathOfTest(test));
}

std::string Message(const compare::GoldenAnswer& answer, const compare::GoldenQuestion& question,
                    const std::string& accept) {
  std::string text;
  if (answer.kind == Kind::kMissing)
    text = "there is no golden yet at " + question.path + "; the value now is\n" +
           report::Harmless(answer.text.size() <= kMaxShown ? answer.text : answer.text.substr(0, kMaxShown) + "…");
  else
    text = report::VerdictText(answer.verdict) + "\n  golden  " + question.path;
  if (!question.pending.empty()) text += "\nIf that is right:\n  " + accept;
  return text;
}

}  // namespace

Goldens::Goldens(const Settings& settings, const Environment& environment, const TestName& test,
                 const std::string& cassette_root)
    : settings_(settings),
      environment_(environment),
      test_(test),
      folder_(FolderOfTest(settings, test, cassette_root)) {}

std::string Goldens::Mirror() const {
  if (!settings_.source_tree_locked()) return "";
  std::string folder = settings_.Value("pending_dir");
  if (folder.empty()) folder = environment_("TEST_UNDECLARED_OUTPUTS_DIR");
  if (folder.empty()) folder = "reprise-pending";
  return base::Absolute(base::Join(test_.cwd, folder));
}

std::string Goldens::PendingPathOf(const std::string& golden) const {
  const std::string mirror = Mirror();
  if (mirror.empty()) return golden + kPending;
  return base::Join(mirror, golden.substr(RootOf(settings_.project_folder(), golden).size())) + kPending;
}

std::string Goldens::AcceptCommand(const std::string& golden, const std::string& pending) const {
  const std::string mirror = Mirror();
  if (mirror.empty()) return "reprise accept " + ShellWord(pending);
  std::string root = RootOf(settings_.project_folder(), golden);
  if (root.size() > 1) root.pop_back();
  // Wherever it is run: the mirror does not know what it mirrors.
  return "reprise accept --from " + ShellWord(mirror) + " --to " + ShellWord(root) + " " + ShellWord(pending);
}

Result<GoldenResult> Goldens::Judge(const GoldenValue& value, bool may_write) {
  if (folder_.empty())
    return Status(ErrorKind::kUsage, test_.Name(), "there is no folder for its goldens",
                  "Set REPRISE_GOLDENS or REPRISE_CASSETTES to a folder");
  GoldenResult result;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    result.name = value.name;
    result.path = base::Join(folder_, SafePart(result.name)) + (value.json ? ".json" : ".txt");
    const auto [it, first] = values_.try_emplace(result.path, value.actual, value.place);
    if (!first && it->second.first != value.actual)
      return Status(ErrorKind::kUsage, "golden \"" + result.name + "\"",
                    "two values have this name, one at " + it->second.second + ", one at " + value.place,
                    "Give each a name of its own");
    ++judged_;
  }
  compare::GoldenQuestion question;
  question.path = result.path;
  if (may_write) question.pending = PendingPathOf(result.path);
  question.json = value.json;
  question.actual = value.actual;
  question.key = value.key;
  const Result<compare::GoldenAnswer> answer = compare::JudgeGolden(question);
  if (!answer.ok()) return answer.status();
  result.kind = answer->kind;
  if (answer->kind != Kind::kPass)
    result.message = Message(*answer, question, AcceptCommand(question.path, question.pending));
  if (answer->passed_for_another_request) {
    const std::lock_guard<std::mutex> lock(mutex_);
    stale_.push_back(
        "STALE: the golden " + result.path + " was accepted for another request; the value is the same" +
        (question.pending.empty() ? "" : ". To say so: " + AcceptCommand(question.path, question.pending)));
  }
  return result;
}

std::uint64_t Goldens::judged() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return judged_;
}

std::vector<std::string> Goldens::stale() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stale_;
}

}  // namespace reprise::session
