// What the demo compares byte for byte: each test writes the body it was given to a file of $DEMO_BYTES.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace {

void AskAndKeep(bool stream, const std::string& name) {
  const auto reply = reprise::Current().Ask(
      reprise::Chat("openai/fake-small-2024-07-18").User("Tell me about Byte Order.").Stream(stream));
  ASSERT_THAT(reply, reprise::IsOk());
  EXPECT_EQ(reply->status, 200);
  if (const char* folder = std::getenv("DEMO_BYTES")) {
    std::ofstream(std::string(folder) + "/" + name, std::ios::binary) << reply->body;
  }
}

TEST(Bytes, Whole) { AskAndKeep(false, "whole"); }
TEST(Bytes, Streamed) { AskAndKeep(true, "streamed"); }

}  // namespace
