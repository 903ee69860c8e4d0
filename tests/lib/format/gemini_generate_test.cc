#include "lib/format/gemini_generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace reprise::format {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

ChatRequest Chat() {
  ChatRequest chat;
  chat.model = "gemini-x";
  chat.turns = {{"user", "Hi", {}, ""}};
  return chat;
}

std::string Url(const ChatRequest& chat, const char* base) {
  const Result<Request> request = GeminiGenerate().Write(chat, base);
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? request->url : "";
}

std::string Body(const ChatRequest& chat) {
  const Result<Request> request = GeminiGenerate().Write(chat, "https://h");
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? request->body : "";
}

std::string Refusal(const ChatRequest& chat) {
  const Result<Request> request = GeminiGenerate().Write(chat, "https://h");
  return request.ok() ? "" : request.status().ToString();
}

Reply Read(const std::string& body, int status = 200) {
  Request request;
  request.method = "POST";
  request.url = "https://h/v1beta/models/gemini-x:generateContent";
  Reply reply;
  reply.status = status;
  reply.body = body;
  GeminiGenerate().ReadReply(request, reply);
  return reply;
}

TEST(GeminiRequest, NamesModelAndDeliveryInThePath) {
  ChatRequest chat = Chat();
  EXPECT_EQ(Url(chat, "https://h"), "https://h/v1beta/models/gemini-x:generateContent");
  EXPECT_EQ(Url(chat, "http://127.0.0.1:9/token/"), "http://127.0.0.1:9/token/v1beta/models/gemini-x:generateContent");
  EXPECT_EQ(Url(chat, "https://h/v1"), "https://h/v1/models/gemini-x:generateContent");
  EXPECT_EQ(Url(chat, "https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google"),
            "https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/"
            "gemini-x:generateContent");
  chat.stream = true;
  EXPECT_EQ(Url(chat, "https://h"), "https://h/v1beta/models/gemini-x:streamGenerateContent?alt=sse");
  EXPECT_EQ(Url(chat, "https://h?a=b"), "https://h/v1beta/models/gemini-x:streamGenerateContent?a=b&alt=sse");
  chat.model = "tunedModels/mine 1?";
  EXPECT_EQ(Url(chat, "https://h"), "https://h/v1beta/tunedModels/mine%201%3F:streamGenerateContent?alt=sse");
  EXPECT_EQ(GeminiGenerate().ReadRequest(*GeminiGenerate().Write(chat, "https://h"))->model, "tunedModels/mine 1?");
  EXPECT_EQ(GeminiGenerate().Credential("AIza", ""), (Header{"x-goog-api-key", "AIza"}));
  EXPECT_EQ(GeminiGenerate().Credential("ya29.x", ""), (Header{"Authorization", "Bearer ya29.x"}));
}

TEST(GeminiRequest, WritesTurnsAsContents) {
  ChatRequest chat = Chat();
  chat.turns.insert(chat.turns.begin(), {"system", "Be brief.", {}, ""});
  chat.turns.push_back({"assistant", "", {{"", "add", R"({"a":1})"}, {"i2", "now", ""}}, ""});
  chat.turns.push_back({"tool", "2", {}, ""});
  chat.turns.push_back({"tool", R"({"at":"noon"})", {}, "i2"});
  EXPECT_EQ(
      Body(chat),
      R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]},)"
      R"({"role":"model","parts":[{"functionCall":{"name":"add","args":{"a":1}}},)"
      R"({"functionCall":{"id":"i2","name":"now","args":{}}}]},)"
      R"({"role":"user","parts":[{"functionResponse":{"name":"add","response":{"result":"2"}}},)"
      R"({"functionResponse":{"id":"i2","name":"now","response":{"at":"noon"}}}]}]})");
  chat.turns.push_back({"system", "Late.", {}, ""});
  EXPECT_THAT(Refusal(chat), HasSubstr("turn 6 (system)"));
  chat.turns = {{"tool", "2", {}, "x"}};
  EXPECT_THAT(Refusal(chat), HasSubstr("answers no call"));
  chat.turns = {{"system", "Alone.", {}, ""}};
  EXPECT_THAT(Refusal(chat), HasSubstr("no turn but system text"));
}

TEST(GeminiRequest, AResultMayNameItsCallByTheFunction) {
  ChatRequest chat = Chat();
  chat.turns.push_back({"assistant", "", {{"", "add", ""}, {"", "now", ""}}, ""});
  chat.turns.push_back({"tool", "noon", {}, "now"});
  EXPECT_THAT(Body(chat), HasSubstr(R"("functionResponse":{"name":"now","response":{"result":"noon"}})"));
}

