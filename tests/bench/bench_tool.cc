// Makes and replays the benchmark's cassettes, one measurement a process, so that a script can interleave it with a
// peer.
//
//   bench_tool make N CASSETTE [BODIES.jsonl]   BODIES: one {"request","reply"} a line, for the peer's cassette
//   bench_tool replay CASSETTE N COUNT SEED     COUNT random requests answered; prints one JSON line

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "lib/wire/json_text.h"
#include "reprise/cassette.h"
#include "tests/bench/bench_corpus.h"

namespace reprise::bench {
namespace {

using Clock = std::chrono::steady_clock;

double Microseconds(Clock::duration d) { return std::chrono::duration<double, std::micro>(d).count(); }

// Not ru_maxrss, which begins with what the process that started this one held.
long PeakRssKib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (long kib = 0; word == "VmHWM:" && status >> kib) return kib;
  return 0;
}

[[noreturn]] void Fail(const Status& status) {
  std::fprintf(stderr, "bench_tool: %s\n", status.ToString().c_str());
  std::exit(status.ExitCode());
}

int Make(std::uint64_t count, const std::string& path, const char* bodies) {
  CassetteHead head;
  head.session = "Bench.Replay";
  auto writer = CassetteWriter::Create(path, head, {});
  if (!writer.ok()) Fail(writer.status());
  std::ofstream lines;
  if (bodies != nullptr) lines.open(bodies, std::ios::binary);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Exchange exchange = MakeExchange(i);
    if (Status status = (*writer)->Append(exchange); !status.ok()) Fail(status);
    if (bodies != nullptr)
      lines << "{\"request\":" << wire::QuoteJson(exchange.request.body)
            << ",\"reply\":" << wire::QuoteJson(exchange.reply.body) << "}\n";
  }
  if (Status status = (*writer)->Seal(); !status.ok()) Fail(status);
  return 0;
}

int Replay(const std::string& path, std::uint64_t total, std::uint64_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> asked(count);
  for (auto& i : asked) i = random() % total;
  std::vector<Request> requests;
  for (const auto i : asked) requests.push_back(MakeRequest(i));
  std::vector<std::string> expected;
  for (const auto i : asked) expected.push_back(MakeReply(i).body);

  const auto start = Clock::now();
  auto reader = CassetteReader::Open(path);
  if (!reader.ok()) Fail(reader.status());
  const auto opened = Clock::now();

  Clock::duration keying{}, finding{}, reading{};
  std::uint64_t wrong = 0;
  for (std::size_t n = 0; n < requests.size(); ++n) {
    const auto a = Clock::now();
    const std::string key = KeyOf(requests[n], 0, Rules{});
    const auto b = Clock::now();
    const auto places = (*reader)->Find(key);
    const auto c = Clock::now();
    if (places.empty()) {
      ++wrong;
      continue;
    }
    const auto exchange = (*reader)->Read(places.front());
    const auto d = Clock::now();
    if (!exchange.ok() || exchange->key != key || exchange->reply.body != expected[n]) ++wrong;
    keying += b - a;
    finding += c - b;
    reading += d - c;
  }
  const double n = static_cast<double>(count);
  std::printf(
      "{\"open_us\":%.1f,\"key_us\":%.3f,\"find_us\":%.3f,\"read_us\":%.3f,\"replays_per_s\":%.1f,\"wrong\":%llu,"
      "\"peak_rss_kib\":%ld}\n",
      Microseconds(opened - start), Microseconds(keying) / n, Microseconds(finding) / n, Microseconds(reading) / n,
      n / (Microseconds(keying + finding + reading) / 1e6), static_cast<unsigned long long>(wrong), PeakRssKib());
  return wrong == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "make" && (argc == 4 || argc == 5))
    return Make(std::strtoull(argv[2], nullptr, 10), argv[3], argc == 5 ? argv[4] : nullptr);
  if (verb == "replay" && argc == 6)
    return Replay(argv[2], std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10),
                  std::strtoull(argv[5], nullptr, 10));
  std::fputs("usage: bench_tool make N CASSETTE [BODIES.jsonl] | bench_tool replay CASSETTE N COUNT SEED\n", stderr);
  return 2;
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) { return reprise::bench::Main(argc, argv); }
