// ls, show, export: what the real program prints.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "lib/base/file_system.h"
#include "tests/lib/cli/fixtures.h"
#include "tests/lib/cli/program.h"

namespace reprise::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kText = CassetteWriter::Form::kText;

// Text that attacks terminal, reviewer and CI.
constexpr char kHostile[] =
    "\x1b[2J\x1b]0;owned\x07 a\rb \u202Etxt.exe\u2066 \u009b31m\n::error file=x::boo\n##[add-mask]secret\n"
    "<CTestMeasurementFile type=\"file\" name=\"x\">/etc/passwd</CTestMeasurementFile>";

void ExpectHarmless(const std::string& text) {
  for (const char* bad : {"\x1b", "\x07", "\r", "\u202E", "\u2066", "\u009b", "\n::", " ::error", "##[add", "<CTestM"})
    EXPECT_THAT(text, Not(HasSubstr(bad)));
}

class Look : public ::testing::Test {
 protected:
  Ran Reprise(const std::vector<std::string>& words) { return RunReprise(words, {.folder = folder_.path()}); }
  void WriteThree() {
    WriteCassette(folder_ / "Chat/AsksThrice.reprise",
                  {Chat("Explain CRDTs in\n3 bullets.", "- They converge.\n- No locks.\n- Merge is commutative."),
                   StreamedChat("Say hello", "Hello there, Ada"), ToolChat()},
                  kText);
  }
  TemporaryFolder folder_;
};

TEST_F(Look, LsShowsEveryCassetteAndItsState) {
  WriteThree();
  WriteCassette(folder_ / "Chat/Once.reprise", {Chat("a", "b", Ignoring("/metadata"))}, kText, Ignoring("/metadata"));
  WriteCassette(folder_ / "Chat/Once.reprise.new", {Chat("a", "c")}, kText);
  WriteCassette(folder_ / "Speech/Says.reprise", {Opaque(std::string("RIFF\0\xff", 6))}, kText);
  WriteCassette(folder_ / ".git/hidden.reprise", {ToolChat()}, kText);
  const Ran ran = Reprise({"ls"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, "");
  ExpectApproved("ls", ran.out);
}

TEST_F(Look, LsFitsTheTerminal) {
  WriteThree();
  WriteCassette(folder_ / "A_suite_with_a_long_name/And_a_test_with_a_longer_one.reprise", {ToolChat()}, kText);
  const Ran ran = RunReprise({"ls"}, {.folder = folder_.path(), .environment = {{"COLUMNS", "72"}}});
  ExpectApproved("ls_72_columns", ran.out);
}

TEST_F(Look, LsTellsWhatItCannotRead) {
  WriteThree();
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "bad.reprise", "no cassette\n").ok());
  const Ran ran = Reprise({"ls"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("unreadable"));
  EXPECT_THAT(ran.out, HasSubstr("Chat/AsksThrice.reprise"));
  EXPECT_THAT(ran.err, HasSubstr("reprise: bad.reprise: "));
  EXPECT_EQ(Reprise({"ls", "--json"}).code, 3);
}

