// The program as a whole: its reference page, its JSON, its settings.
#include "tests/lib/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/base/file_system.h"
#include "lib/cli/commands.h"
#include "lib/cli/help.h"
#include "tests/lib/cli/fixtures.h"

namespace reprise::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Paths of all members of a value, as the reference page writes them: "cassettes[].models[].asked".
void CollectPaths(const json& value, const std::string& path, std::set<std::string>& paths) {
  if (value.is_object()) {
    for (const auto& [name, member] : value.items())
      CollectPaths(member, path.empty() ? name : path + "." + name, paths);
  } else if (value.is_array()) {
    for (const json& element : value) CollectPaths(element, path + "[]", paths);
  } else {
    paths.insert(path);
  }
}

// A documented path may end in `.*` (any member), and a documented object stands for all that is in it.
bool Documents(const std::string& documented, const std::string& path) {
  const std::string stem = documented.size() > 2 && documented.substr(documented.size() - 2) == ".*"
                               ? documented.substr(0, documented.size() - 2)
                               : documented;
  return path == stem || path.rfind(stem + ".", 0) == 0;
}

class ProgramTest : public ::testing::Test {
 protected:
  Ran Reprise(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment = {}) {
    return RunReprise(words, {.folder = folder_.path(), .environment = environment});
  }
  void ExpectDocumented(const std::string& name, const std::vector<std::string>& words) {
    const Ran ran = Reprise(words);
    const json value = json::parse(ran.out, nullptr, false);
    ASSERT_FALSE(value.is_discarded()) << name << "\n" << ran.out << ran.err;
    for (const auto& command : TheProgram().commands) {
      const CommandInfo info = command->Info();
      if (info.name != name) continue;
      EXPECT_EQ(value["schema"], info.json_schema);
      std::set<std::string> paths;
      CollectPaths(value, "", paths);
      paths.erase("schema");
      for (const std::string& path : paths) {
        const bool documented = std::any_of(info.json.begin(), info.json.end(),
                                            [&](const JsonMember& member) { return Documents(member.path, path); });
        EXPECT_TRUE(documented) << name << " prints " << path << ", and its help does not say so";
      }
      return;
    }
    FAIL() << "no command " << name;
  }
  TemporaryFolder folder_;
};

TEST_F(ProgramTest, TheReferencePageIsWhatTheProgramSays) {
  const std::string page = REPRISE_SOURCE_DIR "/docs/reprise.md";
  const Ran ran = Reprise({"help", "--markdown"});
  EXPECT_EQ(ran.code, 0);
  const char* approve = std::getenv("REPRISE_APPROVE");
  if (approve != nullptr && std::string(approve) == "1") {
    ASSERT_TRUE(base::WriteFileAtomically(page, ran.out).ok());
  }
  EXPECT_EQ(base::ReadFile(page).value(), ran.out)
      << "docs/reprise.md has drifted from the commands; `reprise help --markdown > docs/reprise.md` writes it anew";
}

TEST_F(ProgramTest, EveryCommandHasHelpThatBeginsWithExamples) {
  for (const auto& command : TheProgram().commands) {
    const Ran ran = Reprise({command->Info().name, "--help"});
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "");
    EXPECT_LT(ran.out.find("\nExamples\n"), ran.out.find("\nUsage\n")) << ran.out;
    EXPECT_THAT(Reprise({"help", "--markdown"}).out, HasSubstr("\n## reprise " + command->Info().name + "\n"));
    for (const JsonMember& member : command->Info().json) EXPECT_NE(member.meaning, "") << member.path;
  }
  ExpectApproved("help", Reprise({"--help"}).out);
  ExpectApproved("help_show", Reprise({"show", "--help"}).out);
}

