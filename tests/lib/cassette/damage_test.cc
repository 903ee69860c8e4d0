// What becomes of a cassette that was hurt: told with its place, the rest read, nothing invented, no crash.
#include "tests/support/damage.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "lib/cassette/container.h"
#include "lib/cassette/file.h"
#include "lib/cassette/format.h"
#include "lib/cassette/frame.h"
#include "lib/cassette/fsck.h"
#include "lib/cassette/packer.h"
#include "tests/lib/cassette/cassette_test_support.h"

namespace reprise::cassette {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class DamageTest : public CassetteTest {
 protected:
  static std::vector<Exchange> Seven() {
    std::vector<Exchange> exchanges;
    for (int i = 0; i < 7; ++i) exchanges.push_back(Numbered(i));
    return exchanges;
  }
  // They as a cassette of small groups: three frames and an index, with three, three and one exchange.
  std::string Frames(const std::vector<Exchange>& exchanges = Seven()) const {
    std::string bytes;
    const std::string text = TextOfCassette(Written("frames.reprise", exchanges));
    const std::size_t three = text.find("{\"key\":\"" + exchanges[3].key);
    Packer packer(
        CassetteWriter::Form::kZstd, [&](std::string_view piece) { return bytes.append(piece), Status(); }, three);
    EXPECT_TRUE(packer.AddText(text).ok() && packer.Finish().ok());
    return bytes;
  }

  std::string Hurt(std::string_view bytes, const std::string& name = "hurt.reprise") const {
    Put(PathOf(name), bytes);
    return PathOf(name);
  }

  // Everything that can be done with a file, on one that may be anything: nothing crashes, and what is read is one of
  // `known` (as far as a checksum guards it). Returns how many exchanges were read; `told` becomes true when an error
  // or damage says that something is wrong.
  static std::size_t UseAll(const std::string& path, const std::vector<Exchange>& known, bool* told) {
    const auto reader = CassetteReader::Open(path);
    *told = !reader.ok();
    std::size_t read = 0;
    if (reader.ok()) {
      const auto is_known = [&](const Exchange& exchange) {
        const auto it =
            std::find_if(known.begin(), known.end(), [&](const Exchange& e) { return e.key == exchange.key; });
        return known.empty() || (it != known.end() && Same(*it, exchange));
      };
      (void)(*reader)->ForEach([&](CassetteReader::Ref ref, Exchange&& exchange) {
        ++read;
        EXPECT_TRUE(is_known(exchange)) << "an exchange was invented: " << exchange.key;
        const auto again = (*reader)->Read(ref);
        EXPECT_TRUE(again.ok() && Same(*again, exchange)) << again.status();
        return true;
      });
      if (!(*reader)->damage().empty()) *told = true;
      std::size_t found = 0;
      for (const Exchange& exchange : known)
        for (const auto ref : (*reader)->Find(exchange.key)) {
          const auto at = (*reader)->Read(ref);
          if (at.ok()) ++found;
          EXPECT_TRUE(!at.ok() || is_known(*at));
        }
      EXPECT_TRUE(known.empty() || found == read) << found << " found, " << read << " read";
      (void)(*reader)->exchange_count();
      (void)(*reader)->ForEachLine([](std::string_view) { return true; });
    } else {
      EXPECT_THAT(reader.status().ToString(), HasSubstr(path));
    }
    const auto report = Fsck(path);
    EXPECT_TRUE(!report.ok() || !reader.ok() || report->exchanges == read);
    return read;
  }
};

TEST_F(DamageTest, AJournalCutAnywhereGivesBackEveryExchangeBeforeTheCut) {
  std::string journal;
  {
    auto writer = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
    ASSERT_TRUE(writer.ok());
    for (int i = 0; i < 4; ++i) ASSERT_TRUE((*writer)->Append(Numbered(i)).ok());
    journal = Bytes(PathOf("a.reprise.incomplete"));
  }
  std::vector<std::size_t> ends;  // of the head and of each exchange
  for (const std::string& frame : test::FramesOf(journal))
    ends.push_back((ends.empty() ? 0 : ends.back()) + frame.size());
  ASSERT_THAT(ends, SizeIs(5));
  for (std::size_t size = 0; size <= journal.size(); ++size) {
    const std::string path = Hurt(test::Cut(journal, size), "b.reprise.incomplete");
    const auto whole = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin());
    const auto report = Fsck(path);
    if (whole == 0) {
      EXPECT_FALSE(report.ok());
      continue;
    }
    ASSERT_TRUE(report.ok()) << size << ": " << report.status();
    EXPECT_EQ(report->exchanges, whole - 1) << size;
    EXPECT_EQ(report->torn, ends[whole - 1] != size) << size;
    EXPECT_THAT(report->damage, IsEmpty()) << "a torn end is no damage";
    bool told = false;
    EXPECT_EQ(UseAll(path, {Numbered(0), Numbered(1), Numbered(2), Numbered(3)}, &told), whole - 1);
    EXPECT_EQ(told, ends[whole - 1] != size);
  }
}

