// Fifty tests of a user's, over HTTP, of every format that is known, with replies out of the ordinary, a client that is
// older than main, and questions asked once for a whole suite.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <tuple>

#include "tests/e2e/programs/suite.h"

namespace {

using reprise::e2e::Answer;
using reprise::e2e::Kept;
using reprise::e2e::Post;
using reprise::e2e::Translator;
using ::testing::HasSubstr;
using ::testing::Not;

struct Format {
  const char* name;
  const reprise::Endpoint* endpoint;
  const char* whole;  // path of a whole reply, and of a streamed one
  const char* streamed;
  const char* body;  // S: true or false, Q: the question
};

const Format kFormats[] = {
    {"OpenAi", &reprise::OpenAi, "/chat/completions", "/chat/completions",
     R"({"model":"fake-small","stream":S,"messages":[{"role":"user","content":"Q"}]})"},
    {"Anthropic", &reprise::Anthropic, "/v1/messages", "/v1/messages",
     R"({"model":"fake-small","stream":S,"max_tokens":99,"messages":[{"role":"user","content":"Q"}]})"},
    {"Gemini", &reprise::Gemini, "/v1beta/models/fake-small:generateContent",
     "/v1beta/models/fake-small:streamGenerateContent?alt=sse",
     R"({"contents":[{"role":"user","parts":[{"text":"Q"}]}]})"},
    {"OllamaChat", &reprise::Ollama, "/api/chat", "/api/chat",
     R"({"model":"fake-small","stream":S,"messages":[{"role":"user","content":"Q"}]})"},
    {"OllamaGenerate", &reprise::Ollama, "/api/generate", "/api/generate",
     R"({"model":"fake-small","stream":S,"prompt":"Q"})"},
};

class Desk : public ::testing::TestWithParam<std::tuple<Format, bool, int>> {};
INSTANTIATE_TEST_SUITE_P(All, Desk,
                         ::testing::Combine(::testing::ValuesIn(kFormats), ::testing::Bool(), ::testing::Range(0, 4)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param).name) +
                                  (std::get<1>(test.param) ? "Streamed" : "Whole") +
                                  std::to_string(std::get<2>(test.param));
                         });

TEST_P(Desk, IsAnswered) {
  const auto& [format, streamed, number] = GetParam();
  std::string body = format.body;
  const auto put = [&body](const char* what, const std::string& value) {
    if (const std::size_t at = body.find(what); at != std::string::npos) body.replace(at + 1, 1, value);
  };
  put(":S", streamed ? "true" : "false");
  put("\"Q\"", "Where is parcel " + std::to_string(number) + "?");
  const std::string url = reprise::Current().BaseUrl(*format.endpoint);
  // A conversation as long as its number says.
  for (int turn = 0; turn <= number; ++turn) {
    const Answer answer = Kept(Post(url, streamed ? format.streamed : format.whole, body));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, Not(HasSubstr("\"error\"")));
  }
}

class Oddities : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, Oddities,
                         ::testing::Values("broken", "error-midstream", "no-done", "leading-space", "gzip"));

TEST_P(Oddities, AreReplayedAsTheyCame) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi));
  EXPECT_NE(Kept(translator.Ask("Tell me a long story.", true, GetParam())).body, "");
  EXPECT_EQ(Kept(translator.Ask("And a short one.")).status, 200);
}

const Translator kOlder(reprise::BaseUrl(reprise::OpenAi));

TEST(Older, AsksFirst) { EXPECT_EQ(Kept(kOlder.Ask("first")).status, 200); }
TEST(Older, AsksSecond) { EXPECT_EQ(Kept(kOlder.Ask("second", true)).status, 200); }

// With one process a test, as ctest runs them, each asks again what is asked for the suite.
class Shared : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { EXPECT_EQ(kOlder.Ask("for the suite").status, 200); }
};
TEST_F(Shared, One) {
  if (const char* gate = std::getenv("E2E_GATE"); gate != nullptr) {
    std::printf("at the gate\n");
    std::fflush(stdout);
    ::close(::open(gate, O_RDONLY));  // returns when the driver opens it too
  }
  EXPECT_EQ(Kept(kOlder.Ask("one")).status, 200);
}
TEST_F(Shared, Two) { EXPECT_EQ(Kept(kOlder.Ask("two")).status, 200); }
TEST_F(Shared, Three) { EXPECT_EQ(Kept(kOlder.Ask("three", true)).status, 200); }

}  // namespace
