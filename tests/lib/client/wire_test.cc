#include "lib/client/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <clocale>
#include <limits>
#include <thread>

namespace reprise::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Two ends of one connection.
class Wire : public ::testing::Test {
 protected:
  Wire() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  ~Wire() override {
    Hang(0);
    Hang(1);
  }
  void Hang(int end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }
  void Push(const std::string& bytes) {
    ASSERT_EQ(::send(ends_[0], bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  int here() const { return ends_[0]; }
  int there() const { return ends_[1]; }

 private:
  int ends_[2] = {-1, -1};
};

std::string Body(const Message& message) { return message.Encode().substr(4); }

TEST_F(Wire, CarriesFieldsInOrderWithTheirRepeatsAndAnyBytes) {
  const std::string bytes("\0\xFF\r\n", 4);
  Message sent("ask");
  sent.Add("note", "one").Add("", "").Add("note", bytes).Add("count", -7);
  ASSERT_TRUE(SendMessage(here(), sent).ok());
  const auto got = ReceiveMessage(there());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->fields(), sent.fields());
  EXPECT_EQ(got->Get("verb"), "ask");
  EXPECT_THAT(got->All("note"), ElementsAre("one", bytes));
  EXPECT_EQ(got->Get("count"), "-7");
  EXPECT_TRUE(got->Has(""));
  EXPECT_FALSE(got->Has("absent"));
  EXPECT_EQ(got->Get("absent"), "");
}

TEST_F(Wire, CarriesMessagesLargerThanASocketBuffer) {
  Message sent("golden");
  sent.Add("actual", std::string(std::size_t{9} << 20, 'x'));
  std::thread writer([&] { EXPECT_TRUE(SendMessage(here(), sent).ok()); });
  const auto got = ReceiveMessage(there());
  writer.join();
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->fields(), sent.fields());
}

TEST_F(Wire, GoesOnAfterSignals) {
  struct sigaction quiet = {}, before = {};
  quiet.sa_handler = [](int) {};  // no SA_RESTART: system calls return EINTR
  ASSERT_EQ(::sigaction(SIGUSR1, &quiet, &before), 0);
  Message sent("golden");
  sent.Add("actual", std::string(std::size_t{2} << 20, 'x'));
  Result<Message> got = Status(ErrorKind::kInternal, "", "not yet");
  std::thread reader([&] { got = ReceiveMessage(there()); });
  const pthread_t reading = reader.native_handle();
  const std::string bytes = sent.Encode();
  for (std::size_t at = 0; at < bytes.size(); at += 64 * 1024) {
    ::pthread_kill(reading, SIGUSR1);
    Push(bytes.substr(at, 64 * 1024));
  }
  reader.join();
  ASSERT_EQ(::sigaction(SIGUSR1, &before, nullptr), 0);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->fields(), sent.fields());
}

TEST_F(Wire, SaysClosedWhenThePeerHasGone) {
  Hang(1);
  EXPECT_EQ(ReceiveMessage(here()).status().reason(), "closed");
  // No SIGPIPE: this test would not be here to tell.
  EXPECT_EQ(SendMessage(here(), Message("ask")).reason(), "closed");
}

TEST_F(Wire, SaysTimedOutWhenAskedToWaitNoLonger) {
  const timeval soon = {0, 1000};
  ASSERT_EQ(::setsockopt(here(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), 0);
  EXPECT_EQ(ReceiveMessage(here()).status().reason(), "timed out");
}

TEST_F(Wire, TellsACutMessageFromAClosedConnection) {
  const std::string whole = Message("ask").Add("model", "tiny-1").Encode();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ASSERT_EQ(::send(pair[0], whole.data(), size, 0), static_cast<ssize_t>(size));
    ::close(pair[0]);
    const auto got = ReceiveMessage(pair[1]);
    ::close(pair[1]);
    ASSERT_FALSE(got.ok()) << size;
    EXPECT_THAT(got.status().reason(), HasSubstr("cut")) << size;
  }
}