TEST_F(ProgramTest, JsonHasTheDocumentedShape) {
  Exchange odd = Opaque("\xff\x01");
  odd.request.body = "\xfe";
  odd.auth = 1;
  odd.left = 3;
  odd.masked = {"request url key"};
  odd.reply.end = BrokenEnd{"reset", 2};
  odd.reply.reason = "Fine by me";
  odd.reply.version = "1.0";
  odd.reply.trailers = {{"X-Sum", "9"}};
  odd.reply.exact = false;
  odd.reply.coding = {"gzip"};
  odd.at = "2026-11-23T14:00:00Z";
  odd.key = KeyOf(odd.request, 1, Ignoring("/metadata"));
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), StreamedChat("c", "d e"), ToolChat(), odd},
                CassetteWriter::Form::kZstd, Ignoring("/metadata"));
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "bad.reprise", "{\"reprise\":1}\n<<<<<<< a\n").ok());
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "worse.reprise", "x").ok());
  ASSERT_TRUE(base::WriteFileAtomically(
                  folder_ / "reprise.json",
                  R"({"mode":"verify","endpoints":{"judge":{"format":"openai.chat","upstream":"http://localhost:1/v1"},
                      "lost":{"format":"openai.chat"}},"rules":{"ignore_body":["/metadata"]}})")
                  .ok());
  ExpectDocumented("ls", {"ls", "--json"});
  ExpectDocumented("show", {"show", "a.reprise", "--json"});
  ExpectDocumented("fsck", {"fsck", "--json"});
  ExpectDocumented("audit", {"audit", "--json"});
  ExpectDocumented("doctor", {"doctor", "--json"});
  ExpectDocumented("config", {"config", "--json"});
}

TEST_F(ProgramTest, JsonOfAnExchangeIsComplete) {
  WriteCassette(folder_ / "a.reprise", {Chat("Hi \u202E", "Hello")});
  const json exchange = json::parse(Reprise({"show", "a.reprise", "--json"}).out)["exchanges"][0];
  EXPECT_EQ(exchange["request"]["body"], Chat("Hi \u202E", "Hello").request.body);
  EXPECT_EQ(exchange["reply"]["body"], Chat("Hi \u202E", "Hello").reply.body);
  EXPECT_EQ(exchange["reply"]["text"], "Hello");
  EXPECT_EQ(exchange["reply"]["usage"]["total_tokens"], 42);
  EXPECT_EQ(exchange["messages"][1]["text"], "Hi \u202E");
  EXPECT_EQ(exchange["parameters"]["seed"], 42);
  EXPECT_EQ(exchange["model"]["answered"], "gpt-4o-mini-2024-07-18");
}

TEST_F(ProgramTest, ConfigNamesThePlaceThatWonAndWhatItBeat) {
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "reprise.json", R"({"mode":"verify","takes":"repeat"})").ok());
  ASSERT_TRUE(base::MakeFolders(folder_ / "tests/chat").ok());
  const Ran ran = Reprise({"config", "tests/chat"}, {{"REPRISE_MODE", "extend"}, {"OPENAI_API_KEY", "sk-very-secret"}});
  EXPECT_EQ(ran.code, 0) << ran.err;
  std::string squeezed;  // columns are as wide as the folder's name
  for (const char c : ran.out)
    if (c != ' ' || squeezed.empty() || squeezed.back() != ' ') squeezed += c;
  const std::string file = folder_.path() + "/reprise.json";
  for (const std::string& line :
       {"project file " + file + "\n", "\nmode extend REPRISE_MODE verify (" + file + ") what a session does",
        "\ntakes repeat " + file + " - ", std::string("\nform auto default - "),
        std::string("\nopenai openai.chat https://api.openai.com/v1 OPENAI_API_KEY (set)\n")})
    EXPECT_THAT(squeezed, HasSubstr(line));
  EXPECT_THAT(ran.out, Not(HasSubstr("secret")));
}

TEST_F(ProgramTest, ConfigRefusesWhatATestWouldRefuse) {
  const Ran misspelled = Reprise({"config"}, {{"REPRISE_MODE", "replya"}});
  EXPECT_EQ(misspelled.code, 2);
  EXPECT_THAT(misspelled.err, HasSubstr("did you mean \"replay\"?"));
  const Ran locked = Reprise({"config"}, {{"REPRISE_MODE", "record"}, {"CI", "true"}});
  EXPECT_EQ(locked.code, 2);
  EXPECT_THAT(locked.err, HasSubstr("REPRISE_CI_WRITES=1"));
  EXPECT_THAT(Reprise({"config"}, {{"CI", "true"}}).out, HasSubstr("nothing is recorded"));
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "reprise.json", "{\"moed\":\"replay\"}").ok());
  EXPECT_THAT(Reprise({"config"}).err, HasSubstr("mode"));
  EXPECT_NE(Reprise({"config"}).code, 0);
}

// Lines of `reprise doctor`, by name: state, what was found and what to do.
std::map<std::string, std::string> Diagnosis(const Ran& ran) {
  std::map<std::string, std::string> lines;
  const json report = json::parse(ran.out, nullptr, false);
  for (const json& check : report["checks"])
    lines[check["name"]] = check["state"].get<std::string>() + ": " + check["found"].get<std::string>() + ". " +
                           check["next"].get<std::string>();
  return lines;
}

