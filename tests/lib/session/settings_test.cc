#include "lib/session/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace reprise::session {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

RawSetting Flag(std::string name, std::string value) {
  return {Place::kCommandLine, name, std::move(value), "--reprise_" + name};
}
RawSetting Env(std::string name, std::string value) {
  return {Place::kEnvironment, name, std::move(value), "REPRISE_" + name};
}
RawSetting Code(std::string name, std::string value) {
  return {Place::kCode, std::move(name), std::move(value), "chat_test.cc:14"};
}
RawSetting File(std::string name, std::string value) {
  return {Place::kProjectFile, std::move(name), std::move(value), "/src/reprise.json"};
}

TEST(Settings, WithoutAnythingSaidTheModeIsReplay) {
  const Result<Settings> settings = Settings::Resolve({}, nullptr, "");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->mode().mode, Mode::kReplay);
  EXPECT_EQ(settings->Of("mode").won.place, Place::kDefault);
  EXPECT_EQ(settings->Value("takes"), "fail");
  EXPECT_FALSE(settings->Flag("accept"));
}

TEST(Settings, TheStrongerPlaceWinsAndRemembersWhomItBeat) {
  std::vector<RawSetting> given = {File("mode", "verify"), Code("mode", "replay"), Env("mode", "record"),
                                   Flag("mode", "live")};
  const Mode expected[] = {Mode::kLive, Mode::kRecord, Mode::kReplay, Mode::kVerify};
  for (const Mode mode : expected) {
    const Result<Settings> settings = Settings::Resolve(given, nullptr, "");
    ASSERT_TRUE(settings.ok()) << settings.status();
    EXPECT_EQ(settings->mode().mode, mode);
    EXPECT_EQ(settings->Of("mode").won.where, given.back().where);
    EXPECT_EQ(settings->Of("mode").beaten.size(), given.size() - 1);
    given.pop_back();
  }
}

TEST(Settings, TheLastOfTwoFlagsWins) {
  EXPECT_EQ(Settings::Resolve({Flag("mode", "live"), Flag("mode", "record")}, nullptr, "")->mode().mode, Mode::kRecord);
}

TEST(Settings, WhatIsReadAtTheDecksStartIsTakenFromTheEnvironmentOnly) {
  EXPECT_EQ(Settings::Resolve({Env("log", "deck.log")}, nullptr, "")->Value("log"), "deck.log");
  for (const RawSetting& late : {Flag("log", "deck.log"), Code("modules", "lib")}) {
    const Result<Settings> settings = Settings::Resolve({late}, nullptr, "");
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(settings.status().kind(), ErrorKind::kUsage);
    EXPECT_EQ(settings.status().object(), late.where);
    EXPECT_THAT(settings.status().ToString(), HasSubstr("from the environment only"));
  }
}

TEST(Settings, AMisspelledModeNamesThePlaceAndTheNearest) {
  const Result<Settings> settings = Settings::Resolve({Env("mode", "replya")}, nullptr, "");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.status().ToString(),
              AllOf(HasSubstr("REPRISE_mode"), HasSubstr("\"replya\" is no mode"),
                    HasSubstr("did you mean \"replay\"?"), HasSubstr("replay, record, extend, verify, live")));
}

TEST(Settings, AMisspelledSettingNamesTheNearest) {
  const Result<Settings> settings = Settings::Resolve({Flag("moed", "record")}, nullptr, "");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.status().ToString(),
              AllOf(HasSubstr("--reprise_moed"), HasSubstr("did you mean \"mode\"?"), HasSubstr("cassettes")));
  EXPECT_THAT(Settings::Resolve({Flag("takes", "repaet")}, nullptr, "").status().ToString(),
              HasSubstr("did you mean \"repeat\"?"));
  EXPECT_FALSE(Settings::Resolve({Env("accept", "perhaps")}, nullptr, "").ok());
}

TEST(Settings, ABeatenValueMustBeGoodToo) {
  EXPECT_FALSE(Settings::Resolve({Flag("mode", "live"), Env("mode", "nonsense")}, nullptr, "").ok());
}

TEST(Settings, AModeAgainstARestrictionInCodeNamesBothPlaces) {
  const Result<Settings> settings =
      Settings::Resolve({Env("mode", "record"), Code("modes", "replay, verify")}, nullptr, "");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.status().ToString(), AllOf(HasSubstr("REPRISE_mode"), HasSubstr("chat_test.cc:14")));
  EXPECT_TRUE(Settings::Resolve({Env("mode", "verify"), Code("modes", "replay, verify")}, nullptr, "").ok());
  // Another place may allow less, never more.
  EXPECT_FALSE(
      Settings::Resolve({Env("mode", "record"), Code("modes", "replay"), Flag("modes", "record")}, nullptr, "").ok());
}

