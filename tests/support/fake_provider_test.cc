#include "tests/support/fake_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/fake_chat.h"
#include "tests/support/text_generator.h"

namespace reprise::support {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr char kAsk[] =
    R"({"model":"fake-small","seed":7,"messages":[{"role":"user","content":"Where is my parcel?"}]})";

std::string With(const char* members) {
  Json request = Json::parse(kAsk);
  request.update(Json::parse(members));
  return request.dump();
}

std::string WholeText(const std::string& request) {
  return Json::parse(AnswerChat(request, 0).body)["choices"][0]["message"]["content"];
}

std::string StreamedText(const std::string& request) {
  std::string text;
  const ChatAnswer answer = AnswerChat(request, 0);
  for (const std::string& event : answer.events) {
    const Json chunk = Json::parse(event);
    for (const Json& choice : chunk["choices"]) {
      if (choice["index"] == 0) text += choice["delta"].value("content", "");
    }
  }
  return text;
}

TEST(TextGenerator, EqualSeedsGiveEqualTextAndOthersDiffer) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    EXPECT_EQ(GenerateAnswer("Where is my parcel?", seed), GenerateAnswer("Where is my parcel?", seed));
    seen.insert(GenerateAnswer("Where is my parcel?", seed));
  }
  EXPECT_GT(seen.size(), 195u);
}

TEST(TextGenerator, TokensJoinedAreTheTextAndNoneEndsInsideACharacter) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::string text =
        GenerateAnswer("Zürich with emoji, please", seed) + " Donaudampfschifffahrtsgesellschaft🙂🙂";
    std::string joined;
    for (const std::string& token : SplitIntoTokens(text)) {
      EXPECT_NE(static_cast<unsigned char>(token[0]) & 0xC0, 0x80) << token;
      joined += token;
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(TextGenerator, GivesAsManyBulletsAsThePromptAsksFor) {
  const std::string text = GenerateAnswer("Explain CRDTs in 4 bullets.", 1);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(text.rfind("- ", 0), 0u);
}

TEST(FakeChat, StreamedAndWholeSayTheSame) {
  EXPECT_EQ(StreamedText(With(R"({"stream":true})")), WholeText(kAsk));
  EXPECT_EQ(StreamedText(With(R"({"stream":true,"stream_options":{"include_usage":true},"n":3})")),
            WholeText(With(R"({"n":3})")));
}

TEST(FakeChat, OrderOfMembersDoesNotMatterButEveryValueDoes) {
  const std::string answer = WholeText(kAsk);
  EXPECT_EQ(
      WholeText(R"({"messages":[{"content":"Where is my parcel?","role":"user"}],"seed":7,"model":"fake-small"})"),
      answer);
  EXPECT_NE(WholeText(With(R"({"seed":8})")), answer);
  EXPECT_NE(WholeText(With(R"({"temperature":0.5})")), answer);
}

TEST(FakeChat, TextThatIsNoChatRequestIsRefusedWithoutACrash) {
  for (const char* bad : {"", "{", "[]", "null", "{}", R"({"model":1})", R"({"model":"m","messages":[]})",
                          R"({"model":"m","messages":[1]})", R"({"model":"m","messages":{}})", "{\"model\":\"\xff\"}",
                          R"({"model":"m","messages":[{"role":1}]})",
                          R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[3]})"}) {
    EXPECT_EQ(AnswerChat(bad, 0).status, 400) << bad;
  }
}

TEST(FakeProvider, AnswersOverHttpAndTellsWhatItSaw) {
  FakeProvider::Options options;
  options.log_file = ::testing::TempDir() + "fake_provider_log.jsonl";
  std::remove(options.log_file.c_str());
  const auto provider = FakeProvider::Start(options);
  ASSERT_NE(provider, nullptr);
  httplib::Client client("127.0.0.1", provider->port());
  const auto reply = client.Post("/v1/chat/completions", {{"X-Mine", "yes"}}, kAsk, "application/json");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(Json::parse(reply->body)["choices"][0]["message"]["content"], WholeText(kAsk));
  EXPECT_EQ(Json::parse(reply->body)["model"], "fake-small-2024-07-18");
  ASSERT_EQ(provider->requests().size(), 1u);
  EXPECT_EQ(provider->requests()[0].body, kAsk);
  EXPECT_EQ(provider->requests()[0].Header("x-mine"), "yes");
  std::ifstream log(options.log_file);
  std::string line;
  ASSERT_TRUE(std::getline(log, line));
  EXPECT_EQ(Json::parse(line)["body"], kAsk);
  EXPECT_EQ(client.Get("/v1/models")->status, 200);
  EXPECT_EQ(client.Get("/nothing")->status, 404);
}

TEST(FakeProvider, IdsDifferAtEachCallAndTextOnlyWhenItDrifts) {
  for (const bool drift : {false, true}) {
    FakeProvider::Options options;
    options.drift = drift;
    const auto provider = FakeProvider::Start(options);
    httplib::Client client("127.0.0.1", provider->port());
    const Json one = Json::parse(client.Post("/v1/chat/completions", kAsk, "application/json")->body);
    const Json two = Json::parse(client.Post("/v1/chat/completions", kAsk, "application/json")->body);
    EXPECT_NE(one["id"], two["id"]);
    EXPECT_EQ(one["choices"] == two["choices"], !drift);
  }
}

TEST(FakeProvider, FailsAsItsModelsAreNamed) {
  FakeProvider::Options options;
  options.key = "sk-right";
  const auto provider = FakeProvider::Start(options);
  httplib::Client client("127.0.0.1", provider->port());
  const auto post = [&](const char* model, const char* key) {
    return client.Post("/v1/chat/completions", {{"Authorization", std::string("Bearer ") + key}},
                       With((std::string(R"({"model":")") + model + "\"}").c_str()), "application/json");
  };
  for (const int status : {400, 401, 404, 429, 500}) {
    EXPECT_EQ(post(("error-" + std::to_string(status)).c_str(), "sk-right")->status, status);
  }
  EXPECT_EQ(post("fake-small", "sk-wrong")->status, 401);
  EXPECT_THAT(post("fake-small", "sk-wrong")->body, HasSubstr("****rong"));
  EXPECT_EQ(post("redirect-307", "sk-right")->get_header_value("Location"), "/moved");
  EXPECT_EQ(post("broken", "sk-right").error(), httplib::Error::Read);
}

}  // namespace
}  // namespace reprise::support
