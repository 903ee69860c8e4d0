#include "recorder/importers/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/file_system.h"
#include "lib/base/hash.h"
#include "recorder/importers/endpoint_name.h"
#include "tests/recorder/importers/corpus.h"

namespace reprise::recorder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<ImportedEntry> Import(std::string_view bytes, const ImportOptions& options = {}) {
  std::vector<ImportedEntry> entries;
  const auto summary =
      ImportBytes(bytes, "file", options, [&](ImportedEntry&& entry) { entries.push_back(std::move(entry)); });
  EXPECT_TRUE(summary.ok()) << summary.status();
  return entries;
}

// A file of vcrpy's with these entries: "headers of the request", "its body", "headers of the reply", "its body".
std::string Vcrpy(const std::vector<std::array<std::string, 4>>& entries,
                  const std::string& url = "https://api.openai.com/v1/chat/completions") {
  std::string out = "interactions:\n";
  for (const auto& [request_headers, request_body, reply_headers, reply_body] : entries) {
    out += "- request: {method: POST, uri: '" + url + "', headers: {" + request_headers + "}, body: " + request_body +
           "}\n  response: {status: {code: 200}, headers: {" + reply_headers + "}, body: {string: " + reply_body +
           "}}\n";
  }
  return out;
}

TEST(Importer, AnEntryIsAsIfWeHadRecordedIt) {
  const auto entries = Import(Vcrpy({{"Authorization: Bearer sk-x, Content-Type: application/json, User-Agent: py",
                                      R"('{"model": "gpt-4o", "messages": []}')", "Set-Cookie: 'a=bcd; Path=/'",
                                      R"('{"model": "gpt-4o-2024-08-06"}')"}}));
  ASSERT_EQ(entries.size(), 1u);
  ASSERT_TRUE(entries[0].exchange) << entries[0].reason;
  const Exchange& exchange = *entries[0].exchange;
  EXPECT_EQ(exchange.request.endpoint, "openai");
  EXPECT_EQ(exchange.request.format, "openai.chat");
  EXPECT_EQ(exchange.auth, 1);
  EXPECT_EQ(exchange.lane, "main");
  EXPECT_THAT(exchange.request.headers, ElementsAre(Header{"Content-Type", "application/json"}));
  EXPECT_THAT(exchange.reply.headers, ElementsAre(Header{"Set-Cookie", "a=***; Path=/"}));
  EXPECT_THAT(exchange.masked, ElementsAre("/reply/headers/set-cookie"));
  EXPECT_EQ(exchange.model.asked, "gpt-4o");
  EXPECT_EQ(exchange.model.answered, "gpt-4o-2024-08-06");
  EXPECT_EQ(exchange.key, KeyOf(exchange.request, 1, {}));
  EXPECT_THAT(entries[0].notes, IsEmpty());
}

TEST(Importer, DistinctCredentialsGetAliasesInTheirOrder) {
  const auto entries = Import(Vcrpy({{"authorization: Bearer b", "x", "", "y"},
                                     {"", "x", "", "y"},
                                     {"authorization: Bearer a", "x", "", "y"},
                                     {"authorization: Bearer b", "x", "", "y"}}));
  std::vector<int> aliases;
  for (const auto& entry : entries) aliases.push_back(entry.exchange->auth);
  EXPECT_THAT(aliases, ElementsAre(1, 0, 2, 1));
  EXPECT_EQ(entries[0].exchange->key, entries[3].exchange->key);
  EXPECT_NE(entries[0].exchange->key, entries[2].exchange->key);
}

TEST(Importer, ACodingThatTheRecorderUndidIsNamedAndMarked) {
  const auto entries = Import(Vcrpy({{"", "x", "Content-Encoding: gzip", "'{}'"},
                                     {"", "x", "Content-Encoding: gzip", "!!binary H4sIAAAA"},
                                     {"", "x", "Content-Encoding: br", "text"},
                                     {"", "x", "Content-Encoding: br", "!!binary /w=="},
                                     {"", "x", "Content-Encoding: zstd", "text"},
                                     {"", "x", "Content-Encoding: zstd", "!!binary KLUv/QA="},
                                     {"", "x", "Content-Encoding: 'deflate, Identity'", "text"},
                                     {"", "x", "Content-Encoding: gzip", "''"},
                                     {"", "x", "Content-Encoding: identity", "text"}}));
  std::vector<std::string> codings;
  for (const auto& entry : entries) {
    const Reply& reply = entry.exchange->reply;
    codings.push_back(reply.coding.empty() ? "" : reply.coding.back());
    EXPECT_EQ(reply.exact, reply.coding.empty());
    EXPECT_EQ(reply.headers.size(), 1u) << "the header stays as it came";
  }
  EXPECT_THAT(codings, ElementsAre("gzip", "", "br", "", "zstd", "", "deflate", "", ""));
  EXPECT_THAT(entries[0].notes, ElementsAre("the recorder had undone the reply's gzip coding"));
}

