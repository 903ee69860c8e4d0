// The client against a deck that answers by script, and a test framework that is told what runs.
#include "reprise/client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "lib/client/deck_process.h"

namespace reprise {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

struct Failure {
  std::string file;
  int line;
  std::string text;
};

// What the framework was told and what it would answer.
struct Framework {
  std::mutex mutex;
  bool running = true;
  internal::TestIdentity now;
  std::vector<Failure> failures;
};
Framework& framework = *new Framework;

const internal::Host kHost = {
    [](internal::TestIdentity* identity) {
      const std::lock_guard<std::mutex> lock(framework.mutex);
      *identity = framework.now;
      return framework.running;
    },
    [](const char* file, int line, const std::string& text) {
      const std::lock_guard<std::mutex> lock(framework.mutex);
      framework.failures.push_back({file, line, text});
    },
    [] {
      return std::vector<std::string>{"a_test.cc:1 outer", "a_test.cc:2 inner"};
    },
};

class Client : public ::testing::Test {
 protected:
  Client() {
    internal::InstallHost(&kHost);
    std::string name = ::testing::TempDir() + "reprise-client-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    ::setenv("REPRISE_DECK", SCRIPTED_DECK_PROGRAM, 1);
    ::setenv("SCRIPTED_DECK", (folder_ + "/script").c_str(), 1);
    ::setenv("SCRIPTED_DECK_LOG", (folder_ + "/log").c_str(), 1);
    ::unsetenv("REPRISE_MODE");
    framework.running = true;
    framework.now = {"Chat", "Asks", "chat_test.cc"};
    framework.failures.clear();
    internal::BeginProgram();
  }
  ~Client() override {
    (void)End();
    (void)internal::EndProgram();
    std::filesystem::remove_all(folder_);
  }

  void Script(const std::string& lines) { std::ofstream(folder_ + "/script", std::ios::app) << lines << '\n'; }
  // Messages the deck got, of one verb; fields joined by tabs.
  std::vector<std::string> Heard(const std::string& verb) const {
    std::ifstream file(folder_ + "/log");
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) {
      if ((line + '\t').compare(0, 6 + verb.size(), "verb=" + verb + '\t') == 0) out.push_back(line + '\t');
    }
    return out;
  }
  internal::Ending End(internal::Outcome outcome = internal::Outcome::kPassed) {
    return internal::EndTest(framework.now, outcome, "no key");
  }
  static Result<Reply> Ask(const std::string& text = "Hi") { return Current().Ask(Chat("openai/tiny-1").User(text)); }
  const std::string& folder() const { return folder_; }

 private:
  const ScopedSettings as_before_{Settings()};
  std::string folder_;
};

// Runs `body` in a forked child and gives its exit code.
template <typename F>
int InChild(F body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(Client, OpensTheSessionOfTheTestAndAsks) {
  Script("ask\treply.status=200\treply.text=Hello");
  const auto reply = Current().Ask(Chat(OpenAi.At("http://h/v1").Named("judge").CredentialFrom("K"), "tiny-1")
                                       .System("S")
                                       .Assistant("", {{"c1", "look", "{}"}})
                                       .ToolResult("c1", "r")
                                       .Temperature(0)
                                       .Stream()
                                       .Credential("sk-1"),
                                   "chat_test.cc", 7);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->text, "Hello");
  EXPECT_THAT(Heard("open"), ElementsAre(AllOf(HasSubstr("\tsuite=Chat\ttest=Asks\tfile=chat_test.cc\tcwd=/"))));
  EXPECT_THAT(Heard("ask"),
              ElementsAre("verb=ask\tendpoint.name=judge\tendpoint.format=openai.chat\tendpoint.upstream=http://h/v1\t"
                          "endpoint.credential_from=K\tcredential=sk-1\tmodel=tiny-1\tstream=1\tparam.temperature=0\t"
                          "turn.role=system\tturn.text=S\tturn.role=assistant\tturn.text=\tturn.call.id=c1\t"
                          "turn.call.name=look\tturn.call.arguments={}\tturn.role=tool\tturn.text=r\t"
                          "turn.tool_call_id=c1\tsession=s1\tlane=main\tplace=chat_test.cc:7\t"
                          "scope=a_test.cc:1 outer\tscope=a_test.cc:2 inner\t"));
  Reply turn;
  turn.continuation = "{}";
  ASSERT_TRUE(Current().Ask(Chat("openai/m").Assistant(turn), "chat_test.cc", 8).ok());
  EXPECT_THAT(Heard("ask").back(), HasSubstr("\tturn.role=assistant\tturn.text=\tturn.continuation={}\t"));
  EXPECT_EQ(Current().mode(), "replay");
  EXPECT_EQ(Current().cassette(), "/cassettes/one.reprise");
  EXPECT_THAT(Heard("open"), SizeIs(1)) << "once for a test";
  EXPECT_THAT(framework.failures, IsEmpty());
}

