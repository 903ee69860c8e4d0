// Tests of code that speaks HTTP: its base URL points at reprise, and nothing else about it changes.
//
//   REPRISE_MODE=record OPENAI_API_KEY=... ./translator_test     # once; then it runs without key and network
//   REPRISE_RESPLIT=random ./translator_test                     # streams cut at other places, to try the parser
#include "examples/translator/translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdlib>

namespace {

using ::testing::IsEmpty;
using ::testing::Not;

std::string Key() {
  const char* key = std::getenv("OPENAI_API_KEY");
  return key == nullptr ? "any-will-do-in-replay" : key;
}

TEST(Translator, Translates) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi), Key());
  EXPECT_THAT(translator.ToFrench("Ada met Grace."), Not(IsEmpty()));
}

TEST(Translator, StreamsWhatItSays) {
  const Translator translator(reprise::Current().BaseUrl(reprise::OpenAi), Key());
  std::string seen;
  const std::string answer =
      translator.ToFrench("Ada met Grace.", [&seen](const std::string& words) { seen += words; });
  EXPECT_THAT(answer, Not(IsEmpty()));
  EXPECT_EQ(seen, answer);
}

// The URL is the same for the whole program, so a client may outlive its test.
TEST(Translator, MayBeSharedByTests) {
  static const Translator shared(reprise::BaseUrl(reprise::OpenAi), Key());
  EXPECT_THAT(shared.ToFrench("Grace met Ada."), Not(IsEmpty()));
}

}  // namespace
