#include "lib/format/error_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reprise::format {
namespace {

nlohmann::json Body(const std::string& format) {
  return nlohmann::json::parse(ErrorBody(format, 424, "not_recorded", "a \"word\"\nand more"));
}

TEST(ErrorBody, HasTheShapeThatTheSdkOfEachFormatReads) {
  const std::string said = "a \"word\"\nand more";
  EXPECT_EQ(Body("openai.chat")["error"]["message"], said);
  EXPECT_EQ(Body("openai.chat")["error"]["code"], "not_recorded");
  EXPECT_EQ(Body("anthropic.messages")["type"], "error");
  EXPECT_EQ(Body("anthropic.messages")["error"]["message"], said);
  EXPECT_EQ(Body("gemini.generate")["error"]["code"], 424);
  EXPECT_EQ(Body("gemini.generate")["error"]["message"], said);
  EXPECT_EQ(Body("ollama.chat")["error"], said);
  EXPECT_EQ(Body("http")["error"]["message"], said);
  EXPECT_EQ(Body("")["error"]["message"], said);
}

}  // namespace
}  // namespace reprise::format