TEST_F(DamageTest, ACassetteCutAnywhereIsToldAndItsWholeFramesAreRead) {
  const std::string bytes = Frames();
  const std::vector<std::string> frames = test::FramesOf(bytes);
  ASSERT_THAT(frames, SizeIs(4)) << "three frames and the index";
  const std::size_t per_frame[] = {3, 3, 1};
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::size_t whole = 0, end = 0;
    for (std::size_t i = 0; i < 3 && end + frames[i].size() <= size; ++i) {
      end += frames[i].size();
      whole += per_frame[i];
    }
    bool told = false;
    EXPECT_EQ(UseAll(Hurt(test::Cut(bytes, size)), Seven(), &told), whole) << size;
    // Cut between two frames it is a shorter cassette; nothing can tell.
    EXPECT_TRUE(told || size == end) << size;
    if (HasFailure()) break;
  }
}

TEST_F(DamageTest, APlainTextCutAnywhereIsRead) {
  const std::string bytes = Bytes(Written("a.reprise", {Numbered(0), Numbered(1)}, CassetteWriter::Form::kText));
  bool told = false;
  for (std::size_t size = 0; size <= bytes.size(); ++size) UseAll(Hurt(test::Cut(bytes, size)), {}, &told);
  EXPECT_FALSE(told) << "the last one is whole";
}

TEST_F(DamageTest, ABitThatFlipsIsNoticedAndTouchesItsFrameOnly) {
  const std::string bytes = Frames();
  const std::vector<std::string> frames = test::FramesOf(bytes);
  const std::size_t index_at = bytes.size() - frames.back().size();
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
    bool told = false;
    const std::size_t read = UseAll(Hurt(test::Flip(bytes, byte * 8 + byte % 8)), Seven(), &told);
    if (byte >= index_at) {
      EXPECT_EQ(read, 7u) << "a wrong index costs time, and nothing else; byte " << byte;
    } else {
      // A header has bits that carry nothing; then everything must be there.
      EXPECT_TRUE(told || read == 7u) << byte;
      EXPECT_TRUE(byte < frames[0].size() || read >= 4u) << "byte " << byte << ": " << read << " read";
    }
    if (HasFailure()) break;
  }
}