TEST_F(Client, SaysWhoItIs) {
  ASSERT_TRUE(Ask().ok());
  const std::string pid = std::to_string(::getpid());
  EXPECT_THAT(Heard("hello"), ElementsAre(AllOf(HasSubstr("\tprotocol=1\t"), HasSubstr("\tpid=" + pid + "\t"),
                                                HasSubstr("\towner=" + pid + "\t"), HasSubstr("\torigin=test\t"),
                                                HasSubstr("lib_client_test"))));
}

TEST_F(Client, FailsTheTestAtTheLineOfAMissEvenIfNobodyLooksAtIt) {
  Script("ask\tstatus=mismatch\tobject=\treason=No recorded exchange\\n  of two\tnext=Record it");
  const int line = __LINE__ + 1;
  const auto reply = Current().Ask(Chat("openai/tiny-1"));
  EXPECT_EQ(reply.status().kind(), ErrorKind::kMismatch);
  ASSERT_THAT(framework.failures, SizeIs(1));
  EXPECT_THAT(framework.failures[0].file, EndsWith("client_test.cc"));
  EXPECT_EQ(framework.failures[0].line, line);
  EXPECT_EQ(framework.failures[0].text, "No recorded exchange\n  of two. Record it");
}

TEST_F(Client, FailsTheTestOnceWhenItsSessionCannotBeOpened) {
  Script("open\tstatus=cassette\tobject=Chat/Asks.reprise\treason=is not there\tnext=Record it");
  const int line = __LINE__ + 1;
  const Session session = Current();
  EXPECT_EQ(session.status().ToString(), "Chat/Asks.reprise: is not there. Record it");
  EXPECT_EQ(session.Ask(Chat("m")).status().kind(), ErrorKind::kCassette);
  EXPECT_EQ(Current().Ask(Chat("m")).status().kind(), ErrorKind::kCassette);
  ASSERT_THAT(framework.failures, SizeIs(1));
  EXPECT_EQ(framework.failures[0].line, line);
  EXPECT_THAT(Heard("open"), SizeIs(1));
  EXPECT_THAT(End().failures, IsEmpty());
  EXPECT_THAT(Heard("close"), IsEmpty()) << "nothing was opened";
}

TEST_F(Client, SaysThatNoTestIsRunning) {
  framework.running = false;
  const auto reply = Ask();
  EXPECT_THAT(reply.status().ToString(), HasSubstr("no test is running"));
  EXPECT_THAT(framework.failures, SizeIs(1));
  EXPECT_THAT(Heard("start"), IsEmpty());
}

TEST_F(Client, ClosesTheSessionWithTheOutcomeAndTellsWhatCameOfIt) {
  Script(
      "open\tsession=s7\tnote=from the opening\nclose\tfailure=one left\tfailure=two\\nleft\tnote=stale\t"
      "property=reprise.served=3\tproperty=odd");
  (void)Current();
  const internal::Ending ending = End(internal::Outcome::kFailed);
  EXPECT_THAT(Heard("close"), ElementsAre("verb=close\tsession=s7\toutcome=failed\t"));
  EXPECT_THAT(ending.failures, ElementsAre("one left", "two\nleft"));
  EXPECT_THAT(ending.notes, ElementsAre("from the opening", "stale"));
  EXPECT_THAT(ending.properties, ElementsAre(Pair("reprise.served", "3")));
  EXPECT_THAT(End().failures, IsEmpty()) << "it has ended";
  EXPECT_THAT(Heard("close"), SizeIs(1));
}

