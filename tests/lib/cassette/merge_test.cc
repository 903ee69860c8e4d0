#include "lib/cassette/merge.h"

#include <random>

#include "lib/cassette/exchange_record.h"
#include "tests/lib/cassette/cassette_test_support.h"

namespace reprise::cassette {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MergeTest : public CassetteTest {
 protected:
  std::string Text(const std::vector<Exchange>& exchanges, const CassetteHead& head = Head()) {
    CassetteWriter::Options options;
    options.form = CassetteWriter::Form::kText;
    const std::string path = PathOf(std::to_string(++files_) + ".reprise");
    auto writer = CassetteWriter::Create(path, head, options);
    EXPECT_TRUE(writer.ok()) << writer.status();
    for (const Exchange& exchange : exchanges) EXPECT_TRUE((*writer)->Append(exchange).ok());
    EXPECT_TRUE((*writer)->Seal().ok());
    return Bytes(path);
  }
  // The same without a file, for exchanges without blobs, in the order given.
  static std::string Quick(const std::vector<Exchange>& exchanges) {
    std::string text = WriteHead(Head()) + "\n";
    for (const Exchange& exchange : exchanges) text += WriteExchange(exchange, {})->exchange + "\n";
    return text;
  }
  // The bodies of the replies of a merged text, read as a cassette.
  std::vector<std::string> Replies(const std::string& text) {
    const std::string path = PathOf("merged.reprise");
    Put(path, text);
    std::vector<std::string> replies;
    for (const Exchange& exchange : ReadAll(path)) replies.push_back(exchange.reply.body);
    return replies;
  }
  static Exchange Said(int number, const std::string& reply, const std::string& lane = "main") {
    Exchange exchange = Numbered(number, lane);
    exchange.reply.body = reply;
    exchange.reply.cuts.clear();
    exchange.reply.ms.clear();
    return exchange;
  }
  static Merged Merge(const std::string& base, const std::string& ours, const std::string& theirs) {
    auto merged = MergeTexts(base, ours, theirs);
    EXPECT_TRUE(merged.ok()) << merged.status();
    return merged.ok() ? *merged : Merged{};
  }

