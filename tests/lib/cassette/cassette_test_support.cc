#include "tests/lib/cassette/cassette_test_support.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

namespace reprise::cassette {

CassetteTest::CassetteTest() {
  // In memory where there is such a folder: some tests write thousands of files, and many syncs.
  std::string pattern =
      (::access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : ::testing::TempDir()) + "reprise-cassette-XXXXXX";
  folder_ = ::mkdtemp(pattern.data());
}

CassetteTest::~CassetteTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

CassetteHead CassetteTest::Head() {
  CassetteHead head;
  head.session = "Suite.Test";
  return head;
}

std::string CassetteTest::Written(const std::string& name, const std::vector<Exchange>& exchanges,
                                  CassetteWriter::Form form) const {
  CassetteWriter::Options options;
  options.form = form;
  const std::string path = PathOf(name);
  auto writer = CassetteWriter::Create(path, Head(), options);
  EXPECT_TRUE(writer.ok()) << writer.status();
  if (!writer.ok()) return path;
  for (const Exchange& exchange : exchanges) {
    const Status status = (*writer)->Append(exchange);
    EXPECT_TRUE(status.ok()) << status;
  }
  const Status status = (*writer)->Seal();
  EXPECT_TRUE(status.ok()) << status;
  return path;
}

Exchange Numbered(int number, const std::string& lane) {
  Exchange exchange;
  const std::string text = std::to_string(number);
  exchange.lane = lane;
  exchange.model = {"gpt-4o-mini", "gpt-4o-mini-2024-07-18", ""};
  exchange.request = {"openai",
                      "openai.chat",
                      "POST",
                      "https://api.openai.com/v1/chat/completions",
                      {{"Content-Type", "application/json"}},
                      R"({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say )" + text +
                          R"("}], "temperature": 1.0})"};
  exchange.key = KeyOf(exchange.request, 0, Rules());
  exchange.reply.status = 200;
  exchange.reply.headers = {{"Content-Type", "application/json"}, {"x-request-id", "req_" + text}};
  exchange.reply.body = R"({"id":"chatcmpl-)" + text +
                        R"(","choices":[{"index":0,"message":{"role":"assistant","content":"été )" + text +
                        R"("},"finish_reason":"stop"}]})"
                        "\n";
  exchange.reply.ms = {static_cast<std::uint32_t>(400 + number % 100)};
  exchange.reply.key = exchange.key;
  exchange.reply.model = exchange.model;
  exchange.at = "2026-11-23T14:00:00Z";
  return exchange;
}

Exchange Long(int number, std::size_t bytes) {
  Exchange exchange = Numbered(number);
  std::mt19937 random(static_cast<unsigned>(number));
  std::string prose;
  while (prose.size() < bytes) {
    for (unsigned length = 2 + random() % 8; length > 0; --length) prose += static_cast<char>('a' + random() % 26);
    prose += ' ';
  }
  exchange.reply.body = R"({"choices":[{"message":{"content":")" + prose + R"("}}]})";
  return exchange;
}

std::string Bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void Put(const std::string& path, std::string_view bytes) {
  ::unlink(path.c_str());  // some disks flush a file that is emptied and written again
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string TextOfCassette(const std::string& path) {
  std::string text;
  const auto reader = CassetteReader::Open(path);
  if (!reader.ok()) return text;
  (void)(*reader)->ForEachLine([&](std::string_view record) {
    text.append(record).append("\n");
    return true;
  });
  return text;
}

std::vector<Exchange> ReadAll(const std::string& path) {
  std::vector<Exchange> all;
  const auto reader = CassetteReader::Open(path);
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!reader.ok()) return all;
  (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    all.push_back(std::move(exchange));
    return true;
  });
  return all;
}

::testing::AssertionResult Same(const Exchange& a, const Exchange& b) {
  const auto differs = [](const char* what) {
    return ::testing::AssertionFailure() << "they differ in '" << what << "'";
  };
  if (a.key != b.key) return differs("key");
  if (a.lane != b.lane) return differs("lane");
  if (a.auth != b.auth) return differs("auth");
  if (!(a.model == b.model)) return differs("model");
  if (a.request.endpoint != b.request.endpoint) return differs("endpoint");
  if (a.request.format != b.request.format) return differs("format");
  if (a.request.method != b.request.method) return differs("method");
  if (a.request.url != b.request.url) return differs("url");
  if (a.request.headers != b.request.headers) return differs("request headers");
  if (a.request.body != b.request.body) return differs("request body");
  if (a.request.trailers != b.request.trailers) return differs("request trailers");
  if (a.reply.status != b.reply.status) return differs("status");
  if (a.reply.reason != b.reply.reason) return differs("reason");
  if (a.reply.version != b.reply.version) return differs("version");
  if (a.reply.trailers != b.reply.trailers) return differs("trailers");
  if (a.reply.headers != b.reply.headers) return differs("reply headers");
  if (a.reply.body != b.reply.body) return differs("reply body");
  if (a.reply.cuts != b.reply.cuts) return differs("cuts");
  if (a.reply.ms != b.reply.ms) return differs("ms");
  if (a.reply.end != b.reply.end) return differs("end");
  if (a.reply.coding != b.reply.coding) return differs("coding");
  if (a.reply.exact != b.reply.exact) return differs("exact");
  if (a.left != b.left) return differs("left");
  if (a.masked != b.masked) return differs("masked");
  if (a.overlaps != b.overlaps) return differs("overlaps");
  if (a.at != b.at) return differs("at");
  if (a.unknown != b.unknown) return differs("unknown");
  return ::testing::AssertionSuccess();
}

}  // namespace reprise::cassette
