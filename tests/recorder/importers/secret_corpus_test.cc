// False alarms: real recordings, from which their projects have taken the credentials, hold nothing that recording
// would refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "lib/wire/secret_search.h"
#include "recorder/importers/importer.h"
#include "tests/recorder/importers/corpus.h"

namespace reprise::recorder {
namespace {

TEST(SecretCorpus, NoExchangeOfTheCorpusIsRefused) {
  const auto files = CorpusInteractions();
  if (files.empty()) GTEST_SKIP() << "no corpus of recordings at " << CorpusFolder();
  std::uint64_t searched = 0, hinted = 0;
  for (const auto& [file, rows] : files) {
    const auto imported = ImportFile(CorpusFolder() + "/" + file, {}, [&, name = file](ImportedEntry&& entry) {
      EXPECT_FALSE(entry.secret) << name << " entry " << entry.index << ": " << entry.reason;
      if (!entry.exchange) return;
      ++searched;
      hinted += wire::LooksSecret(*entry.exchange).empty() ? 0 : 1;
    });
    ASSERT_TRUE(imported.ok()) << imported.status();
  }
  EXPECT_GT(searched, 700u);
  std::cout << "searched " << searched << " exchanges; refused 0, random values under telling names in " << hinted
            << "\n";
}

}  // namespace
}  // namespace reprise::recorder