TEST_F(Wire, RefusesAnAnnouncedLengthOverTheLimitWithoutTakingTheMemory) {
  Push(std::string("\x01\x00\x00\x10", 4));  // kMaxMessage + 1
  EXPECT_THAT(ReceiveMessage(there()).status().reason(), HasSubstr("over 256 MiB"));
}

TEST_F(Wire, DoesNotSendWhatTheOtherSideWouldRefuse) {
  Message many("ask");
  for (std::uint32_t i = 0; i < kMaxFields; ++i) many.Add("", "");
  EXPECT_EQ(SendMessage(here(), many).kind(), ErrorKind::kUsage);
  EXPECT_EQ(SendMessage(here(), Message("ask").Add(std::string(70000, 'n'), "")).kind(), ErrorKind::kUsage);
}

TEST(Message, DecodesEveryCutToAnErrorOrToFewerFields) {
  const std::string body = Body(Message("ask").Add("model", "tiny-1"));
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto got = Message::Decode(std::string_view(body).substr(0, size));
    if (got.ok()) {
      EXPECT_THAT(got->fields(), SizeIs(size == 0 ? 0 : 1)) << size;
    }
  }
  EXPECT_FALSE(Message::Decode(body + "x").ok());
}

TEST(Message, RefusesAMillionAndOneFields) {
  const std::string field(6, '\0');
  std::string body;
  for (std::uint32_t i = 0; i < kMaxFields; ++i) body += field;
  EXPECT_TRUE(Message::Decode(body).ok());
  EXPECT_THAT(Message::Decode(body + field).status().reason(), HasSubstr("million"));
}

TEST(Message, CarriesAStatusWithItsFourParts) {
  for (const ErrorKind kind : {ErrorKind::kUsage, ErrorKind::kMismatch, ErrorKind::kCassette, ErrorKind::kUpstream,
                               ErrorKind::kSecret, ErrorKind::kStale, ErrorKind::kIo, ErrorKind::kInternal}) {
    const Status status(kind, "Chat/Asks.reprise", "is not there", "Record it");
    const auto got = Message::Decode(Body(Message::Error(status)));
    ASSERT_TRUE(got.ok());
    const Status back = got->ToStatus();
    EXPECT_EQ(back.kind(), kind);
    EXPECT_EQ(back.ToString(), status.ToString());
  }
  EXPECT_TRUE(Message::Ok().ToStatus().ok());
}

TEST(Message, TakesAnAnswerOfAnUnknownKindForAFaultNotForSuccess) {
  EXPECT_EQ(Message().Add("status", "splendid").ToStatus().kind(), ErrorKind::kInternal);
  EXPECT_EQ(Message().Add("session", "1").ToStatus().kind(), ErrorKind::kInternal);
  EXPECT_EQ(Message().ToStatus().kind(), ErrorKind::kInternal);
}

Reply FullReply() {
  Reply reply;
  reply.status = 429;
  reply.reason = "";
  reply.version = "1.0";
  reply.headers = {{"Content-Type", "text/event-stream"}, {"X-Twice", "a"}, {"X-Twice", ""}};
  reply.trailers = {{"X-Sum", "9"}, {"x-sum", ""}};
  reply.body = std::string("data: 1\n\0\xFF", 10);
  reply.cuts = {7, 3, std::uint64_t{1} << 40};
  reply.ms = {0, 4294967295u, 3};
  reply.end = BrokenEnd{"reset", 10};
  reply.coding = {"gzip", "br"};
  reply.exact = false;
  reply.text = "Ada \xE2\x80\xA6";
  reply.refusal = "no";
  reply.reasoning = "because";
  reply.continuation = "{\"f\":[1]}";
  reply.tool_calls = {{"c1", "look", "{\"a\":1}"}, {"", "", ""}, {"c3", "see", "not json"}};
  reply.finish_reason = "stop";
  reply.usage = {1, std::nullopt, 0};
  reply.model = {"tiny", "tiny-1", "sha256:ab"};
  reply.fingerprint = "fp_1";
  reply.error = "slow down";
  reply.logprobs = {{"a", -0.1, {{"b", -1e-300}, {"", -std::numeric_limits<double>::infinity()}}}, {"c", 0, {}}};
  reply.choices = {"x", "", "y"};
  reply.key = std::string(64, 'f');
  reply.replayed = true;
  return reply;
}