TEST_F(DamageTest, AWrongIndexMisleadsNoLookup) {
  const std::string bytes = Frames();
  const std::vector<std::string> frames = test::FramesOf(bytes);
  std::vector<std::string> wrong;
  for (std::size_t byte = bytes.size() - frames.back().size(); byte < bytes.size(); ++byte)
    wrong.push_back(test::Flip(bytes, byte * 8 + byte % 8));
  // A whole one, but of another file.
  std::vector<Exchange> others = Seven();
  others[1].reply.body += "  ";
  wrong.push_back(test::Reorder(bytes, {0, 1, 2}) + test::FramesOf(Frames(others)).back());
  for (const std::string& hurt : wrong) {
    // Nothing but lookups: no pass over the file that could find out first.
    const auto reader = CassetteReader::Open(Hurt(hurt));
    ASSERT_TRUE(reader.ok()) << reader.status();
    for (const Exchange& exchange : Seven()) {
      const auto refs = (*reader)->Find(exchange.key);
      ASSERT_THAT(refs, SizeIs(1));
      const auto found = (*reader)->Read(refs[0]);
      ASSERT_TRUE(found.ok() && Same(*found, exchange)) << found.status();
    }
  }
}

TEST_F(DamageTest, AFrameThatLiesAboutItsLengthHidesNoOther) {
  const std::vector<std::string> frames = test::FramesOf(Frames());
  // The size of its one block stands in 21 bits of three bytes behind magic, descriptor and content size: make it cover
  // the whole of the frame behind it.
  std::string liar = frames[1];
  std::uint32_t header = 0;
  for (std::size_t i = 0; i < 3; ++i) header |= std::uint32_t{static_cast<unsigned char>(liar[7 + i])} << 8 * i;
  ASSERT_EQ((header >> 3) + 7 + 3 + 4, liar.size()) << "one block and a checksum";
  header += static_cast<std::uint32_t>(frames[2].size()) << 3;
  for (std::size_t i = 0; i < 3; ++i) liar[7 + i] = static_cast<char>(header >> 8 * i);
  bool told = false;
  EXPECT_EQ(UseAll(Hurt(frames[0] + liar + frames[2]), Seven(), &told), 4u);
  EXPECT_TRUE(told);
}

TEST_F(DamageTest, AWrongIndexIsNotAskedAboutADamagedFrame) {
  const std::string bytes = Frames();
  const std::vector<std::string> frames = test::FramesOf(bytes);
  const std::size_t text_offset_of_second =
      frames[0].size() + frames[1].size() + frames[2].size() + kIndexHeader + kIndexFrame + 8;
  const std::string hurt = test::Overwrite(test::Flip(bytes, text_offset_of_second * 8), frames[0].size() + 30, "????");
  const auto report = Fsck(Hurt(hurt));
  ASSERT_TRUE(report.ok());
  ASSERT_THAT(report->damage, SizeIs(1));
  EXPECT_THAT(report->damage[0].what, Not(HasSubstr("of the text stood in it")));
  EXPECT_THAT(report->damage[0].keys, IsEmpty());
  EXPECT_EQ(report->exchanges, 4u);
}

TEST_F(DamageTest, BitsThatFlipInPlainTextCrashNothing) {
  const std::string bytes = Bytes(Written("a.reprise", {Numbered(0), Numbered(1)}, CassetteWriter::Form::kText));
  bool told = false;
  for (std::size_t bit = 0; bit < bytes.size() * 8; bit += 3) UseAll(Hurt(test::Flip(bytes, bit)), {}, &told);
}

TEST_F(DamageTest, ADamagedFrameIsToldWithItsPlaceAndItsKeys) {
  const std::string bytes = Frames();
  const std::size_t at = test::FramesOf(bytes)[0].size();
  const auto reader = CassetteReader::Open(Hurt(test::Overwrite(bytes, at + 30, "????")));
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::vector<std::string> keys;
  (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    keys.push_back(exchange.key);
    return true;
  });
  EXPECT_THAT(keys, ElementsAre(Numbered(0).key, Numbered(1).key, Numbered(2).key, Numbered(6).key));
  ASSERT_THAT((*reader)->damage(), SizeIs(1));
  const Damage& damage = (*reader)->damage()[0];
  EXPECT_EQ(damage.file_offset, at);
  EXPECT_THAT(damage.what, HasSubstr("of the text stood in it"));
  EXPECT_THAT(damage.keys, ::testing::UnorderedElementsAre(Numbered(3).key.substr(0, 16), Numbered(4).key.substr(0, 16),
                                                           Numbered(5).key.substr(0, 16)));
  const auto lost = (*reader)->Read((*reader)->Find(Numbered(4).key).at(0));
  EXPECT_THAT(lost.status().ToString(), AllOf(HasSubstr("hurt.reprise"), HasSubstr("reprise fsck")));
}

