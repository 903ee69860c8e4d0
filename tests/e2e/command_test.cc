// `reprise record|replay -- CMD` and `reprise serve-cassette`, around a program that nobody changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/e2e/workshop.h"

namespace reprise::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

class Wrapped : public E2e {
 protected:
  static std::string Agent() { return REPRISE_E2E_PROGRAMS "/e2e_agent"; }
  Ended Reprise(std::vector<std::string> words, const Watch& watch = nullptr) {
    return Start(REPRISE_PROGRAM, words, watch);
  }
  // reprise VERB OPTIONS -- agent WORDS
  Ended Under(const std::string& verb, const std::vector<std::string>& words,
              const std::vector<std::string>& options = {}, const Watch& watch = nullptr) {
    std::vector<std::string> all = {verb};
    all.insert(all.end(), options.begin(), options.end());
    all.insert(all.end(), {"--", Agent()});
    all.insert(all.end(), words.begin(), words.end());
    return Reprise(all, watch);
  }
  // What reprise said last.
  static std::string Last(const std::string& output) {
    const std::size_t at = output.rfind("reprise: ");
    return at == std::string::npos ? "" : output.substr(at, output.find('\n', at) - at);
  }
  // What the agent itself printed.
  static std::string Own(const std::string& output) {
    std::string own;
    for (std::size_t at = 0; at < output.size();) {
      const std::size_t end = std::min(output.find('\n', at), output.size() - 1) + 1;
      if (output.compare(at, 9, "reprise: ") != 0) own += output.substr(at, end - at);
      at = end;
    }
    return own;
  }
};

TEST_F(Wrapped, AProgramIsRecordedAndReplayedOffline) {
  const Ended recorded = Under("record", {"ask", "France", "Peru"});
  ASSERT_EQ(recorded.exit_code, 0) << recorded.output;
  EXPECT_THAT(recorded.output, AllOf(HasSubstr("answer 200"), HasSubstr("reprise: recorded 2 exchanges for ")));
  EXPECT_EQ(requests(), 2);
  const std::vector<std::string> files = Files();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_THAT(files[0], MatchesRegex("cassettes/e2e_agent/ask_France_Peru-[0-9a-f]{8}\\.reprise"));
  CloseProvider();
  const Ended replayed = Under("replay", {"ask", "France", "Peru"});
  EXPECT_EQ(replayed.exit_code, 0) << replayed.output;
  EXPECT_EQ(Own(replayed.output), Own(recorded.output));
  EXPECT_THAT(replayed.output, HasSubstr("reprise: replayed 2 exchanges of "));
}

TEST_F(Wrapped, AFileOfOnesChoiceIsTaken) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"--cassette", "my trips/a.reprise"}).exit_code, 0);
  EXPECT_THAT(Files(), ElementsAre("my trips/a.reprise"));
  CloseProvider();
  EXPECT_EQ(Under("replay", {"ask", "France"}, {"--cassette", "my trips/a.reprise"}).exit_code, 0);
}

TEST_F(Wrapped, ASecretAmongTheArgumentsNamesNothingOnDisk) {
  const std::string secret = "sk-proj-" + std::string(40, 'a') + "T3BlbkFJ" + std::string(40, 'b');
  Set("REPRISE_LOG", folder() + "/deck.log");
  const Ended refused = Under("record", {"ask", "France", secret});
  EXPECT_EQ(refused.exit_code, 125);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("one of its arguments is a secret (openai-key)"), HasSubstr("--cassette"),
                                    Not(HasSubstr(secret))));
  EXPECT_THAT(Files(), IsEmpty());
  Under("record", {"ask", "France", secret}, {"--cassette", "trip.reprise"});
  EXPECT_THAT(Files(), Contains(HasSubstr("trip.reprise")));
  for (const std::string& file : Files()) EXPECT_THAT(Read(file), Not(HasSubstr(secret))) << file;
  EXPECT_THAT(Read("deck.log"), HasSubstr("session 1 of e2e_agent ask France [openai-key withheld]"));
}

TEST_F(Wrapped, ACassetteFarFromItsProjectBringsItsRules) {
  const std::string project = folder() + "/reprise.json";
  std::ofstream(project) << R"({"rules": {"ignore_body": ["/messages/0/content"]}})";
  ASSERT_EQ(Under("record", {"ask", "France"}, {"--cassette", "a.reprise"}).exit_code, 0);
  CloseProvider();
  std::filesystem::remove(project);
  Set("E2E_WORD", "Where was ");
  const Ended run = Under("replay", {"ask", "France"}, {"--cassette", "a.reprise"});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("there is no reprise.json, so the rules that"));
}

