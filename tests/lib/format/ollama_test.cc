#include "lib/format/ollama.h"

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
  chat.model = "qwen3";
  chat.turns = {{"user", "Hi", {}, ""}};
  return chat;
}

std::string Body(const Adapter& adapter, const ChatRequest& chat) {
  const Result<Request> request = adapter.Write(chat, "http://h:11434");
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? request->body : "";
}

std::string Refusal(const Adapter& adapter, const ChatRequest& chat) {
  const Result<Request> request = adapter.Write(chat, "http://h:11434");
  return request.ok() ? "" : request.status().ToString();
}

Reply Read(const std::string& body, int status = 200) {
  Request request;
  request.body = R"({"model":"asked"})";
  Reply reply;
  reply.status = status;
  reply.body = body;
  OllamaChat().ReadReply(request, reply);
  return reply;
}

TEST(OllamaRequest, SaysWhetherItWantsAStreamBecauseOllamaWouldStream) {
  ChatRequest chat = Chat();
  EXPECT_EQ(Body(OllamaChat(), chat),
            R"({"model":"qwen3","messages":[{"role":"user","content":"Hi"}],"stream":false})");
  chat.stream = true;
  EXPECT_THAT(Body(OllamaChat(), chat), HasSubstr(R"("stream":true})"));
}

TEST(OllamaRequest, TranslatesParametersIntoOptions) {
  ChatRequest chat = Chat();
  chat.parameters = {{"max_tokens", "9"},   {"temperature", "0"},          {"seed", "42"},
                     {"stop", "\"END\""},   {"num_ctx", "4096"},           {"think", "false"},
                     {"keep_alive", "0"},   {"options", R"({"top_k":1})"}, {"logprobs", "true"},
                     {"top_logprobs", "2"}, {"tool_choice", "\"auto\""}};
  EXPECT_THAT(Body(OllamaChat(), chat),
              HasSubstr(R"("think":false,"keep_alive":0,"logprobs":true,"top_logprobs":2,"options":{"num_predict":9,)"
                        R"("temperature":0,"seed":42,"stop":["END"],"num_ctx":4096,"top_k":1},"stream":false})"));
  chat.parameters = {{"response_format", R"({"type":"json_object"})"}};
  EXPECT_THAT(Body(OllamaChat(), chat), HasSubstr(R"("format":"json")"));
  chat.parameters = {{"response_format", R"({"type":"json_schema","json_schema":{"schema":{"type":"object"}}})"}};
  EXPECT_THAT(Body(OllamaChat(), chat), HasSubstr(R"("format":{"type":"object"})"));
  chat.parameters = {{"reasoning_effort", "\"low\""}};
  EXPECT_THAT(Body(OllamaChat(), chat), HasSubstr(R"("think":"low")"));
  chat.parameters = {{"max_tokens", "9"}, {"num_predict", "9"}};
  EXPECT_THAT(Refusal(OllamaChat(), chat), HasSubstr("says \"num_predict\" twice"));
  for (const char* name : {"n", "tool_choice", "parallel_tool_calls", "logit_bias", "user"}) {
    chat.parameters = {{name, "1"}};
    EXPECT_THAT(Refusal(OllamaChat(), chat), AllOf(HasSubstr(name), HasSubstr("Ollama has nothing like it")));
  }
}

TEST(OllamaRequest, WritesCallsWithTheirArgumentsAsObjects) {
  ChatRequest chat = Chat();
  const char* tools = R"([{"type":"function","function":{"name":"add","parameters":{}}}])";
  chat.parameters = {{"tools", tools}};
  chat.turns.push_back({"assistant", "", {{"c1", "add", R"({"a":1})"}}, ""});
  chat.turns.push_back({"tool", "2", {}, "c1"});
  EXPECT_THAT(
      Body(OllamaChat(), chat),
      AllOf(
          HasSubstr(
              R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"name":"add","arguments":{"a":1}}}]},)"
              R"({"role":"tool","content":"2","tool_name":"add","tool_call_id":"c1"}])"),
          HasSubstr(std::string("\"tools\":") + tools)));
  EXPECT_THAT(Refusal(OllamaGenerate(), Chat()), "");
  ChatRequest with_tools = Chat();
  with_tools.parameters = {{"tools", tools}};
  EXPECT_THAT(Refusal(OllamaGenerate(), with_tools), HasSubstr("/api/generate has nothing like it"));
}

TEST(OllamaRequest, GenerateTakesOnePromptAndOneSystemText) {
  ChatRequest chat = Chat();
  chat.turns.insert(chat.turns.begin(), {"system", "Be brief.", {}, ""});
  EXPECT_EQ(Body(OllamaGenerate(), chat), R"({"model":"qwen3","system":"Be brief.","prompt":"Hi","stream":false})");
  chat.turns.push_back({"assistant", "Hello", {}, ""});
  EXPECT_THAT(Refusal(OllamaGenerate(), chat), AllOf(HasSubstr("is a conversation"), HasSubstr("ollama.chat")));
}

