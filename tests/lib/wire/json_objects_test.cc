#include "lib/wire/json_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace reprise::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(JsonObjects, StandOneALineInAnArrayOrOneAfterTheOther) {
  for (const char* body : {"{\"a\":1}\n{\"b\":{}}\n", "[{\"a\":1}\n,\r\n{\"b\":{}}]", "{\"a\":1}{\"b\":{}}",
                           "\xEF\xBB\xBF  {\"a\":1} , {\"b\":{}} ]", "x {\"a\":1} y {\"b\":{}} \"z"}) {
    EXPECT_THAT(JsonObjectsIn(body), ElementsAre("{\"a\":1}", "{\"b\":{}}")) << body;
  }
  EXPECT_THAT(JsonObjectsIn(""), IsEmpty());
}

TEST(JsonObjects, BracesInTextsDoNotCount) {
  EXPECT_THAT(JsonObjectsIn(R"({"a":"}{\"}","b":"\\"}{"c":"["})"),
              ElementsAre(R"({"a":"}{\"}","b":"\\"})", R"({"c":"["})"));
}

TEST(JsonObjects, OverSeveralLinesIsOne) {
  EXPECT_THAT(JsonObjectsIn("{\n  \"a\": [\n    {\n},\n{} ],\n \"b\":\n{}\n}\n").size(), 1u);
}

TEST(JsonObjects, OneThatBreaksOffDoesNotTakeTheNextOnes) {
  for (const char* broken : {"{\"a\":\"text", "{\"a\":[1, }", "{]", "{\"a\":1", "{\"a\":{\"b\":1", "{\"a\":1,",
                             "{\"a\":[1", "{\"a\":[{\"b\":1}", "{", "}", "]", "[[", "\""}) {
    EXPECT_THAT(JsonObjectsIn(broken), ::testing::Not(::testing::Contains("{\"c\":2}")));
    const std::string body = broken + std::string("\n{\"c\":2}\n");
    EXPECT_THAT(JsonObjectsIn(body), ::testing::Contains("{\"c\":2}")) << broken;
  }
  EXPECT_THAT(JsonObjectsIn("{\"c\":2}\n{\"d\":"), ElementsAre("{\"c\":2}"));
}

}  // namespace
}  // namespace reprise::wire