TEST_F(ProgramTest, DoctorFindsTheDeckAndItsModuleInTheBuild) {
  const Ran ran = Reprise({"doctor", "--json"}, {{"LANG", "C.UTF-8"}, {"LC_ALL", ""}});
  const auto lines = Diagnosis(ran);
  EXPECT_THAT(lines.at("deck"), ::testing::MatchesRegex("ok: /.*/libexec/reprise/reprise-deck, [0-9.]+\\. "));
  EXPECT_THAT(lines.at("module"), ::testing::MatchesRegex("ok: /.*/libexec/reprise/reprise-curl.so. "));
  EXPECT_EQ(lines.at("locale"), "ok: LANG=C.UTF-8. ");
  EXPECT_EQ(ran.code, 0) << ran.out;
  const Ran text = Reprise({"doctor"});
  EXPECT_THAT(text.out, HasSubstr("ok       deck         /"));
}

TEST_F(ProgramTest, DoctorNamesEachProblemWithItsNextStep) {
  const Ran ran = Reprise({"doctor", "--json"}, {{"REPRISE_DECK", "/bin/true"},
                                                 {"REPRISE_MODULES", "/nowhere"},
                                                 {"SSL_CERT_FILE", "/nope.pem"},
                                                 {"REPRISE_MODE", "record"},
                                                 {"CI", "true"}});
  EXPECT_EQ(ran.code, 3);
  const auto lines = Diagnosis(ran);
  EXPECT_THAT(lines.at("deck"), HasSubstr("problem: /bin/true does not run, or is another program"));
  EXPECT_THAT(lines.at("module"), HasSubstr("note: reprise-curl.so is not at /nowhere/reprise-curl.so"));
  EXPECT_THAT(lines.at("authorities"), HasSubstr("problem: SSL_CERT_FILE=/nope.pem does not exist"));
  EXPECT_THAT(lines.at("settings"), AllOf(HasSubstr("problem: mode"), HasSubstr("REPRISE_CI_WRITES=1")));
  EXPECT_THAT(lines.at("CI lock"), HasSubstr("ok: on (CI=true)"));
  EXPECT_THAT(lines.at("locale"), HasSubstr("note: LC_ALL=C is not UTF-8"));
}

TEST_F(ProgramTest, DoctorSeesWhatWaitsInTheFolder) {
  WriteCassette(folder_ / "c/a.reprise", {Chat("a", "b")});
  WriteCassette(folder_ / "c/a.reprise.new", {Chat("a", "c")});
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "goldens/A/b.txt.new", "x").ok());
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "c/d.reprise.incomplete", "").ok());
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / "reprise.json", "{").ok());
  const Ran ran = Reprise({"doctor", "--json"});
  EXPECT_EQ(ran.code, 3);
  const auto lines = Diagnosis(ran);
  EXPECT_THAT(lines.at("cassettes"), HasSubstr("1 file in ."));
  EXPECT_THAT(lines.at("unfinished"), HasSubstr("note: 1 recording not finished: ./c/d.reprise.incomplete"));
  EXPECT_THAT(lines.at("pending"), HasSubstr("note: 2 files for review: ./c/a.reprise.new, ..."));
  EXPECT_THAT(lines.at("project"), HasSubstr("problem: "));
}

TEST_F(ProgramTest, DoctorSeesWhetherGitHasTheFilter) {
  const auto git = [&](const std::string& words) {
    const std::string command = "cd '" + folder_.path() + "' && HOME=. GIT_CONFIG_NOSYSTEM=1 git " + words + " >&2";
    return std::system(command.c_str()) == 0;  // NOLINT: words of this test only
  };
  if (!git("init -q .")) GTEST_SKIP() << "git is not installed";
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b")});
  EXPECT_THAT(Diagnosis(Reprise({"doctor", "--json"})).at("git"), HasSubstr("note: no filter"));
  ASSERT_TRUE(base::WriteFileAtomically(folder_ / ".gitattributes", "*.reprise filter=reprise\n").ok());
  EXPECT_THAT(Diagnosis(Reprise({"doctor", "--json"})).at("git"), HasSubstr("note: .gitattributes asks"));
  ASSERT_TRUE(git("config filter.reprise.process 'reprise git filter'"));
  EXPECT_THAT(Diagnosis(Reprise({"doctor", "--json"})).at("git"), HasSubstr("ok: the filter is in force"));
}

TEST_F(ProgramTest, TheVersionIsTheProjects) {
  EXPECT_THAT(Reprise({"--version"}).out, ::testing::MatchesRegex("reprise [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace reprise::cli