TEST_F(DamageTest, FramesInAnotherOrderAreReadAsTheyStand) {
  const std::string bytes = Frames();
  bool told = false;
  EXPECT_EQ(UseAll(Hurt(test::Reorder(bytes, {0, 2, 1, 3})), Seven(), &told), 7u);
  EXPECT_EQ(UseAll(Hurt(test::Reorder(bytes, {0, 1, 2})), Seven(), &told), 7u) << "the index is missing";
  EXPECT_EQ(UseAll(Hurt(test::Reorder(bytes, {3, 0, 1, 2})), Seven(), &told), 7u) << "the index stands first";
}

TEST_F(DamageTest, TheIndexOfAnotherFileIsNotBelieved) {
  const std::string bytes = Frames();
  std::vector<Exchange> others = Seven();
  for (Exchange& exchange : others) exchange.reply.body += "  ";
  const std::string other = Frames(others);
  bool told = false;
  EXPECT_EQ(UseAll(Hurt(test::Reorder(bytes, {0, 1, 2}) + test::FramesOf(other)[3]), Seven(), &told), 7u);
  EXPECT_EQ(UseAll(Hurt(bytes + bytes), Seven(), &told), 14u) << "two cassettes, one after the other";
  const auto report = Fsck(PathOf("hurt.reprise"));
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->notes, Contains(HasSubstr("a second head")));
}

TEST_F(DamageTest, AFileMadeByHandWithOneLargeFrameIsACassette) {
  const std::string text = TextOfCassette(Written("a.reprise", Seven()));
  bool told = true;
  EXPECT_EQ(UseAll(Hurt(*CompressFrame(text)), Seven(), &told), 7u);
  EXPECT_FALSE(told);
}

TEST_F(DamageTest, CarriageReturnsAndEmptyLinesAreRead) {
  std::string text = TextOfCassette(Written("a.reprise", {Numbered(0), Numbered(1)}));
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
  text.insert(text.find("{\"key\""), "\r\n\r\n");
  text.resize(text.size() - 2);  // no end of the last line
  bool told = true;
  EXPECT_EQ(UseAll(Hurt(text), {Numbered(0), Numbered(1)}, &told), 2u);
  EXPECT_FALSE(told);
}

TEST_F(DamageTest, AMergeConflictIsNamedByItsLineAndTheRestIsRead) {
  const std::string text = TextOfCassette(Written("a.reprise", {Numbered(0), Numbered(1), Numbered(2)}));
  const auto record = [&](int i) {
    const std::size_t at = text.find("{\"key\":\"" + Numbered(i).key);
    return text.substr(at, text.find("{\"key\"", at + 1) - at);
  };
  const std::string merged = text.substr(0, text.find("{\"key\"")) + record(0) + "<<<<<<< HEAD\n" + record(1) +
                             "=======\n" + record(2) + ">>>>>>> theirs\n" + record(3 - 1);
  const auto reader = CassetteReader::Open(Hurt(merged));
  ASSERT_TRUE(reader.ok());
  EXPECT_THAT((*reader)->Find(Numbered(1).key), IsEmpty()) << "no side is taken silently";
  EXPECT_THAT((*reader)->Find(Numbered(2).key), SizeIs(1)) << "but what stands behind it counts";
  ASSERT_FALSE((*reader)->damage().empty()) << "a miss can be told from damage";
  const std::string first_record = record(0);
  const auto lines = static_cast<std::uint64_t>(std::count(first_record.begin(), first_record.end(), '\n'));
  EXPECT_EQ((*reader)->damage()[0].line, 2 + lines);
  EXPECT_THAT((*reader)->damage()[0].what, HasSubstr("<<<<<<<"));
  EXPECT_THAT((*reader)->damage(), Contains(Field(&Damage::keys, ElementsAre(Numbered(1).key))));

  const auto packed = Pack(merged, "merged");
  EXPECT_THAT(packed.status().ToString(), HasSubstr("line " + std::to_string(2 + lines)));
  const auto first = CassetteReader::Open(Hurt("<<<<<<< HEAD\n" + text));
  EXPECT_THAT(first.status().ToString(),
              AllOf(HasSubstr("line 1: a merge conflict"), HasSubstr("git checkout --ours")));
}

