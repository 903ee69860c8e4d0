#include "lib/match/request_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/match/json_shape.h"

namespace reprise::match {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = RequestDifference::Kind;

Request Json(std::string body) {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = "http://h/v1/chat/completions";
  request.headers = {{"content-type", "application/json"}};
  request.body = std::move(body);
  return request;
}

RequestDiff Diff(const std::string& recorded, const std::string& asked, const Rules& rules = {}) {
  return DiffRequests(Json(recorded), 0, Json(asked), 0, rules);
}

// "~" changed, "+" added, "-" removed, ">" moved.
std::vector<std::string> Places(const RequestDiff& diff) {
  std::vector<std::string> out;
  for (const auto& d : diff.differences)
    out.push_back(std::string(1, "~+->"[static_cast<int>(d.kind)]) + d.part + " " + d.pointer +
                  (d.label.empty() ? "" : " | " + d.label));
  return out;
}

constexpr char kConversation[] =
    R"({"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"One?"},)"
    R"({"role":"assistant","content":"Yes."},{"role":"user","content":"Two?"}],"temperature":0})";

TEST(RequestDiff, EqualRequestsDifferNowhere) {
  EXPECT_THAT(Places(Diff(R"({"a":1.0,"b":["\u00e9"]})", R"( {"b":["é"], "a":1} )")), IsEmpty());
}

TEST(RequestDiff, NamesParameters) {
  const RequestDiff diff = Diff(R"({"seed":1,"top_p":0.5,"stop":null})", R"({"seed":2,"n":3,"stop":null})");
  EXPECT_THAT(Places(diff), ElementsAre("~body /seed", "-body /top_p", "+body /n"));
  EXPECT_EQ(diff.differences[0].recorded, "1");
  EXPECT_EQ(diff.differences[0].asked, "2");
  EXPECT_EQ(diff.differences[1].recorded, "0.5");
  EXPECT_EQ(diff.differences[2].asked, "3");
}

TEST(RequestDiff, NamesTheMessageAndThePlaceInItsText) {
  std::string asked = kConversation;
  asked.replace(asked.find("One?"), 4, "Ome?");
  const RequestDiff diff = Diff(kConversation, asked);
  ASSERT_THAT(Places(diff), ElementsAre("~body /messages/1/content | message 2 of 4 (user)"));
  ASSERT_TRUE(diff.differences[0].text.has_value());
  EXPECT_EQ(diff.differences[0].text->character, 2u);
  EXPECT_EQ(diff.differences[0].text->asked_word, "Ome?");
}

TEST(RequestDiff, AMessagePutInBetweenIsToldAsSuch) {
  std::string asked = kConversation;
  const std::string extra = R"({"role":"user","content":"Something quite different."},)";
  asked.insert(asked.find(R"({"role":"assistant")"), extra);
  EXPECT_THAT(Places(Diff(kConversation, asked)), ElementsAre("+body /messages/2 | message 3 of 5 (user)"));
  EXPECT_THAT(Places(Diff(asked, kConversation)), ElementsAre("-body /messages/2 | message 3 of 5 (user)"));
}

TEST(RequestDiff, AMessagePutInBetweenDoesNotHideAChangeBehindIt) {
  std::string asked = kConversation;
  asked.insert(asked.find(R"({"role":"assistant")"), R"({"role":"user","content":"Something else."},)");
  asked.replace(asked.find("Two?"), 4, "Two!");
  EXPECT_THAT(Places(Diff(kConversation, asked)), ElementsAre("+body /messages/2 | message 3 of 5 (user)",
                                                              "~body /messages/4/content | message 5 of 5 (user)"));
}

TEST(RequestDiff, MovedElementsAreToldAsMoved) {
  const auto tools = [](const char* a, const char* b, const char* c) {
    const auto tool = [](const std::string& name) {
      return R"({"type":"function","function":{"name":")" + name + R"(","description":"Gets the )" + name + R"("}})";
    };
    return R"({"tools":[)" + tool(a) + "," + tool(b) + "," + tool(c) + "]}";
  };
  const RequestDiff diff = Diff(tools("time", "weather", "news"), tools("weather", "news", "time"));
  EXPECT_THAT(Places(diff), ElementsAre(">body /tools/2 | tool \"time\""));
  EXPECT_EQ(diff.differences[0].recorded, "at /tools/0");
  EXPECT_EQ(diff.differences[0].asked, "at /tools/2");
}

TEST(RequestDiff, NamesToolsOfEveryProvider) {
  EXPECT_THAT(Places(Diff(R"({"tools":[{"type":"function","function":{"name":"f","description":"a"}}]})",
                          R"({"tools":[{"type":"function","function":{"name":"f","description":"b"}}]})")),
              ElementsAre("~body /tools/0/function/description | tool \"f\""));
  EXPECT_THAT(Places(Diff(R"({"tools":[{"name":"f","input_schema":{"properties":{"x":{"type":"string"}}}}]})",
                          R"({"tools":[{"name":"f","input_schema":{"properties":{"x":{"type":"number"}}}}]})")),
              ElementsAre("~body /tools/0/input_schema/properties/x/type | tool \"f\""));
  EXPECT_THAT(Places(Diff(R"({"tools":[{"functionDeclarations":[{"name":"f","description":"a"}]}]})",
                          R"({"tools":[{"functionDeclarations":[{"name":"f","description":"b"}]}]})")),
              ElementsAre("~body /tools/0/functionDeclarations/0/description | tool 1 of 1, tool \"f\""));
}

