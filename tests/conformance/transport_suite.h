// What every Transport must do, as one suite. A transport joins with a TransportUnderTest and a line in
// transports_test.cc.
#ifndef REPRISE_TESTS_CONFORMANCE_TRANSPORT_SUITE_H_
#define REPRISE_TESTS_CONFORMANCE_TRANSPORT_SUITE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "reprise/transport.h"

namespace reprise {

// A transport, and the other side of it: a server, a cassette, a model.
class TransportUnderTest {
 public:
  virtual ~TransportUnderTest() = default;
  virtual Transport& transport() = 0;
  // Before any `Send`: this request shall get this reply, with its chunks as cut and its end, as often as it is asked.
  // Framing headers may stand behind its own.
  virtual void Answer(const Request& request, const Reply& reply) = 0;
  // The sink has taken a chunk: the next may come. Keeps chunks apart where a network is between.
  virtual void Taken() {}
  // The sink has been told the end, and will take no more.
  virtual void Ended() {}
  // "http://127.0.0.1:1234": where requests must go to be answered.
  virtual std::string base() const { return "http://127.0.0.1:1"; }
  // A request that cannot be answered.
  virtual Request Unanswerable() const = 0;
};

struct TransportCase {
  std::string name;
  std::function<std::unique_ptr<TransportUnderTest>()> make;
};

inline void PrintTo(const TransportCase& transport, std::ostream* out) { *out << transport.name; }
inline std::string NameOfTransport(const ::testing::TestParamInfo<TransportCase>& info) { return info.param.name; }

// Writes down all it is told, and leaves when told to.
class WatchingSink : public ReplySink {
 public:
  explicit WatchingSink(TransportUnderTest* other, std::size_t leave_after = ~std::size_t{0})
      : other_(other), leave_after_(leave_after) {}

  void OnStatusLine(const StatusLine& line) override { reply.OnStatusLine(line); }
  void OnTrailers(const Headers& trailers) override { reply.OnTrailers(trailers); }
  void OnHead(int status, const Headers& headers) override {
    Note("head");
    reply.OnHead(status, headers);
  }
  void OnCoding(const std::vector<std::string>& coding) override { reply.OnCoding(coding); }
  bool OnChunk(std::string_view bytes, std::uint32_t ms) override {
    Note("chunk");
    reply.OnChunk(bytes, ms);
    ++chunks;
    if (other_ != nullptr) other_->Taken();
    return chunks < leave_after_;
  }
  void OnEnd(const BrokenEnd* end) override {
    Note("end");
    reply.OnEnd(end);
    if (other_ != nullptr) other_->Ended();
  }

  std::vector<std::string> told;  // "head", "chunk", "end"; repeats of "chunk" once
  CollectingSink reply;
  std::size_t chunks = 0;
  bool one_thread = true;

 private:
  void Note(const std::string& what) {
    one_thread = one_thread && std::this_thread::get_id() == caller_;
    if (told.empty() || told.back() != what || what != "chunk") told.push_back(what);
  }

  TransportUnderTest* const other_;
  const std::size_t leave_after_;
  const std::thread::id caller_ = std::this_thread::get_id();
};

class TransportSuite : public ::testing::TestWithParam<TransportCase> {
 protected:
  void SetUp() override { other_ = GetParam().make(); }

  Request Ask(const std::string& what) const {
    Request request;
    request.endpoint = "openai";
    request.format = "openai.chat";
    request.method = "POST";
    request.url = other_->base() + "/v1/chat/completions";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = R"({"model":"m","messages":[{"role":"user","content":")" + what + R"("}]})";
    return request;
  }

  static Reply Chunks(const std::vector<std::string>& chunks) {
    Reply reply;
    reply.status = 200;
    reply.headers = {{"Content-Type", "text/event-stream"}, {"X-Request-ID", "1"}, {"x-two", "b"}, {"X-Two", "a"}};
    for (const std::string& chunk : chunks) {
      reply.body += chunk;
      reply.cuts.push_back(chunk.size());
      reply.ms.push_back(0);
    }
    return reply;
  }

  Status Send(const Request& request, WatchingSink& sink) { return other_->transport().Send(request, context_, sink); }

  SendContext context_;
  std::unique_ptr<TransportUnderTest> other_;
};

TEST_P(TransportSuite, TellsOneHeadThenChunksThenOneEndOnTheCallersThread) {
  other_->Answer(Ask("x"), Chunks({"one", "two", "three"}));
  WatchingSink sink(other_.get());
  const Status status = Send(Ask("x"), sink);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(sink.told, ::testing::ElementsAre("head", "chunk", "end"));
  EXPECT_TRUE(sink.one_thread);
}

TEST_P(TransportSuite, KeepsBytesChunksStatusAndHeadersAsTheyCame) {
  const std::string odd("\0\r\n\xff\xfe data: \n\n", 14);
  const Reply sent = Chunks({"data: Z\xC3", "\xBCrich\n\n", odd, "last"});
  other_->Answer(Ask("x"), sent);
  WatchingSink sink(other_.get());
  ASSERT_TRUE(Send(Ask("x"), sink).ok());
  const Reply& got = sink.reply.reply();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, sent.body);
  EXPECT_EQ(got.cuts, sent.cuts);
  EXPECT_EQ(got.end, std::nullopt);
  EXPECT_TRUE(got.exact);
  ASSERT_GE(got.headers.size(), sent.headers.size());
  EXPECT_EQ(Headers(got.headers.begin(), got.headers.begin() + static_cast<std::ptrdiff_t>(sent.headers.size())),
            sent.headers);
}

