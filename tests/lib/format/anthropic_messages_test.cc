#include "lib/format/anthropic_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace reprise::format {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

ChatRequest Chat() {
  ChatRequest chat;
  chat.model = "claude-x";
  chat.turns = {{"user", "Hi", {}, ""}};
  chat.parameters = {{"max_tokens", "9"}};
  return chat;
}

std::string Body(const ChatRequest& chat) {
  const Result<Request> request = AnthropicMessages().Write(chat, "https://h");
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? request->body : "";
}

std::string Refusal(const ChatRequest& chat) {
  const Result<Request> request = AnthropicMessages().Write(chat, "https://h");
  return request.ok() ? "" : request.status().ToString();
}

Reply Read(const std::string& body, int status = 200) {
  Request request;
  request.url = "https://h/v1/messages";
  request.body = R"({"model":"asked"})";
  Reply reply;
  reply.status = status;
  reply.body = body;
  AnthropicMessages().ReadReply(request, reply);
  return reply;
}

TEST(AnthropicRequest, PutsSystemTextBeforeTheConversation) {
  ChatRequest chat = Chat();
  chat.turns.insert(chat.turns.begin(), {"system", "Be \"brief\".", {}, ""});
  EXPECT_EQ(
      Body(chat),
      R"({"model":"claude-x","system":"Be \"brief\".","messages":[{"role":"user","content":"Hi"}],"max_tokens":9})");
  chat.turns.insert(chat.turns.begin() + 1, {"developer", "And kind.", {}, ""});
  EXPECT_THAT(Body(chat),
              HasSubstr(R"("system":[{"type":"text","text":"Be \"brief\"."},{"type":"text","text":"And kind."}])"));
  chat.turns.push_back({"system", "Late.", {}, ""});
  EXPECT_THAT(Refusal(chat), AllOf(HasSubstr("turn 4 (system)"), HasSubstr("inside the conversation")));
  chat.turns.resize(2);
  EXPECT_THAT(Refusal(chat), HasSubstr("no turn but system text"));
}

TEST(AnthropicRequest, MustSayHowLongTheAnswerMayBe) {
  ChatRequest chat = Chat();
  chat.parameters.clear();
  EXPECT_THAT(Refusal(chat), AllOf(HasSubstr("says no max_tokens"), HasSubstr(".MaxTokens(1024)")));
  chat.parameters = {{"max_completion_tokens", "7"}};
  EXPECT_THAT(Body(chat), HasSubstr("\"max_tokens\":7"));
  chat.parameters.emplace_back("max_tokens", "8");
  EXPECT_THAT(Refusal(chat), HasSubstr("says \"max_tokens\" twice"));
}

TEST(AnthropicRequest, TranslatesParameters) {
  ChatRequest chat = Chat();
  chat.parameters = {
      {"max_tokens", "9"},
      {"temperature", "0"},
      {"stop", "\"END\""},
      {"top_k", "5"},
      {"user", "\"u1\""},
      {"reasoning_effort", "\"low\""},
      {"response_format", R"({"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}})"},
      {"stream_options", R"({"include_usage":true})"}};
  chat.stream = true;
  const std::string body = Body(chat);
  EXPECT_THAT(body, HasSubstr(R"("max_tokens":9,"temperature":0,"stop_sequences":["END"],"top_k":5,)"
                              R"("metadata":{"user_id":"u1"},"output_config":{"effort":"low",)"
                              R"("format":{"type":"json_schema","schema":{"type":"object"}}},"stream":true})"));
  chat.parameters = {{"max_tokens", "9"}, {"stop", R"(["a","b"])"}};
  EXPECT_THAT(Body(chat), HasSubstr(R"("stop_sequences":["a","b"])"));
}

