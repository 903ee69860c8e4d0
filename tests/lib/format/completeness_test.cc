#include "lib/format/completeness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/format/adapter.h"

namespace reprise::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Missing(const std::string& format, const std::string& body, int status = 200,
                                 Headers headers = {}, const std::string& asked = "{}") {
  Request request;
  request.format = format;
  request.body = asked;
  request.method = "POST";
  request.url = "https://h/v1/x";
  Reply reply;
  reply.status = status;
  reply.headers = std::move(headers);
  reply.body = body;
  const Adapter* adapter = FindAdapter(format);
  EXPECT_TRUE(adapter != nullptr || format == "http") << format;
  if (adapter != nullptr) adapter->ReadReply(request, reply);
  return WhatIsMissing(request, reply);
}

TEST(Completeness, AWholeAnswerMissesNothing) {
  EXPECT_THAT(Missing("openai.chat", R"({"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]})"),
              IsEmpty());
  EXPECT_THAT(Missing("openai.chat",
                      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"},\"finish_reason\":\"stop\"}]}\n\n"
                      "data: [DONE]\n\n"),
              IsEmpty());
  EXPECT_THAT(Missing("anthropic.messages",
                      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"
                      "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
              IsEmpty());
  EXPECT_THAT(
      Missing("gemini.generate",
              "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"A\"}]},\"finishReason\":\"STOP\"}]}\n\n"),
      IsEmpty());
  EXPECT_THAT(Missing("ollama.chat",
                      "{\"message\":{\"content\":\"A\"},\"done\":false}\n{\"done\":true,\"done_reason\":\"stop\"}\n"),
              IsEmpty());
  EXPECT_THAT(Missing("http", "anything", 200, {{"Content-Length", "8"}}), IsEmpty());
}

TEST(Completeness, AStreamWithoutItsLastEventIsTold) {
  EXPECT_THAT(Missing("openai.chat", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"}}]}\n\n"),
              ElementsAre("is a stream without its end (a finish_reason, or [DONE])"));
  EXPECT_THAT(Missing("anthropic.messages",
                      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"),
              ElementsAre("is a stream without its end (message_stop)"));
  EXPECT_THAT(Missing("gemini.generate", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"A\"}]}}]}\n\n"),
              ElementsAre("is a stream without its end (a finishReason)"));
  EXPECT_THAT(Missing("ollama.generate", "{\"response\":\"A\",\"done\":false}\n"),
              ElementsAre("is a stream without its end (\"done\": true)"));
}

// A stream of OpenAI's format, without the "[DONE]" that many servers never send.
std::string Chunks(std::initializer_list<const char*> chunks) {
  std::string out;
  for (const std::string chunk : chunks) out += "data: {" + chunk + "}\n\n";
  return out;
}
std::vector<std::string> MissingOfChunks(std::initializer_list<const char*> chunks, const char* asked = "{}") {
  return Missing("openai.chat", Chunks(chunks), 200, {}, asked);
}

TEST(Completeness, AFinishReasonEndsAnOpenAiStreamWithoutDone) {
  const char* const a = R"("choices":[{"index":0,"delta":{"content":"A"},"finish_reason":null}])";
  const char* const end = R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}])";
  const char* const usage = R"("choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2})";
  EXPECT_THAT(MissingOfChunks({a, end}), IsEmpty()) << "transformers";
  EXPECT_THAT(MissingOfChunks({a, end, R"("choices":[{"index":0,"delta":{"content":""}}])"}), IsEmpty())
      << "Azure's filter speaks after the end";
  EXPECT_THAT(MissingOfChunks({a, end, usage}), IsEmpty()) << "a chunk without choices takes nothing back";
  const char* const wants_usage = R"({"stream_options":{"include_usage":true}})";
  EXPECT_THAT(MissingOfChunks({a, end, usage}, wants_usage), IsEmpty());
  EXPECT_THAT(MissingOfChunks({a, end}, wants_usage),
              ElementsAre("is a stream without its end (the usage that was asked for, or [DONE])"));
  EXPECT_THAT(MissingOfChunks({a, usage}), ElementsAre(HasSubstr("(a finish_reason, or [DONE])")));
  EXPECT_THAT(Missing("openai.chat", "", 200, {{"content-type", "text/event-stream"}}),
              ElementsAre(HasSubstr("(a finish_reason, or [DONE])")));
  EXPECT_THAT(Missing("openai.chat", Chunks({a}) + "data: [DONE] \n\n"), IsEmpty()) << "who says so has ended";
}

