// A recording under way, and what may befall it: kill -9, a full disk, another process.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>

#include "lib/cassette/fsck.h"
#include "tests/lib/cassette/cassette_test_support.h"

namespace reprise::cassette {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class JournalTest : public CassetteTest {
 protected:
  // A child process with a pipe to us; the test ends it.
  struct Child {
    pid_t pid = -1;
    int from = -1;
    bool Read(int* number) const { return ::read(from, number, sizeof *number) == sizeof *number; }
    void Kill() {
      ::kill(pid, SIGKILL);
      int status = 0;
      while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
      }
      ::close(from);
    }
  };

  // `body` gets the descriptor to write numbers to; the child ends with what it returns.
  template <typename Body>
  static Child Start(Body body) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) return {};
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      ::alarm(60);  // whatever becomes of the test
      ::_exit(body(ends[1]));
    }
    ::close(ends[1]);
    return {pid, ends[0]};
  }

  static bool Say(int to, int number) { return ::write(to, &number, sizeof number) == sizeof number; }
};

TEST_F(JournalTest, NoExchangeThatWasAppendedIsLostToKillNine) {
  std::mt19937 random(7);
  for (int round = 0; round < 25; ++round) {
    const std::string path = PathOf("round" + std::to_string(round) + ".reprise");
    Child child = Start([&](int to) {
      auto writer = CassetteWriter::Create(path, Head(), {});
      for (int i = 0; writer.ok(); ++i)
        if (!(*writer)->Append(Long(i, 3000)).ok() || !Say(to, i)) return 1;
      return 2;
    });
    int last = -1;
    for (unsigned until = random() % 40; until > 0 && child.Read(&last); --until) {
    }
    child.Kill();
    const std::string journal = path + ".incomplete";
    if (last < 0 && !base::Exists(journal)) continue;  // killed before it had made the file
    const auto report = Fsck(journal);
    ASSERT_TRUE(last < 0 || report.ok()) << report.status();
    if (!report.ok()) continue;
    EXPECT_GE(report->exchanges, static_cast<std::uint64_t>(last + 1));
    EXPECT_THAT(report->damage, SizeIs(0));
    if (report->exchanges == 0) continue;
    const auto recovered = Recover(journal);
    ASSERT_TRUE(recovered.ok()) << recovered.status();
    const std::vector<Exchange> all = ReadAll(path);
    ASSERT_THAT(all, SizeIs(report->exchanges));
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_TRUE(Same(all[i], Long(static_cast<int>(i), 3000))) << i;
  }
}

TEST_F(JournalTest, KillNineWhileSealingLeavesTheJournalOrTheCassette) {
  std::mt19937 random(11);
  for (int round = 0; round < 25; ++round) {
    const std::string path = PathOf("round" + std::to_string(round) + ".reprise");
    Written(path.substr(folder_.size() + 1), {Numbered(1)});
    Child child = Start([&](int to) {
      auto writer = CassetteWriter::Create(path, Head(), {});
      for (int i = 0; i < 60; ++i)
        if (!(*writer)->Append(Long(i, 9000)).ok()) return 1;
      Say(to, 1);
      return (*writer)->Seal().ok() && Say(to, 2) ? 0 : 1;
    });
    int said = 0;
    ASSERT_TRUE(child.Read(&said));
    // No clock: how far it comes is decided by how much of its own work we let pass.
    for (unsigned spins = random() % 400000; spins > 0; --spins) asm volatile("");
    child.Kill();
    const std::vector<Exchange> all = ReadAll(path);
    if (all.size() == 60) continue;
    EXPECT_THAT(all, SizeIs(1)) << "neither the old cassette nor the new one";
    const auto report = Fsck(path + ".incomplete");
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->exchanges, 60u);
  }
}

TEST_F(JournalTest, AnotherProcessIsToldWhoWrites) {
  const std::string path = PathOf("a.reprise");
  Child child = Start([&](int to) {
    auto writer = CassetteWriter::Create(path, Head(), {});
    if (!writer.ok() || !(*writer)->Append(Numbered(1)).ok()) return 1;
    Say(to, 1);
    ::pause();
    return 0;
  });
  int said = 0;
  ASSERT_TRUE(child.Read(&said));
  const auto ours = CassetteWriter::Create(path, Head(), {});
  ASSERT_FALSE(ours.ok());
  EXPECT_THAT(ours.status().ToString(),
              AllOf(HasSubstr(path), HasSubstr("is being written by process " + std::to_string(child.pid))));
  child.Kill();
  EXPECT_THAT(CassetteWriter::Create(path, Head(), {}).status().ToString(),
              HasSubstr("of a recording that was cut off"));
}

