#include "lib/format/openai_chat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace reprise::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Reply Read(const std::string& body, int status = 200, const std::string& request_body = R"({"model":"asked"})") {
  Request request;
  request.method = "POST";
  request.url = "https://api.example.com/v1/chat/completions";
  request.body = request_body;
  Reply reply;
  reply.status = status;
  reply.body = body;
  OpenAiChat().ReadReply(request, reply);
  return reply;
}

// A stream of these chunks.
std::string Stream(std::initializer_list<const char*> chunks) {
  std::string out;
  for (const char* chunk : chunks) out += std::string("data: ") + chunk + "\n\n";
  return out;
}

Reply ReadDeltas(std::initializer_list<const char*> deltas) {
  std::string out;
  for (const char* delta : deltas) {
    out += std::string(R"(data: {"choices":[{"index":0,"delta":)") + delta + "}]}\n\n";
  }
  return Read(out + "data: [DONE]\n\n");
}

TEST(OpenAiChat, AzureTakesKeysInAHeaderOfItsOwn) {
  EXPECT_EQ(OpenAiChat().Credential("sk", "OPENAI_API_KEY"), (Header{"Authorization", "Bearer sk"}));
  EXPECT_EQ(OpenAiChat().Credential("k", "AZURE_OPENAI_API_KEY"), (Header{"api-key", "k"}));
  EXPECT_EQ(OpenAiChat().Credential("t", "AZURE_OPENAI_AD_TOKEN"), (Header{"Authorization", "Bearer t"}));
}

TEST(OpenAiChatReply, TellsTextModelUsageAndFingerprint) {
  const Reply reply = Read(
      R"({"id":"c","model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},
          "finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},
          "system_fingerprint":"fp_1"})");
  EXPECT_EQ(reply.text, "Hi.");
  EXPECT_EQ(reply.finish_reason, "stop");
  EXPECT_EQ(reply.model.asked, "asked");
  EXPECT_EQ(reply.model.answered, "gpt-4o-2024-08-06");
  EXPECT_EQ(reply.model.pin, "");
  EXPECT_EQ(reply.usage.prompt_tokens, 3);
  EXPECT_EQ(reply.usage.completion_tokens, 2);
  EXPECT_EQ(reply.usage.total_tokens, 5);
  EXPECT_EQ(reply.fingerprint, "fp_1");
  EXPECT_EQ(reply.error, "");
  EXPECT_THAT(reply.choices, IsEmpty());
}

TEST(OpenAiChatReply, WhiteSpaceAndAByteOrderMarkBeforeTheJsonAreSkipped) {
  EXPECT_EQ(Read("\n      \n\n {\"choices\":[{\"message\":{\"content\":\"a\"}}]}").text, "a");
  EXPECT_EQ(Read("\xEF\xBB\xBF{\"choices\":[{\"message\":{\"content\":\"a\"}}]}").text, "a");
}

TEST(OpenAiChatReply, AStreamNeedsNoDoneAndNoLastEmptyLine) {
  EXPECT_EQ(
      Read(
          "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"},"
          "\"finish_reason\":\"stop\"}]}")
          .text,
      "ab");
}

TEST(OpenAiChatReply, WhatFollowsDoneIsNotRead) {
  EXPECT_EQ(Read(Stream({R"({"choices":[{"delta":{"content":"a"}}]})", "[DONE]",
                         R"({"choices":[{"delta":{"content":"b"}}]})"}))
                .text,
            "a");
}

TEST(OpenAiChatReply, UsageNullIsNoUsageAndTheLastOneCounts) {
  const Reply reply =
      Read(Stream({R"({"choices":[{"delta":{"content":"a"}}],"usage":null})",
                   R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})",
                   R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":9,"total_tokens":10}})"}));
  EXPECT_EQ(reply.usage.completion_tokens, 9);
  EXPECT_EQ(reply.usage.total_tokens, 10);
  EXPECT_FALSE(Read(R"({"choices":[],"usage":null})").usage.total_tokens.has_value());
}

