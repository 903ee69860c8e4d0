// A program that settles things in code, and asks before it should.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdio>
#include <cstring>

TEST(Configured, Asks) {
  EXPECT_THAT(reprise::Current().Ask(reprise::Chat("openai/tiny-1").User("Hi")), reprise::IsOk());
}

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  reprise::Init(&argc, argv);
  if (argc > 1 && std::strcmp(argv[1], "--ask-early") == 0) {
    const auto reply = reprise::Current().Ask(reprise::Chat("openai/tiny-1").User("Hi"));
    std::printf("early: %s\n", reply.status().ToString().c_str());
  }
  reprise::Configure(reprise::Settings().AllowModes({"replay", "verify"}).Cassettes("from-code"));  // RESTRICTED
  return RUN_ALL_TESTS();
}