TEST_F(DamageTest, AConflictInTheMiddleOfARecordIsNamed) {
  std::string text = TextOfCassette(Written("a.reprise", {Numbered(0), Numbered(1)}));
  const std::size_t at = text.find("\n \"reply\"") + 1;
  const std::string line = text.substr(at, text.find('\n', at) + 1 - at);
  text.insert(at, "<<<<<<< HEAD\n" + line + "=======\n");
  text.insert(text.find(line, at + 13 + line.size()) + line.size(), ">>>>>>> b\n");
  const auto reader = CassetteReader::Open(Hurt(text));
  ASSERT_TRUE(reader.ok());
  std::size_t read = 0;
  (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    EXPECT_TRUE(Same(exchange, Numbered(1)));
    ++read;
    return true;
  });
  EXPECT_EQ(read, 1u);
  EXPECT_THAT((*reader)->damage(), SizeIs(Gt(3u)));
}

TEST_F(DamageTest, BrokenJsonIsNamedByItsLine) {
  std::string text = TextOfCassette(Written("a.reprise", {Numbered(0), Numbered(1), Numbered(2)}));
  const std::size_t at = text.find("\"status\"", text.find(Numbered(1).key));
  const auto reader = CassetteReader::Open(Hurt(text.replace(at, 8, "'status'")));
  ASSERT_TRUE(reader.ok());
  std::size_t read = 0;
  (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&&) { return ++read, true; });
  EXPECT_EQ(read, 2u);
  ASSERT_THAT((*reader)->damage(), SizeIs(1));
  const std::size_t record_at = text.find("{\"key\":\"" + Numbered(1).key);
  EXPECT_EQ((*reader)->damage()[0].line,
            static_cast<std::uint64_t>(
                std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(record_at), '\n')) +
                1);
  EXPECT_EQ((*reader)->damage()[0].file_offset, record_at);
  EXPECT_THAT((*reader)->damage()[0].what, HasSubstr("is no JSON: expected a member name at byte"));
}

TEST_F(DamageTest, ANewerFormatIsRefusedWithTheProgramThatReadsIt) {
  const auto open = CassetteReader::Open(Hurt("{\"reprise\":2,\"by\":\"reprise 7.1\"}\n"));
  EXPECT_THAT(open.status().ToString(),
              AllOf(HasSubstr("is of format 2, and this reprise reads format 1"), HasSubstr("reprise 7.1")));
  EXPECT_FALSE(Fsck(PathOf("hurt.reprise")).ok());
  for (const char* odd : {"{\"reprise\":0}\n", "{\"reprise\":-1}\n", "{\"reprise\":1.0}\n", "{\"reprise\":\"1\"}\n",
                          "{\"reprise\":99999999999}\n"})
    EXPECT_FALSE(CassetteReader::Open(Hurt(odd)).ok()) << odd;
}

TEST_F(DamageTest, AnUnknownNeedIsRefusedByName) {
  const auto open =
      CassetteReader::Open(Hurt("{\"reprise\":1,\"by\":\"reprise 7.1\",\"needs\":[\"blob\",\"from\"]}\n"));
  EXPECT_THAT(open.status().ToString(), AllOf(HasSubstr("needs \"from\""), HasSubstr("reprise 7.1")));
}