TEST(OpenAiChatReply, GroqTellsUsageInItsOwnMember) {
  EXPECT_EQ(Read(Stream({R"({"choices":[],"x_groq":{"id":"r","usage":{"total_tokens":7}}})"})).usage.total_tokens, 7);
}

TEST(OpenAiChatReply, FragmentsOfToolCallsJoinByIndex) {
  const Reply reply = ReadDeltas(
      {R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"add","arguments":""}}]})",
       R"({"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"mul","arguments":""}}]})",
       R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]})",
       R"({"tool_calls":[{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":"1}"}}]})"});
  ASSERT_EQ(reply.tool_calls.size(), 2u);
  EXPECT_EQ(reply.tool_calls[0].id, "call_1");
  EXPECT_EQ(reply.tool_calls[0].name, "add");
  EXPECT_EQ(reply.tool_calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(reply.tool_calls[1].name, "mul");
  EXPECT_EQ(reply.tool_calls[1].arguments, "{}");
}

TEST(OpenAiChatReply, WholeToolCallsMayComeWithoutIndexOrUnderOneIndex) {
  for (const char* index : {"", "\"index\":0,"}) {
    const std::string one =
        std::string(R"({"tool_calls":[{)") + index + R"("id":"x1","function":{"name":"add","arguments":"{}"}}]})";
    const std::string two =
        std::string(R"({"tool_calls":[{)") + index + R"("id":"x2","function":{"name":"add","arguments":{"b": 2}}}]})";
    const Reply reply = ReadDeltas({one.c_str(), two.c_str()});
    ASSERT_EQ(reply.tool_calls.size(), 2u) << index;
    EXPECT_EQ(reply.tool_calls[1].id, "x2");
    EXPECT_EQ(reply.tool_calls[1].arguments, R"({"b": 2})");
  }
}

TEST(OpenAiChatReply, ANameRepeatedWithEveryFragmentIsOneNameAndOneInPiecesIsJoined) {
  Reply reply = ReadDeltas({R"({"tool_calls":[{"index":0,"id":"i","function":{"name":"add","arguments":"{"}}]})",
                            R"({"tool_calls":[{"index":0,"id":"i","function":{"name":"add","arguments":"}"}}]})"});
  ASSERT_EQ(reply.tool_calls.size(), 1u);
  EXPECT_EQ(reply.tool_calls[0].name, "add");
  EXPECT_EQ(reply.tool_calls[0].arguments, "{}");
  reply = ReadDeltas({R"({"tool_calls":[{"index":0,"id":"i","function":{"name":"get_"}}]})",
                      R"({"tool_calls":[{"index":0,"function":{"name":"weather"}}]})"});
  ASSERT_EQ(reply.tool_calls.size(), 1u);
  EXPECT_EQ(reply.tool_calls[0].name, "get_weather");
}

TEST(OpenAiChatReply, FragmentsWithoutAnIndexJoinByTheirId) {
  const Reply reply = ReadDeltas({R"({"tool_calls":[{"id":"a","function":{"name":"look","arguments":"{\"q\":"}}]})",
                                  R"({"tool_calls":[{"id":"b","function":{"name":"see","arguments":"{}"}}]})",
                                  R"({"tool_calls":[{"id":"a","function":{"arguments":"1}"}}]})"});
  ASSERT_EQ(reply.tool_calls.size(), 2u);
  EXPECT_EQ(reply.tool_calls[0].arguments, "{\"q\":1}");
  EXPECT_EQ(reply.tool_calls[1].arguments, "{}");
}

TEST(OpenAiChatReply, CustomToolsAndTheOldFunctionCallAreToolCallsToo) {
  Reply reply = Read(
      R"({"choices":[{"message":{"tool_calls":[{"id":"c","type":"custom","custom":{"name":"sql","input":"select 1"}}]}}]})");
  ASSERT_EQ(reply.tool_calls.size(), 1u);
  EXPECT_EQ(reply.tool_calls[0].arguments, "select 1");
  reply = ReadDeltas({R"({"function_call":{"name":"add","arguments":""}})", R"({"function_call":{"arguments":"{}"}})"});
  ASSERT_EQ(reply.tool_calls.size(), 1u);
  EXPECT_EQ(reply.tool_calls[0].name, "add");
  EXPECT_EQ(reply.tool_calls[0].arguments, "{}");
}

