#include "lib/cli/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "lib/base/file_system.h"

extern char** environ;  // POSIX

namespace reprise::cli {
namespace {

// Standard streams of the child are files in memory: nothing to pump, so nothing can block.
Result<base::FileDescriptor> MemoryFile(const std::string& bytes) {
  base::FileDescriptor file(::memfd_create("child", MFD_CLOEXEC));
  if (!file.ok()) return base::ErrnoStatus("memory file", "cannot be made", errno);
  REPRISE_RETURN_IF_ERROR(base::WriteAll(file.get(), bytes, "memory file"));
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return base::ErrnoStatus("memory file", "cannot be rewound", errno);
  return file;
}

std::string TextOf(const base::FileDescriptor& file) {
  Result<std::string> text = base::ReadFile("/proc/self/fd/" + std::to_string(file.get()));
  return text.ok() ? *std::move(text) : "";
}

// Spawn attributes and actions, freed with the object.
struct Plan {
  Plan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~Plan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

}  // namespace

Result<ChildOutput> RunChild(const std::vector<std::string>& words, const std::string& folder,
                             const std::string* input) {
  Result<base::FileDescriptor> in = MemoryFile(input == nullptr ? "" : *input);
  Result<base::FileDescriptor> out = MemoryFile("");
  Result<base::FileDescriptor> err = MemoryFile("");
  for (const auto* file : {&in, &out, &err})
    if (!file->ok()) return file->status();

  Plan plan;
  ::posix_spawn_file_actions_adddup2(&plan.actions, in->get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&plan.actions, out->get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&plan.actions, err->get(), STDERR_FILENO);
  if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&plan.actions, folder.c_str());
  sigset_t defaults;  // we ignore SIGPIPE; others should not
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &defaults);
  ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGDEF);

  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0], &plan.actions, &plan.attributes, argv.data(), environ);
  if (error == ENOENT && (folder.empty() || base::IsFolder(folder)))
    return Status(ErrorKind::kIo, words[0], "is not installed");
  if (error != 0) return base::ErrnoStatus(words[0], "cannot be run", error);
  int ended = 0;
  while (::waitpid(pid, &ended, 0) < 0)
    if (errno != EINTR) return base::ErrnoStatus(words[0], "cannot be waited for", errno);
  ChildOutput output;
  output.code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
  output.out = TextOf(*out);
  output.err = TextOf(*err);
  return output;
}

}  // namespace reprise::cli
