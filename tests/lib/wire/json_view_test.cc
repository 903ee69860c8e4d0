#include "lib/wire/json_view.h"

#include <gtest/gtest.h>

namespace reprise::wire {
namespace {

TEST(JsonView, WalksThroughMembersAndElements) {
  const auto tree = JsonTree::Parse(R"({"a":[1,{"b":"\u00e9"}],"n":null,"f":12.0,"e":1.2e1,"x":1.5,"big":1e300})");
  ASSERT_TRUE(tree.ok());
  const JsonView root(*tree);
  ASSERT_EQ(root["a"].Elements().size(), 2u);
  EXPECT_EQ(root["a"].Elements()[0].Integer(), 1);
  EXPECT_EQ(root["a"].Elements()[1]["b"].Text(), "é");
  EXPECT_EQ(root["f"].Integer(), 12);
  EXPECT_EQ(root["e"].Integer(), 12);
  EXPECT_EQ(root["x"].Integer(), std::nullopt);
  EXPECT_EQ(root["x"].Number(), 1.5);
  EXPECT_EQ(root["big"].Integer(), std::nullopt);
  EXPECT_EQ(root.Members().size(), 6u);
  EXPECT_EQ(root.Members()[0].first, "a");
}

TEST(JsonView, OfNothingGivesNothing) {
  const auto tree = JsonTree::Parse(R"({"n":null,"s":"text"})");
  ASSERT_TRUE(tree.ok());
  const JsonView root(*tree);
  EXPECT_FALSE(root["n"]);
  EXPECT_FALSE(root["absent"]);
  EXPECT_FALSE(root["absent"]["deeper"]);
  EXPECT_FALSE(root["s"]["deeper"]);
  EXPECT_TRUE(root["s"].Elements().empty());
  EXPECT_TRUE(root["s"].Members().empty());
  EXPECT_EQ(root["s"].Integer(), std::nullopt);
  EXPECT_EQ(root["absent"].TextOrRaw(), "");
  EXPECT_EQ(root["n"].TextOrRaw(), "");
  EXPECT_EQ(root.TextOrRaw(), R"({"n":null,"s":"text"})");
  EXPECT_EQ(JsonView().Raw(), "");
}

}  // namespace
}  // namespace reprise::wire
