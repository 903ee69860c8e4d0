#include "lib/cli/pending.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "lib/base/file_system.h"
#include "lib/base/hash.h"
#include "lib/cli/console.h"
#include "lib/cli/reading.h"
#include "lib/compare/golden.h"
#include "lib/report/harmless.h"
#include "lib/session/settings.h"
#include "lib/wire/json_text.h"
#include "reprise/cassette.h"

namespace reprise::cli {
namespace {

constexpr std::string_view kNew = ".new";
constexpr std::string_view kGoldens = "goldens";  // where the settings name no other folder
constexpr std::uint64_t kMaxKeyFile = 4096;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

const std::vector<std::string>& PendingSuffixes() {
  static const std::vector<std::string> suffixes{".reprise.new", ".reprise.jsonl.new", ".txt.new", ".json.new"};
  return suffixes;
}

// Is `path` this place, or below it?
bool IsAt(std::string_view path, std::string_view place) {
  while (place.size() > 1 && place.back() == '/') place.remove_suffix(1);
  return path.substr(0, place.size()) == place && (path.size() == place.size() || path[place.size()] == '/');
}

Pending PendingOf(const std::string& path, const std::string& target) {
  return {path, target, EndsWith(target, ".reprise") || EndsWith(target, ".reprise.jsonl")};
}

std::string WithoutNew(const std::string& path) { return path.substr(0, path.size() - kNew.size()); }

bool IsLink(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

// What a cassette says, exchange by exchange: its key, and a hash of the rest of it that a test can see.
using Content = std::multimap<std::string, std::string>;

Result<Content> ContentOf(const std::string& path) {
  Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path);
  if (!reader.ok()) return reader.status();
  Content content;
  const Status status = (*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    std::string seen = std::to_string(exchange.reply.status) + "\n";
    for (const Header& header : exchange.reply.headers) seen += header.name + ":" + header.value + "\n";
    content.emplace(exchange.lane + " " + exchange.key, base::Sha256Hex(seen + exchange.reply.body));
    return true;
  });
  if (!status.ok()) return status;
  if (!(*reader)->damage().empty())
    return Status(ErrorKind::kCassette, path, "damaged " + DamageText((*reader)->damage().front()),
                  "See `reprise fsck " + path + "`; nothing was replaced");
  return content;
}

Result<std::string> CheckCassette(const Pending& pending) {
  const std::string other = EndsWith(pending.target, ".jsonl") ? pending.target.substr(0, pending.target.size() - 6)
                                                               : pending.target + ".jsonl";
  if (base::Exists(other))
    return Status(ErrorKind::kCassette, pending.target, "stands there as " + other + " already",
                  "Remove one of the two, or rename " + pending.path);
  Result<Content> fresh = ContentOf(pending.path);
  if (!fresh.ok()) return fresh.status();
  if (!base::Exists(pending.target)) return "new, " + CountText(fresh->size(), "exchange");
  // A target that cannot be read whole is no reason to keep it.
  Result<Content> stale = ContentOf(pending.target);
  if (!stale.ok()) return "replaces a damaged one, " + CountText(fresh->size(), "exchange");
  std::size_t kept = 0, changed = 0, added = 0;
  for (auto it = fresh->begin(); it != fresh->end();) {
    const auto [begin, end] = fresh->equal_range(it->first);
    std::vector<std::string> ours, theirs;
    for (auto i = begin; i != end; ++i) ours.push_back(i->second);
    const auto old = stale->equal_range(it->first);
    for (auto i = old.first; i != old.second; ++i) theirs.push_back(i->second);
    for (std::size_t take = 0; take < ours.size(); ++take)
      ++(take >= theirs.size() ? added : ours[take] == theirs[take] ? kept : changed);
    it = end;
  }
  const std::size_t gone = stale->size() > kept + changed ? stale->size() - kept - changed : 0;
  std::string words;
  const auto add = [&](std::size_t count, const char* what) {
    if (count != 0) words += (words.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(kept, "kept");
  add(changed, "with another reply");
  add(added, "new");
  add(gone, "gone");
  return words.empty() ? "no exchanges" : words;
}

// "a.txt.new" -> "a.txt.key.new".
std::string KeyOfPending(const Pending& pending) {
  return WithoutNew(pending.path) + std::string(compare::kKeyEnding) + std::string(kNew);
}

bool IsKeyFile(std::string_view text) {
  return text.size() == 65 && text.back() == '\n' &&
         text.substr(0, 64).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::string> CheckGolden(const Pending& pending) {
  const Result<std::string> text = base::ReadFile(pending.path);
  if (!text.ok()) return text.status();
  if (EndsWith(pending.target, ".json")) {
    if (const auto tree = wire::JsonTree::Parse(*text); !tree.ok())
      return Status(ErrorKind::kCassette, pending.path, "is no whole JSON: " + tree.status().reason(),
                    "Run the test again; nothing was replaced");
  }
  if (const std::string path = KeyOfPending(pending); base::Exists(path)) {
    const Result<std::string> key = base::ReadFile(path);
    if (!key.ok()) return key.status();
    if (!IsKeyFile(*key))
      return Status(ErrorKind::kCassette, path, "holds no key", "Run the test again; nothing was replaced");
  }
  if (!base::Exists(pending.target)) return "new, " + BytesText(text->size());
  const Result<std::string> old = base::ReadFile(pending.target);
  if (!old.ok()) return old.status();
  return *old == *text ? "the same text" : BytesText(old->size()) + " before, " + BytesText(text->size()) + " now";
}

// Below a folder of goldens: the one that the project or the environment names, or one of the usual name, with a folder
// for the test in between.
bool LiesAmongGoldens(const std::string& path) {
  const std::string folder = base::FolderOf(base::Absolute(path));
  if (const char* set = std::getenv("REPRISE_GOLDENS"); set != nullptr && *set != '\0')
    if (IsAt(folder, base::Absolute(set))) return true;
  if (const std::string file = session::FindProjectFile(folder); !file.empty())
    if (const Result<session::ProjectFile> project = session::ReadProjectFile(file); project.ok())
      for (const session::RawSetting& setting : project->settings)
        if (setting.name == "goldens" && !setting.value.empty() && IsAt(folder, base::Absolute(setting.value)))
          return true;
  for (std::string up = folder; up.size() > 1; up = base::FolderOf(up)) {
    if (up != folder && up.substr(up.rfind('/') + 1) == kGoldens) return true;
    if (base::Exists(base::Join(up, ".git"))) break;
  }
  return false;
}

// Other programs have files of these names too (requirements.txt.new): which are ours?
bool IsOurs(const Pending& pending) {
  if (pending.is_cassette || LiesAmongGoldens(pending.path)) return true;
  const Result<std::string> key = base::ReadFile(KeyOfPending(pending), kMaxKeyFile);
  return key.ok() && IsKeyFile(*key);
}

Status TakeOver(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return base::SyncFolderOf(to);
  if (errno != EXDEV) return base::ErrnoStatus(to, "cannot be replaced", errno);
  // A mirror on another file system: copy, then remove.
  const Result<std::string> bytes = base::ReadFile(from);
  if (!bytes.ok()) return bytes.status();
  REPRISE_RETURN_IF_ERROR(base::WriteFileAtomically(to, *bytes));
  return base::RemoveFile(from);
}

}  // namespace

bool IsPendingName(std::string_view path) {
  return std::any_of(PendingSuffixes().begin(), PendingSuffixes().end(),
                     [&](const std::string& suffix) { return EndsWith(path, suffix); });
}

Result<std::vector<Pending>> FindPending(const std::vector<std::string>& given, std::vector<std::string>* strangers) {
  std::vector<Pending> found;
  const auto add = [&](const std::string& path) {
    const bool known = std::any_of(found.begin(), found.end(), [&](const Pending& it) { return it.path == path; });
    if (!known) found.push_back(PendingOf(path, WithoutNew(path)));
  };
  for (const std::string& path : given) {
    if (base::IsFolder(path)) {
      Result<std::vector<std::string>> files = base::FindFiles(path, PendingSuffixes());
      if (!files.ok()) return files.status();
      for (const std::string& file : *files) {
        if (file.find("/.", path.size() - 1) != std::string::npos) continue;
        if (IsOurs(PendingOf(file, WithoutNew(file))))
          add(file);
        else if (strangers != nullptr)
          strangers->push_back(file);
      }
    } else if (IsPendingName(path)) {
      if (!base::Exists(path)) return Status(ErrorKind::kCassette, path, "there is no such file");
      add(path);
    } else if (IsPendingName(path + std::string(kNew)) && base::Exists(path + std::string(kNew))) {
      add(path + std::string(kNew));
    } else if (base::Exists(path)) {
      return Status(ErrorKind::kCassette, path, "nothing is pending for it",
                    "Pending files end in .reprise.new, .txt.new or .json.new; `reprise doctor` lists them");
    } else {
      return Status(ErrorKind::kCassette, path, "there is no such file or folder");
    }
  }
  return found;
}

std::string StrangersText(const std::vector<std::string>& strangers) {
  constexpr std::size_t kMaxNamed = 5;
  std::string text = "passed over, for they lie below no folder of goldens (goldens/, or the setting of that name):";
  for (std::size_t i = 0; i < strangers.size() && i < kMaxNamed; ++i)
    text += "\n  " + report::HarmlessLine(strangers[i]);
  if (strangers.size() > kMaxNamed) text += "\n  and " + std::to_string(strangers.size() - kMaxNamed) + " more";
  return text + "\nName those that are meant.";
}

std::string ProjectRoot(const std::string& folder) {
  const std::string start = base::Absolute(folder);
  if (const std::string file = session::FindProjectFile(start); !file.empty()) return base::FolderOf(file);
  for (std::string up = start; up.size() > 1; up = base::FolderOf(up))
    if (base::Exists(base::Join(up, ".git"))) return up;
  return start;
}

Result<std::vector<Pending>> FindPendingIn(const std::string& mirror, const std::string& root,
                                           const std::vector<std::string>& only) {
  if (!base::IsFolder(mirror)) return Status(ErrorKind::kCassette, mirror, "there is no such folder");
  Result<std::vector<std::string>> files = base::FindFiles(mirror, PendingSuffixes());
  if (!files.ok()) return files.status();
  std::vector<Pending> found;
  for (const std::string& file : *files) {
    const std::string below = std::filesystem::path(file).lexically_relative(mirror).string();
    const std::string target = WithoutNew(base::Join(root, below));
    const auto is_meant = [&](const std::string& path) {
      return IsAt(base::Absolute(file), base::Absolute(path)) || IsAt(target, base::Absolute(path));
    };
    if (!only.empty() && std::none_of(only.begin(), only.end(), is_meant)) continue;
    for (std::string folder = base::FolderOf(target); folder.size() > root.size(); folder = base::FolderOf(folder))
      if (IsLink(folder))
        return Status(ErrorKind::kUsage, target, folder + " is a link, which may lead out of the project",
                      "Move " + file + " to its place by hand");
    found.push_back(PendingOf(file, target));
  }
  return found;
}

Result<std::string> CheckPending(const Pending& pending) {
  if (IsLink(pending.path))
    return Status(ErrorKind::kUsage, pending.path, "is a link; pending files are written as plain files");
  if (IsLink(pending.target))
    return Status(ErrorKind::kUsage, pending.target, "is a link, and would be replaced by a file",
                  "Accept it where the file itself lies");
  if (base::IsFolder(pending.target)) return Status(ErrorKind::kIo, pending.target, "is a folder, not a file");
  return pending.is_cassette ? CheckCassette(pending) : CheckGolden(pending);
}

Status AcceptPending(const Pending& pending) {
  REPRISE_RETURN_IF_ERROR(base::MakeFolders(base::FolderOf(pending.target)));
  if (!pending.is_cassette) {
    // The golden came from an exchange whose key lies beside it; of one without a key the old key says nothing. The key
    // first: after a crash in between the value still waits, and accepting it once more completes both.
    const std::string key = pending.target + std::string(compare::kKeyEnding);
    REPRISE_RETURN_IF_ERROR(base::Exists(KeyOfPending(pending)) ? TakeOver(KeyOfPending(pending), key)
                                                                : base::RemoveFile(key));
  }
  return TakeOver(pending.path, pending.target);
}

Status RejectPending(const Pending& pending) {
  if (!pending.is_cassette) REPRISE_RETURN_IF_ERROR(base::RemoveFile(KeyOfPending(pending)));
  return base::RemoveFile(pending.path);
}

}  // namespace reprise::cli
