// The common corpus of the benchmarks: chat exchanges that share a system prompt of about 1 KB and differ in the user's
// text, answers of about 1.4 KB. Exchange i is a pure function of i, so the peer's cassette can be made of the same
// bytes.
#ifndef REPRISE_TESTS_BENCH_BENCH_CORPUS_H_
#define REPRISE_TESTS_BENCH_BENCH_CORPUS_H_

#include <cstdint>
#include <string>

#include "lib/format/adapter.h"
#include "reprise/exchange.h"
#include "reprise/matching.h"

namespace reprise::bench {

inline constexpr char kModel[] = "gpt-4o-mini-2024-07-18";
inline constexpr char kUpstream[] = "http://127.0.0.1:9/v1";

// `count` words chosen by a counter-based generator (splitmix64), so neighbours have little in common to compress.
inline std::string Words(std::uint64_t seed, int count) {
  static constexpr const char* kWords[] = {"replica", "merge",     "clock",   "vector",   "state",    "update",
                                           "network", "partition", "commute", "join",     "counter",  "set",
                                           "causal",  "order",     "message", "eventual", "converge", "delta",
                                           "lattice", "prune",     "gossip",  "quorum",   "register", "tombstone"};
  std::string out;
  for (int i = 0; i < count; ++i) {
    std::uint64_t z = (seed * 1'000'003 + static_cast<std::uint64_t>(i) + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    if (!out.empty()) out += ' ';
    out += kWords[(z ^ (z >> 31)) % (sizeof kWords / sizeof *kWords)];
  }
  return out;
}

inline std::string SystemText() { return "You are a careful assistant. " + Words(7, 130); }
inline std::string UserText(std::uint64_t i) {
  return "Question " + std::to_string(i) + ": explain " + Words(i, 40) + "?";
}

inline Request MakeRequest(std::uint64_t i) {
  format::ChatRequest chat;
  chat.model = kModel;
  chat.turns.push_back({"system", SystemText(), {}, {}});
  chat.turns.push_back({"user", UserText(i), {}, {}});
  chat.parameters = {{"temperature", "0"}, {"seed", "42"}, {"max_tokens", "300"}};
  Request request = format::FindAdapter("openai.chat")->Write(chat, kUpstream).value();
  request.endpoint = "openai";
  request.format = "openai.chat";
  return request;
}

inline Reply MakeReply(std::uint64_t i) {
  Reply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body =
      R"({"id":"chatcmpl-)" + std::to_string(i) + R"(","object":"chat.completion","created":1764000000,"model":")" +
      kModel + R"(","choices":[{"index":0,"message":{"role":"assistant","content":")" + "Answer " + std::to_string(i) +
      ": " + Words(i + 1'000'000'007, 150) + R"(."},"logprobs":null,"finish_reason":"stop"}],)" +
      R"("usage":{"prompt_tokens":312,"completion_tokens":171,"total_tokens":483},"system_fingerprint":"fp_0123456789"})";
  return reply;
}

inline Exchange MakeExchange(std::uint64_t i) {
  Exchange exchange;
  exchange.request = MakeRequest(i);
  exchange.key = KeyOf(exchange.request, 0, Rules{});
  exchange.model = {kModel, kModel, ""};
  exchange.reply = MakeReply(i);
  return exchange;
}

}  // namespace reprise::bench

#endif  // REPRISE_TESTS_BENCH_BENCH_CORPUS_H_