TEST_F(DamageTest, WhatIsNoCassetteIsToldInOneSentence) {
  const auto sentence = [](const std::string& path) { return CassetteReader::Open(path).status().ToString(); };
  EXPECT_THAT(sentence(folder_), HasSubstr("is a folder, not a cassette"));
  EXPECT_THAT(sentence(PathOf("none.reprise")), HasSubstr("there is no such cassette"));
  EXPECT_THAT(sentence(Hurt("")), HasSubstr("is empty"));
  EXPECT_THAT(sentence(Hurt("hello\n")), HasSubstr("is no cassette"));
  EXPECT_THAT(sentence(Hurt("interactions:\n- request:\n")), HasSubstr("is no cassette"));
  EXPECT_THAT(sentence(Hurt("\x28\xB5\x2F\xFD")), HasSubstr("its beginning cannot be read"));
  ASSERT_EQ(::mkfifo(PathOf("pipe.reprise").c_str(), 0600), 0);
  EXPECT_THAT(sentence(PathOf("pipe.reprise")), HasSubstr("is no regular file"));
}

TEST_F(DamageTest, BothNamesSideBySideAreAnError) {
  const std::string path = Written("a.reprise", {Numbered(0)});
  Put(path + ".jsonl", Bytes(path));
  for (const std::string& name : {path, path + ".jsonl"})
    EXPECT_THAT(CassetteReader::Open(name).status().ToString(), HasSubstr("both are names of one cassette"));
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const auto reader = CassetteReader::Open(path);
  ASSERT_TRUE(reader.ok()) << "the other name is taken";
  EXPECT_EQ((*reader)->path(), path + ".jsonl");
}

// Runs `body` in a child process and gives back its exit code.
template <typename Body>
int InChild(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(DamageTest, AFileThatMayNotBeReadIsTold) {
  const std::string path = Written("a.reprise", {Numbered(0)});
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  EXPECT_EQ(InChild([&] {
              if (::geteuid() == 0 && ::setuid(65534) != 0) return 2;
              const std::string text = CassetteReader::Open(path).status().ToString();
              return text.find("Permission denied") != std::string::npos && text.find(path) != std::string::npos ? 0
                                                                                                                 : 1;
            }),
            0);
}

// Peak memory of a child that opens and reads the file, in KiB above what it had before.
long PeakOf(const std::string& path, const CassetteLimits& limits) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  InChild([&] {
    struct rusage before {
    }, after{};
    ::getrusage(RUSAGE_SELF, &before);
    const auto reader = CassetteReader::Open(path, limits);
    if (reader.ok()) (void)(*reader)->ForEach([](CassetteReader::Ref, Exchange&&) { return true; });
    ::getrusage(RUSAGE_SELF, &after);
    const long grown = after.ru_maxrss - before.ru_maxrss;
    return ::write(ends[1], &grown, sizeof grown) == sizeof grown ? 0 : 1;
  });
  long grown = -1;
  ::close(ends[1]);
  if (::read(ends[0], &grown, sizeof grown) != sizeof grown) grown = -1;
  ::close(ends[0]);
  return grown;
}

TEST_F(DamageTest, ABombOfOneGibibyteIsRefusedInBoundedMemory) {
  const std::string bomb = test::Bomb("", std::uint64_t{1} << 30, '\0');
  EXPECT_LT(bomb.size(), 120u << 10);
  const std::string path = Hurt(bomb);
  EXPECT_THAT(CassetteReader::Open(path).status().ToString(), HasSubstr("holds more than 128 MiB of text, the limit"));
  EXPECT_LT(PeakOf(path, {}), 400 << 10);
  CassetteLimits small;
  small.line_bytes = 4 << 20;
  EXPECT_LT(PeakOf(path, small), 40 << 10);
}