TEST(OpenAiChatReply, InterleavedChoicesAreKeptApart) {
  const Reply reply =
      Read(Stream({R"({"choices":[{"index":1,"delta":{"content":"B"}}]})",
                   R"({"choices":[{"index":0,"delta":{"content":"A"}},{"index":1,"delta":{"content":"b"}}]})",
                   R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"length"}]})"}));
  EXPECT_EQ(reply.text, "Aa");
  EXPECT_EQ(reply.finish_reason, "length");
  EXPECT_THAT(reply.choices, ElementsAre("Aa", "Bb"));
}

TEST(OpenAiChatReply, ReasoningComesUnderEitherNameAndOnceWhenUnderBoth) {
  EXPECT_EQ(Read(R"({"choices":[{"message":{"content":"a","reasoning_content":"why"}}]})").reasoning, "why");
  EXPECT_EQ(Read(R"({"choices":[{"message":{"content":"a","reasoning":"why"}}]})").reasoning, "why");
  EXPECT_EQ(Read(R"({"choices":[{"message":{"reasoning":"why","reasoning_content":"why"}}]})").reasoning, "why");
  EXPECT_EQ(ReadDeltas({R"({"reasoning":"wh"})", R"({"reasoning":"y"})"}).reasoning, "why");
  const Reply parts =
      Read(R"({"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},
                               {"type":"text","text":"so"}]}}]})");
  EXPECT_EQ(parts.reasoning, "hm");
  EXPECT_EQ(parts.text, "so");
}

TEST(OpenAiChatReply, ThoughtsGoBackOnlyWithCalls) {
  EXPECT_EQ(ReadDeltas({R"({"reasoning_content":"Hm."})", R"({"content":"A"})"}).continuation, "");
  EXPECT_EQ(
      ReadDeltas({R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"look","arguments":"{}"}}]})"}).continuation,
      "")
      << "there is nothing to say";
}

TEST(OpenAiChatReply, OfDeltaAndMessageTheOneCountsThatFitsTheDelivery) {
  EXPECT_EQ(Read(R"({"choices":[{"delta":{"content":""},"message":{"content":"all"}}]})").text, "all");
  EXPECT_EQ(Read(Stream({R"({"choices":[{"delta":{"content":"a"},"message":{"content":"a"}}]})",
                         R"({"choices":[{"delta":{"content":"b"},"message":{"content":"ab"}}]})"}))
                .text,
            "ab");
}

TEST(OpenAiChatReply, OddPlacesOfTextAreFound) {
  EXPECT_EQ(Read(R"({"choices":[{"message":{"content":{"title": "Apples"}}}]})").text, R"({"title": "Apples"})");
  EXPECT_EQ(Read(R"({"choices":[{"message":{"content":null,"audio":{"id":"a","transcript":"Hello"}}}]})").text,
            "Hello");
  EXPECT_EQ(
      Read(R"({"choices":[{"message":{"content":"a","reasoning_details":[{"text":"w"},{"text":"hy"}]}}]})").reasoning,
      "why");
}

TEST(OpenAiChatReply, AnEmptyFunctionCallIsNone) {
  EXPECT_THAT(
      Read(R"({"choices":[{"message":{"content":"a","function_call":{"name":"","arguments":""}}}]})").tool_calls,
      IsEmpty());
}

TEST(OpenAiChatReply, ARefusalIsNotText) {
  const Reply reply =
      ReadDeltas({R"({"content":"","refusal":null})", R"({"refusal":"I "})", R"({"refusal":"cannot."})"});
  EXPECT_EQ(reply.text, "");
  EXPECT_EQ(reply.refusal, "I cannot.");
}