Reply ThereAndBack(const Reply& reply) {
  Message message = Message::Ok();
  EncodeReply(reply, message);
  const auto got = Message::Decode(Body(message));
  EXPECT_TRUE(got.ok());
  return DecodeReply(*got);
}

void ExpectEqual(const Reply& a, const Reply& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.headers, b.headers);
  EXPECT_EQ(a.trailers, b.trailers);
  EXPECT_EQ(a.body, b.body);
  EXPECT_EQ(a.cuts, b.cuts);
  EXPECT_EQ(a.ms, b.ms);
  EXPECT_EQ(a.end, b.end);
  EXPECT_EQ(a.coding, b.coding);
  EXPECT_EQ(a.exact, b.exact);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.refusal, b.refusal);
  EXPECT_EQ(a.continuation, b.continuation);
  EXPECT_EQ(a.reasoning, b.reasoning);
  ASSERT_EQ(a.tool_calls.size(), b.tool_calls.size());
  for (std::size_t i = 0; i < a.tool_calls.size(); ++i) {
    EXPECT_EQ(a.tool_calls[i].id, b.tool_calls[i].id);
    EXPECT_EQ(a.tool_calls[i].name, b.tool_calls[i].name);
    EXPECT_EQ(a.tool_calls[i].arguments, b.tool_calls[i].arguments);
  }
  EXPECT_EQ(a.finish_reason, b.finish_reason);
  EXPECT_EQ(a.usage.prompt_tokens, b.usage.prompt_tokens);
  EXPECT_EQ(a.usage.completion_tokens, b.usage.completion_tokens);
  EXPECT_EQ(a.usage.total_tokens, b.usage.total_tokens);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.error, b.error);
  ASSERT_EQ(a.logprobs.size(), b.logprobs.size());
  for (std::size_t i = 0; i < a.logprobs.size(); ++i) {
    EXPECT_EQ(a.logprobs[i].token, b.logprobs[i].token);
    EXPECT_EQ(a.logprobs[i].logprob, b.logprobs[i].logprob);
    EXPECT_EQ(a.logprobs[i].top, b.logprobs[i].top);
  }
  EXPECT_EQ(a.choices, b.choices);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.replayed, b.replayed);
}

TEST(EncodedReply, ComesBackWithEveryMember) { ExpectEqual(ThereAndBack(FullReply()), FullReply()); }

TEST(EncodedReply, ComesBackWhenNothingWasSaid) { ExpectEqual(ThereAndBack(Reply()), Reply()); }

TEST(EncodedReply, DoesNotDependOnTheLocale) {
  const char* before = std::setlocale(LC_ALL, nullptr);
  const std::string keep = before != nullptr ? before : "C";
  if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr) GTEST_SKIP() << "the locale de_DE.UTF-8 is not installed here";
  ExpectEqual(ThereAndBack(FullReply()), FullReply());
  std::setlocale(LC_ALL, keep.c_str());
}

TEST(EncodedReply, IgnoresWhatBelongsToNothing) {
  const Reply reply = DecodeReply(Message::Ok()
                                      .Add("reply.header.value", "v")
                                      .Add("reply.trailer.value", "v")
                                      .Add("reply.tool.name", "n")
                                      .Add("reply.logprob.top.value", "1")
                                      .Add("reply.end.after", "1")
                                      .Add("reply.status", "2x")
                                      .Add("reply.cuts", "1,,x")
                                      .Add("reply.unheard_of", "1")
                                      .Add("status", "9"));
  Reply expected;
  expected.cuts = {1, 0, 0};
  ExpectEqual(reply, expected);
}

}  // namespace
}  // namespace reprise::internal
