#include "tests/e2e/workshop.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;

namespace reprise::e2e {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

void Pause() {
  const timespec moment = {0, 2'000'000};
  ::nanosleep(&moment, nullptr);
}

// What must stand before a program to run it without a network; empty where that is not allowed.
const std::vector<std::string>& WithoutNetwork() {
  static const std::vector<std::string> prefix = [] {
    for (const std::vector<std::string>& tried :
         {std::vector<std::string>{"/usr/bin/unshare", "-n"}, std::vector<std::string>{"/usr/bin/unshare", "-rn"}}) {
      const std::string command = tried[0] + " " + tried[1] + " true 2>/dev/null";
      if (std::system(command.c_str()) == 0) return tried;
    }
    return std::vector<std::string>();
  }();
  return prefix;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Workshop::Workshop() {
  std::string name = fs::temp_directory_path() / "reprise e2e XXXXXX";
  folder_ = ::mkdtemp(name.data());
  environment_ = {{"PATH", "/usr/bin:/bin"},
                  {"HOME", folder_},
                  {"TMPDIR", folder_},
                  {"LANG", "C.UTF-8"},
                  {"REPRISE_CASSETTES", folder_ + "/cassettes"},
                  // Nobody listens here (discard), until a provider is opened.
                  {"OPENAI_BASE_URL", "http://127.0.0.1:9/v1"},
                  {"ANTHROPIC_BASE_URL", "http://127.0.0.1:9"},
                  {"GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9"},
                  {"OLLAMA_HOST", "127.0.0.1:9"}};
  // Sanitizers and coverage are told by the environment where to write.
  for (const char* kept : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LLVM_PROFILE_FILE", "GCOV_PREFIX"}) {
    if (const char* value = std::getenv(kept); value != nullptr) environment_[kept] = value;
  }
}

Workshop::~Workshop() {
  for (const pid_t pid : Processes()) ::kill(pid, SIGKILL);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Workshop::OpenProvider() {
  provider_ = support::FakeProvider::Start();
  ASSERT_NE(provider_, nullptr);
  Set("OPENAI_BASE_URL", provider_->base_url());
  Set("ANTHROPIC_BASE_URL", provider_->origin());
  Set("GOOGLE_GEMINI_BASE_URL", provider_->origin());
  Set("OLLAMA_HOST", provider_->origin());
}

void Workshop::CloseProvider() { provider_.reset(); }

int Workshop::requests() const { return provider_ == nullptr ? 0 : static_cast<int>(provider_->requests().size()); }

Workshop& Workshop::Set(const std::string& name, const std::string& value) {
  environment_[name] = value;
  return *this;
}

Workshop& Workshop::Unset(const std::string& name) {
  environment_.erase(name);
  return *this;
}

Ended Workshop::Start(const std::string& program, const std::vector<std::string>& arguments, const Watch& watch) {
  std::vector<std::string> words = {program[0] == '/' ? program : std::string(REPRISE_E2E_PROGRAMS "/e2e_") + program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> settings;
  for (const auto& [name, value] : environment_) settings.push_back(name + "=" + value);

  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], 2);
  ::posix_spawn_file_actions_addchdir_np(&files, folder_.c_str());
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, words[0].c_str(), &files, &attributes, Pointers(words).data(), Pointers(settings).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  EXPECT_EQ(error, 0) << words[0];

  Ended run;
  const Clock::time_point end = Clock::now() + bound_;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd reading = {ends[0], POLLIN, 0};
    if (left <= 0 || ::poll(&reading, 1, static_cast<int>(left)) == 0) {
      run.in_time = false;
      break;
    }
    char buffer[4096];
    const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    run.output.append(buffer, static_cast<std::size_t>(size));
    if (watch) watch(pid, run.output);
  }
  ::close(ends[0]);
  if (!run.in_time) ::kill(-pid, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  if (WIFEXITED(status)) run.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) run.signal = WTERMSIG(status);
  EXPECT_TRUE(run.in_time) << bound_.count() << " s were not enough, or somebody kept the output open:\n" << run.output;
  return run;
}

Ended Workshop::StartWithGate(const std::string& program, const std::vector<std::string>& arguments,
                              const Watch& at_the_gate) {
  const std::string gate = folder_ + "/gate";
  EXPECT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  Set("E2E_GATE", gate);
  int open_gate = -1;
  Ended run = Start(program, arguments, [&](pid_t pid, const std::string& output) {
    if (open_gate >= 0 || output.find("at the gate") == std::string::npos) return;
    Unset("E2E_GATE");
    at_the_gate(pid, output);
    open_gate = ::open(gate.c_str(), O_RDWR | O_CLOEXEC);  // lets through whoever comes, and waits for nobody
  });
  EXPECT_GE(open_gate, 0) << "it never came to the gate:\n" << run.output;
  if (open_gate >= 0) ::close(open_gate);
  Unset("E2E_GATE");
  ::unlink(gate.c_str());
  return run;
}

Ended Workshop::Record(const std::string& program, const std::vector<std::string>& arguments) {
  const auto before = environment_;
  Set("REPRISE_MODE", "record").Set("OPENAI_API_KEY", "sk-e2e-0123456789abcdef");
  Ended run = Start(program, arguments);
  environment_ = before;
  return run;
}

Ended Workshop::Replay(const std::string& program, const std::vector<std::string>& arguments) {
  CloseProvider();
  const std::vector<std::string>& prefix = WithoutNetwork();
  if (prefix.empty()) return Start(program, arguments);
  std::vector<std::string> words(prefix.begin() + 1, prefix.end());
  words.push_back(REPRISE_E2E_PROGRAMS "/e2e_" + program);
  words.insert(words.end(), arguments.begin(), arguments.end());
  return Start(prefix[0], words);
}

Ended Workshop::ReplayOverLoopback(const std::string& program, const std::vector<std::string>& arguments) {
  CloseProvider();
  std::vector<std::string> words = {REPRISE_E2E_PROGRAMS "/e2e_" + program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return Start("loopback_only", words);
}

std::vector<std::string> Workshop::TestsOf(const std::string& program) {
  const Ended listed = Start(program, {"--gtest_list_tests"});
  EXPECT_TRUE(listed.ok()) << listed.output;
  std::vector<std::string> tests;
  std::istringstream lines(listed.output);
  std::string suite;
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find("  # "));
    if (line.rfind("  ", 0) == 0)
      tests.push_back(suite + line.substr(2));
    else if (line.find(' ') == std::string::npos)  // "Running main() from ..." is none
      suite = line;
  }
  return tests;
}