TEST(OpenAiChatReply, LogprobsOfChunksFollowOneAnother) {
  const Reply reply = Read(Stream(
      {R"({"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5},{"token":"b","logprob":-9999.0}]}]}}]})",
       R"({"choices":[{"delta":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":-1e-3}]}}]})",
       R"({"choices":[{"delta":{},"logprobs":null}]})"}));
  ASSERT_EQ(reply.logprobs.size(), 2u);
  EXPECT_EQ(reply.logprobs[0].token, "a");
  EXPECT_EQ(reply.logprobs[0].logprob, -0.5);
  EXPECT_THAT(reply.logprobs[0].top, ElementsAre(Pair("a", -0.5), Pair("b", -9999.0)));
  EXPECT_EQ(reply.logprobs[1].logprob, -1e-3);
}

TEST(OpenAiChatReply, ErrorsOfEveryKnownShapeBecomeOneSentence) {
  EXPECT_EQ(Read(R"({"error":{"message":"Bad key","type":"x","param":null,"code":null}})", 401).error, "Bad key");
  EXPECT_EQ(Read(R"({"error":"Unauthorized"})", 401).error, "Unauthorized");
  EXPECT_EQ(Read(R"({"error":"overloaded","error_type":"overloaded"})", 429).error, "overloaded");
  EXPECT_EQ(Read(R"({"object":"error","message":"no such model","type":"NotFoundError","code":404})", 404).error,
            "no such model");
  EXPECT_EQ(Read(R"({"code":"invalid-argument","error":"Incorrect API key"})", 400).error, "Incorrect API key");
  EXPECT_EQ(Read(R"({"detail":"Not Found"})", 404).error, "Not Found");
  EXPECT_EQ(Read(R"({"detail":[{"loc":["body","n"],"msg":"extra fields","type":"x"}]})", 422).error,
            R"(extra fields at ["body","n"])");
  EXPECT_EQ(Read(R"([{"error":{"code":400,"message":"Key not valid"}}])", 400).error, "Key not valid");
  EXPECT_EQ(Read(R"({"message":"Unauthorized","request_id":"1"})", 401).error, "Unauthorized");
  EXPECT_EQ(Read("", 401).error, "HTTP 401 with an empty body");
  EXPECT_EQ(Read("<html>Bad gateway</html>", 502).error, "HTTP 502: <html>Bad gateway</html>");
  EXPECT_EQ(Read("\xff\xfe", 500).error, "HTTP 500 with a body that is not text");
  EXPECT_LT(Read(std::string(5000, 'x'), 500).error.size(), 400u);
}

TEST(OpenAiChatReply, AnErrorInsideA200StreamIsToldBesideTheTextBeforeIt) {
  const std::string start = R"(data: {"choices":[{"delta":{"content":"so far"}}]})"
                            "\n\n";
  for (const char* end :
       {"data: {\"error\":{\"message\":\"overloaded\"}}\n\ndata: [DONE]\n\n",
        "event: error\ndata: {\"error\":{\"message\":\"overloaded\",\"status_code\":503}}\n\n",
        "error: {\"code\":500,\"message\":\"overloaded\",\"type\":\"server_error\"}\n\n",
        "data: {\"error\":\"overloaded\"}\n\n", "data: {\"choices\":[],\"x_groq\":{\"error\":\"overloaded\"}}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\","
        "\"error\":{\"code\":502,\"message\":\"overloaded\"}}]}\n\n"}) {
    const Reply reply = Read(start + end);
    EXPECT_EQ(reply.error, "overloaded") << end;
    EXPECT_EQ(reply.text, "so far") << end;
  }
}

TEST(OpenAiChatReply, AnErrorMemberThatSaysNothingIsNoError) {
  for (const char* none : {"null", "\"\"", "false", "{}"}) {
    EXPECT_EQ(Read(std::string(R"({"choices":[{"message":{"content":"a"}}],"error":)") + none + "}").error, "") << none;
  }
}