TEST(Importer, TheModelIsReadFromInsideAGzipBodyThatStaysAsItIs) {
  // printf '{"model":"m-1"}' | gzip -n | base64
  const auto entries = Import(Vcrpy({{"", R"('{"model":"m"}')", "Content-Encoding: gzip",
                                      "!!binary H4sIAAAAAAAAA6tWys1PSc1RslLK1TVUqgUAtOmNPw8AAAA="}},
                                    "http://localhost:1/other"));
  ASSERT_TRUE(entries[0].exchange);
  EXPECT_EQ(entries[0].exchange->model.answered, "m-1");
  EXPECT_EQ(entries[0].exchange->reply.body.substr(0, 2), "\x1F\x8B");
  EXPECT_EQ(entries[0].exchange->request.format, "http");
  EXPECT_EQ(entries[0].exchange->request.endpoint, "localhost:1");
}

TEST(Importer, AStreamWithoutKnownChunksCameEventByEvent) {
  const auto entries = Import(Vcrpy({{"", "x", "", R"("data: {\"model\":\"m\"}\n\ndata: {}\n\n")"}}, "http://h/"));
  EXPECT_THAT(entries[0].exchange->reply.cuts, ElementsAre(21, 10));
  EXPECT_EQ(entries[0].exchange->model.answered, "m");
}

TEST(Importer, ATimeIsKeptForOneChunkOnly) {
  const auto entries = Import(R"({"log": {"entries": [
    {"timings": {"wait": 5}, "request": {"method": "GET", "url": "http://h/"},
     "response": {"status": 200, "content": {"encoding": "base64", "text": "[\"Zm9v\", \"Yg==\"]"}}},
    {"timings": {"wait": 5}, "request": {"method": "GET", "url": "http://h/"}, "response": {"status": 200, "content": {"text": "x"}}}
  ]}})");
  EXPECT_THAT(entries[0].exchange->reply.ms, IsEmpty());
  EXPECT_THAT(entries[1].exchange->reply.ms, ElementsAre(5));
}

TEST(Importer, RebuiltBodiesAreSaidToBe) {
  const auto entries = Import(
      "interactions:\n- request: {method: POST, uri: 'http://h/', headers: {}, parsed_body: {a: 1}}\n"
      "  response: {status: {code: 200}, headers: {}, parsed_body: [1]}\n");
  EXPECT_THAT(entries[0].notes, ElementsAre("the request body was parsed; it is written anew",
                                            "the reply body was parsed; it is written anew"));
  EXPECT_FALSE(entries[0].exchange->reply.exact);
}

TEST(Importer, ACredentialOfTheFileThatWouldReachTheDiskRefusesItsEntry) {
  const std::string secret = "sk-abcdefghijklmnopqrstuvwxyz";
  const auto entries = Import(Vcrpy({{"authorization: Bearer " + secret, "x", "", "'the key " + secret + " is wrong'"},
                                     {"authorization: Bearer " + secret, "x", "", "fine"}}));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_FALSE(entries[0].exchange);
  EXPECT_TRUE(entries[0].secret);
  EXPECT_THAT(entries[0].reason, HasSubstr("/reply/body"));
  EXPECT_THAT(entries[0].reason, ::testing::Not(HasSubstr(secret)));
  EXPECT_TRUE(entries[1].exchange);
}

TEST(Importer, CredentialsInUrlsAreMaskedAlsoOfRefusedEntries) {
  const auto entries = Import(
      "interactions:\n- request: {method: GET, uri: 'http://h/?key=abc', headers: {}}\n"
      "- request: {method: GET, uri: 'http://h/?key=abc', headers: {}}\n"
      "  response: {status: {code: 200}}\n");
  EXPECT_EQ(entries[0].url, "http://h/?key=***");
  EXPECT_EQ(entries[1].url, "http://h/?key=***");
  EXPECT_EQ(entries[0].reason, "the entry holds no reply");
}

TEST(Importer, AHostCanBeNamedOtherwise) {
  ImportOptions options;
  options.endpoints = {{"api.openai.com", "main", ""}, {"localhost:8000", "vllm", "openai.chat"}};
  EXPECT_EQ(Import(Vcrpy({{"", "x", "", "y"}}), options)[0].exchange->request.endpoint, "main");
  const auto entries = Import(Vcrpy({{"", "x", "", "y"}}, "HTTP://LOCALHOST:8000/x"), options);
  EXPECT_EQ(entries[0].reason, "the entry has no absolute http URL");
  const auto local = Import(Vcrpy({{"", "x", "", "y"}}, "http://LOCALHOST:8000/x"), options);
  EXPECT_EQ(local[0].exchange->request.endpoint, "vllm");
  EXPECT_EQ(local[0].exchange->request.format, "openai.chat");
}

TEST(Importer, HostsHaveTheNamesOfTheirProviders) {
  EXPECT_EQ(EndpointNameOf("https://api.openai.com/v1"), "openai");
  EXPECT_EQ(EndpointNameOf("https://API.OpenAI.com:443/v1"), "openai");
  EXPECT_EQ(EndpointNameOf("https://x.openai.azure.com/"), "azure-openai");
  EXPECT_EQ(EndpointNameOf("https://us-central1-aiplatform.googleapis.com/"), "vertex");
  EXPECT_EQ(EndpointNameOf("https://bedrock-runtime.us-east-1.amazonaws.com/"), "bedrock");
  EXPECT_EQ(EndpointNameOf("http://localhost:11434/api/chat"), "ollama");
  EXPECT_EQ(EndpointNameOf("https://a-bedrock-runtime.x.amazonaws.com/"), "a-bedrock-runtime.x.amazonaws.com");
  EXPECT_EQ(EndpointNameOf("http://localhost:80/"), "localhost");
  EXPECT_EQ(EndpointNameOf("https://localhost:80/"), "localhost:80");
  EXPECT_EQ(EndpointNameOf("https://api.openai.com.evil.example/"), "api.openai.com.evil.example");
  EXPECT_EQ(EndpointNameOf("https://.openai.azure.com.evil/"), ".openai.azure.com.evil");
}

TEST(Importer, AMissingFileIsAnErrorThatNamesIt) {
  const auto summary = ImportFile("/nonexistent/x.yaml", {}, [](ImportedEntry&&) { FAIL(); });
  ASSERT_FALSE(summary.ok());
  EXPECT_THAT(summary.status().ToString(), HasSubstr("/nonexistent/x.yaml"));
}

TEST(ImporterCorpus, NinetyNineOfAHundredEntriesAreImportedAndTheRestHaveReasons) {
  const auto files = CorpusInteractions();
  if (files.empty()) GTEST_SKIP() << "no corpus of recordings at " << CorpusFolder();
  const auto formats = CorpusFormats();
  std::size_t named = 0, named_imported = 0, all = 0, all_imported = 0;
  for (const auto& [file, rows] : files) {
    const std::string& format = formats.at(file);
    const bool is_named = format != "ddtrace-json" && format != "braintrust-json" && format != "wiremock";
    const auto summary = ImportFile(CorpusFolder() + "/" + file, {}, [&](ImportedEntry&& entry) {
      EXPECT_NE(entry.exchange.has_value(), !entry.reason.empty()) << file << " entry " << entry.index;
      if (!entry.exchange) return;
      const CorpusRow& row = rows[entry.index];
      const auto compare = [&](const std::string& body, const std::string& which) {
        if (row.at(which + "_body_sha256") == "-") return;
        EXPECT_EQ(base::Sha256Hex(body), row.at(which + "_body_sha256")) << file << " entry " << entry.index;
      };
      compare(entry.exchange->request.body, "request");
      compare(entry.exchange->reply.body, "response");
    });
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->entries, rows.size()) << file;
    all += summary->entries;
    all_imported += summary->imported;
    named += is_named ? summary->entries : 0;
    named_imported += is_named ? summary->imported : 0;
  }
  EXPECT_EQ(named, 743u);
  EXPECT_EQ(named_imported, 742u);
  EXPECT_EQ(all, 790u);
  EXPECT_EQ(all_imported, 782u);
}

}  // namespace
}  // namespace reprise::recorder
