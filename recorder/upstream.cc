#include "recorder/upstream.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/file_system.h"

namespace reprise::recorder {
namespace {

constexpr char kModule[] = "reprise-curl.so";

std::string FolderOfThisProgram() {
  std::string path(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return ".";
  path.resize(static_cast<std::size_t>(length));
  return base::FolderOf(path);
}

// Where this code lies: the program's folder, or that of the shared library it was linked from.
std::string FolderOfThisCode() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&LoadUpstream), &info) == 0 || info.dli_fname == nullptr) return ".";
  return base::FolderOf(base::Absolute(info.dli_fname));
}

// Beside the program; in libexec beside its folder; and, where we are a shared library, in libexec beside lib or
// lib/<architecture>.
std::vector<std::string> Places() {
  const std::string program = FolderOfThisProgram();
  const std::string code = FolderOfThisCode();
  std::vector<std::string> places = {base::Join(program, kModule)};
  for (const std::string& folder : {program, code, base::FolderOf(code)}) {
    std::string place = base::Join(base::FolderOf(folder), std::string("libexec/reprise/") + kModule);
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
  }
  return places;
}

}  // namespace

Result<std::unique_ptr<Transport>> LoadUpstream(const UpstreamOptions& options) {
  std::vector<std::string> places = {options.module};
  if (options.module.empty()) places = Places();
  std::string tried;
  for (const std::string& place : places) {
    tried += (tried.empty() ? "" : " and ") + place;
    if (!base::Exists(place)) continue;
    // Never unloaded: libcurl keeps state of the process.
    void* module = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module == nullptr) {
      const char* why = dlerror();
      return Status(ErrorKind::kUpstream, place, std::string("cannot be loaded: ") + (why != nullptr ? why : "unknown"),
                    "Install libcurl 4, which this module links, or replay, which needs no network.");
    }
    auto* make = reinterpret_cast<MakeUpstream*>(dlsym(module, "reprise_curl_upstream"));
    Transport* transport = make != nullptr ? make(kUpstreamAbi, options) : nullptr;
    if (transport == nullptr) {
      return Status(ErrorKind::kUpstream, place, "is not of the same build as this program",
                    "Install reprise again, so that both come from one build.");
    }
    return std::unique_ptr<Transport>(transport);
  }
  return Status(ErrorKind::kUpstream, kModule, "the module that asks providers is missing; looked at " + tried,
                "Install it (it comes with reprise), or replay, which needs no network.");
}

}  // namespace reprise::recorder
