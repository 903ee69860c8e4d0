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
                                 Headers headers = {}) {
  Request request;
  request.format = format;
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
              ElementsAre("is a stream without its end ([DONE])"));
  EXPECT_THAT(Missing("anthropic.messages",
                      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"),
              ElementsAre("is a stream without its end (message_stop)"));
  EXPECT_THAT(Missing("gemini.generate", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"A\"}]}}]}\n\n"),
              ElementsAre("is a stream without its end (a finishReason)"));
  EXPECT_THAT(Missing("ollama.generate", "{\"response\":\"A\",\"done\":false}\n"),
              ElementsAre("is a stream without its end (\"done\": true)"));
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