 private:
  int files_ = 0;
};

TEST_F(MergeTest, WhatOneSideDidIsTakenOver) {
  const std::string base = Text({Said(1, "a"), Said(2, "b")});
  const std::string other = Text({Said(2, "B"), Said(3, "c")});
  EXPECT_EQ(Merge(base, base, other).text, other);
  EXPECT_EQ(Merge(base, other, base).text, other);
  EXPECT_EQ(Merge(base, other, other).text, other);
}

TEST_F(MergeTest, ChangesOfDifferentExchangesComeTogether) {
  const std::string base = Text({Said(1, "a"), Said(2, "b"), Said(3, "c"), Said(4, "d")});
  const std::string ours = Text({Said(1, "A"), Said(2, "b"), Said(3, "c"), Said(5, "e")});
  const std::string theirs = Text({Said(1, "a"), Said(2, "b"), Said(3, "C"), Said(4, "d"), Said(6, "f")});
  const Merged merged = Merge(base, ours, theirs);
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_THAT(Replies(merged.text), ElementsAre("A", "b", "C", "e", "f"));
}

TEST_F(MergeTest, OneKeyWithTwoContentsIsAConflictOfWholeRecords) {
  const std::string base = Text({Said(1, "a"), Said(2, "b")});
  const std::string ours = Text({Said(1, "x"), Said(2, "b")});
  const std::string theirs = Text({Said(1, "y"), Said(2, "b")});
  const Merged merged = Merge(base, ours, theirs);
  EXPECT_THAT(merged.conflicts, ElementsAre(HasSubstr("exchange " + Numbered(1).key.substr(0, 12))));
  const std::string head = ours.substr(0, ours.find('\n') + 1);
  const auto record = [&](const std::string& text) {
    return text.substr(head.size(), text.find("\n{\"key\"", head.size()) + 1 - head.size());
  };
  const std::string rest = ours.substr(head.size() + record(ours).size());
  EXPECT_EQ(merged.text,
            head + "<<<<<<< ours\n" + record(ours) + "=======\n" + record(theirs) + ">>>>>>> theirs\n" + rest);
}

TEST_F(MergeTest, ChangedHereAndRemovedThereIsAConflict) {
  const std::string base = Text({Said(1, "a"), Said(2, "b")});
  const Merged merged = Merge(base, Text({Said(1, "A"), Said(2, "b")}), Text({Said(2, "b"), Said(3, "c")}));
  EXPECT_EQ(merged.conflicts.size(), 1u);
  EXPECT_THAT(merged.text, HasSubstr("=======\n>>>>>>> theirs\n"));
  EXPECT_THAT(Merge(base, Text({Said(2, "b"), Said(3, "c")}), Text({Said(1, "a"), Said(2, "B")})).conflicts, IsEmpty());
}

TEST_F(MergeTest, BothMayAddTheSameFileAndTheSameExchange) {
  const Merged same = Merge("", Text({Said(1, "a"), Said(2, "b")}), Text({Said(1, "a"), Said(3, "c")}));
  EXPECT_THAT(same.conflicts, IsEmpty());
  EXPECT_THAT(Replies(same.text), ElementsAre("a", "b", "c"));
  EXPECT_EQ(Merge("", Text({Said(1, "a")}), Text({Said(1, "b")})).conflicts.size(), 1u);
}

TEST_F(MergeTest, TakesOfOneKeyAreToldApart) {
  const std::string base = Text({Said(1, "a")});
  const Merged merged = Merge(base, Text({Said(1, "a"), Said(1, "b")}), Text({Said(1, "A")}));
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_THAT(Replies(merged.text), ElementsAre("A", "b"));
  EXPECT_EQ(Merge(base, Text({Said(1, "a"), Said(1, "b")}), Text({Said(1, "a"), Said(1, "c")})).conflicts.size(), 1u);
}

TEST_F(MergeTest, LanesStayInTheirOrder) {
  const std::string base = Text({Said(1, "a", "m")});
  const Merged merged = Merge(base, Text({Said(1, "a", "m"), Said(2, "b", "w1"), Said(3, "c", "w3")}),
                              Text({Said(5, "0", "a"), Said(1, "a", "m"), Said(4, "d", "w2"), Said(2, "e", "w3")}));
  EXPECT_THAT(Replies(merged.text), ElementsAre("0", "a", "b", "d", "c", "e"));
}

TEST_F(MergeTest, TheLaterOfTwoClocksStays) {
  Exchange base = Said(1, "a"), ours = base, theirs = base;
  base.at = "2026-01-01T00:00:00Z";
  ours.at = "2026-03-01T00:00:00Z";
  theirs.at = "2026-02-01T00:00:00Z";
  EXPECT_EQ(Merge(Text({base}), Text({ours}), Text({theirs})).text, Text({ours}));
  EXPECT_EQ(Merge(Text({base}), Text({theirs}), Text({ours})).text, Text({ours}));
}

TEST_F(MergeTest, BlobsStandBeforeTheFirstThatNeedsThem) {
  const auto picture = [](int number, char c) {
    Exchange exchange = Said(number, "");
    exchange.reply.body = "{\"b64\":\"" + std::string(8000, c) + "\"}";
    return exchange;
  };
  const std::string base = Text({Said(1, "a")});
  const std::string ours = Text({picture(2, 'A'), Said(1, "a")}),
                    theirs = Text({Said(1, "a"), picture(3, 'A'), picture(4, 'B')});
  const Merged merged = Merge(base, ours, theirs);
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_EQ(merged.text, Text({picture(2, 'A'), Said(1, "a"), picture(3, 'A'), picture(4, 'B')}));
  EXPECT_EQ(Merge(ours, Text({Said(1, "x")}), ours + "").text, Text({Said(1, "x")}));
  // The last use goes, and with it the need.
  const std::string changed = Text({picture(2, 'A'), Said(1, "A")}), removed = Text({Said(1, "a"), Said(5, "e")});
  EXPECT_EQ(Merge(ours, removed, changed).text, Text({Said(1, "A"), Said(5, "e")}));
  EXPECT_EQ(Merge(ours, changed, removed).text, Text({Said(1, "A"), Said(5, "e")}));
}

TEST_F(MergeTest, HeadsMergeUnlessTheirRulesDiffer) {
  CassetteHead ours = Head(), theirs = Head(), named = Head();
  ours.by = "reprise 0.2.0";
  theirs.by = "reprise 0.1.9";
  EXPECT_EQ(Merge(Text({Said(1, "a")}), Text({Said(1, "b")}, ours), Text({Said(1, "a"), Said(2, "c")}, theirs)).text,
            Text({Said(1, "b"), Said(2, "c")}, ours));
  EXPECT_EQ(Merge(Text({Said(1, "a")}), Text({Said(1, "b")}, theirs), Text({Said(1, "a"), Said(2, "c")}, ours)).text,
            Text({Said(1, "b"), Said(2, "c")}, ours));
  named.session = "Other.Name";
  EXPECT_EQ(Merge(Text({}), Text({Said(1, "a")}), Text({Said(2, "b")}, named)).text,
            Text({Said(1, "a"), Said(2, "b")}, named));
  theirs.rules.ignore_body = {"/user"};
  const Merged merged = Merge(Text({}), Text({Said(1, "a")}), Text({Said(2, "b")}, theirs));
  EXPECT_THAT(merged.conflicts, ElementsAre("the head"));
  EXPECT_THAT(merged.text, ::testing::StartsWith("<<<<<<< ours\n{\"reprise\":1"));
}

TEST_F(MergeTest, RecordsOfUnknownKindsGoWithTheirExchange) {
  const std::string base = Text({Said(1, "a"), Said(2, "b")});
  std::string ours = base, theirs = Text({Said(2, "b"), Said(3, "c")});
  ours.insert(ours.find("{\"key\""), "{\"note\":\"early\"}\n");
  ours += "{\"drift\":[2,\n {}]}\n";
  const Merged merged = Merge(base, ours, theirs);
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_EQ(merged.text.find("{\"note\""), merged.text.find('\n') + 1);
  EXPECT_LT(merged.text.find("{\"drift\":[2,\n {}]}\n"), merged.text.find(Numbered(3).key));
}

TEST_F(MergeTest, MarkersHaveTheSizeThatGitAsksFor) {
  const auto merged =
      MergeTexts("", Text({Said(1, "a")}), Text({Said(1, "b")}), {.marker_size = 10, .ours = "A", .theirs = "B"});
  EXPECT_THAT(merged->text, HasSubstr("\n<<<<<<<<<< A\n"));
  EXPECT_THAT(merged->text, HasSubstr("\n==========\n"));
  EXPECT_THAT(merged->text, HasSubstr("\n>>>>>>>>>> B\n"));
}

TEST_F(MergeTest, ATextThatIsNoCassetteIsNamedWithItsLine) {
  const std::string good = Text({Said(1, "a")}), other = Text({Said(1, "b")});
  const auto error = [&](const std::string& base, const std::string& ours, const std::string& theirs) {
    return MergeTexts(base, ours, theirs).status().ToString();
  };
  EXPECT_THAT(error("", good + "<<<<<<< x\n", other), HasSubstr("ours: line "));
  EXPECT_THAT(error("", good, "text\n"), HasSubstr("theirs: line 1"));
  EXPECT_THAT(error("{\"reprise\":99}\n", good, other), HasSubstr("base"));
  EXPECT_THAT(error(other, good, ""), HasSubstr("theirs: is empty"));
  EXPECT_THAT(error("", good, other + other), HasSubstr("a second head"));
  EXPECT_THAT(error("", good, other + "{\"key\":\"12\"}\n"), HasSubstr("a key that is none"));
}

// Both sides change a random base at random places that the other leaves alone: every change is in the merged text, and
// it does not matter who is who.
TEST_F(MergeTest, EveryChangeSurvivesWhereTheSidesDoNotMeet) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    std::vector<Exchange> base, ours, theirs, want;
    for (int i = 0; i < 12; ++i) {
      const std::string lane = i < 6 ? "main" : "w";
      const Exchange old = Said(i, "old", lane), changed = Said(i, "new", lane);
      const int owner = static_cast<int>(random() % 3), what = static_cast<int>(random() % 3);  // add, change, remove
      if (what != 0 || owner == 2) base.push_back(old);
      for (const auto& [side, number] : {std::pair{&ours, 0}, std::pair{&theirs, 1}}) {
        if (owner != number && (what != 0 || owner == 2)) side->push_back(old);
        if (owner == number && what == 0) side->push_back(old);
        if (owner == number && what == 1) side->push_back(changed);
      }
      if (what == 0 || owner == 2) want.push_back(old);
      if (what == 1 && owner != 2) want.push_back(changed);
    }
    const auto sorted = [&](const Merged& merged) {
      EXPECT_THAT(merged.conflicts, IsEmpty());
      Put(PathOf("m.reprise"), merged.text);
      std::vector<std::string> out;
      for (const Exchange& one : ReadAll(PathOf("m.reprise"))) out.push_back(one.lane + one.key + one.reply.body);
      std::sort(out.begin(), out.end());
      return out;
    };
    std::vector<std::string> expected;
    for (const Exchange& one : want) expected.push_back(one.lane + one.key + one.reply.body);
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(sorted(Merge(Quick(base), Quick(ours), Quick(theirs))), expected) << "round " << round;
    EXPECT_EQ(sorted(Merge(Quick(base), Quick(theirs), Quick(ours))), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace reprise::cassette