TEST_F(Client, LeavesATestAloneThatNeverMetIt) {
  const internal::Ending ending = End();
  EXPECT_THAT(ending.failures, IsEmpty());
  EXPECT_THAT(internal::EndProgram(), IsEmpty());
  EXPECT_THAT(Heard("start"), IsEmpty());
}

TEST_F(Client, AsksAboutASkippedTestThatNeverOpenedASession) {
  Script("skipped\tnote=a cassette exists");
  EXPECT_THAT(End(internal::Outcome::kSkipped).notes, ElementsAre("a cassette exists"));
  EXPECT_THAT(Heard("skipped"), ElementsAre(AllOf(HasSubstr("\ttest=Asks\t"), HasSubstr("\tskip_reason=no key\t"))));
}

TEST_F(Client, TellsTheLinesOfTheProgramsEndOnce) {
  Script("finish\tline=3 served");
  ASSERT_TRUE(Ask().ok());
  (void)End();
  EXPECT_THAT(internal::EndProgram(), ElementsAre("3 served"));
  EXPECT_THAT(internal::EndProgram(), IsEmpty());
}

TEST_F(Client, SaysThatTheTestOfAHandleHasEnded) {
  const Session session = Current();
  (void)End();
  EXPECT_THAT(session.Ask(Chat("m")).status().ToString(), HasSubstr("its test has ended"));
  EXPECT_THAT(framework.failures, SizeIs(1));
  EXPECT_TRUE(Ask().ok());
}

TEST_F(Client, KeepsTheSessionsOfASuiteAndOfItsTestApart) {
  Script("open\tsession=suite\nopen\tsession=test");
  const internal::TestIdentity test = framework.now;
  const internal::TestIdentity suite = {"Chat", "", "chat_test.cc"};
  framework.now = suite;
  ASSERT_TRUE(Ask().ok());
  framework.now = test;
  ASSERT_TRUE(Ask().ok());
  (void)internal::EndTest(test, internal::Outcome::kPassed, "");
  (void)internal::EndTest(suite, internal::Outcome::kPassed, "");
  EXPECT_THAT(Heard("ask"), ElementsAre(HasSubstr("\tsession=suite\t"), HasSubstr("\tsession=test\t")));
  EXPECT_THAT(Heard("close"), ElementsAre(HasSubstr("session=test\t"), HasSubstr("session=suite\t")));
}

TEST_F(Client, NamesLanesByScopeAndThread) {
  {
    const Lane outer("outer");
    {
      const Lane inner("inner");
      ASSERT_TRUE(Ask("1").ok());
    }
    ASSERT_TRUE(Ask("2").ok());
    std::thread([] { ASSERT_TRUE(Ask("3").ok()); }).join();
  }
  ASSERT_TRUE(Ask("4").ok());
  EXPECT_THAT(Heard("ask"), ElementsAre(HasSubstr("lane=inner\t"), HasSubstr("lane=outer\t"), HasSubstr("lane=main\t"),
                                        HasSubstr("lane=main\t")));
}

TEST_F(Client, ServesManyThreadsFromOneDeck) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i] {
      const Lane lane("worker-" + std::to_string(i));
      for (int n = 0; n < 20; ++n) EXPECT_TRUE(Ask().ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Heard("ask"), SizeIs(160));
  EXPECT_THAT(Heard("open"), SizeIs(1));
  EXPECT_THAT(Heard("start"), SizeIs(1));
}

// ---- Record

