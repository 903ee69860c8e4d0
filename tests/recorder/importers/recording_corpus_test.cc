// The corpus has a table that another program made of it, with other parsers: lengths and SHA-256 of every body. What
// our readers decode must be those very bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/file_system.h"
#include "lib/base/hash.h"
#include "recorder/importers/recording_file.h"
#include "tests/recorder/importers/corpus.h"

namespace reprise::recorder {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(RecordingCorpus, EveryBodyHasTheBytesThatAnotherReaderFound) {
  const auto files = CorpusInteractions();
  if (files.empty()) GTEST_SKIP() << "no corpus of recordings at " << CorpusFolder();
  const auto formats = CorpusFormats();
  std::map<std::string, int> read_of_format, refused_because;
  int bodies_compared = 0, read = 0, total = 0;
  for (const auto& [file, rows] : files) {
    const auto bytes = base::ReadFile(CorpusFolder() + "/" + file);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    std::vector<Recording> recordings;
    const auto format =
        ReadRecordings(*bytes, file, {}, [&](Recording&& recording) { recordings.push_back(std::move(recording)); });
    ASSERT_TRUE(format.ok()) << format.status();
    ASSERT_EQ(recordings.size(), rows.size()) << file;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Recording& recording = recordings[i];
      const CorpusRow& row = rows[i];
      const std::string place = file + " entry " + row.at("index");
      ++total;
      if (!recording.refused.empty()) {
        ++refused_because[recording.refused];
        continue;
      }
      ++read;
      ++read_of_format[formats.at(file)];
      EXPECT_EQ(recording.method, row.at("method")) << place;
      if (row.at("url").front() != '<') {
        EXPECT_EQ(recording.url.substr(0, row.at("url").size()), row.at("url")) << place;
      }
      EXPECT_EQ(std::to_string(recording.status), row.at("status")) << place;
      const auto compare = [&](const std::string& body, const std::string& which) {
        if (row.at(which + "_body_sha256") == "-") return;
        ++bodies_compared;
        EXPECT_EQ(std::to_string(body.size()), row.at(which + "_body_bytes")) << place << " " << which;
        EXPECT_EQ(base::Sha256Hex(body), row.at(which + "_body_sha256")) << place << " " << which;
      };
      compare(recording.request_body, "request");
      compare(recording.reply_body, "response");
    }
  }
  EXPECT_EQ(total, 790);
  EXPECT_EQ(read, 782);
  EXPECT_THAT(
      read_of_format,
      UnorderedElementsAre(Pair("vcrpy", 344), Pair("vcrpy-httpx", 7), Pair("vcrpy-parsed", 100),
                           Pair("vcrpy-langchain", 6), Pair("vcr-ruby", 123), Pair("go-vcr", 88), Pair("vcr-r", 48),
                           Pair("har", 26), Pair("ddtrace-json", 9), Pair("braintrust-json", 31)));
  EXPECT_EQ(bodies_compared, 2 * (344 + 7 + 6 + 123 + 88 + 42 + 26 + 9));
  EXPECT_THAT(
      refused_because,
      UnorderedElementsAre(
          Pair("the request was a form: the file names its fields and files, but holds none of the bytes sent", 1),
          Pair("a WireMock stub holds a pattern of requests and no host, not a request that was sent", 7)));
}

}  // namespace
}  // namespace reprise::recorder