TEST(GeminiRequest, TranslatesParameters) {
  ChatRequest chat = Chat();
  chat.parameters = {{"max_tokens", "9"},
                     {"temperature", "0"},
                     {"top_p", "0.5"},
                     {"seed", "42"},
                     {"stop", "\"END\""},
                     {"n", "2"},
                     {"presence_penalty", "1"},
                     {"logprobs", "true"},
                     {"top_logprobs", "3"},
                     {"thinkingConfig", "{\"thinkingBudget\":0}"},
                     {"safetySettings", "[]"},
                     {"response_format", R"({"type":"json_schema","json_schema":{"schema":{"type":"object"}}})"}};
  EXPECT_THAT(
      Body(chat),
      HasSubstr(
          R"("safetySettings":[],"generationConfig":{"maxOutputTokens":9,"temperature":0,"topP":0.5,"seed":42,)"
          R"("stopSequences":["END"],"candidateCount":2,"presencePenalty":1,"responseLogprobs":true,"logprobs":3,)"
          R"("thinkingConfig":{"thinkingBudget":0},"responseMimeType":"application/json",)"
          R"("responseJsonSchema":{"type":"object"}}})"));
  chat.parameters = {{"generationConfig", R"({"topK":1})"}, {"seed", "1"}};
  EXPECT_THAT(Body(chat), HasSubstr(R"("generationConfig":{"topK":1,"seed":1})"));
  chat.parameters.emplace_back("top_k", "2");
  EXPECT_THAT(Refusal(chat), HasSubstr("says \"topK\" twice"));
  for (const char* name : {"logit_bias", "user", "parallel_tool_calls", "reasoning_effort"}) {
    chat.parameters = {{name, "1"}};
    EXPECT_THAT(Refusal(chat), AllOf(HasSubstr(name), HasSubstr("Gemini has nothing like it")));
  }
}

TEST(GeminiRequest, TranslatesTools) {
  ChatRequest chat = Chat();
  chat.parameters = {
      {"tools",
       R"([{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object"}}},)"
       R"({"googleSearch":{}},{"type":"function","function":{"name":"now"}}])"},
      {"tool_choice", "\"required\""}};
  EXPECT_THAT(Body(chat),
              AllOf(HasSubstr(R"("tools":[{"functionDeclarations":[{"name":"add","description":"Adds.",)"
                              R"("parametersJsonSchema":{"type":"object"}},{"name":"now"}]},{"googleSearch":{}}])"),
                    HasSubstr(R"("toolConfig":{"functionCallingConfig":{"mode":"ANY"}})")));
  chat.parameters = {{"tool_choice", R"({"type":"function","function":{"name":"add"}})"}};
  EXPECT_THAT(Body(chat), HasSubstr(R"({"mode":"ANY","allowedFunctionNames":["add"]})"));
  chat.parameters = {{"tool_choice", "7"}};
  EXPECT_THAT(Refusal(chat), HasSubstr("tool_choice"));
}

TEST(GeminiRequest, ReadsAsAHumanWouldTellIt) {
  Request request;
  request.method = "POST";
  request.url = "https://h/v1beta/models/gemini-x:streamGenerateContent?alt=sse&key=********";
  request.body =
      R"({"contents":[{"parts":[{"text":"Look: "},{"inlineData":{"mimeType":"image/png","data":""}},
                                {"file_data":{"mime_type":"application/pdf"}}]},
          {"role":"model","parts":[{"text":"hm","thought":true},{"text":"I ask."},{"functionCall":{"name":"add","args":{"a": 1}}}]},
          {"role":"user","parts":[{"toolCall":{"id":"x"},"thoughtSignature":"c2ln"},{"function_response":{"name":"add","response":{"result": 2}}}]}],
          "system_instruction":{"parts":{"text":"Be brief."}},
          "tools":[{"functionDeclarations":[{"name":"add"},{"name":"now"}]},{"googleSearch":{}}],
          "generationConfig":{"temperature":0.50,"topK":1},"safetySettings":[]})";
  EXPECT_TRUE(GeminiGenerate().Recognises(request));
  const auto prompt = GeminiGenerate().ReadRequest(request);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->model, "gemini-x");
  EXPECT_TRUE(prompt->stream);
  ASSERT_EQ(prompt->messages.size(), 4u);
  EXPECT_EQ(prompt->messages[0].role, "system");
  EXPECT_EQ(prompt->messages[0].text, "Be brief.");
  EXPECT_EQ(prompt->messages[0].pointer, "/system_instruction");
  EXPECT_EQ(prompt->messages[1].role, "user");
  EXPECT_EQ(prompt->messages[1].text, "Look: [image][document]");
  EXPECT_EQ(prompt->messages[2].role, "model");
  EXPECT_EQ(prompt->messages[2].text, "[thinking]I ask.\n-> add({\"a\":1})");
  EXPECT_EQ(prompt->messages[3].text, "[toolCall]\n<- add: {\"result\":2}");
  EXPECT_EQ(prompt->messages[3].pointer, "/contents/2");
  EXPECT_THAT(prompt->tools, ElementsAre("add", "now", "googleSearch"));
  EXPECT_THAT(prompt->parameters, ElementsAre(Pair("generationConfig.temperature", "0.50"),
                                              Pair("generationConfig.topK", "1"), Pair("safetySettings", "[]")));
  for (const char* url : {"https://h/v1beta/models/m:countTokens", "https://h/v1beta/models/m:batchGenerateContent",
                          "https://h/v1beta/models", "https://h/x?y=:generateContent"}) {
    request.url = url;
    EXPECT_FALSE(GeminiGenerate().Recognises(request)) << url;
  }
}