TEST(RequestDiff, NamesPartsWithinMessagesOfEveryProvider) {
  EXPECT_THAT(Places(Diff(R"({"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]}]})",
                          R"({"contents":[{"role":"user","parts":[{"text":"a"},{"text":"c"}]}]})")),
              ElementsAre("~body /contents/0/parts/1/text | message 1 of 1 (user), part 2 of 2"));
  EXPECT_THAT(Places(Diff(R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]})",
                          R"({"messages":[{"role":"user","content":[{"type":"text","text":"b"}]}]})")),
              ElementsAre("~body /messages/0/content/0/text | message 1 of 1 (user), part 1 of 1 (text)"));
}

TEST(RequestDiff, NamesCallsAndTheirResultsOfEveryProvider) {
  const auto blocks = [](const char* city, const char* result) {
    return R"({"messages":[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"t",)"
           R"("name":"find","input":{"city":")" +
           std::string(city) +
           R"("}}]},{"role":"user","content":[)"
           R"({"type":"tool_result","tool_use_id":"t","content":")" +
           result + R"("}]}]})";
  };
  EXPECT_THAT(Places(Diff(blocks("Paris", "2"), blocks("Oslo", "3"))),
              ElementsAre("~body /messages/0/content/1/input/city | message 1 of 2 (assistant), call \"find\"",
                          "~body /messages/1/content/0/content | message 2 of 2 (user), tool result 1 of 1"));
  const auto parts = [](const char* city, const char* result) {
    return R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"find","args":{"city":")" +
           std::string(city) + R"("}}}]},{"role":"user","parts":[{"functionResponse":{"name":"find","response":{"n":)" +
           result + R"(}}}]}]})";
  };
  EXPECT_THAT(Places(Diff(parts("Paris", "2"), parts("Oslo", "3"))),
              ElementsAre("~body /contents/0/parts/0/functionCall/args/city | message 1 of 2 (model), call \"find\"",
                          "~body /contents/1/parts/0/functionResponse/response/n | message 2 of 2 (user), "
                          "tool result \"find\""));
}

TEST(RequestDiff, NamesTheSystemTextAndThePromptWhereverTheyStand) {
  EXPECT_THAT(Places(Diff(R"({"system":"a"})", R"({"system":"b"})")), ElementsAre("~body /system | the system text"));
  EXPECT_THAT(Places(Diff(R"({"system":[{"type":"text","text":"a"}]})", R"({"system":[{"type":"text","text":"b"}]})")),
              ElementsAre("~body /system/0/text | the system text, part 1 of 1 (text)"));
  EXPECT_THAT(Places(Diff(R"({"systemInstruction":{"parts":[{"text":"a"}]}})",
                          R"({"systemInstruction":{"parts":[{"text":"b"}]}})")),
              ElementsAre("~body /systemInstruction/parts/0/text | the system text, part 1 of 1"));
  EXPECT_THAT(Places(Diff(R"({"prompt":"a"})", R"({"prompt":"b"})")), ElementsAre("~body /prompt | the prompt"));
}

TEST(RequestDiff, NamesTheModelThatAPathNames) {
  Request recorded = Json("{}"), asked = Json("{}");
  recorded.format = asked.format = "gemini.generate";
  recorded.url = "https://h/v1beta/models/gemini-2.5-flash:generateContent";
  asked.url = "https://h/v1beta/models/gemini-2.5-pro:generateContent";
  EXPECT_THAT(Places(DiffRequests(recorded, 0, asked, 0, {})), ElementsAre("~path  | the model"));
  asked.url = "https://h/v1/models/gemini-2.5-flash:generateContent";
  EXPECT_THAT(Places(DiffRequests(recorded, 0, asked, 0, {})), ElementsAre("~path "));
}

TEST(RequestDiff, StringAndPartsAreShownBesideEachOther) {
  const RequestDiff diff = Diff(R"({"messages":[{"role":"user","content":"hi"}]})",
                                R"({"messages":[{"role":"user","content":[ {"type":"text", "text":"hi"} ]}]})");
  ASSERT_THAT(diff.differences, SizeIs(1));
  EXPECT_EQ(diff.differences[0].recorded, R"("hi")");
  EXPECT_EQ(diff.differences[0].asked, R"([{"type":"text","text":"hi"}])");
}

TEST(RequestDiff, WhatARuleIgnoresIsNoDifference) {
  Rules rules;
  rules.ignore_body = {"/seed", "/messages/*/id"};
  EXPECT_THAT(Places(Diff(R"({"seed":1,"messages":[{"id":"a","content":"x"}]})",
                          R"({"messages":[{"id":"b","content":"x"}]})", rules)),
              IsEmpty());
  EXPECT_THAT(Places(Diff(R"({"seed":1,"messages":[{"id":"a","content":"x"}]})",
                          R"({"messages":[{"id":"b","content":"y"}]})", rules)),
              ElementsAre("~body /messages/0/content | message 1 of 1"));
}

TEST(RequestDiff, NamesEverythingBesideTheBody) {
  Request recorded = Json("{}"), asked = Json("{}");
  recorded.headers.push_back({"anthropic-version", "2023-06-01"});
  asked.headers.push_back({"Anthropic-Beta", "x"});
  asked.headers.push_back({"User-Agent", "never mentioned"});
  recorded.url += "?v=1&a=1&a=2&key=SECRET-ONE";
  asked.url = "http://other/v1/complete?v=2&a=2&a=1&key=SECRET-TWO";
  asked.method = "PUT";
  asked.endpoint = "judge";
  asked.format = "http";
  const RequestDiff diff = DiffRequests(recorded, 0, asked, 2, {});
  EXPECT_THAT(Places(diff), ElementsAre("~endpoint ", "~format ", "~method ", "~path ", "~query a", "~query v",
                                        "+header anthropic-beta", "-header anthropic-version", "~auth "));
  for (const auto& d : diff.differences) {
    EXPECT_EQ(d.recorded.find("SECRET"), std::string::npos);
    EXPECT_EQ(d.asked.find("SECRET"), std::string::npos);
  }
  EXPECT_EQ(diff.differences.back().recorded, "no credential");
  EXPECT_EQ(diff.differences.back().asked, "credential 2");
}

TEST(RequestDiff, OtherBodiesAreComparedAsTextOrBytes) {
  Request recorded = Json("not json"), asked = Json("not jsom");
  recorded.headers = asked.headers = {{"content-type", "text/plain"}};
  const RequestDiff text = DiffRequests(recorded, 0, asked, 0, {});
  ASSERT_THAT(text.differences, SizeIs(1));
  EXPECT_EQ(text.differences[0].text->asked_word, "jsom");
  asked.body = std::string("not \xFF\0", 6);
  const RequestDiff bytes = DiffRequests(recorded, 0, asked, 0, {});
  ASSERT_THAT(bytes.differences, SizeIs(1));
  EXPECT_EQ(bytes.differences[0].label, "from byte 4");
  EXPECT_EQ(bytes.differences[0].asked, "6 bytes");
}

TEST(RequestDiff, PartsOfAFormAreNumbered) {
  const auto form = [](const std::string& boundary, const std::string& data) {
    Request request =
        Json("--" + boundary + "\r\n\r\nsame\r\n--" + boundary + "\r\n\r\n" + data + "\r\n--" + boundary + "--\r\n");
    request.headers = {{"content-type", "multipart/form-data; boundary=" + boundary}};
    return request;
  };
  EXPECT_THAT(Places(DiffRequests(form("A", "x"), 0, form("B", "x"), 0, {})), IsEmpty());
  EXPECT_THAT(Places(DiffRequests(form("A", "x"), 0, form("B", "y"), 0, {})), ElementsAre("~body  | part 2"));
}

TEST(RequestDiff, ManyDifferencesAreCountedNotListed) {
  std::string recorded = "{", asked = "{";
  for (int i = 0; i < 100; ++i) {
    recorded += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
    asked += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":2";
  }
  const RequestDiff diff = Diff(recorded + "}", asked + "}");
  EXPECT_THAT(diff.differences, SizeIs(kMaxDifferences));
  EXPECT_EQ(diff.more, 100 - kMaxDifferences);
}

TEST(RequestDiff, LongArraysAreComparedPlaceByPlace) {
  std::string recorded = "[0", asked = "[0";
  for (int i = 1; i < 5000; ++i) recorded += "," + std::to_string(i), asked += "," + std::to_string(i + (i % 100 == 7));
  const RequestDiff diff = Diff(recorded + "]", asked + "]");
  EXPECT_EQ(diff.differences.size() + diff.more, 50u);
  EXPECT_EQ(Places(diff)[0], "~body /7");
}

TEST(JsonShape, SimilarityIsOfWordsAndPlaces) {
  const auto sketch = [](const std::string& text) {
    const auto tree = wire::JsonTree::Parse(text);
    const wire::PointerPatterns none;
    return JsonShape(*tree, none).Sketch(0, 1000);
  };
  EXPECT_EQ(Similarity(sketch(R"({"a":"b c","d":1})"), sketch(R"({"d":1.0,"a":"b c"})")), 1);
  EXPECT_EQ(Similarity(sketch(R"({"a":"x y z w"})"), sketch(R"({"a":"x y z v"})")), 0.75);
  EXPECT_EQ(Similarity(sketch(R"({"a":"x"})"), sketch(R"({"b":"x"})")), 0);
  EXPECT_EQ(sketch("\"" + std::string(100000, 'x') + "\"").size(), 1u);
}

}  // namespace
}  // namespace reprise::match