TEST(AnthropicRequest, RefusesWhatAnthropicHasNoWordFor) {
  for (const char* name : {"seed", "logprobs", "n", "presence_penalty", "frequency_penalty", "logit_bias"}) {
    ChatRequest chat = Chat();
    chat.parameters.emplace_back(name, "1");
    EXPECT_THAT(Refusal(chat), AllOf(HasSubstr(name), HasSubstr("Anthropic's Messages API has nothing like it")));
  }
  ChatRequest chat = Chat();
  chat.parameters.emplace_back("response_format", R"({"type":"json_object"})");
  EXPECT_THAT(Refusal(chat), HasSubstr("Give a schema"));
  chat = Chat();
  chat.parameters.emplace_back("stop", "\"a\"");
  chat.parameters.emplace_back("stop_sequences", "[\"b\"]");
  EXPECT_THAT(Refusal(chat), HasSubstr("says \"stop_sequences\" twice"));
}

TEST(AnthropicRequest, TranslatesTools) {
  ChatRequest chat = Chat();
  chat.parameters.emplace_back(
      "tools", R"([{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object"}}},)"
               R"({"type":"function","function":{"name":"now"}},{"type":"web_search_20250305","name":"web_search"}])");
  EXPECT_THAT(Body(chat), HasSubstr(R"("tools":[{"name":"add","description":"Adds.","input_schema":{"type":"object"}},)"
                                    R"({"name":"now","input_schema":{"type":"object"}},)"
                                    R"({"type":"web_search_20250305","name":"web_search"}])"));
  const auto choice = [&](const char* said, const char* parallel) {
    ChatRequest with = Chat();
    if (*said != 0) with.parameters.emplace_back("tool_choice", said);
    if (*parallel != 0) with.parameters.emplace_back("parallel_tool_calls", parallel);
    const std::string body = Body(with);
    const std::size_t at = body.find("\"tool_choice\":");
    return at == std::string::npos ? "" : body.substr(at + 14, body.size() - at - 15);
  };
  EXPECT_EQ(choice("\"auto\"", ""), R"({"type":"auto"})");
  EXPECT_EQ(choice("\"none\"", ""), R"({"type":"none"})");
  EXPECT_EQ(choice("\"required\"", "true"), R"({"type":"any"})");
  EXPECT_EQ(choice(R"({"type":"function","function":{"name":"add"}})", "false"),
            R"({"type":"tool","name":"add","disable_parallel_tool_use":true})");
  EXPECT_EQ(choice("", "false"), R"({"type":"auto","disable_parallel_tool_use":true})");
  EXPECT_EQ(choice(R"({"type":"any"})", ""), R"({"type":"any"})");
  EXPECT_EQ(choice("", ""), "");
  chat = Chat();
  chat.parameters.emplace_back("tool_choice", "7");
  EXPECT_THAT(Refusal(chat), HasSubstr("tool_choice"));
}

TEST(AnthropicRequest, WritesCallsAndTheirResultsAsBlocks) {
  ChatRequest chat = Chat();
  chat.turns.push_back({"assistant", "Let me see.", {{"t1", "add", R"({"a": 1})"}, {"t2", "now", ""}}, ""});
  chat.turns.push_back({"tool", "2", {}, "t1"});
  chat.turns.push_back({"tool", "noon", {}, "t2"});
  chat.turns.push_back({"user", "So?", {}, ""});
  EXPECT_THAT(Body(chat),
              HasSubstr(R"({"role":"assistant","content":[{"type":"text","text":"Let me see."},)"
                        R"({"type":"tool_use","id":"t1","name":"add","input":{"a": 1}},)"
                        R"({"type":"tool_use","id":"t2","name":"now","input":{}}]},)"
                        R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"2"},)"
                        R"({"type":"tool_result","tool_use_id":"t2","content":"noon"}]},)"
                        R"({"role":"user","content":"So?"}])"));
  chat.turns[1].tool_calls[0].arguments = "[1]";
  EXPECT_THAT(Refusal(chat), AllOf(HasSubstr("turn 2 (assistant)"), HasSubstr("are no JSON object")));
  chat.turns[1].tool_calls.clear();
  EXPECT_THAT(Refusal(chat), AllOf(HasSubstr("turn 3 (tool)"), HasSubstr("answers no call")));
}