// The child's answers, as bits, so that a failure says which step it was.
constexpr int kCannotTry = 77;

int WaitFor(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Fills a disk that has little room, and looks at every promise. Returns 0, or the number of the one that was broken.
int FillDisk(const std::string& folder, const std::function<void()>& make_room) {
  const std::string path = folder + "/a.reprise";
  CassetteHead head;
  head.session = "Suite.Test";
  {
    auto old = CassetteWriter::Create(path, head, {});
    if (!old.ok() || !(*old)->Append(Numbered(1)).ok() || !(*old)->Seal().ok()) return 1;
  }
  const std::string before = Bytes(path);
  auto writer = CassetteWriter::Create(path, head, {});
  if (!writer.ok()) return 2;
  std::vector<Exchange> stored;
  Status full;
  for (int i = 0; i < 1000 && full.ok(); ++i) {
    full = (*writer)->Append(Long(i, 4000));
    if (full.ok()) stored.push_back(Long(i, 4000));
  }
  if (full.ok() || stored.empty()) return 3;
  if (full.ToString().find("a.reprise.incomplete: cannot be written: ") == std::string::npos) return 4;
  // A small one may still find room behind the large one that did not.
  if (const Exchange small = Numbered(5); (*writer)->Append(small).ok()) stored.push_back(small);
  if (ReadAll(path + ".incomplete").size() != stored.size()) return 5;
  if (const auto report = Fsck(path + ".incomplete"); !report.ok() || report->torn || !report->damage.empty())
    return 12;
  const Status sealed = (*writer)->Seal();
  if (sealed.ok()) return 6;
  if (Bytes(path) != before || base::Exists(path + ".tmp")) return 7;
  if (ReadAll(path + ".incomplete").size() != stored.size()) return 8;
  make_room();
  const Status again = (*writer)->Seal();
  if (!again.ok()) return 9;
  const std::vector<Exchange> all = ReadAll(path);
  if (all.size() != stored.size()) return 10;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!Same(all[i], stored[i])) return 11;
  return 0;
}

TEST_F(JournalTest, AFullDiskIsASentenceAndLosesNothing) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(60);
    // A small disk of our own, in a world of our own: nobody else sees it, and it ends with the process.
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(kCannotTry);
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=128k") != 0)
      ::_exit(kCannotTry);
    ::_exit(FillDisk(folder_, [&] { (void)::mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT, "size=16m"); }));
  }
  const int code = WaitFor(pid);
  if (code == kCannotTry) GTEST_SKIP() << "this machine lets us mount no disk of our own";
  EXPECT_EQ(code, 0);
}

TEST_F(JournalTest, AFileThatMayNotGrowIsASentenceAndLosesNothing) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(60);
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 60 << 10;
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(kCannotTry);
    // Packed, the cassette is smaller than its journal: leave it less room still.
    const int code = FillDisk(folder_, [&] {
      limit.rlim_cur = before;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    });
    ::_exit(code);
  }
  const int code = WaitFor(pid);
  if (code == kCannotTry) GTEST_SKIP() << "the limit on the size of files cannot be set here";
  EXPECT_TRUE(code == 0 || code == 6) << code << "; 6: what was packed had room under the limit";
}

TEST_F(JournalTest, AFolderThatCannotBeMadeIsTold) {
  Put(PathOf("file"), "");
  const auto writer = CassetteWriter::Create(PathOf("file/a.reprise"), Head(), {});
  EXPECT_THAT(writer.status().ToString(), HasSubstr(PathOf("file")));
  EXPECT_THAT(CassetteWriter::Create(folder_, Head(), {}).status().ToString(), HasSubstr("is a folder"));
}

TEST_F(JournalTest, ALinkInPlaceOfTheJournalIsNotFollowed) {
  ASSERT_EQ(::symlink(PathOf("elsewhere").c_str(), PathOf("a.reprise.incomplete").c_str()), 0);
  EXPECT_FALSE(CassetteWriter::Create(PathOf("a.reprise"), Head(), {}).ok());
  EXPECT_FALSE(base::Exists(PathOf("elsewhere")));
}

}  // namespace
}  // namespace reprise::cassette
