// What every adapter must do, as one suite. An adapter joins with a sample and a line in adapters_test.cc.
#ifndef REPRISE_TESTS_CONFORMANCE_ADAPTER_SUITE_H_
#define REPRISE_TESTS_CONFORMANCE_ADAPTER_SUITE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "lib/format/adapter.h"
#include "lib/wire/json_text.h"
#include "tests/conformance/same_meaning.h"

namespace reprise::format {

// One reply, as the format's servers send it whole and streamed; it must have some text and a tool call.
struct AdapterSample {
  std::string adapter;  // its name
  std::string base_url;
  std::string whole, streamed;
  std::string failure;  // body of an error reply
  std::string failure_message;
  std::string text;  // what the sample says
};

inline void PrintTo(const AdapterSample& sample, std::ostream* out) { *out << sample.adapter; }
inline std::string NameOfSample(const ::testing::TestParamInfo<AdapterSample>& info) {
  std::string out;
  for (const char c : info.param.adapter) {
    if (c != '.') out.push_back(c);
  }
  return out;
}

class AdapterSuite : public ::testing::TestWithParam<AdapterSample> {
 protected:
  const Adapter& adapter() const { return *FindAdapter(GetParam().adapter); }

  static ChatRequest Chat() {
    ChatRequest chat;
    chat.model = "some-model-2025-01-01";
    chat.turns = {{"system", "Be brief.", {}, ""}, {"user", "Say \"Zürich\"\n\tand 🙂.", {}, ""}};
    chat.parameters = {{"temperature", "0.50"}, {"seed", "42"}};
    return chat;
  }

  Reply Read(const std::string& body, int status = 200) const {
    const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
    Reply reply;
    reply.status = status;
    reply.body = body;
    if (request.ok()) adapter().ReadReply(*request, reply);
    return reply;
  }
};

TEST_P(AdapterSuite, IsFoundByItsName) {
  ASSERT_NE(FindAdapter(GetParam().adapter), nullptr);
  EXPECT_EQ(adapter().name(), GetParam().adapter);
}

TEST_P(AdapterSuite, RecognisesAndReadsBackWhatItWrites) {
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->format, adapter().name());
  EXPECT_EQ(request->url.rfind(GetParam().base_url, 0), 0u) << request->url;
  EXPECT_TRUE(adapter().Recognises(*request));
  EXPECT_EQ(RecogniseAdapter(*request), &adapter());
  const std::optional<Prompt> prompt = adapter().ReadRequest(*request);
  ASSERT_TRUE(prompt.has_value());
  EXPECT_EQ(prompt->model, Chat().model);
  EXPECT_FALSE(prompt->stream);
  ASSERT_EQ(prompt->messages.size(), 2u);
  EXPECT_EQ(prompt->messages[0].role, "system");
  EXPECT_EQ(prompt->messages[0].text, Chat().turns[0].text);
  EXPECT_EQ(prompt->messages[1].text, Chat().turns[1].text);
  EXPECT_EQ(prompt->parameters.size(), 2u);
}

TEST_P(AdapterSuite, WritesTheSameBytesForTheSameRequestAndOthersForAnother) {
  const auto body = [&](const ChatRequest& chat) { return adapter().Write(chat, GetParam().base_url)->body; };
  EXPECT_EQ(body(Chat()), body(Chat()));
  ChatRequest other = Chat();
  other.turns[1].text += " ";
  EXPECT_NE(body(other), body(Chat()));
  other = Chat();
  other.parameters[1].second = "43";
  EXPECT_NE(body(other), body(Chat()));
}

TEST_P(AdapterSuite, WritesJsonWithoutDuplicateNames) {
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  ASSERT_TRUE(request.ok());
  const auto tree = wire::JsonTree::Parse(request->body);
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_FALSE(tree->HasDuplicateNames());
}