TEST_F(Wrapped, AMissIsLoudAlthoughTheProgramEndsWell) {
  ASSERT_EQ(Under("record", {"ask", "France"}).exit_code, 0);
  Set("E2E_WORD", "Where was ");
  const Ended run = Under("replay", {"ask", "France"});
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("No recorded exchange matches"), HasSubstr("\"is\" is now \"was\""),
                                HasSubstr("reprise record --accept -- " + Agent() + " ask France")));
  EXPECT_THAT(run.output, Not(HasSubstr("gtest_filter")));
}

TEST_F(Wrapped, ARecordingThatNobodyAsksForIsToldAndFails) {
  ASSERT_EQ(Under("record", {"ask", "France", "Peru"}, {"-c", "a.reprise"}).exit_code, 0);
  const Ended run = Under("replay", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("was not asked for"));
  const Ended none = Under("replay", {"env"}, {"-c", "a.reprise"});
  EXPECT_EQ(none.exit_code, 1) << none.output;
  EXPECT_THAT(none.output, HasSubstr("not asked for"));
}

TEST_F(Wrapped, TheExitCodeIsTheProgramsOwn) {
  Set("E2E_EXIT", "42");
  const Ended recorded = Under("record", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_EQ(recorded.exit_code, 42) << recorded.output;
  EXPECT_THAT(Files(), ElementsAre("a.reprise.new")) << "what a program that failed has recorded waits for a human";
  Set("E2E_EXIT", "0");
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "b.reprise"}).exit_code, 0);
  Set("E2E_EXIT", "42");
  EXPECT_EQ(Under("replay", {"ask", "France"}, {"-c", "b.reprise"}).exit_code, 42);
}

TEST_F(Wrapped, TheLastLineSaysWhatTheExitCodeOfTheProgramHides) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
  Set("E2E_WORD", "Where was ");
  const Ended plain = Under("replay", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_EQ(plain.exit_code, 1);
  EXPECT_THAT(Last(plain.output),
              AllOf(HasSubstr("replayed 0 exchanges of "), HasSubstr("; 1 request had no recording"),
                    HasSubstr("; 1 recording not asked for; exit code 1 is reprise's")));
  Set("E2E_EXIT", "42");
  const Ended hidden = Under("replay", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_EQ(hidden.exit_code, 42);
  EXPECT_THAT(Last(hidden.output),
              AllOf(HasSubstr("; 1 request had no recording"), HasSubstr("; 1 recording not asked for"),
                    EndsWith("; the command ended with exit code 42, which is passed on")));
  const Ended told = Under("replay", {"ask", "France"}, {"-c", "a.reprise", "--failure-code", "9"});
  EXPECT_EQ(told.exit_code, 9) << told.output;
  EXPECT_THAT(Last(told.output), EndsWith("; the command ended with exit code 42; exit code 9 is reprise's"));
  const Ended killed = Under("replay", {"die", "France"}, {"-c", "a.reprise", "--failure-code", "9"});
  EXPECT_EQ(killed.exit_code, 9) << "a signal hides no miss either: " << killed.output;
  Set("E2E_WORD", "Where is ");
  EXPECT_EQ(Under("replay", {"ask", "France"}, {"-c", "a.reprise", "--failure-code", "9"}).exit_code, 42)
      << "nothing failed here";
}

TEST_F(Wrapped, ACredentialThatCannotBeRecordedFailsAfterTheProgramsOwnCode) {
  Set("MY_TOKEN", "parcel-0123456789abcdef");
  const Ended run = Under("record", {"ask", "parcel-0123456789abcdef"}, {"-c", "a.reprise"});
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(Last(run.output),
              AllOf(HasSubstr("recorded 0 exchanges for "), HasSubstr("; 1 failure told above; exit")));
  EXPECT_THAT(Files(), IsEmpty());
  Set("E2E_EXIT", "42");
  EXPECT_EQ(Under("record", {"ask", "parcel-0123456789abcdef"}, {"-c", "a.reprise"}).exit_code, 42);
}

TEST_F(Wrapped, ADeckThatIsKilledIsAFailureOfTheWrappers) {
  bool killed = false;
  const Ended run = Under("record", {"wait", "France"}, {"-c", "a.reprise"}, [&](pid_t pid, const std::string& output) {
    if (killed || output.find("ready\n") == std::string::npos) return;
    killed = true;
    const pid_t deck = Deck();
    EXPECT_NE(deck, 0);
    if (deck != 0) ::kill(deck, SIGKILL);
    ::kill(pid, SIGTERM);
  });
  EXPECT_TRUE(killed);
  EXPECT_EQ(run.exit_code, 125) << "not the 7 of the command: " << run.output;
  EXPECT_THAT(Last(run.output), HasSubstr("is not known; the command ended with exit code 7"));
}

TEST_F(Wrapped, ARecordingWaitsBesideOneThatLiesThereUnlessAccepted) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
  const std::string first = Read("a.reprise");
  ASSERT_EQ(Under("record", {"ask", "Peru"}, {"-c", "a.reprise"}).exit_code, 0);
  EXPECT_THAT(Files(), ElementsAre("a.reprise", "a.reprise.new"));
  EXPECT_EQ(Read("a.reprise"), first);
  ASSERT_EQ(Under("record", {"ask", "Peru"}, {"-c", "b.reprise"}).exit_code, 0);
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "b.reprise", "--accept"}).exit_code, 0);
  EXPECT_EQ(Under("replay", {"ask", "France"}, {"-c", "b.reprise"}).exit_code, 0);
}