TEST(OpenAiChatReply, APinComesOnlyFromWhatNamesWeights) {
  const std::string commit(40, 'a');
  EXPECT_EQ(Read(R"({"model":"org/name@)" + commit + R"(","choices":[]})").model.pin, commit);
  EXPECT_EQ(Read(R"({"model":"org/name@main","choices":[]})").model.pin, "");
  EXPECT_EQ(Read(R"({"model":"m","choices":[],"metadata":{"weight_version":"step-900"}})").model.pin, "step-900");
  EXPECT_EQ(Read(R"({"model":"m","choices":[],"metadata":{"weight_version":"default"}})").model.pin, "");
  Request request;
  Reply reply;
  reply.model.pin = "given by the caller";
  reply.body = R"({"model":"org/name@)" + commit + R"(","choices":[]})";
  OpenAiChat().ReadReply(request, reply);
  EXPECT_EQ(reply.model.pin, "given by the caller");
}

TEST(OpenAiChatReply, ASurrogatePairSplitOverTwoChunksIsOneCharacter) {
  EXPECT_EQ(ReadDeltas({R"({"content":"a \ud83d"})", R"({"content":"\ude42 b"})"}).text, "a 🙂 b");
  EXPECT_EQ(ReadDeltas({R"({"content":"a \ud83d b \ude42"})"}).text, "a \xEF\xBF\xBD b \xEF\xBF\xBD");
}

TEST(OpenAiChatReply, AnAzureDeploymentNamesTheModelAsked) {
  Request request;
  request.url = "https://x.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21";
  request.body = R"({"messages":[]})";
  Reply reply;
  reply.body = R"({"model":"gpt-4o-2024-08-06","choices":[]})";
  OpenAiChat().ReadReply(request, reply);
  EXPECT_EQ(reply.model.asked, "my-gpt");
}

TEST(OpenAiChatRequest, IsWrittenInAStableOrderWithTheNamesOfTheCaller) {
  ChatRequest chat;
  chat.model = "gpt-4o-mini";
  chat.turns = {{"system", "Be brief.", {}, ""}, {"user", "Say \"hi\".\n", {}, ""}};
  chat.parameters = {{"temperature", "0"}, {"max_tokens", "300"}, {"seed", "42"}, {"temperature", "0.5"}};
  const auto request = OpenAiChat().Write(chat, "https://api.openai.com/v1/");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->url, "https://api.openai.com/v1/chat/completions");
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->format, "openai.chat");
  EXPECT_EQ(request->body,
            R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be brief."},)"
            R"({"role":"user","content":"Say \"hi\".\n"}],"temperature":0.5,"max_tokens":300,"seed":42})");
}

TEST(OpenAiChatRequest, WritesToolTurns) {
  ChatRequest chat;
  chat.model = "m";
  chat.stream = true;
  chat.turns = {{"assistant", "", {{"call_1", "add", R"({"a":1})"}}, ""}, {"tool", "2", {}, "call_1"}};
  const auto request = OpenAiChat().Write(chat, "http://localhost:8000/v1");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(
      request->body,
      R"({"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",)"
      R"("function":{"name":"add","arguments":"{\"a\":1}"}}]},{"role":"tool","content":"2","tool_call_id":"call_1"}],)"
      R"("stream":true})");
  EXPECT_THAT(request->headers, ::testing::Contains(Header{"Accept", "text/event-stream"}));
}

TEST(OpenAiChatRequest, AnEmptyTextIsAText) {
  ChatRequest chat;
  chat.model = "m";
  chat.turns = {{"user", "", {}, ""}};
  EXPECT_THAT(OpenAiChat().Write(chat, "https://h/v1")->body, HasSubstr(R"("content":"")"));
}

TEST(OpenAiChatRequest, ToolsOfTheOldFormAreTools) {
  Request request;
  request.body = R"({"model":"m","messages":[],"functions":[{"name":"look"}]})";
  EXPECT_THAT(OpenAiChat().ReadRequest(request)->tools, ::testing::ElementsAre("look"));
}

