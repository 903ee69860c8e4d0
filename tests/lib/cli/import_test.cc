// import: what the real program does with recordings of other recorders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lib/base/file_system.h"
#include "reprise/cassette.h"
#include "tests/lib/cli/program.h"

namespace reprise::cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTwo[] = R"(interactions:
- request:
    body: '{"model": "gpt-4o-mini", "messages": []}'
    headers: {Content-Type: [application/json], Authorization: [Bearer x]}
    method: POST
    uri: https://api.openai.com/v1/chat/completions
  response:
    body: {string: '{"model": "gpt-4o-mini-2024-07-18"}'}
    headers: {Content-Encoding: [gzip]}
    status: {code: 200, message: OK}
- request: {body: null, headers: {}, method: GET, uri: 'http://localhost:8000/v1/models?key=abc'}
)";
constexpr char kOne[] = R"({"log": {"entries": [{"request": {"method": "GET", "url": "http://localhost:8000/v1/models"},
  "response": {"status": 200, "headers": [], "content": {"text": "{}"}}}]}})";

class Import : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(base::WriteFileAtomically(folder_ / name, bytes).ok());
  }
  std::string Read(const std::string& name) { return base::ReadFile(folder_ / name).value(); }
  Ran Reprise(const std::vector<std::string>& words) { return RunReprise(words, {.folder = folder_.path()}); }
  std::vector<Exchange> Exchanges(const std::string& name) {
    std::vector<Exchange> all;
    auto reader = CassetteReader::Open(folder_ / name);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return all;
    session_ = (*reader)->head().session;
    rules_ = (*reader)->head().rules;
    EXPECT_TRUE((*reader)
                    ->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
                      all.push_back(std::move(exchange));
                      return true;
                    })
                    .ok());
    return all;
  }
  TemporaryFolder folder_;
  std::string session_;
  Rules rules_;
};

TEST_F(Import, AFolderIsMirroredAndWhatCannotBeImportedIsListed) {
  Write("old/chat/two.yaml", kTwo);
  Write("old/one \xC3\xA9.har", kOne);
  Write("old/notes.json", "{\"a\": 1}");
  Write("old/readme.txt", "no recording");
  const Ran ran = Reprise({"import", "old", "--to", "new"});
  EXPECT_EQ(ran.code, 1);
  ExpectApproved("import", ran.out);
  EXPECT_THAT(ran.err, HasSubstr("no recording: old/notes.json: no recording in a format that is known"));
  const auto two = Exchanges("new/chat/two.reprise");
  ASSERT_EQ(two.size(), 1u);
  EXPECT_EQ(session_, "two");
  EXPECT_EQ(two[0].request.endpoint, "openai");
  EXPECT_EQ(two[0].model.answered, "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(Exchanges("new/one \xC3\xA9.reprise").size(), 1u);
  EXPECT_EQ(Reprise({"fsck", "new"}).code, 0);
}

TEST_F(Import, JsonTellsTheSame) {
  Write("two.yml", kTwo);
  const Ran ran = Reprise({"import", "two.yml", "--to", ".", "--json"});
  EXPECT_EQ(ran.code, 1);
  const json out = json::parse(ran.out);
  EXPECT_EQ(out["schema"], "reprise.import/1");
  const json& file = out["files"][0];
  EXPECT_EQ(file["cassette"], "./two.reprise");
  EXPECT_EQ(file["format"], "vcrpy");
  EXPECT_EQ(file["entries"], 2);
  EXPECT_EQ(file["imported"], 1);
  EXPECT_EQ(file["refused"][0]["entry"], 2);
  EXPECT_EQ(file["refused"][0]["url"], "http://localhost:8000/v1/models?key=***");
  EXPECT_EQ(file["refused"][0]["reason"], "the entry holds no reply");
  EXPECT_EQ(file["notes"][0]["entry"], 1);
}

TEST_F(Import, NothingIsReplacedUnasked) {
  Write("one.har", kOne);
  Write("new/one.reprise", "precious");
  Ran ran = Reprise({"import", "one.har", "--to", "new"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("new/one.reprise: exists already"));
  EXPECT_EQ(Read("new/one.reprise"), "precious");
  ran = Reprise({"import", "one.har", "--to", "new", "--force", "--form", "text"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Read("new/one.reprise"), HasSubstr("{\"reprise\":1"));
  Write("other/one.reprise.jsonl", "x");
  EXPECT_EQ(Reprise({"import", "one.har", "--to", "other", "--force"}).code, 2);
}

TEST_F(Import, TwoFilesNeverShareACassette) {
  Write("old/one.har", kOne);
  Write("old/one.yaml", kTwo);
  const Ran ran = Reprise({"import", "old", "--to", "new"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("would come of both old/one.har and old/one.yaml"));
  EXPECT_FALSE(base::Exists(folder_ / "new"));
}

TEST_F(Import, TheProjectFileSaysWhatHostsAreCalledAndTheCommandLineWins) {
  std::string one = kOne;
  Write("one.har", one.replace(one.find("/models"), 7, "/models?trace=abc"));
  Write("new/reprise.json",
        R"({"endpoints": {"vllm": {"format": "openai.chat", "upstream": "http://localhost:8000/v1"}},
                                "rules": {"ignore_query": ["trace"], "ignore_body": ["/user"]}})");
  EXPECT_EQ(Reprise({"import", "one.har", "--to", "new"}).code, 0);
  auto all = Exchanges("new/one.reprise");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].request.endpoint, "vllm");
  EXPECT_EQ(all[0].request.format, "openai.chat");
  EXPECT_THAT(rules_.ignore_query, ElementsAre("trace"));
  EXPECT_EQ(all[0].key, KeyOf(all[0].request, 0, rules_));
  EXPECT_EQ(Reprise({"fsck", "new"}).code, 0) << "the keys are those of the rules in the head";
  EXPECT_EQ(Reprise({"import", "one.har", "--to", "new", "--force", "--endpoint", "localhost:8000=judge"}).code, 0);
  EXPECT_EQ(Exchanges("new/one.reprise")[0].request.endpoint, "judge");
  EXPECT_EQ(Reprise({"import", "one.har", "--to", "x", "--endpoint", "localhost:8000"}).code, 2);
}

TEST_F(Import, BadInputIsOneSentenceAndNoCassette) {
  Write("bad.yaml", "a: 'b");
  Ran ran = Reprise({"import", "bad.yaml", "--to", "new"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("reprise: bad.yaml: no YAML that can be read: line 1"));
  EXPECT_FALSE(base::Exists(folder_ / "new"));
  EXPECT_EQ(Reprise({"import", "absent.yaml", "--to", "new"}).code, 2);
  ran = Reprise({"import", "bad.yaml"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--to DIR"));
  Write("none.yaml", "interactions: []\nversion: 1\n");
  ran = Reprise({"import", "none.yaml", "--to", "new"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("nothing to import"));
  EXPECT_FALSE(base::Exists(folder_ / "new"));
}

TEST_F(Import, ACredentialThatWouldReachTheCassetteStopsItsEntryOnly) {
  const std::string secret = "sk-abcdefghijklmnopqrstuvwxyz";
  std::string file = kTwo;
  file.replace(file.find("Bearer x"), 8, "Bearer " + secret);
  file.replace(file.find("\"messages\": []"), 14, "\"user\": \"" + secret + "\"");
  Write("two.yaml", file);
  const Ran ran = Reprise({"import", "two.yaml", "--to", "new"});
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.out, HasSubstr("would be stored at /request/body"));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(secret)));
  EXPECT_FALSE(base::Exists(folder_ / "new"));
}

}  // namespace
}  // namespace reprise::cli