TEST_F(Wrapped, ACassetteThatIsNamedAsTextIsReplayedAndNotRecordedBeside) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
  std::filesystem::rename(folder() + "/a.reprise", folder() + "/a.reprise.jsonl");
  const Ended replayed = Under("replay", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_EQ(replayed.exit_code, 0) << replayed.output;
  ASSERT_EQ(Under("record", {"ask", "Peru"}, {"-c", "a.reprise"}).exit_code, 0);
  EXPECT_THAT(Files(), ElementsAre("a.reprise.jsonl", "a.reprise.jsonl.new"));
  EXPECT_EQ(Under("replay", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
}

TEST_F(Wrapped, ARequestThatTheFrontRefusesIsToldAndFails) {
  Set("E2E_DROPS_PATH", "1");
  const Ended run = Under("record", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("answer 404"), HasSubstr("reprise: reprise refused this request: "),
                                Not(HasSubstr("no request came"))));
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(Wrapped, ExtendAsksOnlyForWhatIsMissing) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
  ASSERT_EQ(requests(), 1);
  ASSERT_EQ(Under("record", {"ask", "France", "Peru"}, {"-c", "a.reprise", "--extend", "--accept"}).exit_code, 0);
  EXPECT_EQ(requests(), 2);
  EXPECT_EQ(Under("replay", {"ask", "France", "Peru"}, {"-c", "a.reprise"}).exit_code, 0);
}

TEST_F(Wrapped, TheWrappersOwnFailuresHaveTheirOwnCodes) {
  const Ended missing = Reprise({"record", "--", "/no/such/program"});
  EXPECT_EQ(missing.exit_code, 127) << missing.output;
  EXPECT_THAT(missing.output, HasSubstr("/no/such/program"));
  EXPECT_EQ(Reprise({"record", "--", folder()}).exit_code, 126);
  const Ended nothing = Under("replay", {"ask", "France"});
  EXPECT_EQ(nothing.exit_code, 125) << nothing.output;
  EXPECT_THAT(nothing.output, AllOf(HasSubstr("there is no such cassette"), HasSubstr("reprise record")));
  Set("REPRISE_DECK", "/no/such/deck");
  EXPECT_EQ(Under("record", {"ask", "France"}).exit_code, 125);
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(Wrapped, ACommandLineThatIsNotUnderstoodIsAFailureOfTheWrappers) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"record"},
                                             {"record", "--"},
                                             {"replay", "--casette", "a.reprise", "--", Agent()},
                                             {"replay", "--accept", "--", Agent()},
                                             {"replay", "--failure-code", "0", "--", Agent()},
                                             {"replay", "--failure-code", "256", "--", Agent()},
                                             {"record", "--failure-code", "1e2", "--", Agent()}}) {
    const Ended run = Reprise(words);
    EXPECT_EQ(run.exit_code, 125) << run.output;
    EXPECT_THAT(run.output, Not(HasSubstr("answer")));
  }
  const Ended early = Reprise({"record", Agent(), "ask", "--", "France"});
  EXPECT_EQ(early.exit_code, 125);
  EXPECT_THAT(early.output, HasSubstr("stands before the --"));
  EXPECT_EQ(Reprise({"serve-cassette", "--no-such"}).exit_code, 2) << "it wraps nobody";
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(Wrapped, WhatFollowsTheDashesIsTheProgramsOwn) {
  const Ended run = Under("record", {"ask", "--accept", "--", "-c", "--help"}, {"-c", "a.reprise"});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("recorded 4 exchanges for "));
  EXPECT_THAT(Files(), ElementsAre("a.reprise"));
}

