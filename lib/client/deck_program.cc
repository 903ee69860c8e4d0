#include "lib/client/deck_program.h"

#include <dlfcn.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "reprise/host.h"

namespace reprise::internal {
namespace {

constexpr std::string_view kName = "reprise-deck";

std::atomic<const char*> path_of_build{nullptr};

bool IsProgram(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// File of the shared library or program this function is in.
std::string PathOfThisLibrary() {
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<const void*>(&FindDeckProgram), &info) == 0 || info.dli_fname == nullptr) return {};
  return info.dli_fname;
}

std::string FindInPath(std::string_view name, std::string_view path) {
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
    // An empty entry means the working directory; a deck is not picked up from there.
    if (folder.empty() || folder[0] != '/') continue;
    std::string candidate = std::string(folder) + '/' + std::string(name);
    if (IsProgram(candidate)) return candidate;
  }
  return {};
}

}  // namespace

void NameDeckProgram(const char* path) { path_of_build = path; }

std::string PathOfThisProgram() {
  char buffer[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", buffer, sizeof buffer);
  return size <= 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
}

Result<std::string> FindDeckProgram() {
  const char* search = std::getenv("PATH");
  if (const char* named = std::getenv("REPRISE_DECK"); named != nullptr && *named != '\0') {
    const std::string path = std::string_view(named).find('/') != std::string_view::npos
                                 ? named
                                 : FindInPath(named, search != nullptr ? search : "");
    if (!path.empty() && IsProgram(path)) return path;
    return Status(ErrorKind::kUsage, "REPRISE_DECK=" + std::string(named), "is no program that can be run",
                  "Name the program reprise-deck, or unset the variable");
  }
  std::vector<std::string> places;
  if (const char* path = path_of_build; path != nullptr && *path != '\0') places.emplace_back(path);
  const std::string name(kName);
  const std::string program = PathOfThisProgram();
  for (const std::string& file : {PathOfThisLibrary(), program}) {
    if (file.empty()) continue;
    const std::string folder = FolderOf(file);
    places.push_back(folder + '/' + name);
    // lib, and lib/x86_64-linux-gnu.
    places.push_back(folder + "/../libexec/reprise/" + name);
    places.push_back(folder + "/../../libexec/reprise/" + name);
  }
#ifdef REPRISE_INSTALLED_DECK
  places.emplace_back(REPRISE_INSTALLED_DECK);
#endif
  for (const std::string& place : places) {
    if (IsProgram(place)) return place;
  }
  if (std::string found = FindInPath(kName, search != nullptr ? search : ""); !found.empty()) return found;
  std::string looked;
  for (const std::string& place : places) looked += (looked.empty() ? "" : ", ") + place;
  return Status(ErrorKind::kIo, name,
                "the program that serves this test was not found (looked for " + looked + " and in PATH)",
                "Build or install it, or name it with REPRISE_DECK");
}

}  // namespace reprise::internal