TEST(Settings, UnderCiModesThatWriteAreRefusedUnlessAskedForByName) {
  for (const char* mode : {"record", "extend"}) {
    const Result<Settings> settings = Settings::Resolve({Env("mode", mode)}, nullptr, "true");
    ASSERT_FALSE(settings.ok());
    EXPECT_THAT(settings.status().ToString(),
                AllOf(HasSubstr(mode), HasSubstr("REPRISE_mode"), HasSubstr("CI is set to \"true\""),
                      HasSubstr("REPRISE_CI_WRITES=1")));
    EXPECT_TRUE(Settings::Resolve({Env("mode", mode), Env("ci_writes", "1")}, nullptr, "true").ok());
    for (const char* no_ci : {"", "0", "false", "False"})
      EXPECT_TRUE(Settings::Resolve({Env("mode", mode)}, nullptr, no_ci).ok()) << no_ci;
  }
  for (const char* mode : {"replay", "verify", "live"})
    EXPECT_TRUE(Settings::Resolve({Env("mode", mode)}, nullptr, "true").ok());
  EXPECT_TRUE(Settings::Resolve({}, nullptr, "1")->source_tree_locked());
  EXPECT_FALSE(Settings::Resolve({Env("ci_writes", "1")}, nullptr, "1")->source_tree_locked());
}

TEST(Settings, VariablesThatAreNearlyOursAreRefusedAndOthersLeftAlone) {
  const std::vector<RawSetting> raws =
      SettingsFromEnvironment({"REPRISE_MODE=record", "REPRISE_DECK=/x", "REPRISE_UNRELATED_THING=1", "PATH=/bin",
                               "REPRISE_CASETTES=/c", "BROKEN"});
  ASSERT_EQ(raws.size(), 2u);
  EXPECT_EQ(raws[0].name, "mode");
  EXPECT_EQ(raws[0].where, "REPRISE_MODE");
  const Result<Settings> settings = Settings::Resolve(raws, nullptr, "");
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.status().ToString(), AllOf(HasSubstr("REPRISE_CASETTES"), HasSubstr("\"cassettes\"")));
}

constexpr const char* kProject = R"({
  // Comments are allowed.
  "mode": "verify",
  "cassettes": "tests/cassettes",
  "endpoints": {
    "judge": {"format": "openai.chat", "upstream": "http://localhost:8000/v1", "credential_from": "JUDGE_KEY"}
  },
  "rules": {"ignore_body": ["/metadata"]},
  "limits": {"body_bytes": 1000},
  "takes": "repeat" /* so are these */
})";

TEST(ProjectFile, GivesSettingsEndpointsRulesAndLimits) {
  const Result<ProjectFile> file = ParseProjectFile(kProject, "/src/reprise.json");
  ASSERT_TRUE(file.ok()) << file.status();
  const Result<Settings> settings = Settings::Resolve({}, &*file, "");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->mode().mode, Mode::kVerify);
  EXPECT_EQ(settings->Of("mode").won.where, "/src/reprise.json");
  EXPECT_EQ(settings->Value("cassettes"), "/src/tests/cassettes");
  EXPECT_EQ(settings->Value("takes"), "repeat");
  EXPECT_EQ(settings->limits().body_bytes, 1000u);
  EXPECT_EQ(settings->rules().ignore_body, std::vector<std::string>{"/metadata"});
  const Result<Endpoint> judge = settings->ResolveEndpoint({"judge", "", "", ""}, ProcessEnvironment());
  ASSERT_TRUE(judge.ok()) << judge.status();
  EXPECT_EQ(judge->upstream, "http://localhost:8000/v1");
  EXPECT_EQ(judge->credential_from, "JUDGE_KEY");
}

TEST(ProjectFile, EachFaultIsOneSentenceWithTheFileAndTheMember) {
  const struct {
    const char* text;
    const char* words;
  } cases[] = {
      {"{\"moed\": \"replay\"}", "did you mean \"mode\"?"},
      {"{\"mode\": 3}", "\"mode\": is no string"},
      {"{\"mode\": \"replay\"", "parse error"},
      {"[]", "is no JSON object"},
      {"{\"accept\": true}", "cannot stand in a project file"},
      {"{\"limits\": {\"body_byte\": 1}}", "did you mean \"body_bytes\"?"},
      {"{\"limits\": {\"body_bytes\": -1}}", "is no whole number over 0"},
      {"{\"endpoints\": {\"a\": {\"fromat\": \"x\"}}}", "did you mean \"format\"?"},
      {"{\"endpoints\": {\"a\": {\"format\": 1}}}", "\"endpoints/a/format\": is no string"},
      {"{\"endpoints\": []}", "\"endpoints\""},
      {"{\"rules\": {\"ignore_bdy\": []}}", "\"rules\""},
  };
  for (const auto& [text, words] : cases) {
    const Result<ProjectFile> file = ParseProjectFile(text, "/src/reprise.json");
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_EQ(file.status().kind(), ErrorKind::kUsage);
    EXPECT_THAT(file.status().ToString(), AllOf(HasSubstr("/src/reprise.json"), HasSubstr(words))) << text;
  }
}

