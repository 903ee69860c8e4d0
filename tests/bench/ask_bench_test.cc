// A test program that asks its cassette many times; tests/bench/end_to_end.py runs and times it. Registered nowhere
// else.
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/bench/bench_corpus.h"

namespace {

std::uint64_t Number(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Bench, Replay) {
  const std::uint64_t total = Number("BENCH_TOTAL", 100), count = Number("BENCH_COUNT", 100);
  reprise::Current().AllowUnused("a benchmark asks at random");
  std::mt19937_64 random(Number("BENCH_SEED", 1));
  const std::string system = reprise::bench::SystemText();
  std::uint64_t wrong = 0;
  std::chrono::steady_clock::duration first{}, rest{};
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::uint64_t i = random() % total;
    const std::string user = reprise::bench::UserText(i);
    const std::string expected = "Answer " + std::to_string(i) + ": ";
    const auto start = std::chrono::steady_clock::now();
    auto reply = reprise::Current().Ask(reprise::Chat(std::string("openai/") + reprise::bench::kModel)
                                            .System(system)
                                            .User(user)
                                            .Temperature(0)
                                            .Seed(42)
                                            .MaxTokens(300));
    (n == 0 ? first : rest) += std::chrono::steady_clock::now() - start;
    if (!reply.ok() || reply->text.rfind(expected, 0) != 0) ++wrong;
  }
  const auto us = [](auto d) { return std::chrono::duration<double, std::micro>(d).count(); };
  std::printf("BENCH {\"first_us\":%.1f,\"ask_us\":%.3f,\"wrong\":%llu}\n", us(first),
              count > 1 ? us(rest) / static_cast<double>(count - 1) : 0.0, static_cast<unsigned long long>(wrong));
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
