// Two threads that ask the same question: each names a lane, so that replay gives each its own answer, in any order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <string>
#include <thread>

namespace {

std::string AskIn(const std::string& lane_name, const std::string& question) {
  const reprise::Lane lane(lane_name);
  const auto reply = reprise::Current().Ask(reprise::Chat("openai/fake-small-2024-07-18").User(question));
  return reply.ok() ? reply->text : "";
}

TEST(Workers, EachHaveTheirOwnAnswers) {
  std::string first, second;
  std::thread one([&] { first = AskIn("worker-1", "Name a quiet place in Lisbon."); });
  std::thread two([&] { second = AskIn("worker-2", "Name a quiet place in Oslo."); });
  one.join();
  two.join();
  EXPECT_THAT(first, testing::HasSubstr("Lisbon"));
  EXPECT_THAT(second, testing::HasSubstr("Oslo"));
}

}  // namespace
