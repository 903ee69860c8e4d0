// A test program with a crowd of its own replays through the client, and both stay themselves.
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include "crowd.h"

TEST(Crowded, ReplaysBesideItsOwnLibraries) {
  ASSERT_TRUE(CrowdIsItself());
  bool ran = false;
  const auto reply = reprise::Current().Record(reprise::Call("answer", R"({"question":"Who owns httplib?"})"), [&] {
    ran = true;
    return std::string("The program does.");
  });
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->text, "The program does.");
  EXPECT_FALSE(ran) << "the cassette should have answered";
  EXPECT_TRUE(CrowdIsItself());
}