TEST_F(Wrapped, AProgramIsFoundByItsPathOrInPath) {
  std::filesystem::create_directory(folder() + "/bin");
  std::filesystem::create_symlink(Agent(), folder() + "/bin/my-agent");
  EXPECT_EQ(Reprise({"record", "--", "my-agent", "ask", "France"}).exit_code, 127);
  EXPECT_EQ(Reprise({"record", "--", "./bin/no-agent"}).exit_code, 127);
  Set("PATH", folder() + "/bin:/usr/bin:/bin");
  EXPECT_EQ(Reprise({"record", "--", "my-agent", "ask", "France"}).exit_code, 0);
  EXPECT_THAT(Files(), Contains(MatchesRegex("cassettes/my-agent/ask_France-[0-9a-f]{8}\\.reprise")));
  std::ofstream(folder() + "/text") << "no program\n";
  const Ended text = Reprise({"record", "--", "./text"});
  EXPECT_EQ(text.exit_code, 126);
  EXPECT_THAT(text.output, HasSubstr("./text: cannot be run"));
}

TEST_F(Wrapped, ContinuousIntegrationRecordsNothing) {
  Set("CI", "true");
  const Ended run = Under("record", {"ask", "France"});
  EXPECT_EQ(run.exit_code, 125) << run.output;
  EXPECT_THAT(run.output, HasSubstr("CI"));
  EXPECT_EQ(requests(), 0);
}

TEST_F(Wrapped, EverySdkIsPointedHere) {
  Set("NO_PROXY", "example.org");
  const Ended run = Under("record", {"env", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL",
                                     "OLLAMA_HOST", "OPENAI_API_BASE", "NO_PROXY", "OPENAI_API_KEY"});
  ASSERT_EQ(run.exit_code, 0) << run.output;
  for (const char* name :
       {"OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "OLLAMA_HOST", "OPENAI_API_BASE"})
    EXPECT_THAT(run.output, HasSubstr(std::string(name) + "=http://127.0.0.1:")) << name;
  EXPECT_THAT(run.output, AllOf(HasSubstr("NO_PROXY=example.org,127.0.0.1,localhost"),
                                HasSubstr("OPENAI_API_KEY=(unset)"), HasSubstr("no request came")));
}

TEST_F(Wrapped, EndpointsOfTheProjectFileArePointedToo) {
  const std::string upstream = "http://127.0.0.1:9";
  std::ofstream(folder() + "/reprise.json") << R"({"endpoints": {
    "groq": {},
    "judge": {"upstream": "http://127.0.0.1:9/judge/v1", "base_url_from": "JUDGE_URL", "credential_from": "JUDGE_KEY"}}})";
  Set("AZURE_OPENAI_ENDPOINT", upstream);
  const std::vector<std::string> names = {"GROQ_BASE_URL", "JUDGE_URL", "AZURE_OPENAI_ENDPOINT", "OPENROUTER_BASE_URL"};
  std::vector<std::string> words = {"env"};
  words.insert(words.end(), names.begin(), names.end());
  const Ended run = Under("record", words);
  ASSERT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, ::testing::ContainsRegex("GROQ_BASE_URL=http://127.0.0.1:[0-9]+/[^/\n]+\n"));
  EXPECT_THAT(run.output, ::testing::ContainsRegex("JUDGE_URL=http://127.0.0.1:[0-9]+/[^/\n]+/judge/v1\n"));
  EXPECT_THAT(run.output, ::testing::ContainsRegex("AZURE_OPENAI_ENDPOINT=http://127.0.0.1:[0-9]+/[^/\n]+\n"));
  EXPECT_THAT(run.output, HasSubstr("OPENROUTER_BASE_URL=(unset)")) << "nobody speaks of it";
}