TEST_P(AdapterSuite, CarriesACredentialInAHeaderOnly) {
  const Header header = adapter().Credential("sk-secret");
  EXPECT_THAT(header.value, ::testing::HasSubstr("sk-secret"));
  EXPECT_FALSE(header.name.empty());
  const Result<Request> request = adapter().Write(Chat(), GetParam().base_url);
  for (const Header& written : request->headers) EXPECT_NE(written.name, header.name);
}

TEST_P(AdapterSuite, WholeAndStreamedGiveOneValue) {
  const Reply whole = Read(GetParam().whole);
  ExpectSameMeaning(Read(GetParam().streamed), whole);
  EXPECT_EQ(whole.text, GetParam().text);
  EXPECT_FALSE(whole.tool_calls.empty());
  EXPECT_EQ(whole.model.asked, Chat().model);
  EXPECT_FALSE(whole.model.answered.empty());
  EXPECT_FALSE(whole.finish_reason.empty());
  EXPECT_TRUE(whole.usage.total_tokens.has_value());
  EXPECT_EQ(whole.error, "");
}

TEST_P(AdapterSuite, ReadingKeepsTheBytesAndMayBeRepeated) {
  Reply once = Read(GetParam().streamed);
  EXPECT_EQ(once.body, GetParam().streamed);
  Reply twice = once;
  adapter().ReadReply(*adapter().Write(Chat(), GetParam().base_url), twice);
  ExpectSameMeaning(twice, once);
  Reply other = Read(GetParam().failure, 429);
  other.status = 200;
  other.body = once.body;  // what was read before leaves no trace
  adapter().ReadReply(*adapter().Write(Chat(), GetParam().base_url), other);
  ExpectSameMeaning(other, once);
}

TEST_P(AdapterSuite, AStreamCutAnywhereSaysABeginning) {
  const std::string& streamed = GetParam().streamed;
  for (std::size_t length = 0; length < streamed.size(); ++length) {
    const Reply reply = Read(streamed.substr(0, length));
    ASSERT_EQ(GetParam().text.rfind(reply.text, 0), 0u) << length;
    ASSERT_EQ(reply.error, "") << length;
  }
}

TEST_P(AdapterSuite, AWholeReplyCutAnywhereSaysNothing) {
  const std::string& whole = GetParam().whole;
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    ASSERT_EQ(Read(whole.substr(0, length)).text, "") << length;
  }
}

TEST_P(AdapterSuite, AFailureHasTheProvidersMessage) {
  const Reply reply = Read(GetParam().failure, 429);
  EXPECT_EQ(reply.error, GetParam().failure_message);
  EXPECT_EQ(reply.text, "");
  EXPECT_NE(Read("", 500).error, "");
}

TEST_P(AdapterSuite, BytesThatAreNoReplyLeaveTheMeaningEmpty) {
  std::string deep(100000, '[');
  for (const std::string& body : {std::string(), std::string("\0\xff\xfe", 3), std::string("null"), std::string("[]"),
                                  std::string("\x1f\x8b\x08"), std::string("{\"choices\":{}}"), deep}) {
    const Reply reply = Read(body);
    EXPECT_EQ(reply.text, "");
    EXPECT_TRUE(reply.tool_calls.empty());
    EXPECT_EQ(reply.model.asked, Chat().model);
  }
}

TEST_P(AdapterSuite, NamesVolatileFieldsAsPointers) {
  EXPECT_FALSE(adapter().VolatileFields().empty());
  for (const std::string& pointer : adapter().VolatileFields()) EXPECT_EQ(pointer.front(), '/') << pointer;
}

TEST_P(AdapterSuite, RefusesABaseUrlThatIsNone) {
  for (const char* url : {"", "nowhere", "file:///etc/passwd"}) {
    EXPECT_EQ(adapter().Write(Chat(), url).status().kind(), ErrorKind::kUsage) << url;
  }
}

}  // namespace reprise::format

#endif  // REPRISE_TESTS_CONFORMANCE_ADAPTER_SUITE_H_
