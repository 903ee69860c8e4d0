// Open, lookup and replay of cassettes from 100 to 100,000 exchanges, in process (google-benchmark).
//
// Lookup is `Find`: key to place, hit or miss. Replay is what a request costs in process: normal form, SHA-256, Find,
// Read with its bodies restored. "in order" asks as a test does; "anywhere" jumps between frames.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <random>
#include <string>

#include "reprise/cassette.h"
#include "tests/bench/bench_corpus.h"

namespace reprise::bench {
namespace {

// One cassette of each size for the life of the process.
const std::string& CassetteOf(std::uint64_t count) {
  struct Files {
    std::string folder = "/tmp/reprise_bench_" + std::to_string(::getpid());
    std::map<std::uint64_t, std::string> paths;
    ~Files() {
      for (const auto& [n, path] : paths) ::unlink(path.c_str());
      ::rmdir(folder.c_str());
    }
  };
  static Files files;
  std::string& path = files.paths[count];
  if (path.empty()) {
    path = files.folder + "/" + std::to_string(count) + ".reprise";
    CassetteHead head;
    head.session = "Bench.Replay";
    auto writer = CassetteWriter::Create(path, head, {}).value();
    for (std::uint64_t i = 0; i < count; ++i)
      if (!writer->Append(MakeExchange(i)).ok()) std::abort();
    if (!writer->Seal().ok()) std::abort();
  }
  return path;
}

void Open(benchmark::State& state) {
  const std::string& path = CassetteOf(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(CassetteReader::Open(path).value());
}

void FindHit(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  auto reader = CassetteReader::Open(CassetteOf(count)).value();
  std::mt19937_64 random(1);
  std::vector<std::string> keys;
  for (int i = 0; i < 1024; ++i) keys.push_back(KeyOf(MakeRequest(random() % count), 0, Rules{}));
  std::size_t n = 0;
  for (auto _ : state) {
    auto places = reader->Find(keys[n++ % keys.size()]);
    if (places.empty()) state.SkipWithError("a recorded key was not found");
    benchmark::DoNotOptimize(places);
  }
}

void FindMiss(benchmark::State& state) {
  auto reader = CassetteReader::Open(CassetteOf(static_cast<std::uint64_t>(state.range(0)))).value();
  std::vector<std::string> keys;
  for (int i = 0; i < 1024; ++i)
    keys.push_back(KeyOf(MakeRequest(static_cast<std::uint64_t>(i) + 1'000'000'000), 0, Rules{}));
  std::size_t n = 0;
  for (auto _ : state) {
    auto places = reader->Find(keys[n++ % keys.size()]);
    if (!places.empty()) state.SkipWithError("an unknown key was found");
    benchmark::DoNotOptimize(places);
  }
}

void Replay(benchmark::State& state, bool in_order) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  auto reader = CassetteReader::Open(CassetteOf(count)).value();
  std::mt19937_64 random(2);
  std::vector<Request> requests;
  for (std::uint64_t i = 0; i < 1024; ++i) requests.push_back(MakeRequest(in_order ? i % count : random() % count));
  std::size_t n = 0;
  for (auto _ : state) {
    const std::string key = KeyOf(requests[n++ % requests.size()], 0, Rules{});
    auto exchange = reader->Read(reader->Find(key).front());
    if (!exchange.ok() || exchange->key != key) state.SkipWithError("the wrong exchange was read");
    benchmark::DoNotOptimize(exchange);
  }
}

void Key(benchmark::State& state) {
  const Request request = MakeRequest(1);
  for (auto _ : state) benchmark::DoNotOptimize(KeyOf(request, 0, Rules{}));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.body.size()));
}

BENCHMARK(Key)->Unit(benchmark::kMicrosecond);
BENCHMARK(Open)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(FindHit)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(FindMiss)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Replay, in_order, true)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Replay, anywhere, false)->RangeMultiplier(10)->Range(100, 100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace reprise::bench

BENCHMARK_MAIN();