TEST_F(Wrapped, ReplayGivesKeysThatAreNotSetADummy) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
  Set("ANTHROPIC_API_KEY", "mine");
  const Ended run = Under("replay", {"env", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"}, {"-c", "a.reprise"});
  EXPECT_THAT(run.output, AllOf(HasSubstr("OPENAI_API_KEY="), Not(HasSubstr("OPENAI_API_KEY=(unset)")),
                                HasSubstr("ANTHROPIC_API_KEY=mine\n")));
}

TEST_F(Wrapped, OllamaItselfKeepsItsHost) {
  std::filesystem::copy_file(Agent(), folder() + "/ollama");
  Set("OLLAMA_HOST", "127.0.0.1:11434");
  const Ended run = Reprise({"record", "--", "./ollama", "env", "OLLAMA_HOST"});
  EXPECT_THAT(run.output, HasSubstr("OLLAMA_HOST=127.0.0.1:11434\n"));
}

TEST_F(Wrapped, SignalsArePassedOn) {
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM}) {
    bool sent = false;
    const Ended run = Under("record", {"wait"}, {}, [&](pid_t pid, const std::string& output) {
      if (sent || output.find("ready\n") == std::string::npos) return;
      sent = true;
      ::kill(pid, signal);
    });
    EXPECT_EQ(run.exit_code, 7) << run.output;
    EXPECT_THAT(run.output, HasSubstr(std::string("got ") + sigabbrev_np(signal)));
  }
}

TEST_F(Wrapped, ASignalThatIsIgnoredStaysIgnored) {
  // As nohup has it.
  const Ended run = Start(
      "/bin/sh", {"-c", "trap '' HUP; exec \"$0\" record -- /bin/sh -c 'kill -HUP $$; echo lives'", REPRISE_PROGRAM});
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("lives"));
}

TEST_F(Wrapped, WhoRunsAProgramThatASignalEndsIsEndedByIt) {
  const Ended run = Under("record", {"die"});
  EXPECT_EQ(run.signal, SIGTERM) << run.output;
  EXPECT_THAT(Last(run.output), EndsWith("; the command was ended by signal 15"));
}

TEST_F(Wrapped, SignalsAreAsTheProgramExpectsThem) {
  // We ignore SIGPIPE, and a shell may have us ignore SIGCHLD; neither is the program's concern.
  const Ended piped = Reprise({"record", "--", "/bin/sh", "-c", "yes | head -n 1"});
  EXPECT_EQ(piped.exit_code, 0);
  EXPECT_THAT(piped.output, AllOf(HasSubstr("y\n"), Not(HasSubstr("roken pipe"))));
  const Ended childless =
      Start("/usr/bin/env", {"--ignore-signal=CHLD", REPRISE_PROGRAM, "record", "--", Agent(), "env", "HOME"});
  EXPECT_EQ(childless.exit_code, 0) << childless.output;
}

TEST_F(Wrapped, AProgramThatAddsThePathByItselfIsToldAndTakesABaseUrlWithout) {
  Set("E2E_ADDS", "/v1");
  const Ended doubled = Under("record", {"ask", "France", "Peru"}, {"-c", "doubled.reprise"});
  EXPECT_THAT(doubled.output, HasSubstr("answer 404"));
  EXPECT_EQ(Count(doubled.output, "begins twice with /v1"), 1) << "told once";
  Set("OPENAI_BASE_URL", "http://127.0.0.1:" + std::to_string(port()));
  const Ended recorded = Under("record", {"ask", "France"}, {"-c", "a.reprise"});
  EXPECT_THAT(recorded.output, AllOf(HasSubstr("answer 200"), Not(HasSubstr("begins twice"))));
  CloseProvider();
  EXPECT_EQ(Under("replay", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
}

TEST_F(Wrapped, WhatWaitsForAHumanIsTold) {
  ASSERT_EQ(Under("record", {"ask", "France"}, {"-c", "a.reprise"}).exit_code, 0);
  const Ended again = Under("record", {"ask", "Peru"}, {"-c", "a.reprise"});
  EXPECT_THAT(again.output, AllOf(HasSubstr("a cassette exists"), HasSubstr("reprise accept")));
  const Ended over = Under("record", {"ask", "Chile"}, {"-c", "a.reprise"});
  EXPECT_EQ(over.exit_code, 1) << "nobody has judged the first: " << over.output;
}

TEST_F(Wrapped, TheCassetteIsNamedAfterProgramAndArguments) {
  ASSERT_EQ(Under("record", {"ask", "France"}).exit_code, 0);
  ASSERT_EQ(Under("record", {"ask", "Peru"}).exit_code, 0);
  EXPECT_THAT(Files(), SizeIs(2));
  Set("REPRISE_CASSETTES", folder() + "/elsewhere");
  ASSERT_EQ(Under("record", {"ask", "Peru"}).exit_code, 0);
  EXPECT_THAT(Files(), Contains(MatchesRegex("elsewhere/e2e_agent/ask_Peru-[0-9a-f]{8}\\.reprise")));
}

}  // namespace
}  // namespace reprise::e2e