std::vector<std::string> Workshop::Files() const {
  std::vector<std::string> out;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.is_regular_file()) out.push_back(entry.path().string().substr(folder_.size() + 1));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string Workshop::Read(const std::string& path) const {
  std::ifstream file(folder_ + "/" + path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<pid_t> Workshop::Processes() const {
  std::vector<pid_t> out;
  const std::string mark = "HOME=" + folder_;
  DIR* processes = ::opendir("/proc");
  while (const dirent* entry = processes != nullptr ? ::readdir(processes) : nullptr) {
    const pid_t pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    std::ifstream file("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
    for (std::string setting; std::getline(file, setting, '\0');) {
      if (setting == mark) out.push_back(pid);
    }
  }
  if (processes != nullptr) ::closedir(processes);
  return out;
}

pid_t Workshop::Deck() const {
  for (const pid_t pid : Processes()) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
    std::string program;
    std::getline(file, program, '\0');
    if (program.find("reprise-deck") != std::string::npos) return pid;
  }
  return 0;
}

bool Workshop::IsQuiet() const {
  const Clock::time_point end = Clock::now() + bound_;
  while (!Processes().empty()) {
    if (Clock::now() > end) return false;
    Pause();
  }
  return true;
}

std::vector<std::string> Only(const std::string& filter) { return {"--gtest_filter=" + filter}; }

std::string Between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t begin = text.find(from);
  return begin == std::string::npos ? "" : text.substr(begin, text.find(to, begin) - begin);
}

std::string LineOf(const std::string& program, const std::string& text) {
  std::ifstream file(std::string(REPRISE_SOURCE_DIR "/tests/e2e/programs/") + program + ".cc");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.find(text) != std::string::npos) return program + ".cc:" + std::to_string(number);
  }
  ADD_FAILURE() << program << ".cc has no line with " << text;
  return {};
}

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace reprise::e2e
