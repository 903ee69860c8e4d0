#include "lib/cli/reading.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lib/cli/console.h"
#include "lib/report/harmless.h"

namespace reprise::cli {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Is there a component below `folder` that begins with a dot?
bool IsHiddenBelow(const std::string& folder, const std::string& path) {
  return path.find("/.", folder.size() > 1 ? folder.size() - 1 : 0) != std::string::npos;
}

Result<base::FileDescriptor> HoldStandardInput() {
  base::FileDescriptor memory(::memfd_create("standard input", MFD_CLOEXEC));
  if (!memory.ok()) return base::ErrnoStatus("standard input", "cannot be held in memory", errno);
  std::string buffer(1 << 16, '\0');
  while (true) {
    const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::ErrnoStatus("standard input", "cannot be read", errno);
    if (n == 0) return memory;
    REPRISE_RETURN_IF_ERROR(
        base::WriteAll(memory.get(), std::string_view(buffer.data(), static_cast<std::size_t>(n)), "standard input"));
  }
}

Result<OpenCassette> OpenMemory(base::FileDescriptor memory, std::string shown) {
  OpenCassette open;
  open.memory = std::move(memory);
  open.shown = std::move(shown);
  Result<std::unique_ptr<CassetteReader>> reader =
      CassetteReader::Open("/proc/self/fd/" + std::to_string(open.memory.get()));
  if (!reader.ok()) return Status(reader.status().kind(), open.shown, reader.status().reason(), reader.status().next());
  open.reader = *std::move(reader);
  return open;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + report::HarmlessLine(word, 200);
  return out;
}

}  // namespace

FileKind KindOf(std::string_view path) {
  if (EndsWith(path, ".incomplete")) return FileKind::kIncomplete;
  if (EndsWith(path, ".new")) return FileKind::kPending;
  return FileKind::kCassette;
}

Result<std::vector<std::string>> FindCassettes(const std::vector<std::string>& given) {
  std::vector<std::string> suffixes;
  for (const char* name : {".reprise", ".reprise.jsonl"})
    for (const char* kind : {"", ".incomplete", ".new", ".new.incomplete"})
      suffixes.push_back(std::string(name) + kind);
  std::vector<std::string> found;
  for (const std::string& path : given.empty() ? std::vector<std::string>{"."} : given) {
    if (path == "-" || !base::IsFolder(path)) {
      if (path != "-" && !base::Exists(path))
        return Status(ErrorKind::kCassette, path, "there is no such file or folder");
      found.push_back(path);
      continue;
    }
    Result<std::vector<std::string>> inside = base::FindFiles(path, suffixes);
    if (!inside.ok()) return inside.status();
    for (std::string& file : *inside) {
      if (IsHiddenBelow(path, file)) continue;
      if (given.empty() && file.rfind("./", 0) == 0) file.erase(0, 2);
      found.push_back(std::move(file));
    }
  }
  return found;
}

Result<OpenCassette> Open(const std::string& path) {
  if (path == "-") {
    Result<base::FileDescriptor> memory = HoldStandardInput();
    if (!memory.ok()) return memory.status();
    return OpenMemory(*std::move(memory), "standard input");
  }
  OpenCassette open;
  open.shown = path;
  Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path);
  if (!reader.ok()) return reader.status();
  open.reader = *std::move(reader);
  return open;
}

Result<OpenCassette> OpenBytes(std::string_view content, const std::string& shown) {
  base::FileDescriptor memory(::memfd_create("cassette", MFD_CLOEXEC));
  if (!memory.ok()) return base::ErrnoStatus(shown, "cannot be held in memory", errno);
  REPRISE_RETURN_IF_ERROR(base::WriteAll(memory.get(), content, shown));
  return OpenMemory(std::move(memory), shown);
}

std::string ContainerOf(const std::string& path) {
  base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  unsigned char head[4] = {};
  if (!file.ok() || ::read(file.get(), head, sizeof head) != static_cast<ssize_t>(sizeof head)) return "";
  const bool frame = head[0] == 0x28 && head[1] == 0xB5 && head[2] == 0x2F && head[3] == 0xFD;
  const bool skippable = (head[0] & 0xF0) == 0x50 && head[1] == 0x2A && head[2] == 0x4D && head[3] == 0x18;
  return frame || skippable ? "zstd" : head[0] == '{' ? "text" : "";
}

std::uint64_t SizeOf(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

std::string ModelText(const ModelIdentity& model) {
  constexpr std::size_t kLongest = 80;
  std::string out = report::HarmlessLine(model.asked, kLongest);
  if (!model.answered.empty() && model.answered != model.asked)
    out += (out.empty() ? "> " : " > ") + report::HarmlessLine(model.answered, kLongest);
  if (!model.pin.empty()) out += " @ " + report::HarmlessLine(model.pin, 20);
  return out;
}

std::string RulesText(const Rules& rules) {
  std::string out;
  const auto add = [&](const char* what, const std::vector<std::string>& words) {
    if (!words.empty()) out += (out.empty() ? "" : "; ") + std::string(what) + Joined(words);
  };
  add("ignores ", rules.ignore_body);
  add("ignores query ", rules.ignore_query);
  add("matches headers ", rules.match_headers);
  std::vector<std::string> names;
  for (const auto& [name, pattern] : rules.placeholders) names.push_back(name);
  add("has placeholders ", names);
  add("allows secrets ", rules.allow_secret);
  return out;
}

std::string DamageText(const Damage& damage) {
  std::string out = "at byte " + std::to_string(damage.file_offset);
  if (damage.line != 0) out += " (line " + std::to_string(damage.line) + ")";
  out += ": " + report::HarmlessLine(damage.what, 400);
  if (!damage.keys.empty()) {
    constexpr std::size_t kMost = 4;
    out += "; " + CountText(damage.keys.size(), "exchange") + " there: ";
    for (std::size_t i = 0; i < std::min(kMost, damage.keys.size()); ++i)
      out += (i == 0 ? "" : ", ") + report::HarmlessLine(damage.keys[i].substr(0, 12));
    if (damage.keys.size() > kMost) out += ", ...";
  }
  return out;
}

}  // namespace reprise::cli
