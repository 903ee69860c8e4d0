// Clients that leave, slow ones, and the front's own end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/replayer/front_test_support.h"

namespace reprise::replayer {
namespace {

using ::testing::EndsWith;
using ::testing::SizeIs;

// ---- Clients that leave, and slow ones ----

// Waits for OnGone.
struct Departure {
  std::promise<std::uint64_t> promise;
  void Watch(const AnswerPtr& answer) {
    answer->OnGone([this](std::uint64_t written) { promise.set_value(written); });
  }
  bool Noticed() { return promise.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready; }
};

TEST(FrontDeparture, AClientThatLeavesASilentStreamIsNoticed) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  Departure departure;
  departure.Watch(answer);
  answer->Head(200, "OK", {});
  EXPECT_TRUE(answer->Chunk("hello", 0, true));
  client.ReadUntil("hello\r\n");
  EXPECT_FALSE(answer->gone());
  client.Close();
  ASSERT_TRUE(departure.Noticed());
  EXPECT_TRUE(answer->gone());
  EXPECT_EQ(answer->written(), 5u);
  EXPECT_FALSE(answer->Chunk("more", 0, true));
}

TEST(FrontDeparture, ItIsNoticedWithAPipelinedRequestWaiting) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/1") + front.Get("/2"));
  const AnswerPtr answer = held.Get();
  Departure departure;
  departure.Watch(answer);
  client.Close();
  EXPECT_TRUE(departure.Noticed());
  EXPECT_THAT(front.arrived(), SizeIs(1));
}

TEST(FrontDeparture, AResetAndAHalfCloseCountAsGone) {
  for (const bool reset : {true, false}) {
    Held held;
    ScriptedFront front(held.script());
    RawClient client = front.Connect();
    client.Send(front.Get("/"));
    const AnswerPtr answer = held.Get();
    Departure departure;
    departure.Watch(answer);
    if (reset)
      client.Reset();
    else
      client.FinishSending();
    EXPECT_TRUE(departure.Noticed());
  }
}

TEST(FrontDeparture, WhoAsksLateIsToldAtOnce) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  Departure departure, again;
  departure.Watch(answer);
  client.Close();
  ASSERT_TRUE(departure.Noticed());
  again.Watch(answer);
  EXPECT_TRUE(again.Noticed());
}

TEST(FrontDeparture, AReplyThatEndedWellIsDoneAndNotGone) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client = front.Connect();
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  std::promise<std::uint64_t> done;
  answer->OnDone([&done](std::uint64_t written) { done.set_value(written); });
  answer->Head(200, "OK", {});
  answer->Chunk("hello", 0, true);
  answer->End();
  EXPECT_EQ(done.get_future().get(), 5u);
  client.ReadReply();
  client.Close();
  EXPECT_FALSE(answer->gone());
}

TEST(FrontFlow, ASlowReaderHoldsUpItsOwnProducerOnly) {
  FrontLimits limits;
  Held held;
  ScriptedFront front(
      [&held](const Arrived& request, const AnswerPtr& answer) {
        if (request.target == "/slow") return held.promise.set_value(answer);
        SayHi()(request, answer);
      },
      limits);
  RawClient slow(front.port().number, false, 4096);
  slow.Send(front.Get("/slow"));
  const AnswerPtr answer = held.Get();
  constexpr int kPieces = 2000;
  const std::string piece(10'000, 'x');
  std::atomic<int> pushed{0};
  std::uint64_t most_unsent = 0;
  std::thread producer([&] {
    answer->Head(200, "OK", {{"Connection", "close"}});
    for (int i = 0; i < kPieces; ++i) {
      if (!answer->Chunk(piece, 0, true)) return;
      most_unsent = std::max<std::uint64_t>(most_unsent, (i + 1) * piece.size() - answer->written());
      ++pushed;
    }
    answer->End();
  });
  RawClient quick = front.Connect();
  for (int i = 0; i < 20; ++i) {
    quick.Send(front.Get("/quick"));
    EXPECT_THAT(quick.ReadReply(), EndsWith("Hi"));
  }
  EXPECT_LT(pushed, kPieces) << "20 MB cannot lie in the buffers of the kernel";
  slow.ReadUntil("\r\n\r\n");
  EXPECT_THAT(slow.ReadAll(), SizeIs(kPieces * piece.size()));
  producer.join();
  EXPECT_LE(most_unsent, limits.reply_window_bytes + piece.size());
}

TEST(FrontFlow, AProducerThatWaitsIsReleasedWhenItsClientGoes) {
  Held held;
  ScriptedFront front(held.script());
  RawClient client(front.port().number, false, 4096);
  client.Send(front.Get("/"));
  const AnswerPtr answer = held.Get();
  std::promise<void> released;
  std::thread producer([&] {
    answer->Head(200, "OK", {});
    while (answer->Chunk(std::string(100'000, 'x'), 0, true)) continue;
    released.set_value();
  });
  client.ReadUntil("\r\n\r\n");
  client.Close();
  EXPECT_EQ(released.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  producer.join();
}

TEST(FrontFlow, ALongReplyDoesNotKeepOthersWaiting) {
  const std::string body(64 << 20, 'x');
  ScriptedFront front([&body](const Arrived& request, const AnswerPtr& answer) {
    if (request.target != "/long") return SayHi()(request, answer);
    answer->Head(200, "OK", {{"Content-Length", std::to_string(body.size())}});
    answer->Chunk(body, 0, false);
    answer->End();
  });
  RawClient longer = front.Connect();
  longer.Send(front.Get("/long"));
  longer.ReadUntil("\r\n\r\n");
  std::size_t got = 0;
  std::thread reader([&] { got = longer.Read(body.size()).size(); });
  RawClient quick = front.Connect();
  for (int i = 0; i < 10; ++i) {
    quick.Send(front.Get("/quick"));
    EXPECT_THAT(quick.ReadReply(), EndsWith("Hi"));
  }
  reader.join();
  EXPECT_EQ(got, body.size());
}

TEST(FrontLife, StoppingReleasesEverybody) {
  std::vector<AnswerPtr> answers;
  auto front = std::make_unique<ScriptedFront>(
      [&answers](const Arrived&, const AnswerPtr& answer) { answers.push_back(answer); });
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(front->Connect());
    clients.back().Send(front->Get("/"));
  }
  ASSERT_TRUE(front->WaitForRequests(8));
  std::thread producer([&] {
    answers[0]->Head(200, "OK", {});
    while (answers[0]->Chunk(std::string(100'000, 'x'), 0, true)) continue;
  });
  front->Stop();
  producer.join();
  for (const AnswerPtr& answer : answers) {
    EXPECT_TRUE(answer->gone());
    EXPECT_FALSE(answer->Chunk("x", 0, true));
    answer->Head(200, "OK", {});
    answer->End();
  }
  for (RawClient& client : clients) {
    client.ReadAll();
    EXPECT_NE(client.end(), End::kTimeout);
  }
}

TEST(FrontLife, PortsAreAddedFromManyThreads) {
  ScriptedFront front(SayHi());
  std::vector<std::thread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      const auto port = front.front().AddPort({});
      if (!port.ok()) return;
      RawClient client(port->number);
      client.Send("GET / HTTP/1.1\r\nHost: localhost:" + std::to_string(port->number) + "\r\n\r\n");
      if (client.ReadReply().find("Hi") != std::string::npos) ++answered;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 8);
}

}  // namespace
}  // namespace reprise::replayer