TEST_F(Client, ReplaysACallWithoutRunningIt) {
  Script("record\treply.text=stored\treply.replayed=1");
  bool ran = false;
  const auto reply = Current().Record(
      Call("generate", "{\"p\":1}").Model("m").Snapshot("sha256:1").SnapshotFile("/w"),
      [&ran] { return ran = true, "live"; }, "a.cc", 3);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "stored");
  EXPECT_FALSE(ran);
  EXPECT_THAT(Heard("record"),
              ElementsAre(AllOf(HasSubstr("\tplace=a.cc:3\t"), HasSubstr("\tname=generate\trequest={\"p\":1}\tmodel=m\t"
                                                                         "pin=sha256:1\tpin_file=/w\t"))));
  EXPECT_THAT(Heard("recorded"), IsEmpty());
}

TEST_F(Client, RunsACallThatIsNotRecordedAndStoresWhatItReturns) {
  Script("record\tcall=1\ttoken=t9\nrecorded\treply.text=live");
  const auto reply = Current().Record(Chat("openai/tiny-1").User("Hi"), [] { return std::string("live"); });
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "live");
  EXPECT_THAT(Heard("record"), ElementsAre(HasSubstr("\tname=chat\trequest={\"model\":\"tiny-1\",")));
  EXPECT_THAT(Heard("recorded"), ElementsAre(HasSubstr("\ttoken=t9\ttext=live\t")));
}

TEST_F(Client, StoresTheErrorOfACallAndDoesNotFailTheTestForIt) {
  Script("record\tcall=1\ttoken=t9");
  const auto reply = Current().Record(
      Call("generate", "{}"), []() -> Result<std::string> { return Status(ErrorKind::kUsage, "engine", "is cold"); });
  EXPECT_EQ(reply.status().ToString(), "engine: is cold");
  EXPECT_THAT(Heard("recorded"),
              ElementsAre(HasSubstr("\terror.kind=usage\terror.object=engine\terror.reason=is cold\terror.next=\t")));
  EXPECT_THAT(framework.failures, IsEmpty());
}

TEST_F(Client, ReplaysTheErrorOfACallAsAnError) {
  Script("record\treply.error=x\terror.kind=io\terror.object=engine\terror.reason=is cold\terror.next=Warm it");
  const auto reply = Current().Record(Call("generate", "{}"), [] { return "unused"; });
  EXPECT_EQ(reply.status().ToString(), "engine: is cold. Warm it");
  EXPECT_EQ(reply.status().kind(), ErrorKind::kIo);
  EXPECT_THAT(framework.failures, IsEmpty());
}

TEST_F(Client, TellsTheDeckOfACallThatThrew) {
  Script("record\tcall=1\ttoken=t9");
  EXPECT_THROW(
      (void)Current().Record(Call("generate", "{}"), []() -> std::string { throw std::runtime_error("cold"); }),
      std::runtime_error);
  EXPECT_THAT(Heard("recorded"), ElementsAre(AllOf(HasSubstr("\ttoken=t9\tabandoned=1\t"), Not(HasSubstr("error")))));
}

TEST_F(Client, RefusesARequestThatCannotBeSpelled) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(Current().Ask(Chat("m").Temperature(nan)).ok());
  EXPECT_FALSE(Current().Record(Chat("m").Temperature(nan), [] { return "x"; }).ok());
  EXPECT_THAT(framework.failures, SizeIs(2));
  EXPECT_THAT(Heard("ask"), IsEmpty());
}

// ---- Settings

TEST_F(Client, SendsSettingsOfEnvironmentAndCodeWithTheirPlaces) {
  ::setenv("REPRISE_MODE", "record", 1);
  ::setenv("CI", "true", 1);
  Configure(Settings().Mode("live").AllowModes({"live", "record"}).Cassettes("c").Set("takes", "repeat"), "main.cc", 9);
  (void)Current();
  ::unsetenv("REPRISE_MODE");
  EXPECT_THAT(Heard("open"),
              ElementsAre(AllOf(HasSubstr("\tsetting.env.mode=record\t"), HasSubstr("\tenv.CI=true\t"),
                                HasSubstr("\tsetting.code.mode=live\tplace.code.mode=main.cc:9\t"),
                                HasSubstr("\tsetting.code.modes=live,record\t"),
                                HasSubstr("\tsetting.code.takes=repeat\t"), Not(HasSubstr("setting.env.deck=")))));
}