TEST(GeminiReply, CountsThoughtsAsPartOfTheCompletionAndTheLastChunkAsTheTruth) {
  const Reply reply = Read(
      "data: {\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":50,\"totalTokenCount\":53}}\n\n"
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]},\"finishReason\":\"STOP\"}],"
      "\"usageMetadata\":{\"promptTokenCount\":3,\"thoughtsTokenCount\":7,\"totalTokenCount\":10},"
      "\"modelVersion\":\"models/gemini-x-001\"}\n\n");
  EXPECT_EQ(reply.usage.prompt_tokens, 3);
  EXPECT_EQ(reply.usage.completion_tokens, 7);
  EXPECT_EQ(reply.usage.total_tokens, 10);
  EXPECT_EQ(reply.model.asked, "gemini-x");
  EXPECT_EQ(reply.model.answered, "gemini-x-001");
}

TEST(GeminiReply, ABlockedPromptIsARefusal) {
  EXPECT_EQ(Read(R"({"promptFeedback":{"blockReason":"SAFETY"}})").refusal, "the prompt was blocked: SAFETY");
  EXPECT_EQ(Read(R"({"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"No."}})").refusal, "No.");
  EXPECT_EQ(Read(R"({"promptFeedback":{"safetyRatings":[]},"candidates":[]})").refusal, "");
}

TEST(GeminiReply, OddPathsOfArgumentsDoNoHarm) {
  const auto arguments = [](const std::string& partial) {
    const Reply reply = Read(R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[)" +
                             partial + "]}}]}}]}");
    return reply.tool_calls.empty() ? "none" : reply.tool_calls[0].arguments;
  };
  EXPECT_EQ(arguments(R"({"jsonPath":"$.a[1000000000]","numberValue":1})"), R"({"a":[1]})");
  EXPECT_EQ(arguments(R"({"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a.b","numberValue":2})"), R"({"a":1})");
  EXPECT_EQ(arguments(R"({"jsonPath":"$.a[","numberValue":1})"), "{}");
  EXPECT_EQ(arguments(R"({"jsonPath":"$","numberValue":1})"), "{}");
  EXPECT_EQ(arguments(R"({"jsonPath":"$[\"x.y\"][-1]","numberValue":1})"), R"({"x.y":[]})");
  EXPECT_EQ(arguments(R"({"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a","numberValue":2})"), R"({"a":"x"})");
}

TEST(GeminiReply, GoesBackPartByPartWhereOneIsSigned) {
  EXPECT_EQ(
      Read(R"({"candidates":[{"content":{"parts":[{"text":"Hm","thought":true},{"text":"A"},{"text":"b"},)"
           R"({"text":"C","thoughtSignature":"YQ=="},{"text":""},{"text":"","thoughtSignature":"Yg=="},)"
           R"({"text":"d"},{"inlineData":{"mimeType":"image/png","data":"eA=="}}]}}]})")
          .continuation,
      R"({"gemini.generate":[{"text":"Hm","thought":true},{"text":"Ab"},{"text":"C","thoughtSignature":"YQ=="},)"
      R"({"text":"","thoughtSignature":"Yg=="},{"text":"d"},{"inlineData":{"mimeType":"image/png","data":"eA=="}}]})");
  EXPECT_EQ(Read(R"({"candidates":[{"content":{"parts":[{"text":"Hm","thought":true},{"text":"A"}]}}]})").continuation,
            "")
      << "nothing is signed";
}

}  // namespace
}  // namespace reprise::format
