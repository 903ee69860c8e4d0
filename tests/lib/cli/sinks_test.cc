// Whatever a cassette holds: what the program prints acts on nobody and holds no secret. One list of hostile texts, one
// test for each sink.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/cli/commands.h"
#include "lib/wire/json_text.h"
#include "tests/lib/cli/captured_console.h"
#include "tests/lib/cli/fixtures.h"
#include "tests/support/canary_keys.h"
#include "tests/support/hostile_texts.h"
#include "tests/support/temp_folder.h"

namespace reprise::cli {
namespace {

using support::CanaryKeys;
using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
  int code;
  std::string out, err;
};

Ran RunWords(const std::vector<std::string>& words) {
  CapturedConsole console;
  const int code = RunProgram(TheProgram(), words, console.console());
  return {code, console.out(), console.err()};
}

class Sinks : public ::testing::Test {
 protected:
  // Every hostile text as question, answer, model, tool, error and header, in one cassette.
  void SetUp() override {
    std::vector<Exchange> exchanges;
    for (const std::string& text : support::HostileTexts()) {
      exchanges.push_back(Chat(text, text));
      exchanges.push_back(StreamedChat(text, text));
      Exchange error = Chat(text, "");
      error.lane = text;
      error.model = {text, text, text};
      error.request.endpoint = text;
      error.reply.status = 500;
      error.reply.headers.push_back({"x-note", text});
      error.reply.body = "{\"error\":{\"message\":" + Quoted(text) + ",\"type\":" + Quoted(text) + "}}";
      error.key = KeyOf(error.request, 0, {});
      exchanges.push_back(error);
      exchanges.push_back(Opaque(text));
    }
    WriteCassette(path_, exchanges, CassetteWriter::Form::kText, {}, "::error::" + support::HostileTexts()[7]);
  }

  void ExpectHarmless(const std::vector<std::string>& words) {
    const Ran ran = RunWords(words);
    EXPECT_FALSE((ran.out + ran.err).empty());
    for (const std::string* printed : {&ran.out, &ran.err})
      for (std::size_t at = 0; at < printed->size();) {
        const std::size_t end = std::min(printed->find('\n', at), printed->size());
        EXPECT_TRUE(support::IsHarmless(printed->substr(at, end - at))) << printed->substr(at, end - at);
        at = end + 1;
      }
  }

  support::TempFolder folder_;
  const std::string path_ = folder_ / "Hostile.reprise";
};

TEST_F(Sinks, ShowListsHarmlessly) { ExpectHarmless({"show", path_}); }
TEST_F(Sinks, ShowPrintsExchangesHarmlessly) { ExpectHarmless({"show", path_, "--all", "--full"}); }
TEST_F(Sinks, ShowGivesJsonHarmlessly) { ExpectHarmless({"show", path_, "--json"}); }
TEST_F(Sinks, LsIsHarmless) { ExpectHarmless({"ls", path_}); }
TEST_F(Sinks, LsGivesJsonHarmlessly) { ExpectHarmless({"ls", path_, "--json"}); }
TEST_F(Sinks, ScanIsHarmless) { ExpectHarmless({"scan", path_}); }
TEST_F(Sinks, AuditIsHarmless) { ExpectHarmless({"audit", path_}); }
TEST_F(Sinks, FsckIsHarmless) { ExpectHarmless({"fsck", path_}); }

TEST_F(Sinks, ExportGivesTheTextItself) {
  const Ran ran = RunWords({"export", path_});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, folder_.Read("Hostile.reprise")) << "to a file or a pipe it is data, byte for byte";
}

TEST(SinksOfSecrets, ACassetteWithAKeyIsFoundByScanAndPrintedByNobody) {
  CanaryKeys keys(21);
  support::TempFolder folder;
  std::vector<std::string> planted;
  std::vector<Exchange> exchanges;
  for (std::size_t shape = 0; shape < CanaryKeys::shapes(); ++shape) {
    planted.push_back(keys.Of(shape).value);
    exchanges.push_back(Chat("Key " + planted.back() + " of " + std::to_string(shape), "It is " + planted.back()));
    exchanges.push_back(StreamedChat("Which " + std::to_string(shape) + "?", "It is " + planted.back()));
  }
  const std::string path = folder / "Keys.reprise";
  WriteCassette(path, exchanges);
  const Ran scan = RunWords({"scan", path});
  EXPECT_EQ(scan.code, 5);
  EXPECT_THAT(scan.out, HasSubstr("exchange 1: openai-key at /request/body/messages/"));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"scan", path},
                                                {"scan", path, "--json"},
                                                {"show", path},
                                                {"show", path, "--all", "--full"},
                                                {"show", path, "--json"},
                                                {"ls", path},
                                                {"ls", path, "--json"},
                                                {"audit", path},
                                                {"fsck", path}}) {
    const Ran ran = RunWords(words);
    for (const std::string& key : planted) {
      ASSERT_THAT(ran.out + ran.err, Not(HasSubstr(key))) << words[0];
      ASSERT_THAT(ran.out + ran.err, Not(HasSubstr(key.substr(0, 24)))) << words[0] << ": not even its beginning";
    }
    if (words.back() == "--json") {
      EXPECT_TRUE(wire::JsonTree::Parse(ran.out).ok()) << words[0];
    }
  }
  EXPECT_EQ(RunWords({"scan", folder / "Nothing.reprise"}).code, 3);
}

TEST(SinksOfSecrets, ScanReadsFilesOfAnyKindAndHonoursExceptions) {
  CanaryKeys keys(22);
  support::TempFolder folder;
  folder.Write("golden.txt", "fine\n" + keys.Of(4).value + "\n");
  folder.Write("clean.txt", "nothing\n");
  EXPECT_EQ(RunWords({"scan", folder / "golden.txt"}).code, 5);
  EXPECT_EQ(RunWords({"scan", folder / "clean.txt"}).code, 0);
  const std::string key = keys.Of(0).value;
  Rules rules;
  rules.allow_secret = {"openai-key /reply/body"};
  WriteCassette(folder / "a.reprise", {Chat("Which?", key)}, CassetteWriter::Form::kZstd, rules);
  EXPECT_EQ(RunWords({"scan", folder / "a.reprise"}).code, 0);
  WriteCassette(folder / "b.reprise", {Chat(key, "That?")}, CassetteWriter::Form::kZstd, rules);
  EXPECT_EQ(RunWords({"scan", folder / "b.reprise"}).code, 5);
  EXPECT_EQ(RunWords({"scan", folder.path()}).code, 5);
}

}  // namespace
}  // namespace reprise::cli