TEST_F(Look, LsOfNothingSaysSo) {
  const Ran ran = Reprise({"ls"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "No cassettes here.\n");
}

TEST_F(Look, ShowPutsAnExchangeIntoWords) {
  WriteThree();
  const Ran whole = Reprise({"show", "Chat/AsksThrice.reprise", "1"});
  EXPECT_EQ(whole.code, 0) << whole.err;
  ExpectApproved("show_chat", whole.out);
  const Ran streamed = Reprise({"show", "Chat/AsksThrice.reprise", "2"});
  ExpectApproved("show_streamed", streamed.out);
  const Ran tool = Reprise({"show", "Chat/AsksThrice.reprise", "3"});
  ExpectApproved("show_tool", tool.out);
}

TEST_F(Look, ShowListsACassetteOfSeveralAndShowsTheOnlyOneOfOthers) {
  WriteThree();
  const Ran list = Reprise({"show", "Chat/AsksThrice.reprise"});
  ExpectApproved("show_list", list.out);
  WriteCassette(folder_ / "Speech/Says.reprise", {Opaque(std::string("RIFF\0\xff", 6))}, kText);
  const Ran only = Reprise({"show", "Speech/Says.reprise"});
  ExpectApproved("show_opaque", only.out);
}

TEST_F(Look, ShowSpeaksTheLanguageOfEachProvider) {
  const auto of = [](const char* format, const char* url, const char* request, const char* reply) {
    Exchange exchange = Opaque(reply);
    exchange.request.format = format;
    exchange.request.method = "POST";
    exchange.request.url = url;
    exchange.request.body = request;
    exchange.key = KeyOf(exchange.request, 0, {});
    return exchange;
  };
  WriteCassette(
      folder_ / "all.reprise",
      {of("anthropic.messages", "https://api.anthropic.com/v1/messages",
          R"({"model":"claude-x","max_tokens":9,"system":"Be brief.","messages":[{"role":"user","content":[)"
          R"({"type":"tool_result","tool_use_id":"t","content":"2"}]}]})",
          R"({"type":"message","model":"claude-x-1","content":[{"type":"text","text":"Two it is."}],"stop_reason":"end_turn"})"),
       of("gemini.generate", "https://h/v1beta/models/gemini-x:generateContent",
          R"({"contents":[{"role":"user","parts":[{"text":"Where?"}]}],"generationConfig":{"seed":7}})",
          R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"find","args":{"a":1}}}]},"finishReason":"STOP"}]})"),
       of("ollama.generate", "http://127.0.0.1:11434/api/generate",
          R"({"model":"m","prompt":"Hi","options":{"seed":7}})",
          "{\"response\":\"Hel\"}\n{\"response\":\"lo\",\"done\":true,\"eval_count\":2}\n")},
      kText);
  const auto shows = [&](const char* number) { return Reprise({"show", "all.reprise", number, "--full"}).out; };
  EXPECT_THAT(shows("1"), AllOf(HasSubstr("\nsystem\n  Be brief."), HasSubstr("\nuser\n  <- 2"),
                                HasSubstr("max_tokens = 9"), HasSubstr("Two it is."), HasSubstr("end_turn")));
  EXPECT_THAT(shows("2"), AllOf(HasSubstr("\nuser\n  Where?"), HasSubstr("generationConfig.seed = 7"),
                                HasSubstr("tool call find"), HasSubstr("{\"a\":1}"), HasSubstr("STOP")));
  EXPECT_THAT(shows("3"), AllOf(HasSubstr("\nuser\n  Hi"), HasSubstr("options.seed = 7"), HasSubstr("stream = true"),
                                HasSubstr("\nanswer\n  Hello"), HasSubstr("2 completion tokens")));
}

TEST_F(Look, ShowFindsByTheBeginningOfAKey) {
  WriteThree();
  const std::string key = ToolChat().key;
  EXPECT_EQ(Reprise({"show", "Chat/AsksThrice.reprise", key.substr(0, 8)}).out,
            Reprise({"show", "Chat/AsksThrice.reprise", "3"}).out);
  std::string upper = key;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(Reprise({"show", "Chat/AsksThrice.reprise", upper}).code, 0);
}

TEST_F(Look, ShowRefusesWhatIsNotThere) {
  WriteThree();
  const Ran far = Reprise({"show", "Chat/AsksThrice.reprise", "4"});
  EXPECT_EQ(far.code, 2);
  EXPECT_EQ(far.err,
            "reprise: Chat/AsksThrice.reprise: has no exchange 4; it has 3 exchanges. See `reprise show "
            "Chat/AsksThrice.reprise`\n");
  EXPECT_EQ(Reprise({"show", "Chat/AsksThrice.reprise", "0"}).code, 2);
  EXPECT_EQ(Reprise({"show", "Chat/AsksThrice.reprise", "xyz"}).code, 2);
  EXPECT_EQ(Reprise({"show", "Chat/AsksThrice.reprise", "0000000"}).code, 2);
}

TEST_F(Look, RawWritesTheExactBytes) {
  const std::string bytes("RIFF\0\xff\x1b[2J", 10);
  WriteCassette(folder_ / "Speech/Says.reprise", {Opaque(bytes)});
  EXPECT_EQ(Reprise({"show", "Speech/Says.reprise", "--raw", "reply"}).out, bytes);
  EXPECT_EQ(Reprise({"show", "Speech/Says.reprise", "1", "--raw=request"}).out, Opaque(bytes).request.body);
  WriteThree();
  const Ran several = Reprise({"show", "Chat/AsksThrice.reprise", "--raw", "reply"});
  EXPECT_EQ(several.code, 2);
  EXPECT_EQ(several.out, "");
}