TEST(OllamaRequest, GoesBelowAnyBaseUrl) {
  for (const char* base : {"http://h:1", "http://h:1/", "http://h:1/api", "http://h:1/api/chat"})
    EXPECT_EQ(OllamaChat().Write(Chat(), base)->url, "http://h:1/api/chat");
  EXPECT_EQ(OllamaGenerate().Write(Chat(), "https://h/x")->url, "https://h/x/api/generate");
}

TEST(OllamaRequest, ReadsAsAHumanWouldTellIt) {
  Request request;
  request.method = "POST";
  request.url = "http://127.0.0.1:11434/api/chat";
  request.body =
      R"({"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Look: ","images":["aGk="]},
          {"role":"assistant","content":"I ask.","tool_calls":[{"function":{"name":"add","arguments":{"a": 1}}}]}],
          "tools":[{"type":"function","function":{"name":"add"}}],"options":{"seed":1},"think":true})";
  EXPECT_TRUE(OllamaChat().Recognises(request));
  auto prompt = OllamaChat().ReadRequest(request);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->model, "m");
  EXPECT_TRUE(prompt->stream) << "unless told not to";
  ASSERT_EQ(prompt->messages.size(), 3u);
  EXPECT_EQ(prompt->messages[1].text, "Look: [image]");
  EXPECT_EQ(prompt->messages[2].text, "I ask.\n-> add({\"a\":1})");
  EXPECT_THAT(prompt->tools, ElementsAre("add"));
  EXPECT_THAT(prompt->parameters, ElementsAre(Pair("options.seed", "1"), Pair("think", "true")));
  request.url = "http://127.0.0.1:11434/api/generate";
  request.body = R"({"model":"m","system":"Be brief.","prompt":"Hi","images":["aGk="],"stream":false})";
  EXPECT_FALSE(OllamaChat().Recognises(request));
  ASSERT_TRUE(OllamaGenerate().Recognises(request));
  prompt = OllamaGenerate().ReadRequest(request);
  EXPECT_FALSE(prompt->stream);
  EXPECT_EQ(prompt->messages[0].pointer, "/system");
  EXPECT_EQ(prompt->messages[1].text, "Hi[image]");
  EXPECT_EQ(prompt->messages[1].pointer, "/prompt");
  request.body = R"({"question":"what somebody else calls /api/generate"})";
  EXPECT_FALSE(OllamaGenerate().Recognises(request));
}

TEST(OllamaReply, ArgumentsAsATextAreWhatTheTextSays) {
  const Reply reply =
      Read(R"({"message":{"tool_calls":[{"function":{"name":"add","arguments":"{\"a\": 1}"}}]},"done":true})");
  ASSERT_EQ(reply.tool_calls.size(), 1u);
  EXPECT_EQ(reply.tool_calls[0].arguments, "{\"a\":1}");
}

TEST(OllamaReply, TellsLogprobsWithTheirAlternatives) {
  const Reply reply = Read(
      R"({"message":{"content":"Hi"},"done":true,"logprobs":[{"token":"Hi","logprob":-0.5,"top_logprobs":[{"token":"Ho","logprob":-2}]}]})");
  ASSERT_EQ(reply.logprobs.size(), 1u);
  EXPECT_EQ(reply.logprobs[0].token, "Hi");
  EXPECT_EQ(reply.logprobs[0].logprob, -0.5);
  ASSERT_EQ(reply.logprobs[0].top.size(), 1u);
  EXPECT_EQ(reply.logprobs[0].top[0].first, "Ho");
  EXPECT_EQ(reply.logprobs[0].top[0].second, -2);
}

TEST(OllamaReply, LeavesOutWhatTheServerLeavesOut) {
  const Reply reply =
      Read(R"({"model":"m:latest","message":{"content":"Hi"},"done":true,"done_reason":"length","eval_count":2})");
  EXPECT_EQ(reply.text, "Hi");
  EXPECT_EQ(reply.finish_reason, "length");
  EXPECT_EQ(reply.model.asked, "asked");
  EXPECT_EQ(reply.model.answered, "m:latest");
  EXPECT_FALSE(reply.usage.prompt_tokens.has_value());
  EXPECT_EQ(reply.usage.completion_tokens, 2);
  EXPECT_FALSE(reply.usage.total_tokens.has_value());
  EXPECT_EQ(Read(R"({"error":"model 'x' not found"})", 404).error, "model 'x' not found");
}

}  // namespace
}  // namespace reprise::format