TEST(ProjectFile, IsSearchedUpwardButNotInAFolderThatAnybodyMayWrite) {
  std::string pattern = ::testing::TempDir() + "reprise-project-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  std::filesystem::create_directories(pattern + "/a/b");
  std::ofstream(pattern + "/a/reprise.json") << "{}";
  EXPECT_EQ(FindProjectFile(pattern + "/a/b"), pattern + "/a/reprise.json");
  ASSERT_EQ(::chmod((pattern + "/a").c_str(), 0777), 0);
  EXPECT_EQ(FindProjectFile(pattern + "/a/b"), "");
  std::filesystem::remove_all(pattern);
}

Environment Variables(std::map<std::string, std::string> values) {
  return [values](const std::string& name) { return values.count(name) != 0 ? values.at(name) : ""; };
}

TEST(Endpoints, OpenAiIsBuiltInAndFollowsItsBaseUrlVariable) {
  const Settings settings = Settings::Resolve({}, nullptr, "").value();
  Result<Endpoint> endpoint = settings.ResolveEndpoint({"openai", "", "", ""}, Variables({}));
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->upstream, "https://api.openai.com/v1");
  EXPECT_EQ(endpoint->format, "openai.chat");
  EXPECT_EQ(endpoint->credential_from, "OPENAI_API_KEY");
  endpoint =
      settings.ResolveEndpoint({"openai", "", "", ""}, Variables({{"OPENAI_BASE_URL", "http://localhost:9/v1"}}));
  EXPECT_EQ(endpoint->upstream, "http://localhost:9/v1");
}

TEST(Endpoints, AVariableOfTheProjectFileMovesItsEndpoint) {
  const ProjectFile file =
      ParseProjectFile(R"({"endpoints": {"judge": {"upstream": "http://h/v1", "base_url_from": "JUDGE_URL",
                                                  "credential_from": "JUDGE_KEY"}}})",
                       "reprise.json")
          .value();
  const Settings settings = Settings::Resolve({}, &file, "").value();
  EXPECT_EQ(settings.ResolveEndpoint({"judge", "", "", ""}, Variables({}))->upstream, "http://h/v1");
  const Result<Endpoint> moved =
      settings.ResolveEndpoint({"judge", "", "", ""}, Variables({{"JUDGE_URL", "http://other/v1"}}));
  EXPECT_EQ(moved->upstream, "http://other/v1");
  EXPECT_EQ(moved->credential_from, "JUDGE_KEY");
}

TEST(Endpoints, OneThatLivesNowhereNamesTheVariableToSet) {
  const Settings settings = Settings::Resolve({}, nullptr, "").value();
  const Result<Endpoint> azure = settings.ResolveEndpoint({"azure", "", "", ""}, Variables({}));
  ASSERT_FALSE(azure.ok());
  EXPECT_THAT(azure.status().ToString(), AllOf(HasSubstr("has no upstream"), HasSubstr("AZURE_OPENAI_ENDPOINT")));
}

TEST(Endpoints, AnotherUpstreamNeverGetsTheBuiltInCredential) {
  const Settings settings = Settings::Resolve({}, nullptr, "").value();
  const Result<Endpoint> endpoint =
      settings.ResolveEndpoint({"openai", "openai.chat", "http://elsewhere.example/v1", ""}, Variables({}));
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_EQ(endpoint->credential_from, "");
}

TEST(Endpoints, AnUnknownNameIsASentenceThatSaysWhereToNameIt) {
  const Settings settings = Settings::Resolve({}, nullptr, "").value();
  const Result<Endpoint> endpoint = settings.ResolveEndpoint({"opnai", "", "", ""}, Variables({}));
  ASSERT_FALSE(endpoint.ok());
  EXPECT_THAT(endpoint.status().ToString(), AllOf(HasSubstr("did you mean \"openai\"?"), HasSubstr("reprise.json")));
}

TEST(Settings, NumbersAreNumbers) {
  for (const auto& [name, sentence] : {std::pair("idle_timeout", "\"soon\" is no number of seconds"),
                                       std::pair("retries", "\"soon\" is no number of times")}) {
    const Result<Settings> settings =
        Settings::Resolve({{Place::kEnvironment, name, "soon", "REPRISE_X"}}, nullptr, "");
    ASSERT_FALSE(settings.ok());
    EXPECT_THAT(settings.status().ToString(), HasSubstr(sentence));
    EXPECT_EQ(Settings::Resolve({{Place::kEnvironment, name, "7", "REPRISE_X"}}, nullptr, "")->Number(name), 7);
  }
}

}  // namespace
}  // namespace reprise::session
