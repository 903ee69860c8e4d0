#include "tests/lib/cli/program.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "lib/base/file_system.h"

namespace reprise::cli {
namespace {

int MemoryFile(const std::string& bytes) {
  const int fd = ::memfd_create("test", MFD_CLOEXEC);
  EXPECT_TRUE(base::WriteAll(fd, bytes, "memory file").ok());
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string TakeText(int fd) {
  std::string text = base::ReadFile("/proc/self/fd/" + std::to_string(fd)).value();
  ::close(fd);
  return text;
}

}  // namespace

Ran RunReprise(const std::vector<std::string>& words, const How& how) {
  const int in = MemoryFile(how.input), out = MemoryFile(""), err = MemoryFile("");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, 0);
  ::posix_spawn_file_actions_adddup2(&actions, how.out_fd >= 0 ? how.out_fd : out, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err, 2);
  if (how.close_out) ::posix_spawn_file_actions_addclose(&actions, 1);
  if (!how.folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, how.folder.c_str());

  std::map<std::string, std::string> environment = how.environment;
  const char* path = ::getenv("PATH");
  environment.emplace("PATH", path == nullptr ? "/usr/bin:/bin" : path);
  environment.emplace("LC_ALL", "C");
  environment.emplace("TERM", "dumb");
  environment.emplace("HOME", how.folder.empty() ? "/" : how.folder);
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) entries.push_back(name + "=" + value);
  std::vector<char*> envp, argv;
  for (std::string& entry : entries) envp.push_back(entry.data());
  envp.push_back(nullptr);
  std::vector<std::string> all = words;
  all.insert(all.begin(), REPRISE_PROGRAM);
  for (std::string& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, REPRISE_PROGRAM, &actions, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&actions);
  Ran ran;
  if (error != 0) {
    ADD_FAILURE() << REPRISE_PROGRAM << ": " << base::ErrnoText(error);
    return ran;
  }
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  pollfd ends{handle, POLLIN, 0};
  const bool in_time = ::poll(&ends, 1, 60'000) == 1;
  if (!in_time) ::kill(pid, SIGKILL);
  int ended = 0;
  ::waitpid(pid, &ended, 0);
  ::close(handle);
  ::close(in);
  if (in_time) ran.code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
  ran.out = TakeText(out);
  ran.err = TakeText(err);
  return ran;
}

TemporaryFolder::TemporaryFolder() : path_(::testing::TempDir() + "reprise-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << path_;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

void ExpectApproved(const std::string& name, const std::string& text) {
  const std::string path = REPRISE_SOURCE_DIR "/tests/golden/cli/" + name + ".txt";
  const char* approve = ::getenv("REPRISE_APPROVE");
  if (approve != nullptr && std::string(approve) == "1") {
    ASSERT_TRUE(base::WriteFileAtomically(path, text).ok());
    return;
  }
  const Result<std::string> approved = base::ReadFile(path);
  ASSERT_TRUE(approved.ok()) << approved.status() << "\nREPRISE_APPROVE=1 writes it. It would hold:\n" << text;
  if (*approved == text) return;
  std::istringstream expected(*approved), got(text);
  std::string a, b;
  int line = 1;
  while (true) {
    const bool more_a = static_cast<bool>(std::getline(expected, a)), more_b = static_cast<bool>(std::getline(got, b));
    if (!more_a || !more_b || a != b) break;
    ++line;
  }
  ADD_FAILURE() << path << " differs at line " << line << "\n  approved  " << a << "\n  got       " << b
                << "\nIf the change is meant: REPRISE_APPROVE=1, then look at git diff. All of it:\n"
                << text;
}

}  // namespace reprise::cli