TEST(AnthropicRequest, GoesBelowAnyBaseUrlWithItsVersionHeader) {
  for (const char* base : {"https://h", "https://h/", "https://h/v1", "https://h/v1/messages"}) {
    const auto request = AnthropicMessages().Write(Chat(), base);
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->url, "https://h/v1/messages");
    EXPECT_THAT(request->headers, Contains(Header{"anthropic-version", "2023-06-01"}));
  }
  EXPECT_EQ(AnthropicMessages().Write(Chat(), "http://h:1/token?beta=true")->url,
            "http://h:1/token/v1/messages?beta=true");
  EXPECT_EQ(AnthropicMessages().Credential("sk-ant-api03-x", "ANTHROPIC_API_KEY"),
            (Header{"x-api-key", "sk-ant-api03-x"}));
  EXPECT_EQ(AnthropicMessages().Credential("of-a-gateway", "ANTHROPIC_AUTH_TOKEN"),
            (Header{"Authorization", "Bearer of-a-gateway"}));
  EXPECT_EQ(AnthropicMessages().Credential("said-in-code", ""), (Header{"x-api-key", "said-in-code"}));
  EXPECT_EQ(AnthropicMessages().Credential("sk-ant-oat01-x", "ANTHROPIC_API_KEY"),
            (Header{"Authorization", "Bearer sk-ant-oat01-x"}));
}

TEST(AnthropicRequest, ReadsAsAHumanWouldTellIt) {
  Request request;
  request.method = "POST";
  request.url = "https://api.anthropic.com/v1/messages?beta=true";
  request.body =
      R"({"model":"m","max_tokens":9,"system":[{"type":"text","text":"Be brief.","cache_control":{}}],"messages":[
          {"role":"user","content":[{"type":"text","text":"Look: "},{"type":"image","source":{}},{"type":"document","source":{}}]},
          {"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"I ask."},
             {"type":"tool_use","id":"t","name":"add","input":{"a": 1}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"2"}]},
             {"type":"tool_result","tool_use_id":"u","is_error":true,"content":"broken"},{"type":"text","text":"So?"}]}],
          "tools":[{"name":"add","input_schema":{}},{"type":"bash_20250124"}],"thinking":{"type":"disabled"}})";
  EXPECT_TRUE(AnthropicMessages().Recognises(request));
  const auto prompt = AnthropicMessages().ReadRequest(request);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->model, "m");
  EXPECT_FALSE(prompt->stream);
  ASSERT_EQ(prompt->messages.size(), 4u);
  EXPECT_EQ(prompt->messages[0].text, "Be brief.");
  EXPECT_EQ(prompt->messages[0].pointer, "/system");
  EXPECT_EQ(prompt->messages[1].text, "Look: [image][document]");
  EXPECT_EQ(prompt->messages[2].text, "[thinking]I ask.\n-> add({\"a\":1})");
  EXPECT_EQ(prompt->messages[3].text, "<- 2\n<- error: broken\nSo?");
  EXPECT_EQ(prompt->messages[3].pointer, "/messages/2");
  EXPECT_THAT(prompt->tools, ElementsAre("add", "bash_20250124"));
  EXPECT_THAT(prompt->parameters, ElementsAre(Pair("max_tokens", "9"), Pair("thinking", R"({"type":"disabled"})")));
  request.body = "[]";
  EXPECT_FALSE(AnthropicMessages().ReadRequest(request).has_value());
}