TEST_P(TransportSuite, KeepsThePhraseAndTheTrailersAsTheyCame) {
  Reply sent = Chunks({"one"});
  sent.reason = "Fine by me";
  sent.trailers = {{"X-Sum", "9"}, {"x-sum", "8"}};
  other_->Answer(Ask("x"), sent);
  WatchingSink sink(other_.get());
  ASSERT_TRUE(Send(Ask("x"), sink).ok());
  EXPECT_EQ(sink.reply.reply().reason, "Fine by me");
  EXPECT_EQ(sink.reply.reply().trailers, sent.trailers);
}

TEST_P(TransportSuite, AReplyWithoutABodyHasNoChunk) {
  other_->Answer(Ask("x"), Chunks({}));
  WatchingSink sink(other_.get());
  ASSERT_TRUE(Send(Ask("x"), sink).ok());
  EXPECT_THAT(sink.told, ::testing::ElementsAre("head", "end"));
}

TEST_P(TransportSuite, AnErrorStatusIsAReplyLikeAnyOther) {
  for (const int status : {400, 401, 429, 500}) {
    Reply reply = Chunks({R"({"error":{"message":"no"}})"});
    reply.status = status;
    other_->Answer(Ask(std::to_string(status)), reply);
  }
  for (const int status : {400, 401, 429, 500}) {
    WatchingSink sink(other_.get());
    ASSERT_TRUE(Send(Ask(std::to_string(status)), sink).ok()) << status;
    EXPECT_EQ(sink.reply.reply().status, status);
    EXPECT_EQ(sink.reply.reply().body, R"({"error":{"message":"no"}})");
  }
}

TEST_P(TransportSuite, AReplyThatBrokeIsAReplyThatSaysWhere) {
  for (const char* how : {"closed", "reset"}) {
    Reply reply = Chunks({"data: one\n\n", "data: t"});
    reply.end = BrokenEnd{how, reply.body.size()};
    other_->Answer(Ask(how), reply);
  }
  for (const char* how : {"closed", "reset"}) {
    WatchingSink sink(other_.get());
    ASSERT_TRUE(Send(Ask(how), sink).ok()) << how;
    EXPECT_EQ(sink.reply.reply().body, "data: one\n\ndata: t");
    EXPECT_EQ(sink.reply.reply().end, (BrokenEnd{how, 18}));
    EXPECT_EQ(sink.told.back(), "end");
  }
}

TEST_P(TransportSuite, StopsWhenTheSinkLeavesAndEndsAsClosed) {
  other_->Answer(Ask("x"), Chunks({"one", "two", "three", "four"}));
  WatchingSink sink(other_.get(), 2);
  const Status status = Send(Ask("x"), sink);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(sink.chunks, 2u);
  EXPECT_THAT(sink.told, ::testing::ElementsAre("head", "chunk", "end"));
  ASSERT_TRUE(sink.reply.reply().end.has_value());
  EXPECT_EQ(sink.reply.reply().end->how, "closed");
}

TEST_P(TransportSuite, AnswersSeveralThreadsAtOnceEachWithItsOwn) {
  constexpr int kThreads = 8, kCalls = 10;
  for (int i = 0; i < kThreads; ++i) other_->Answer(Ask(std::to_string(i)), Chunks({"reply " + std::to_string(i)}));
  std::vector<std::thread> threads;
  std::vector<std::string> wrong(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int call = 0; call < kCalls; ++call) {
        WatchingSink sink(nullptr);
        const Status status = Send(Ask(std::to_string(i)), sink);
        const bool right = status.ok() && sink.one_thread && sink.reply.reply().body == "reply " + std::to_string(i);
        if (!right) wrong[static_cast<std::size_t>(i)] = status.ToString() + " / " + sink.reply.reply().body;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ::testing::Each(std::string()));
}

TEST_P(TransportSuite, AFailureNamesItsObjectAndANextStepAndTellsTheSinkNothing) {
  WatchingSink sink(other_.get());
  const Status status = Send(other_->Unanswerable(), sink);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.kind(), ErrorKind::kInternal);
  EXPECT_NE(status.reason(), "");
  // The text of a miss names all there is to name by itself.
  if (status.kind() != ErrorKind::kMismatch) {
    EXPECT_NE(status.object(), "");
    EXPECT_NE(status.next(), "");
  }
  EXPECT_THAT(sink.told, ::testing::IsEmpty());
}

TEST_P(TransportSuite, DescribesItselfInOneLine) {
  EXPECT_NE(other_->transport().Describe(), "");
  EXPECT_EQ(other_->transport().Describe().find('\n'), std::string::npos);
}

}  // namespace reprise

#endif  // REPRISE_TESTS_CONFORMANCE_TRANSPORT_SUITE_H_
