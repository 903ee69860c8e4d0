// Import, write, seal, reopen: what comes back from the disk is what was imported, and its bodies are the bytes that
// another reader found in the recordings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "lib/base/hash.h"
#include "recorder/importers/importer.h"
#include "reprise/cassette.h"
#include "tests/recorder/importers/corpus.h"

namespace reprise::recorder {
namespace {

struct Imported {
  Exchange exchange;
  std::string place;
  std::string request_sha256, reply_sha256;  // "-" when not held
};

class CassetteCorpus : public ::testing::TestWithParam<CassetteWriter::Form> {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "reprise-corpus-" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

void ExpectSame(const Exchange& got, const Imported& want) {
  const Exchange& other = want.exchange;
  SCOPED_TRACE(want.place);
  EXPECT_EQ(got.key, other.key);
  EXPECT_EQ(KeyOf(got.request, got.auth, {}), other.key);
  EXPECT_EQ(got.auth, other.auth);
  EXPECT_EQ(got.lane, other.lane);
  EXPECT_EQ(got.model, other.model);
  EXPECT_EQ(got.at, other.at);
  EXPECT_EQ(got.masked, other.masked);
  EXPECT_EQ(got.request.endpoint, other.request.endpoint);
  EXPECT_EQ(got.request.format, other.request.format);
  EXPECT_EQ(got.request.method, other.request.method);
  EXPECT_EQ(got.request.url, other.request.url);
  EXPECT_EQ(got.request.headers, other.request.headers);
  EXPECT_EQ(got.request.body, other.request.body);
  EXPECT_EQ(got.reply.status, other.reply.status);
  EXPECT_EQ(got.reply.headers, other.reply.headers);
  EXPECT_EQ(got.reply.body, other.reply.body);
  EXPECT_EQ(got.reply.ms, other.reply.ms);
  EXPECT_EQ(got.reply.coding, other.reply.coding);
  EXPECT_EQ(got.reply.exact, other.reply.exact);
  const bool one_chunk = other.reply.cuts.empty() && got.reply.cuts.size() <= 1;
  EXPECT_TRUE(one_chunk || got.reply.cuts == other.reply.cuts);
  const auto expect_hash = [](const std::string& body, const std::string& sha256) {
    if (sha256 != "-") {
      EXPECT_EQ(base::Sha256Hex(body), sha256);
    }
  };
  expect_hash(got.request.body, want.request_sha256);
  expect_hash(got.reply.body, want.reply_sha256);
}

TEST_P(CassetteCorpus, EveryExchangeComesBackByteForByte) {
  const auto files = CorpusInteractions();
  if (files.empty()) GTEST_SKIP() << "no corpus of recordings at " << CorpusFolder();
  std::map<std::string, std::vector<Imported>> by_folder;  // one cassette a repository, so that few files are synced
  for (const auto& [file, rows] : files) {
    const auto summary = ImportFile(CorpusFolder() + "/" + file, {}, [&](ImportedEntry&& entry) {
      if (!entry.exchange) return;
      const CorpusRow& row = rows[entry.index];
      by_folder[file.substr(0, file.find('/'))].push_back(
          {*std::move(entry.exchange), file + " entry " + row.at("index"), row.at("request_body_sha256"),
           row.at("response_body_sha256")});
    });
    ASSERT_TRUE(summary.ok()) << summary.status();
  }
  std::size_t compared = 0;
  for (const auto& [folder, imported] : by_folder) {
    const std::string path = folder_ + "/" + folder + ".reprise";
    CassetteWriter::Options options;
    options.form = GetParam();
    auto writer = CassetteWriter::Create(path, {}, options);
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (const Imported& one : imported) {
      const Status appended = (*writer)->Append(one.exchange);
      ASSERT_TRUE(appended.ok()) << one.place << ": " << appended;
    }
    const Status sealed = (*writer)->Seal();
    ASSERT_TRUE(sealed.ok()) << sealed;
    auto reader = CassetteReader::Open(path);
    ASSERT_TRUE(reader.ok()) << reader.status();
    std::size_t at = 0;
    const Status read = (*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
      if (at < imported.size()) ExpectSame(exchange, imported[at]);
      ++at;
      return true;
    });
    EXPECT_TRUE(read.ok()) << read;
    EXPECT_EQ(at, imported.size()) << folder;
    EXPECT_THAT((*reader)->damage(), ::testing::IsEmpty()) << folder;
    for (const Imported& one : imported) {
      EXPECT_THAT((*reader)->Find(one.exchange.key), ::testing::Not(::testing::IsEmpty())) << one.place;
    }
    compared += at;
  }
  EXPECT_EQ(compared, 782u);
}

INSTANTIATE_TEST_SUITE_P(Forms, CassetteCorpus,
                         ::testing::Values(CassetteWriter::Form::kZstd, CassetteWriter::Form::kText),
                         [](const auto& form) { return form.param == CassetteWriter::Form::kZstd ? "zstd" : "text"; });

}  // namespace
}  // namespace reprise::recorder