TEST_F(Client, KeepsWhatCodeHasSaidUntilItIsSaidAgain) {
  Configure(Settings().AllowModes({"replay"}).Cassettes("c").Set("takes", "repeat"), "main.cc", 9);
  {
    const ScopedSettings scope(Settings().Cassettes("d").Mode("replay"), "fixture.cc", 3);
    (void)Current();
    (void)End();
  }
  (void)Current();
  const std::vector<std::string> opens = Heard("open");
  ASSERT_THAT(opens, SizeIs(2));
  EXPECT_THAT(opens[0], AllOf(HasSubstr("\tsetting.code.modes=replay\tplace.code.modes=main.cc:9\t"),
                              HasSubstr("\tsetting.code.takes=repeat\t"),
                              HasSubstr("\tsetting.code.cassettes=d\tplace.code.cassettes=fixture.cc:3\t"),
                              HasSubstr("\tsetting.code.mode=replay\t"), Not(HasSubstr("cassettes=c"))));
  EXPECT_THAT(opens[1], AllOf(HasSubstr("\tsetting.code.modes=replay\t"), HasSubstr("\tsetting.code.cassettes=c\t"),
                              Not(HasSubstr("setting.code.mode="))));
}

TEST_F(Client, TellsTheDeckWhatChangedInTheEnvironmentSinceItsStart) {
  ::setenv("CLIENT_TEST_GOES", "1", 1);
  ::setenv("CLIENT_TEST_STAYS", "1", 1);
  (void)Current();
  (void)End();
  ::setenv("CLIENT_TEST_BASE_URL", "http://fake", 1);
  ::unsetenv("CLIENT_TEST_GOES");
  (void)Current();
  ::unsetenv("CLIENT_TEST_BASE_URL");
  ::unsetenv("CLIENT_TEST_STAYS");
  ASSERT_THAT(Heard("open"), SizeIs(2));
  EXPECT_THAT(Heard("open")[1], AllOf(HasSubstr("\tenv.CLIENT_TEST_BASE_URL=http://fake\t"),
                                      HasSubstr("\tenv.CLIENT_TEST_GOES=\t"), Not(HasSubstr("CLIENT_TEST_STAYS"))));
}

TEST(Init, TakesOurFlagsOutOfTheCommandLine) {
  char program[] = "p", ours[] = "--reprise_mode=record", theirs[] = "--mode=x", bare[] = "-reprise_accept";
  char* argv[] = {program, ours, theirs, bare, nullptr};
  int argc = 4;
  Init(&argc, argv);
  ASSERT_EQ(argc, 2);
  EXPECT_STREQ(argv[1], "--mode=x");
  EXPECT_EQ(argv[2], nullptr);
}

// ---- The deck as a process

TEST_F(Client, IsNeverInTheWaitSetOfTheTest) {
  ASSERT_TRUE(Ask().ok());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(Client, StartsTheDeckUnderAnySignalMaskWithDescriptorThreeInUse) {
  sigset_t all, before;
  ::sigfillset(&all);
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &all, &before), 0);
  struct sigaction ignore = {}, pipe_before = {};
  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGPIPE, &ignore, &pipe_before), 0);
  const int kept = ::dup(3);
  const int zero = ::open("/dev/zero", O_RDONLY);  // without close-on-exec, and perhaps 3 itself
  ASSERT_GE(::dup2(zero, 3), 0);
  ::setenv("LD_PRELOAD", "libreprise-nothing.so", 1);
  bool ok = false;
  std::thread([&ok] { ok = Ask().ok(); }).join();
  ::unsetenv("LD_PRELOAD");
  char byte = 1;
  EXPECT_EQ(::read(3, &byte, 1), 1) << "our descriptor 3 is still ours";
  if (kept >= 0) ::dup2(kept, 3);
  ::close(kept);
  if (zero != 3) ::close(zero);
  ASSERT_EQ(::sigaction(SIGPIPE, &pipe_before, nullptr), 0);
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  EXPECT_TRUE(ok);
  EXPECT_THAT(Heard("start"), ElementsAre("verb=start\tfds=0,1,2,3\tblocked=0\tpreload=\tpipe=default\t"));
}