TEST_F(DamageTest, ABombBehindGoodFramesSparesThem) {
  std::string bytes;
  for (const std::string& frame : test::FramesOf(Frames())) bytes += frame;
  const std::string head = test::Cut(bytes, test::FramesOf(bytes)[0].size());
  bool told = false;
  const std::string path = Hurt(head + test::Bomb("{", std::uint64_t{300} << 20, ' ') + test::FramesOf(bytes)[1]);
  EXPECT_EQ(UseAll(path, Seven(), &told), 6u);
  EXPECT_TRUE(told);
}

TEST_F(DamageTest, ValuesWithoutNumberCostBoundedMemory) {
  // 36 MiB of text that would be eighteen million values: 24 bytes each in a tree.
  std::string record = "{\"key\":\"" + Numbered(0).key + "\",\"x\":[1";
  const std::string start = "{\"reprise\":1}\n" + record;
  std::string text = start;
  std::string ones;
  for (int i = 0; i < 1024; ++i) ones += ",1";
  while (text.size() < 36u << 20) text += ones;
  text += "]}\n";
  const std::string path = Hurt(*CompressFrame(text));
  text = std::string();
  const auto reader = CassetteReader::Open(path);
  ASSERT_TRUE(reader.ok());
  (void)(*reader)->ForEach([](CassetteReader::Ref, Exchange&&) { return true; });
  ASSERT_THAT((*reader)->damage(), SizeIs(1));
  EXPECT_THAT((*reader)->damage()[0].what, HasSubstr("too many values"));
  EXPECT_LT(PeakOf(path, {}), 900 << 10);
}

TEST_F(DamageTest, AWindowOverTheLimitIsRefusedByName) {
  CassetteLimits limits;
  limits.window_bytes = 1 << 20;
  std::string text = "{\"reprise\":1}\n";
  for (int i = 0; i < 40; ++i) text += "{\"note\":\"" + Long(i, 100 << 10).reply.body.substr(30, 90 << 10) + "\"}\n";
  const auto reader = CassetteReader::Open(Hurt(test::Bomb(text, 0, ' ')), limits);
  EXPECT_THAT(reader.status().ToString(), HasSubstr("window of more than 1 MiB"));
  EXPECT_TRUE(CassetteReader::Open(PathOf("hurt.reprise")).ok());
}

TEST_F(DamageTest, APartThatIsMissingSpoilsItsExchangeOnly) {
  Exchange binary = Numbered(9);
  for (int i = 0; i < 5000; ++i) binary.reply.body += static_cast<char>(i * 7);
  const std::string text = TextOfCassette(Written("a.reprise", {Numbered(1), binary}));
  const std::size_t blob = text.find("{\"blob\"");
  const std::string record = text.substr(blob, text.find('\n', blob) + 1 - blob);
  std::string without = text;
  without.erase(blob, record.size());
  std::string changed = text;
  changed[blob + 120] = changed[blob + 120] == 'A' ? 'B' : 'A';
  std::string longer = text;  // its reference says another length
  longer.replace(longer.find("\"bytes\":6"), 9, "\"bytes\":7");
  std::string unsummed = changed;  // the blob's own hash tells, too
  unsummed.erase(unsummed.find(",\"sha256\""), std::string(",\"sha256\":\"\"").size() + 64);
  std::string other_body = text;  // all parts are there, and yet it is not what was recorded
  const std::size_t sum = text.find("\"sha256\":\"") + 10;
  other_body[sum] = other_body[sum] == 'a' ? 'b' : 'a';
  for (const std::string& hurt : {without, changed, longer, unsummed, other_body}) {
    const auto reader = CassetteReader::Open(Hurt(hurt));
    ASSERT_TRUE(reader.ok());
    EXPECT_TRUE((*reader)->Read((*reader)->Find(Numbered(1).key).at(0)).ok());
    EXPECT_FALSE((*reader)->Read((*reader)->Find(binary.key).at(0)).ok());
    EXPECT_FALSE(Fsck(PathOf("hurt.reprise"))->damage.empty());
  }
}