TEST(AnthropicRequest, IsToldFromOthersByItsPath) {
  Request request;
  request.method = "POST";
  for (const char* url : {"https://h/v1/messages/batches", "https://h/v1/messages/count_tokens",
                          "https://api.openai.com/v1/threads/t/messages", "https://h/messages"}) {
    request.url = url;
    EXPECT_FALSE(AnthropicMessages().Recognises(request)) << url;
  }
  request.url =
      "https://l-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/"
      "claude-x%4020250101:streamRawPredict";
  request.body = R"({"anthropic_version":"vertex-2023-10-16","messages":[]})";
  EXPECT_TRUE(AnthropicMessages().Recognises(request));
  EXPECT_EQ(AnthropicMessages().ReadRequest(request)->model, "claude-x@20250101");
  request.method = "GET";
  request.url = "https://h/v1/messages";
  EXPECT_FALSE(AnthropicMessages().Recognises(request));
}

TEST(AnthropicReply, CountsThePromptWithWhatTheCacheHeld) {
  const Reply reply = Read(
      R"({"type":"message","model":"claude-x-20250101","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",)"
      R"("usage":{"input_tokens":1,"cache_read_input_tokens":10,"cache_creation_input_tokens":100,"output_tokens":5}})");
  EXPECT_EQ(reply.usage.prompt_tokens, 111);
  EXPECT_EQ(reply.usage.completion_tokens, 5);
  EXPECT_EQ(reply.usage.total_tokens, 116);
  EXPECT_EQ(reply.model.asked, "asked");
  EXPECT_EQ(reply.model.answered, "claude-x-20250101");
  EXPECT_EQ(reply.model.pin, "");
  EXPECT_EQ(reply.finish_reason, "end_turn");
  EXPECT_FALSE(Read(R"({"type":"message","content":[]})").usage.prompt_tokens.has_value());
}

TEST(AnthropicReply, ACallThatBreaksOffHasWhatCameOfItsArguments) {
  const std::string start =
      "data: "
      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":"
      "\"f\","
      "\"input\":{}}}\n\n";
  EXPECT_EQ(Read(start).tool_calls.at(0).arguments, "") << "nobody has said that there are none";
  EXPECT_EQ(Read(start + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\","
                         "\"partial_json\":\"{\\\"a\\\": \"}}\n\n")
                .tool_calls.at(0)
                .arguments,
            "{\"a\": ");
  EXPECT_EQ(Read(start + "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n").tool_calls.at(0).arguments, "{}");
}

TEST(AnthropicReply, GoesBackBlockByBlockWhereThereIsMoreThanTextAndCalls) {
  EXPECT_EQ(Read(R"({"type":"message","content":[{"type":"redacted_thinking","data":"eA=="},{"type":"text","text":""},)"
                 R"({"type":"text","text":"Hi","citations":null}]})")
                .continuation,
            R"({"anthropic.messages":[{"data":"eA==","type":"redacted_thinking"},{"text":"Hi","type":"text"}]})")
      << "the provider refuses an empty text";
  EXPECT_EQ(
      Read(
          R"({"type":"message","content":[{"type":"text","text":"Hi"},{"type":"tool_use","id":"t","name":"n","input":{}}]})")
          .continuation,
      "");
  EXPECT_EQ(Read("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                 "{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}}\n\nevent: content_block_stop\ndata: "
                 "{\"type\":\"content_block_stop\",\"index\":7}\n\n")
                .continuation,
            R"({"anthropic.messages":[{"thinking":"Hm","type":"thinking"}]})")
      << "a block that only ends says nothing";
}

TEST(AnthropicReply, ToolsOfTheProviderAreNoCalls) {
  const Reply reply = Read(
      R"({"type":"message","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"text","text":"A"}]})");
  EXPECT_TRUE(reply.tool_calls.empty());
  EXPECT_EQ(reply.text, "A");
}

TEST(AnthropicReply, ErrorsAreTheProvidersSentence) {
  EXPECT_EQ(Read(R"({"type":"error","error":{"type":"not_found_error","message":"model: x"}})", 404).error, "model: x");
  EXPECT_EQ(Read("", 529).error, "HTTP 529 with an empty body");
}

}  // namespace
}  // namespace reprise::format
