// A deck that says what it is told to, for tests of the client: the real protocol, the real process, no session.
//
// SCRIPTED_DECK names the script: one line an answer, parts separated by tabs.
//   VERB  name=value ...   answer "ok" with these fields ("status=..." for another); "\n" in a value is a line feed
//   VERB  die | hang       end the process; never answer
//   start exit N | hang    before it says anything: end with that code; never come up
// Lines of one verb are used in order, the last again and again. A verb without a line is answered "ok"; hello and open
// with what a client needs. SCRIPTED_DECK_LOG names a file to which each message is appended as a line of the same
// form. It ends when the last connection has gone.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lib/client/wire.h"

namespace {

using reprise::internal::Message;
using Line = std::vector<std::string>;

std::map<std::string, std::vector<Line>> script;
std::mutex mutex;
std::atomic<int> connections{0};

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string Replace(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

void ReadScript() {
  const char* path = std::getenv("SCRIPTED_DECK");
  std::ifstream file(path != nullptr ? path : "/dev/null");
  for (std::string text; std::getline(file, text);) {
    Line line = Split(text, '\t');
    const std::string verb = line[0];
    line.erase(line.begin());
    script[verb].push_back(std::move(line));
  }
}

Line Next(const std::string& verb) {
  const std::lock_guard<std::mutex> lock(mutex);
  auto found = script.find(verb);
  if (found == script.end()) return {};
  Line line = found->second.front();
  if (found->second.size() > 1) found->second.erase(found->second.begin());
  return line;
}

void LogMessage(const Message& message) {
  const char* path = std::getenv("SCRIPTED_DECK_LOG");
  if (path == nullptr) return;
  std::string line;
  for (const auto& [name, value] : message.fields()) {
    line += (line.empty() ? "" : "\t") + name + "=" + Replace(value, "\n", "\\n");
  }
  line += '\n';
  const std::lock_guard<std::mutex> lock(mutex);
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (::write(fd, line.data(), line.size()) < 0) std::abort();
  ::close(fd);
}

void LogBirth() {
  std::string fds;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) fds += (fds.empty() ? "" : ",") + std::to_string(fd);
  }
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  int count = 0;
  for (int signal = 1; signal < 32; ++signal) count += ::sigismember(&blocked, signal) == 1;
  const char* preload = std::getenv("LD_PRELOAD");
  LogMessage(Message("start")
                 .Add("fds", fds)
                 .Add("blocked", count)
                 .Add("preload", preload != nullptr ? preload : "")
                 .Add("pipe", ::signal(SIGPIPE, SIG_DFL) == SIG_DFL ? "default" : "ignored"));
}

Message AnswerTo(const Message& request) {
  const std::string verb(request.Get("verb"));
  const Line line = Next(verb);
  if (!line.empty() && line[0] == "die") ::_exit(9);
  while (!line.empty() && line[0] == "hang") ::pause();
  Message answer;
  if (line.empty() || line[0].compare(0, 7, "status=") != 0) answer.Add("status", "ok");
  for (const std::string& part : line) {
    const std::size_t equals = part.find('=');
    answer.Add(part.substr(0, equals), Replace(part.substr(equals + 1), "\\n", "\n"));
  }
  if (verb == "hello" && line.empty()) {
    answer.Add("protocol", reprise::internal::kProtocol).Add("deck", "9.9.9").Add("path", "/scripted/deck");
    answer.Add("pid", ::getpid());
  }
  if (verb == "open" && line.empty() && !request.Has("only_if_open")) {
    answer.Add("session", "s1").Add("mode", "replay").Add("cassette", "/cassettes/one.reprise");
  }
  return answer;
}

void Serve(int fd) {
  for (;;) {
    const reprise::Result<Message> request = reprise::internal::ReceiveMessage(fd);
    if (!request.ok()) break;
    LogMessage(*request);
    if (!reprise::internal::SendMessage(fd, AnswerTo(*request)).ok()) break;
  }
  ::close(fd);
  if (--connections == 0) ::_exit(0);
}

}  // namespace

int main() {
  LogBirth();
  ReadScript();
  const Line start = Next("start");
  if (start.size() > 1 && start[0] == "exit") return std::atoi(start[1].c_str());
  while (!start.empty() && start[0] == "hang") ::pause();
  if (::fork() != 0) ::_exit(0);
  ::dup2(0, 2);
  for (;;) {
    const int fd = ::accept4(3, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections;
    std::thread(Serve, fd).detach();
  }
}