TEST_F(Client, SaysThatTheDeckIsNotWhereItWasSaidToBe) {
  ::setenv("REPRISE_DECK", "/nowhere/reprise-deck", 1);
  EXPECT_THAT(Ask().status().ToString(), HasSubstr("REPRISE_DECK=/nowhere/reprise-deck: is no program"));
  (void)End();
  ::setenv("REPRISE_DECK", folder().c_str(), 1);
  EXPECT_THAT(Ask().status().ToString(), HasSubstr("is no program that can be run"));
}

TEST_F(Client, SaysHowAProgramEndedThatIsNoDeck) {
  Script("start\texit\t3");
  EXPECT_THAT(Ask().status().ToString(),
              AllOf(HasSubstr("scripted_deck"), HasSubstr("ended with exit code 3 before it said hello")));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "reaped";
}

TEST_F(Client, StopsAProgramThatNeverSaysHello) {
  Script("start\thang");
  internal::DeckProcess deck({internal::Kinship::Origin::kTest, ::getpid(), ::getpid()}, /*hello_seconds=*/1);
  const auto answer = deck.Call(internal::Message("finish"));
  EXPECT_THAT(answer.status().ToString(), HasSubstr("did not say hello within 1 s and was stopped"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "stopped and reaped";
}

TEST_F(Client, NamesBothSidesOfADeckOfAnotherVersion) {
  Script("hello\tprotocol=2\tdeck=8.0.0\tpath=/opt/reprise-deck\tpid=1");
  const std::string text = Ask().status().ToString();
  EXPECT_THAT(text, AllOf(HasSubstr("/opt/reprise-deck: this deck (reprise 8.0.0) speaks protocol 2"),
                          HasSubstr("lib_client_test (reprise 0."), HasSubstr("speaks protocol 1")));
}

TEST_F(Client, PassesOnTheSentenceOfADeckThatRefuses) {
  Script("hello\tstatus=usage\tobject=deck\treason=speaks another protocol\tnext=");
  EXPECT_EQ(Ask().status().ToString(), "deck: speaks another protocol");
}

TEST_F(Client, TrustsNoDeckOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user too";
  int ready[2], done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const std::string address = internal::DeckAddress(::getpid());
  const pid_t stranger = ::fork();
  if (stranger == 0) {
    char byte = 0;
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path + 1, address.data(), address.size());
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + address.size());
    const bool listens = ::setresuid(65534, 65534, 65534) == 0 &&
                         ::bind(fd, reinterpret_cast<const sockaddr*>(&name), size) == 0 && ::listen(fd, 5) == 0;
    byte = listens ? 1 : 0;
    (void)!::write(ready[1], &byte, 1);
    ::close(done[1]);
    (void)!::read(done[0], &byte, 1);
    ::_exit(0);
  }
  char listens = 0;
  ASSERT_EQ(::read(ready[0], &listens, 1), 1);
  ASSERT_EQ(listens, 1);
  EXPECT_THAT(Ask().status().ToString(), HasSubstr("taken by a process of another user (uid 65534)"));
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) ::close(fd);
  ASSERT_EQ(::waitpid(stranger, nullptr, 0), stranger);
}

TEST_F(Client, SaysThatTheDeckWentAwayAndStartsAnotherForTheNextTest) {
  Script("ask\tdie");
  EXPECT_THAT(Ask().status().ToString(),
              AllOf(HasSubstr("/scripted/deck (pid "), HasSubstr("went away while it was asked to \"ask\""),
                    HasSubstr(".incomplete")));
  EXPECT_THAT(Ask().status().ToString(), HasSubstr("went away")) << "and goes on saying so";
  EXPECT_THAT(End(internal::Outcome::kFailed).failures, ElementsAre(HasSubstr("went away")));
  std::ofstream(folder() + "/script") << "ask\treply.text=again\n";
  framework.now.test = "Next";
  const auto reply = Ask();
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "again");
}