TEST(OpenAiChatRequest, KeepsTheQueryOfABaseUrlAtTheEnd) {
  ChatRequest chat;
  chat.model = "m";
  chat.turns = {{"user", "x", {}, ""}};
  EXPECT_EQ(OpenAiChat().Write(chat, "https://a.b/openai/deployments/d?api-version=1")->url,
            "https://a.b/openai/deployments/d/chat/completions?api-version=1");
  EXPECT_EQ(OpenAiChat().Write(chat, "http://h:1/v1/chat/completions")->url, "http://h:1/v1/chat/completions");
}

TEST(OpenAiChatRequest, WhatCannotBeWrittenIsRefusedInOneSentence) {
  ChatRequest chat;
  chat.model = "m";
  chat.turns = {{"user", "x", {}, ""}};
  for (const char* url : {"", "localhost:8000", "ftp://a/v1", "http://", "https:///v1"}) {
    EXPECT_EQ(OpenAiChat().Write(chat, url).status().kind(), ErrorKind::kUsage) << url;
  }
  const auto refuses = [](const ChatRequest& bad, const char* why) {
    const auto request = OpenAiChat().Write(bad, "http://h/v1");
    ASSERT_FALSE(request.ok()) << why;
    EXPECT_EQ(request.status().kind(), ErrorKind::kUsage);
    EXPECT_THAT(request.status().ToString(), HasSubstr(why));
  };
  ChatRequest bad = chat;
  bad.model.clear();
  refuses(bad, "names no model");
  bad = chat;
  bad.turns.clear();
  refuses(bad, "says nothing");
  bad = chat;
  bad.turns[0].text = "\xff";
  refuses(bad, "turn 1 (user): its text is not UTF-8");
  bad = chat;
  bad.parameters = {{"tool_choice", "auto"}};
  refuses(bad, "parameter \"tool_choice\": its value is not JSON");
  bad.parameters = {{"messages", "[]"}};
  refuses(bad, "is written by the request itself");
}

TEST(OpenAiChatRequest, ReadsAsAHumanWouldTellIt) {
  Request request;
  request.method = "POST";
  request.url = "https://h/v1/chat/completions?x=1";
  request.body =
      R"({"model":"m","stream":true,"temperature":0.70,"messages":[
          {"role":"user","content":[{"type":"text","text":"Look: "},{"type":"image_url","image_url":{"url":"data:..."}},
                                    {"type":"input_audio","input_audio":{}}]},
          {"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}],
          "tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"g"}},{"type":"web_search"}],
          "stop":["a"]})";
  EXPECT_TRUE(OpenAiChat().Recognises(request));
  const auto prompt = OpenAiChat().ReadRequest(request);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->model, "m");
  EXPECT_TRUE(prompt->stream);
  ASSERT_EQ(prompt->messages.size(), 2u);
  EXPECT_EQ(prompt->messages[0].text, "Look: [image][audio]");
  EXPECT_EQ(prompt->messages[1].text, "-> f({})");
  EXPECT_EQ(prompt->messages[1].pointer, "/messages/1");
  EXPECT_THAT(prompt->parameters, ElementsAre(Pair("temperature", "0.70"), Pair("stop", R"(["a"])")));
  EXPECT_THAT(prompt->tools, ElementsAre("f", "g", "web_search"));
  request.body = "not json";
  EXPECT_FALSE(OpenAiChat().ReadRequest(request).has_value());
  request.url = "https://h/v1/embeddings";
  EXPECT_FALSE(OpenAiChat().Recognises(request));
}

TEST(Adapters, AreFoundByNameAndByWhatTheyRecognise) {
  EXPECT_EQ(FindAdapter("openai.chat"), &OpenAiChat());
  EXPECT_EQ(FindAdapter("nothing"), nullptr);
  Request request;
  request.method = "POST";
  request.url = "https://h/openai/v1/chat/completions";
  EXPECT_EQ(RecogniseAdapter(request), &OpenAiChat());
  request.method = "GET";
  EXPECT_EQ(RecogniseAdapter(request), nullptr);
}

}  // namespace
}  // namespace reprise::format
