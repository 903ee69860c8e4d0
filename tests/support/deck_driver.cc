#include "tests/support/deck_driver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

namespace reprise::support {

using internal::Message;

Message DeckConnection::Call(const Message& message) {
  if (const Status sent = internal::SendMessage(socket_.get(), message); !sent.ok()) return Message::Error(sent);
  Result<Message> answer = internal::ReceiveMessage(socket_.get());
  return answer.ok() ? *std::move(answer) : Message::Error(answer.status());
}

DeckDriver::DeckDriver(const std::string& program, std::vector<std::string> environment) {
  // Autobind: an abstract name that nobody else has.
  const base::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&name), sizeof name.sun_family), 0);
  EXPECT_EQ(::listen(listener.get(), 64), 0);
  socklen_t size = sizeof name;
  EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  address_.assign(name.sun_path, size - sizeof name.sun_family);

  const base::FileDescriptor high(::fcntl(listener.get(), F_DUPFD_CLOEXEC, 10));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, high.get(), 3);
  std::vector<char*> envp, argv;
  for (std::string& entry : environment) envp.push_back(entry.data());
  envp.push_back(nullptr);
  std::string argv0 = program;
  argv = {argv0.data(), nullptr};
  pid_t first = 0;
  EXPECT_EQ(::posix_spawn(&first, program.c_str(), &actions, nullptr, argv.data(), envp.data()), 0) << program;
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  EXPECT_EQ(::waitpid(first, &status, 0), first);
  EXPECT_EQ(status, 0);
}

DeckDriver::~DeckDriver() {
  if (pid_ == 0 || IsGone(pid_)) return;
  ADD_FAILURE() << "the deck outlived its test";
  ::kill(pid_, SIGKILL);
}

DeckConnection DeckDriver::ConnectSilently() {
  base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(sizeof name.sun_family + address_.size());
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&name), size), 0) << std::strerror(errno);
  return DeckConnection(std::move(socket));
}

DeckConnection DeckDriver::Connect(const std::string& origin, pid_t owner) {
  DeckConnection connection = ConnectSilently();
  Message hello("hello");
  hello.Add("protocol", std::int64_t{internal::kProtocol}).Add("library", "test").Add("pid", ::getpid());
  hello.Add("owner", owner == 0 ? ::getpid() : owner).Add("program", "deck_test").Add("origin", origin);
  const Message answer = connection.Call(hello);
  EXPECT_EQ(answer.Get("status"), "ok") << answer.ToStatus();
  pid_ = static_cast<pid_t>(std::stol("0" + std::string(answer.Get("pid"))));
  return connection;
}

bool DeckDriver::IsGone(pid_t pid, int seconds) {
  const base::FileDescriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.ok()) return errno == ESRCH;
  pollfd watched{handle.get(), POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    const int ready = ::poll(&watched, 1, static_cast<int>(std::max<long>(0, left.count())));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace reprise::support
