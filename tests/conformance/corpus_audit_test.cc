// The key, proven on real traffic: every recorded request of the corpus, changed in every place that the generator
// knows. Nothing may go unnoticed, and the number tried is that of another walker.
#include <gtest/gtest.h>

#include <cstdio>

#include "lib/match/audit.h"
#include "lib/match/recorded_list.h"
#include "recorder/importers/importer.h"
#include "tests/recorder/importers/corpus.h"
#include "tests/support/count_mutations.h"

namespace reprise::match {
namespace {

class CorpusAudit : public ::testing::Test {
 protected:
  void SetUp() override {
    formats_ = recorder::CorpusFormats();
    if (formats_.empty()) GTEST_SKIP() << "no recordings in " << recorder::CorpusFolder();
  }

  // Calls `visit` with the exchanges of each file.
  template <typename Visit>
  void ForEachFile(const Rules& rules, Visit visit) {
    recorder::ImportOptions options;
    options.rules = rules;
    for (const auto& [file, format] : formats_) {
      CassetteHead head;
      head.rules = rules;
      RecordedList list(file, head);
      const auto imported =
          recorder::ImportFile(recorder::CorpusFolder() + "/" + file, options, [&](recorder::ImportedEntry&& entry) {
            if (entry.exchange) list.Append(*std::move(entry.exchange));
          });
      if (imported.ok() && list.exchange_count() > 0) visit(list);
    }
  }

  std::map<std::string, std::string> formats_;
};

TEST_F(CorpusAudit, NothingGoesUnnoticedAndAsManyAreTriedAsAnotherWalkerCounts) {
  AuditReport all;
  testing::MutationCount expected;
  std::uint64_t expected_total = 0;
  ForEachFile({}, [&](RecordedList& list) {
    const auto report = Audit(list, {});
    ASSERT_TRUE(report.ok()) << report.status();
    all.Add(*report);
    (void)list.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
      const auto count = testing::CountMutations(exchange.request, exchange.auth, exchange.masked, {},
                                                 nlohmann::json::accept(exchange.request.body));
      expected.body += count.body;
      expected.path += count.path;
      expected.query += count.query;
      expected.header += count.header;
      expected_total += count.total();
      return true;
    });
  });
  std::printf("%s", AuditText(all, "the corpus").c_str());
  EXPECT_GT(all.exchanges, 700u);
  EXPECT_EQ(all.unnoticed, 0u);
  EXPECT_TRUE(all.stale.empty());
  EXPECT_EQ(all.noticed, all.tried);
  EXPECT_EQ(all.not_tried, 0u);
  EXPECT_EQ(all.tried_by_part["body"], expected.body);
  EXPECT_EQ(all.tried_by_part["path"], expected.path);
  EXPECT_EQ(all.tried_by_part["query"], expected.query);
  EXPECT_EQ(all.tried_by_part["header"], expected.header);
  EXPECT_EQ(all.tried, expected_total);
}

TEST_F(CorpusAudit, APlantedRuleIsReportedAndAPlantedMistakeIsFound) {
  Rules rules;
  rules.ignore_body = {"/seed"};
  AuditReport declared, mistaken;
  std::uint64_t seeds = 0;
  AuditOptions mistake;
  mistake.rules.emplace();
  mistake.key = [&rules](const Request& request, int auth, const Rules&) { return KeyOf(request, auth, rules); };
  ForEachFile(rules, [&](RecordedList& list) {
    bool has_seed = false;
    (void)list.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
      const auto body = nlohmann::json::parse(exchange.request.body, nullptr, false);
      const bool seed = body.is_object() && body.contains("seed") && body["seed"].is_number_integer();
      seeds += seed ? 1 : 0;
      has_seed = has_seed || seed;
      return true;
    });
    if (!has_seed) return;
    declared.Add(*Audit(list, {}));
    mistaken.Add(*Audit(list, mistake));
  });
  ASSERT_GT(seeds, 5u);
  // A whole number is raised, and removed.
  EXPECT_EQ(declared.declared["ignore_body /seed"], 2 * seeds);
  EXPECT_EQ(declared.unnoticed, 0u);
  EXPECT_EQ(mistaken.unnoticed, 2 * seeds);
  for (const AuditFinding& finding : mistaken.findings) EXPECT_EQ(finding.place, "/seed");
}

}  // namespace
}  // namespace reprise::match
