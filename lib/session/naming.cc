#include "lib/session/naming.h"

#include <dirent.h>

#include <algorithm>
#include <memory>

#include "lib/base/file_system.h"
#include "lib/base/hash.h"

namespace reprise::session {
namespace {

constexpr std::size_t kMaxPart = 100;
constexpr std::size_t kHashDigits = 8;
constexpr std::string_view kEnding = ".reprise";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

std::string Folded(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// CON, PRN, AUX, NUL, COM1..9, LPT1..9, with or without an ending: no checkout on Windows can hold such a file.
bool IsDeviceName(std::string_view part) {
  const std::string stem = Folded(part.substr(0, part.find('.')));
  if (stem == "con" || stem == "prn" || stem == "aux" || stem == "nul") return true;
  return stem.size() == 4 && (stem.compare(0, 3, "com") == 0 || stem.compare(0, 3, "lpt") == 0) && stem[3] >= '1' &&
         stem[3] <= '9';
}

// What a part could be mistaken for once it was escaped: it would share a file with the escaped one.
bool LooksEscaped(std::string_view part) {
  if (part.size() <= kHashDigits || part[part.size() - kHashDigits - 1] != '-') return false;
  const std::string_view tail = part.substr(part.size() - kHashDigits);
  return tail.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void AddParts(std::string_view name, std::string& path) {
  while (true) {
    const std::size_t slash = name.find('/');
    if (!path.empty()) path += '/';
    path += SafePart(name.substr(0, slash));
    if (slash == std::string_view::npos) return;
    name.remove_prefix(slash + 1);
  }
}

constexpr char kLetterCase[] = ": names that differ in letter case only are one file on some systems";

// Path of a file or folder on the way to `path` that is there in another letter case, or "". A folder of another
// spelling is a clash even if its files differ: a checkout would merge the two.
std::string DiffersInCase(const std::string& root, std::string_view path) {
  std::string folder = root;
  while (true) {
    const std::size_t slash = path.find('/');
    const bool last = slash == std::string_view::npos;
    const std::string part = std::string(path.substr(0, slash)) + (last ? std::string(kEnding) : "");
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), &::closedir);
    if (!listing) return "";
    while (const dirent* entry = ::readdir(listing.get())) {
      const std::string_view name = entry->d_name;
      if (name != part && name.size() == part.size() && Folded(name) == Folded(part)) return base::Join(folder, name);
    }
    if (last) return "";
    folder = base::Join(folder, part);
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string TestName::Name() const {
  if (test.empty()) return suite;
  return suite + "." + test + (param.empty() ? "" : "/" + param);
}

std::string SafePart(std::string_view part) {
  const bool plain = !part.empty() && part.size() <= kMaxPart && part.front() != '.' && part.front() != '-' &&
                     part.back() != '.' && std::all_of(part.begin(), part.end(), IsPlain) && !IsDeviceName(part) &&
                     !LooksEscaped(part);
  if (plain) return std::string(part);
  std::string out;
  for (const char c : part.substr(0, kMaxPart - kHashDigits - 2)) out += IsPlain(c) ? c : '_';
  if (out.empty() || out.front() == '.' || out.front() == '-' || IsDeviceName(out)) out.insert(0, "_");
  return out + "-" + base::Sha256Hex(part).substr(0, kHashDigits);
}

std::string PathOfTest(const TestName& name) {
  std::string path;
  AddParts(name.suite, path);
  if (name.test.empty()) return path + ".suite";
  AddParts(name.test, path);
  if (!name.param.empty()) path += "/" + SafePart(name.param);
  return path;
}

std::string SourceOf(const TestName& name) {
  if (name.file.empty()) return "";
  if (name.file.front() == '/') return base::Exists(name.file) ? base::Absolute(name.file) : "";
  if (name.cwd.empty()) return "";
  // Compilers that were started in a build folder give paths relative to it or to a folder above.
  std::string folder = base::Absolute(name.cwd);
  while (true) {
    const std::string candidate = base::Absolute(base::Join(folder, name.file));
    if (base::Exists(candidate)) return candidate;
    if (folder == "/" || folder.empty()) return "";
    folder = base::FolderOf(folder);
  }
}

Result<std::string> CassetteRoot(const Settings& settings, const TestName& name, const std::string& compiled_in) {
  const RawSetting& set = settings.Of("cassettes").won;
  const auto absolute = [&name](const std::string& path) { return base::Absolute(base::Join(name.cwd, path)); };
  if (!set.value.empty() && set.place > Place::kProjectFile) return absolute(set.value);
  if (!compiled_in.empty()) return absolute(compiled_in);
  if (!set.value.empty()) return absolute(set.value);
  const std::string source = SourceOf(name);
  const std::string beside = source.empty() ? "" : base::Join(base::FolderOf(source), "cassettes");
  if (!beside.empty() && base::IsFolder(beside)) return beside;
  std::string tried = "REPRISE_CASSETTES is not set, no folder was compiled in (reprise_discover_tests does), and ";
  if (!beside.empty())
    tried += beside + " does not exist";
  else if (name.file.empty())
    tried += "the test's source is not known, so there is no cassettes/ beside it";
  else
    tried += "the test's source " + name.file + " is not on this machine, so there is no cassettes/ beside it";
  return Status(ErrorKind::kUsage, name.Name(), "there is no folder for its cassette: " + tried,
                beside.empty() ? "Set REPRISE_CASSETTES to a folder" : "Make one of the three: mkdir '" + beside + "'");
}

std::string GoldenRoot(const Settings& settings, const TestName& name, const std::string& cassette_root) {
  const RawSetting& set = settings.Of("goldens").won;
  if (!set.value.empty()) return base::Absolute(base::Join(name.cwd, set.value));
  std::string root = cassette_root;
  while (root.size() > 1 && root.back() == '/') root.pop_back();
  return base::Join(base::FolderOf(root), "goldens");
}

Status NameRegistry::Claim(const std::string& root, const std::string& path, const std::string& session,
                           bool look_at_disk) {
  const auto refuse = [&session](const std::string& other, const std::string& why) {
    return Status(ErrorKind::kUsage, session, "its cassette would be that of " + other + why,
                  "Rename one of the two tests");
  };
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::string folded = Folded(base::Join(root, path));
  if (const auto it = claimed_.find(folded); it != claimed_.end()) {
    const auto& [other_path, other] = it->second;
    if (other == session) return {};
    return refuse(other, other_path == path ? "" : kLetterCase);
  }
  if (look_at_disk)
    if (const std::string other = DiffersInCase(root, path); !other.empty())
      return refuse(other, std::string(", which is on disk") + kLetterCase);
  claimed_[folded] = {path, session};
  return {};
}

}  // namespace reprise::session