TEST_F(Look, StandardInputIsACassetteToo) {
  WriteThree();
  const std::string text = base::ReadFile(folder_ / "Chat/AsksThrice.reprise").value();
  const Ran ran = RunReprise({"show", "-", "3"}, {.folder = folder_.path(), .input = text});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("standard input, exchange 3 of 3"));
  EXPECT_EQ(RunReprise({"export", "-"}, {.input = text}).out, text);
  const Ran empty = RunReprise({"show", "-"}, {.input = ""});
  EXPECT_EQ(empty.code, 3);
  EXPECT_THAT(empty.err, HasSubstr("standard input"));
  EXPECT_THAT(empty.err, Not(HasSubstr("/proc/")));
}

TEST_F(Look, ExportGivesTheTextByteForByte) {
  const std::vector<Exchange> exchanges{Chat("a\u202E", "b"), StreamedChat("c", "d e"), Opaque("\xff")};
  WriteCassette(folder_ / "in/A/x.reprise", exchanges);
  WriteCassette(folder_ / "plain.reprise.jsonl", exchanges, kText);
  const std::string text = base::ReadFile(folder_ / "plain.reprise.jsonl").value();
  EXPECT_EQ(Reprise({"export", "in/A/x.reprise"}).out, text);
  EXPECT_EQ(Reprise({"export", "plain.reprise.jsonl"}).out, text);
  const Ran several = Reprise({"export", "in", "plain.reprise.jsonl"});
  EXPECT_EQ(several.code, 2);
  EXPECT_THAT(several.err, HasSubstr("Add --to DIR"));
  const Ran to = Reprise({"export", "in", "plain.reprise.jsonl", "--to", "out"});
  EXPECT_EQ(to.code, 0) << to.err;
  EXPECT_EQ(base::ReadFile(folder_ / "out/A/x.reprise.jsonl").value(), text);
  EXPECT_EQ(base::ReadFile(folder_ / "out/plain.reprise.jsonl").value(), text);
}

TEST_F(Look, ExportRefusesTwoThatWouldBeOneFile) {
  WriteCassette(folder_ / "a/x.reprise", {Chat("a", "b")});
  WriteCassette(folder_ / "b/x.reprise", {Chat("c", "d")});
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"export", "a/x.reprise", "b/x.reprise", "--to", "out"},
        std::vector<std::string>{"export", "a", "b", "--to", "out"}}) {
    const Ran ran = Reprise(words);
    EXPECT_EQ(ran.code, 2) << ran.out;
    EXPECT_THAT(ran.err, HasSubstr("out/x.reprise.jsonl: would come of both a/x.reprise and b/x.reprise"));
    EXPECT_FALSE(base::Exists(folder_ / "out"));
  }
}

TEST_F(Look, ShowOfAFolderShowsEachCassetteBelowIt) {
  WriteCassette(folder_ / "c/A/x.reprise", {Chat("one", "b")});
  EXPECT_EQ(Reprise({"show", "c"}).out, Reprise({"show", "c/A/x.reprise"}).out) << "the only one";
  WriteCassette(folder_ / "c/B/y.reprise.new", {Chat("two", "d")});
  const Ran ran = Reprise({"show", "c"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "c/A/x.reprise\n" + Reprise({"show", "c/A/x.reprise"}).out + "\nc/B/y.reprise.new\n" +
                         Reprise({"show", "c/B/y.reprise.new"}).out);
  const Ran number = Reprise({"show", "c", "1"});
  EXPECT_EQ(number.code, 2);
  EXPECT_THAT(number.err, HasSubstr("`reprise ls c` lists those in it"));
  ASSERT_TRUE(base::MakeFolders(folder_ / "none").ok());
  EXPECT_EQ(Reprise({"show", "none"}).code, 3);
}

TEST_F(Look, AuditProvesThatEveryChangeIsNoticed) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), ToolChat()});
  const Ran ran = Reprise({"audit"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1 cassette: 2 exchanges"));
  const json report = json::parse(Reprise({"audit", "--json", "a.reprise"}).out);
  EXPECT_EQ(report["unnoticed"], 0);
  EXPECT_EQ(report["tried"], report["noticed"]);
  EXPECT_GT(report["tried"], 50);
}

TEST_F(Look, AuditNamesTheRuleThatIgnoresAChange) {
  const Rules rules = Ignoring("/seed");
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b", rules)}, kText, rules);
  const Ran ran = Reprise({"audit", "a.reprise"});
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("ignore_body /seed"));
  const json none = json::parse(Reprise({"audit", "--rules", "none", "--json", "a.reprise"}).out);
  EXPECT_EQ(none["declared"].size(), 0u);
}