TEST_F(DamageTest, RecoveryKeepsWhatIsWholeAsItStands) {
  const std::string bytes = Frames(), path = Hurt(bytes), text = TextOfCassette(path);
  const std::size_t at = test::FramesOf(bytes)[0].size();
  Put(path, test::Overwrite(bytes, at + 30, "????"));
  const auto recovered = Recover(path);
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->path, path + ".new");
  EXPECT_EQ(recovered->exchanges, 4u);
  EXPECT_THAT(recovered->damage, SizeIs(1));
  const std::string saved = TextOfCassette(recovered->path);
  for (const int i : {0, 1, 2, 6}) {
    const std::size_t begin = text.find("{\"key\":\"" + Numbered(i).key);
    EXPECT_THAT(saved, HasSubstr(text.substr(begin, text.find("{\"key\"", begin + 1) - begin)));
  }
  EXPECT_THAT(Recover(path).status().ToString(), HasSubstr("is in the way"));
}

TEST_F(DamageTest, RecoverySavesWhatStandsBehindALostHead) {
  const std::string bytes = Frames();
  const std::string path = Hurt(test::Overwrite(bytes, 40, "????"));
  EXPECT_THAT(CassetteReader::Open(path).status().ToString(), HasSubstr("reprise fsck --recover"));
  const auto recovered = Recover(path);
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->exchanges, 4u);
}

TEST_F(DamageTest, RecoveryOfAJournalTakesItsPlace) {
  { ASSERT_TRUE((*CassetteWriter::Create(PathOf("a.reprise"), Head(), {}))->Append(Numbered(1)).ok()); }
  const std::string journal = PathOf("a.reprise.incomplete");
  Put(journal, Bytes(journal) + "\x28\xB5\x2F\xFD torn");
  const auto recovered = Recover(journal);
  ASSERT_TRUE(recovered.ok()) << recovered.status();
  EXPECT_EQ(recovered->path, PathOf("a.reprise"));
  EXPECT_FALSE(base::Exists(journal));
  EXPECT_TRUE(Same(ReadAll(PathOf("a.reprise")).at(0), Numbered(1)));
}

TEST_F(DamageTest, AJournalThatIsBeingWrittenIsNotRecovered) {
  auto writer = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
  ASSERT_TRUE((*writer)->Append(Numbered(1)).ok());
  EXPECT_THAT(Recover(PathOf("a.reprise.incomplete")).status().ToString(), HasSubstr("is being written by process"));
}

TEST_F(DamageTest, TextAndContainerAreEachOthersInverse) {
  const std::string path = Written("a.reprise", Seven());
  const auto text = ToText(Bytes(path), path);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, TextOfCassette(path));
  EXPECT_EQ(*ToText(*text, "text"), *text);
  const auto packed = Pack(*text, "text");
  ASSERT_TRUE(packed.ok());
  EXPECT_EQ(*packed, Bytes(path));
  const std::string ragged = "{\"reprise\":1}\r\n\r\n{\"other\":1,\n  \"a\":2}";
  EXPECT_EQ(*ToText(*Pack(ragged, "ragged"), "ragged"), ragged) << "not even white space is touched";
  EXPECT_FALSE(ToText(test::Cut(Bytes(path), 100), path).ok()) << "half a text must not pass for a whole one";
}

TEST_F(DamageTest, WhatFollowsAnExchangeStaysInItsFrame) {
  std::string packed;
  Packer packer(
      CassetteWriter::Form::kZstd, [&](std::string_view piece) { return packed.append(piece), Status(); }, 1);
  ASSERT_TRUE(packer.AddText(TextOfCassette(Written("a.reprise", Seven()))).ok() && packer.Finish().ok());
  EXPECT_THAT(test::FramesOf(packed), SizeIs(1 + 7 + 1)) << "a frame for the head and for each exchange, and the index";
  bool told = true;
  EXPECT_EQ(UseAll(Hurt(packed), Seven(), &told), 7u) << "clocks are found";
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace reprise::cassette