TEST_F(Client, LetsAForkedChildAskTheDeckOfItsParent) {
  ASSERT_TRUE(Ask("parent").ok());
  const Session session = Current();
  const int code = InChild([&session] {
    const bool by_handle = session.Ask(Chat("m").User("handle")).ok();
    const bool by_current = Ask("child").ok();
    const internal::Ending ending = internal::EndTest(framework.now, internal::Outcome::kPassed, "");
    return by_handle && by_current && ending.failures.empty() && internal::EndProgram().empty() ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
  EXPECT_THAT(Heard("start"), SizeIs(1));
  ASSERT_THAT(Heard("hello"), SizeIs(2));
  EXPECT_THAT(Heard("hello")[1],
              AllOf(HasSubstr("\torigin=fork\t"), HasSubstr("\towner=" + std::to_string(::getpid()) + "\t"),
                    Not(HasSubstr("\tpid=" + std::to_string(::getpid()) + "\t"))));
  EXPECT_THAT(Heard("close"), IsEmpty()) << "a guest closes nothing";
  EXPECT_THAT(Heard("finish"), IsEmpty());
  EXPECT_TRUE(Ask("parent").ok());
}

TEST_F(Client, FindsTheSessionThatOnlyAChildOpened) {
  Script("open\tsession=s5\nopen\tsession=s5");
  Script("close\tfailure=a miss in the child");
  // The child holds its connection until the parent has closed: the scripted deck ends with its last connection.
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const bool ok = Ask().ok();
    const pid_t grandchild = ::fork();  // keeps the connection while the child itself can be waited for
    if (grandchild == 0) {
      ::close(pipe_fds[1]);
      char byte;
      while (::read(pipe_fds[0], &byte, 1) > 0) {
      }
      ::_exit(0);
    }
    ::_exit(ok ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const internal::Ending ending = End();
  ::close(pipe_fds[0]);
  ::close(pipe_fds[1]);
  EXPECT_THAT(ending.failures, ElementsAre("a miss in the child"));
  EXPECT_THAT(Heard("open"), ElementsAre(Not(HasSubstr("only_if_open")), HasSubstr("\tonly_if_open=1\t")));
  EXPECT_THAT(Heard("close"), ElementsAre("verb=close\tsession=s5\toutcome=passed\t"));
}

TEST_F(Client, DoesNothingWhenAForkedChildExits) {
  ASSERT_TRUE(Ask().ok());
  const pid_t pid = ::fork();
  if (pid == 0) std::exit(0);  // runs every destructor and atexit
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(Ask().ok());
  EXPECT_THAT(Heard("close"), IsEmpty());
}

// ---- Goldens

TEST_F(Client, ComparesAValueWithItsGolden) {
  Script("golden\tverdict=pass\tmessage=m\tpath=/g/near.txt\tname=near\ngolden\tverdict=fail\ngolden\tverdict=stale");
  const auto answer = internal::CompareGolden("near.json", "value", "k1", {"a.cc", 4});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->kind, internal::GoldenAnswer::Kind::kPass);
  EXPECT_EQ(answer->path, "/g/near.txt");
  EXPECT_THAT(Heard("golden"), ElementsAre(AllOf(HasSubstr("\tplace=a.cc:4\t"),
                                                 HasSubstr("\tname=near\tactual=value\tkind=json\tkey=k1\t"))));
  EXPECT_EQ(internal::CompareGolden("", "v", "", {"", 0})->kind, internal::GoldenAnswer::Kind::kFail);
  EXPECT_EQ(internal::CompareGolden("", "v", "", {"", 0})->kind, internal::GoldenAnswer::Kind::kStale);
}

TEST_F(Client, FailsATestAtItsEndForAValueThatCouldNotBeJudged) {
  (void)Current();
  internal::Unjudged({"a.cc", 4}, "no golden yet");
  EXPECT_THAT(End().failures, ElementsAre("a.cc:4\nno golden yet"));
  EXPECT_THAT(Heard("close"), ElementsAre(HasSubstr("\toutcome=failed\t"))) << "what it recorded waits for a human";
  (void)Current();
  internal::Unjudged({"a.cc", 4}, "no golden yet");
  EXPECT_THAT(End(internal::Outcome::kFailed).failures, IsEmpty()) << "it has been told";
}

// ---- Base URLs

TEST_F(Client, GivesOutTheBaseUrlThatTheDeckNames) {
  Script("base_url\turl=http://127.0.0.1:7/t/v1");
  EXPECT_EQ(Current().BaseUrl(OpenAi.At("http://h/v1").Named("judge"), {"worker-1", true}), "http://127.0.0.1:7/t/v1");
  EXPECT_THAT(
      Heard("base_url"),
      ElementsAre(AllOf(HasSubstr("\tsuite=Chat\ttest=Asks\tfile=chat_test.cc\tcwd=/"),
                        HasSubstr("\tendpoint.name=judge\tendpoint.format=openai.chat\tendpoint.upstream=http://h/"
                                  "v1\tlane=worker-1\thost_only=1\t"))));
}

TEST_F(Client, GivesABaseUrlAlsoWhereNoTestRuns) {
  framework.running = false;
  Script("base_url\turl=http://127.0.0.1:7/t/v1");
  EXPECT_EQ(BaseUrl(OpenAi, {}, "client.cc", 3), "http://127.0.0.1:7/t/v1");
  EXPECT_THAT(framework.failures, IsEmpty());
  EXPECT_THAT(Heard("base_url"), ElementsAre(HasSubstr("\tsuite=\ttest=\tfile=client.cc\t")));
}

TEST_F(Client, GivesAUrlThatNobodyAnswersWhereThereIsNone) {
  Script("base_url\tstatus=io\tobject=reprise-deck\treason=there is no port left");
  EXPECT_EQ(BaseUrl(OpenAi, {}, "a_test.cc", 3), "http://127.0.0.1:9") << "never empty: that means the provider itself";
  ASSERT_THAT(framework.failures, SizeIs(1));
  EXPECT_EQ(framework.failures[0].text, "reprise-deck: there is no port left");
  EXPECT_EQ(framework.failures[0].line, 3);
}

TEST_F(Client, TellsTheDeckWhichTestRunsOnceAUrlIsOut) {
  Script("base_url\turl=u\nfailures\tfailure=a miss");
  (void)BaseUrl(OpenAi);
  internal::BeginTest(framework.now);
  EXPECT_THAT(Heard("begin"), ElementsAre(HasSubstr("\tsuite=Chat\ttest=Asks\tfile=chat_test.cc\t")));
  EXPECT_THAT(internal::TakeHttpFailures(), ElementsAre("a miss"));
  EXPECT_THAT(Heard("failures"), ElementsAre("verb=failures\tsuite=Chat\ttest=Asks\t"));
}

TEST_F(Client, AsksAtTheEndForWhatOnlyTheDeckKnowsOf) {
  Script("base_url\turl=u\nopen\tsession=s9\tnote=opened over HTTP\tfailure=a broken setting");
  (void)BaseUrl(OpenAi);
  const internal::Ending ending = End();
  EXPECT_THAT(ending.failures, ElementsAre("a broken setting"));
  EXPECT_THAT(ending.notes, ElementsAre("opened over HTTP"));
  EXPECT_THAT(Heard("open"), ElementsAre(HasSubstr("\tonly_if_open=1\tor_recorded=1\t")));
  EXPECT_THAT(Heard("close"), ElementsAre("verb=close\tsession=s9\toutcome=failed\t")) << "for what was told only now";
}

TEST_F(Client, HandsOnTheEnvironmentOfAChild) {
  Script("environment\tvariable=A\tvalue=1\tvariable=B\tvalue=");
  EXPECT_THAT(Current().Environment(), ElementsAre(Pair("A", "1"), Pair("B", "")));
}

TEST_F(Client, LetsChunksGo) {
  Script("open\tsession=s3");
  Current().Step(2);
  EXPECT_THAT(Heard("step"), ElementsAre("verb=step\tsession=s3\tchunks=2\t"));
  EXPECT_THAT(framework.failures, IsEmpty());
}

}  // namespace
}  // namespace reprise