TEST_F(Look, AuditOfWhatCannotBeReadIsExitThree) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b")}, kText);
  const std::string text = base::ReadFile(folder_ / "a.reprise").value();
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "a.reprise", text + "<<<<<<< ours\n").ok());
  EXPECT_EQ(Reprise({"audit"}).code, 3);
  EXPECT_EQ(Reprise({"audit", "b.reprise"}).code, 3);
  EXPECT_EQ(Reprise({"audit", "--seed", "x"}).code, 2);
  EXPECT_EQ(Reprise({"audit", "--rules", "{\"ignore\":1}", "a.reprise"}).code, 2);
}

TEST_F(Look, HostileTextIsHarmlessInEveryOutput) {
  Exchange exchange = Chat(kHostile, kHostile);
  exchange.lane = kHostile;
  exchange.model.answered = kHostile;
  exchange.request.endpoint = kHostile;
  exchange.reply.headers.push_back({"x-evil", "\u202E\u009b"});
  exchange.key = KeyOf(exchange.request, 0, {});
  WriteCassette(folder_ / "x.reprise", {exchange, ToolChat()}, kText, Ignoring(std::string("/") + kHostile));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"show", "x.reprise"},
                                             {"show", "x.reprise", "1"},
                                             {"show", "x.reprise", "--all", "--json"},
                                             {"ls"},
                                             {"ls", "--json"},
                                             {"audit"},
                                             {"fsck"},
                                             {"rekey", "--rules", "none", "--dry-run", "x.reprise"}}) {
    const Ran ran = Reprise(words);
    EXPECT_NE(ran.out, "") << words[0];
    ExpectHarmless(ran.out);
    ExpectHarmless(ran.err);
  }
  const json shown = json::parse(Reprise({"show", "x.reprise", "1", "--json"}).out);
  EXPECT_EQ(shown["exchanges"][0]["reply"]["text"], kHostile);  // escaped, and the same to a parser
}

TEST_F(Look, TenMegabytesAreCutUnlessAskedFor) {
  std::string big;
  while (big.size() < (10u << 20)) big += "a line of a very long answer\n";
  WriteCassette(folder_ / "big.reprise", {Chat("go on", big)});
  const Ran cut = Reprise({"show", "big.reprise"});
  EXPECT_EQ(cut.code, 0) << cut.err;
  EXPECT_LT(cut.out.size(), 16u << 10);
  EXPECT_THAT(cut.out, HasSubstr("... 10 MB more; --full prints them"));
  EXPECT_GT(Reprise({"show", "big.reprise", "--full"}).out.size(), big.size());
  EXPECT_LT(Reprise({"ls"}).out.size(), 1000u);
}

TEST_F(Look, AReaderThatLeavesIsNoError) {
  WriteThree();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  const Ran ran =
      RunReprise({"show", "Chat/AsksThrice.reprise", "--all"}, {.folder = folder_.path(), .out_fd = ends[1]});
  ::close(ends[1]);
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, "");
}

TEST_F(Look, AFullOrClosedStandardOutputIsTold) {
  WriteThree();
  const Ran closed = RunReprise({"ls"}, {.folder = folder_.path(), .close_out = true});
  EXPECT_EQ(closed.code, 3);
  EXPECT_THAT(closed.err, HasSubstr("standard output: cannot be written"));
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  const Ran ran = RunReprise({"ls"}, {.folder = folder_.path(), .out_fd = full});
  ::close(full);
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("No space left on device"));
}

TEST_F(Look, EveryBadFileIsOneSentenceAndExitThree) {
  ASSERT_TRUE(base::MakeFolders(folder_ / "a.reprise").ok());
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "newer.reprise", "{\"reprise\":2,\"normal\":1}\n").ok());
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "empty.reprise", "").ok());
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "garbage.reprise", "\x01\x02\x03\x04\x05").ok());
  WriteCassette(folder_ / "locked.reprise", {ToolChat()});
  ASSERT_EQ(::chmod((folder_ / "locked.reprise").c_str(), 0), 0);
  std::vector<std::string> files{"missing.reprise", "a.reprise", "newer.reprise", "empty.reprise", "garbage.reprise"};
  if (::geteuid() != 0) files.push_back("locked.reprise");  // root reads everything
  for (const std::string& file : files) {
    const Ran ran = Reprise({"show", file});
    EXPECT_EQ(ran.code, 3) << file;
    EXPECT_EQ(ran.out, "") << file;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("reprise: " + file + ": "), Not(HasSubstr("\n\n")))) << file;
    EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  }
  EXPECT_THAT(Reprise({"show", "newer.reprise"}).err, HasSubstr("2"));
}

}  // namespace
}  // namespace reprise::cli
