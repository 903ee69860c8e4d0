// Code under test that has threads, children and opinions on descriptors of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

bool Ask(const std::string& text) {
  const auto reply = reprise::Current().Ask(reprise::Chat("openai/tiny-1").User(text));
  return reply.ok() && !reply->text.empty();
}

TEST(Processes, WaitsForAllItsChildren) {
  EXPECT_TRUE(Ask("before"));
  for (int i = 0; i < 3; ++i) {
    if (::fork() == 0) ::_exit(i);
  }
  int children = 0;
  while (::wait(nullptr) > 0) ++children;
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(children, 3) << "the deck is none of them";
  EXPECT_TRUE(Ask("after"));
}

TEST(Processes, WaitsBeforeItAsks) {
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_TRUE(Ask("first"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Processes, IgnoresItsChildren) {
  ::signal(SIGCHLD, SIG_IGN);
  EXPECT_TRUE(Ask("first"));
  ::signal(SIGCHLD, SIG_DFL);
}

TEST(Processes, AsksInAForkedChild) {
  EXPECT_TRUE(Ask("parent"));
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(Ask("child") ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(Ask("parent again"));
}

TEST(Processes, AsksOnlyInAForkedChild) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(Ask("child") ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(Processes, LeavesAChildBehind) {
  EXPECT_TRUE(Ask("parent"));
  // It keeps every descriptor, the connection too, for longer than the test: until it is killed by the driver.
  if (const char* file = std::getenv("E2E_CHILD"); ::fork() == 0) {
    ::close(1);
    ::close(2);
    if (file == nullptr) ::_exit(1);
    for (;;) ::pause();
  }
}

TEST(Processes, AsksFromThreadsInLanes) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      const reprise::Lane lane("worker-" + std::to_string(i));
      // The same question in every lane, so that only the lane tells the answers apart.
      for (int round = 0; round < 3; ++round) EXPECT_TRUE(Ask("what next?"));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Processes, Crashes) {
  EXPECT_TRUE(Ask("last words"));
  std::abort();
}

// The driver looks at it, or kills it or its deck, while this asks; at the gate (a FIFO) it waits to be let through.
TEST(Processes, AsksWithoutEnd) {
  const char* rounds = std::getenv("E2E_ROUNDS");
  const char* gate = std::getenv("E2E_GATE");
  for (int i = 0; i < (rounds != nullptr ? std::atoi(rounds) : 20); ++i) {
    const bool answered = Ask("number " + std::to_string(i));
    std::printf("answered %d: %d\n", i, answered);
    std::fflush(stdout);
    ASSERT_TRUE(answered);
    if (i != 2 || gate == nullptr) continue;
    std::printf("at the gate\n");
    std::fflush(stdout);
    ::close(::open(gate, O_RDONLY));  // returns when the driver opens it too
  }
}

}  // namespace