TEST(Completeness, EveryChoiceThatWasAskedForMustEnd) {
  const char* const two = R"({"n":2})";
  const char* const a = R"("choices":[{"index":0,"delta":{"content":"A"}},{"index":1,"delta":{"content":"B"}}])";
  const char* const first = R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}])";
  const char* const second = R"("choices":[{"index":1,"delta":{},"finish_reason":"length"}])";
  EXPECT_THAT(MissingOfChunks({a, second, first}, two), IsEmpty());
  EXPECT_THAT(MissingOfChunks({a, first}, two),
              ElementsAre("is a stream without its end (a finish_reason of choice 1, or [DONE])"));
  EXPECT_THAT(MissingOfChunks({a, second}, two),
              ElementsAre("is a stream without its end (a finish_reason of choice 0, or [DONE])"));
  EXPECT_THAT(MissingOfChunks({first}, two), ElementsAre(HasSubstr("of choice 1, or"))) << "one that never began";
  EXPECT_THAT(MissingOfChunks({a, first}), ElementsAre(HasSubstr("of choice 1, or"))) << "though nobody asked for two";
  EXPECT_THAT(
      MissingOfChunks({R"("choices":[{"delta":{},"finish_reason":"stop"},{"delta":{},"finish_reason":"stop"}])"}, two),
      IsEmpty())
      << "told apart by their place";
}

TEST(Completeness, EveryCandidateThatWasAskedForMustEnd) {
  const char* const two = R"({"generationConfig":{"candidateCount":2}})";
  const std::string first = R"({"candidates":[{"index":0,"finishReason":"STOP"}]})";
  const std::string second = R"({"candidates":[{"index":1,"finishReason":1}]})";
  const auto stream = [](const std::string& a, const std::string& b = "") {
    return "data: " + a + "\r\n\r\n" + (b.empty() ? "" : "data: " + b + "\r\n\r\n");
  };
  EXPECT_THAT(Missing("gemini.generate", stream(first, second), 200, {}, two), IsEmpty());
  EXPECT_THAT(Missing("gemini.generate", stream(first), 200, {}, two),
              ElementsAre("is a stream without its end (a finishReason of candidate 1)"));
  EXPECT_THAT(Missing("gemini.generate", stream(second), 200, {}, two), ElementsAre(HasSubstr("of candidate 0)")));
  EXPECT_THAT(Missing("gemini.generate", "[" + first + "\n]"), IsEmpty());
  EXPECT_THAT(Missing("gemini.generate", "[{\"candidates\":[{\"content\":{}}]},\n"),
              ElementsAre("is a stream without its end (a finishReason)"));
  EXPECT_THAT(Missing("gemini.generate", stream(R"({"promptFeedback":{"blockReason":"SAFETY"}})")), IsEmpty())
      << "a blocked prompt has no candidates";
}

TEST(Completeness, AnErrorEndsAStream) {
  EXPECT_THAT(Missing("openai.chat", "event: error\ndata: {\"error\":{\"message\":\"no room\"}}\n\n"),
              ElementsAre("holds an error, though its status is 200: no room"));
  EXPECT_THAT(MissingOfChunks({R"("choices":[{"index":0,"delta":{"content":"A"}}])", R"("error":"cut off")"}),
              ElementsAre("holds an error, though its status is 200: cut off"));
  EXPECT_THAT(Missing("anthropic.messages",
                      "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"Overloaded\"}}\n\n"),
              ElementsAre("holds an error, though its status is 200: Overloaded"));
  EXPECT_THAT(Missing("ollama.chat", "{\"message\":{\"content\":\"A\"},\"done\":false}\n{\"error\":\"gone\"}\n"),
              ElementsAre("holds an error, though its status is 200: gone"));
}

TEST(Completeness, LimitsFiltersAndErrorsAreToldInEveryFormat) {
  EXPECT_THAT(Missing("anthropic.messages", R"({"type":"message","content":[],"stop_reason":"max_tokens"})"),
              ElementsAre(HasSubstr("ended at its token limit (finish reason")));
  EXPECT_THAT(Missing("gemini.generate", R"({"candidates":[{"finishReason":"SAFETY"}]})"),
              ElementsAre(HasSubstr("was stopped by a filter")));
  EXPECT_THAT(Missing("ollama.chat", R"({"message":{"content":"A"},"done":true,"done_reason":"length"})"),
              ElementsAre(HasSubstr("ended at its token limit")));
  EXPECT_THAT(Missing("openai.chat", "data: {\"error\":{\"message\":\"no room\"}}\n\ndata: [DONE]\n\n"),
              ElementsAre("holds an error, though its status is 200: no room"));
  EXPECT_THAT(Missing("openai.chat", R"({"error":{"message":"slow down"}})", 429),
              ElementsAre("is an error, status 429: slow down"));
  EXPECT_THAT(Missing("http", "", 503), ElementsAre("is an error, status 503"));
}

TEST(Completeness, ABodyShorterThanItsContentLengthIsTold) {
  EXPECT_THAT(Missing("http", "1234", 200, {{"content-length", "9"}}),
              ElementsAre("has 4 bytes of body, where its Content-Length says 9"));
  EXPECT_THAT(Missing("http", "", 204, {{"content-length", "9"}}), IsEmpty());
  EXPECT_THAT(Missing("http", "1234", 200, {{"content-length", "nine"}}), IsEmpty());
}

}  // namespace
}  // namespace reprise::format
