// fsck, accept, reject, rekey: the commands that may change files, run as the real program.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "lib/base/file_system.h"
#include "tests/lib/cli/fixtures.h"
#include "tests/lib/cli/program.h"

namespace reprise::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kText = CassetteWriter::Form::kText;

class Change : public ::testing::Test {
 protected:
  Ran Reprise(const std::vector<std::string>& words) { return RunReprise(words, {.folder = folder_.path()}); }
  std::string Read(const std::string& name) {
    const Result<std::string> text = base::ReadFile(folder_ / name);
    return text.ok() ? *text : "<" + text.status().reason() + ">";
  }
  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(base::WriteFileAtomically(folder_ / name, text).ok());
  }
  bool Exists(const std::string& name) { return base::Exists(folder_ / name); }
  // What a recorder leaves that is killed after its last append.
  void WriteUnfinished(const std::string& name, const std::vector<Exchange>& exchanges) {
    const Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(folder_ / name, {}, {});
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (const Exchange& exchange : exchanges) ASSERT_TRUE((*writer)->Append(exchange).ok());
  }
  std::vector<Exchange> ExchangesOf(const std::string& name) {
    std::vector<Exchange> out;
    const auto reader = CassetteReader::Open(folder_ / name);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return out;
    EXPECT_TRUE((*reader)
                    ->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
                      out.push_back(std::move(exchange));
                      return true;
                    })
                    .ok());
    EXPECT_TRUE((*reader)->damage().empty());
    return out;
  }
  TemporaryFolder folder_;
};

// ---- fsck ----

TEST_F(Change, FsckOfWholeCassettesIsGreen) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), StreamedChat("c", "d e"), Opaque("\xff")});
  WriteCassette(folder_ / "b.reprise.jsonl", {Chat("a", "b")}, kText);
  const Ran ran = Reprise({"fsck"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "a.reprise: whole, 3 exchanges\nb.reprise.jsonl: whole, 1 exchange\n2 files, 2 sound\n");
}

TEST_F(Change, FsckNamesThePlaceOfDamageAndSavesTheRest) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), Chat("c", "d"), Chat("e", "f")}, kText);
  std::string text = Read("a.reprise");
  const std::size_t second = text.find("\n{\"key\":", text.find("\n{\"key\":") + 1) + 1;
  text[text.find("\"reply\"", second) + 9] = '?';
  Write("a.reprise", text);
  const Ran ran = Reprise({"fsck", "a.reprise"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("a.reprise: damaged, 2 exchanges can be read\n  at byte " + std::to_string(second)));
  EXPECT_THAT(ran.out, HasSubstr(Chat("c", "d").key.substr(0, 12)));
  EXPECT_THAT(ran.out, HasSubstr("`reprise fsck --recover a.reprise` writes what can be read to a.reprise.new"));

  const Ran recovered = Reprise({"fsck", "--recover", "a.reprise"});
  EXPECT_EQ(recovered.code, 3);  // what was damaged is still there
  EXPECT_EQ(Read("a.reprise"), text);
  const std::vector<Exchange> saved = ExchangesOf("a.reprise.new");
  ASSERT_EQ(saved.size(), 2u);
  EXPECT_EQ(saved[0].key, Chat("a", "b").key);
  EXPECT_EQ(saved[1].reply.body, Chat("e", "f").reply.body);
  EXPECT_EQ(Reprise({"accept", "a.reprise"}).code, 0);
  EXPECT_EQ(Reprise({"fsck"}).code, 0);
}

TEST_F(Change, FsckTellsDamageOfEveryByteOfACompressedCassette) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b")});
  const std::string good = Read("a.reprise");
  for (std::size_t i = 0; i < good.size(); i += 97) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    Write("a.reprise", bad);
    const Ran ran = Reprise({"fsck", "--json", "a.reprise"});
    EXPECT_EQ(ran.code, 3) << "byte " << i << ran.out;
    EXPECT_NE(json::parse(ran.out)["files"][0]["state"], "whole") << i;
  }
}

TEST_F(Change, FsckSavesWhatStandsBehindADamagedHead) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), Chat("c", "d")}, kText);
  std::string text = Read("a.reprise");
  text[0] = '#';
  Write("a.reprise", text);
  const Ran ran = Reprise({"fsck", "--recover", "a.reprise"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("  written to a.reprise.new"));
  EXPECT_EQ(ExchangesOf("a.reprise.new").size(), 2u);
}

TEST_F(Change, FsckFinishesWhatAKilledRecorderLeft) {
  WriteUnfinished("a.reprise", {Chat("a", "b"), Chat("c", "d")});
  std::string bytes = Read("a.reprise.incomplete");
  Write("a.reprise.incomplete", bytes.substr(0, bytes.size() - 40));  // killed while it wrote the second
  const Ran ran = Reprise({"fsck", "a.reprise"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.out,
            "a.reprise.incomplete: incomplete, 1 exchange\n"
            "  its recorder was killed; `reprise fsck --recover a.reprise.incomplete` finishes it\n"
            "1 file, 0 sound\n");
  const Ran recovered = Reprise({"fsck", "--recover", "a.reprise"});
  EXPECT_EQ(recovered.code, 0) << recovered.err;
  EXPECT_FALSE(Exists("a.reprise.incomplete"));
  ASSERT_EQ(ExchangesOf("a.reprise").size(), 1u);
  EXPECT_EQ(ExchangesOf("a.reprise")[0].reply.body, Chat("a", "b").reply.body);
}

TEST_F(Change, WhatIsRecoveredNeverReplacesACassette) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "old")});
  WriteUnfinished("a.reprise", {Chat("a", "new")});
  EXPECT_EQ(Reprise({"fsck", "--recover"}).code, 0);
  EXPECT_EQ(ExchangesOf("a.reprise")[0].reply.body, Chat("a", "old").reply.body);
  EXPECT_EQ(ExchangesOf("a.reprise.new")[0].reply.body, Chat("a", "new").reply.body);

  WriteUnfinished("a.reprise", {Chat("a", "newer")});  // and not what waits, either
  const Ran ran = Reprise({"fsck", "--recover"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("a.reprise.new: is in the way"));
  EXPECT_EQ(ExchangesOf("a.reprise.new")[0].reply.body, Chat("a", "new").reply.body);
  EXPECT_TRUE(Exists("a.reprise.incomplete"));
}

TEST_F(Change, ARecordingUnderWayIsLeftAlone) {
  const auto writer = CassetteWriter::Create(folder_ / "a.reprise", {}, {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(Chat("a", "b")).ok());
  const Ran ran = Reprise({"fsck", "--recover"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("a.reprise.incomplete: being recorded, 1 exchange"));
  EXPECT_TRUE((*writer)->Seal().ok());
  EXPECT_EQ(ExchangesOf("a.reprise").size(), 1u);
}

TEST_F(Change, AForeignFileUnderOurNameIsNotRemoved) {
  Write("a.reprise.incomplete", "somebody's notes\n");
  EXPECT_EQ(Reprise({"fsck", "--recover"}).code, 3);
  EXPECT_EQ(Read("a.reprise.incomplete"), "somebody's notes\n");
}

TEST_F(Change, FsckComparesEachKeyWithItsRequest) {
  WriteCassette(folder_ / "a.reprise", {Chat("What is the capital of Frnace?", "Paris")}, kText);
  std::string text = Read("a.reprise");
  text.replace(text.find("Frnace"), 6, "France");
  Write("a.reprise", text);
  const Ran ran = Reprise({"fsck", "a.reprise"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("a.reprise: wrong keys, 1 exchange"));
  EXPECT_THAT(ran.out, HasSubstr("`reprise rekey a.reprise` writes the keys anew"));
  EXPECT_EQ(Reprise({"rekey", "a.reprise"}).code, 0);
  EXPECT_EQ(Reprise({"fsck", "a.reprise"}).code, 0);
}

// ---- accept, reject ----

TEST_F(Change, AcceptPutsTheNewInPlaceOfTheOld) {
  WriteCassette(folder_ / "c/Chat/A.reprise", {Chat("a", "b"), Chat("c", "d"), Chat("gone", "x")});
  WriteCassette(folder_ / "c/Chat/A.reprise.new", {Chat("a", "b"), Chat("c", "D"), Chat("e", "f")});
  Write("goldens/Chat/A/out.txt", "old\n");
  Write("goldens/Chat/A/out.txt.new", "new text\n");
  Write("goldens/Chat/A/value.json.new", "{\"a\":1}\n");
  const std::string pending = Read("c/Chat/A.reprise.new");

  const Ran dry = Reprise({"accept", "--dry-run", "."});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_EQ(dry.out,
            "would accept  ./c/Chat/A.reprise  (1 kept, 1 with another reply, 1 new, 1 gone)\n"
            "would accept  ./goldens/Chat/A/out.txt  (4 B before, 9 B now)\n"
            "would accept  ./goldens/Chat/A/value.json  (new, 8 B)\n");
  EXPECT_EQ(Read("goldens/Chat/A/out.txt"), "old\n");

  const Ran ran = Reprise({"accept", "c/Chat/A.reprise", "goldens"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Read("c/Chat/A.reprise"), pending);
  EXPECT_EQ(Read("goldens/Chat/A/out.txt"), "new text\n");
  EXPECT_EQ(Read("goldens/Chat/A/value.json"), "{\"a\":1}\n");
  for (const char* gone : {"c/Chat/A.reprise.new", "goldens/Chat/A/out.txt.new", "goldens/Chat/A/value.json.new"})
    EXPECT_FALSE(Exists(gone));
  EXPECT_EQ(Reprise({"accept", "."}).err, "Nothing is pending.\n");
}

TEST_F(Change, TheKeyOfAGoldenIsAcceptedAndRejectedWithIt) {
  const std::string k1 = std::string(64, '1') + "\n", k2 = std::string(64, '2') + "\n";
  Write("a.txt.new", "new");
  Write("a.txt.key.new", k2);
  Write("a.txt.key", k1);
  EXPECT_EQ(Reprise({"accept", "a.txt"}).code, 0);
  EXPECT_EQ(Read("a.txt.key"), k2);
  EXPECT_FALSE(Exists("a.txt.key.new"));
  Write("a.txt.new", "of no known request");
  EXPECT_EQ(Reprise({"accept", "a.txt"}).code, 0);
  EXPECT_FALSE(Exists("a.txt.key")) << "the old key would say where it did not come from";
  Write("b.txt.new", "new");
  Write("b.txt.key.new", k1);
  EXPECT_EQ(Reprise({"reject", "b.txt"}).code, 0);
  EXPECT_FALSE(Exists("b.txt.new"));
  EXPECT_FALSE(Exists("b.txt.key.new"));
}

TEST_F(Change, ADamagedPendingFileStopsAllOfThem) {
  Write("goldens/A/good.txt.new", "fine\n");
  Write("goldens/A/bad.json.new", "{\"a\":");
  WriteCassette(folder_ / "bad.reprise.new", {Chat("a", "b")});
  std::string bytes = Read("bad.reprise.new");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  Write("bad.reprise.new", bytes);
  const Ran ran = Reprise({"accept", "."});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(HasSubstr("./goldens/A/bad.json.new: is no whole JSON"), HasSubstr("./bad.reprise.new: "),
                             HasSubstr("Nothing was accepted.\n")));
  EXPECT_FALSE(Exists("goldens/A/good.txt"));
  EXPECT_EQ(Reprise({"reject", "goldens/A/bad.json", "bad.reprise.new"}).code, 0);  // rejecting needs no whole file
  EXPECT_EQ(Reprise({"accept", "."}).code, 0);
  EXPECT_EQ(Read("goldens/A/good.txt"), "fine\n");
}

TEST_F(Change, AcceptTakesOverAMirror) {
  Write("src/tests/goldens/A/one.txt", "old\n");
  Write("mirror/tests/goldens/A/one.txt.new", "new\n");
  WriteCassette(folder_ / "mirror/tests/cassettes/A/b.reprise.new", {Chat("a", "b")});
  const Ran ran = Reprise({"accept", "--from", "mirror", "--to", "src"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Read("src/tests/goldens/A/one.txt"), "new\n");
  EXPECT_EQ(ExchangesOf("src/tests/cassettes/A/b.reprise").size(), 1u);
  EXPECT_FALSE(Exists("mirror/tests/goldens/A/one.txt.new"));
}

TEST_F(Change, AMirrorIsOfTheProjectTheUserStandsIn) {
  Write("project/reprise.json", "{}");
  Write("project/build/reprise-pending/tests/a.txt.new", "a\n");
  Write("project/build/reprise-pending/tests/b.txt.new", "b\n");
  ASSERT_TRUE(base::MakeFolders(folder_ / "project/tests/deep").ok());
  const Ran ran = RunReprise({"accept", "--from", "../../build/reprise-pending", "../a.txt"},
                             {.folder = folder_ / "project/tests/deep"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Read("project/tests/a.txt"), "a\n");
  EXPECT_FALSE(Exists("project/tests/b.txt"));
  const std::string waiting = folder_ / "project/build/reprise-pending/tests/b.txt.new";
  const Ran named = RunReprise({"accept", "--from", folder_ / "project/build/reprise-pending", waiting},
                               {.folder = folder_ / "project"});
  EXPECT_EQ(named.code, 0) << named.err;
  EXPECT_EQ(Read("project/tests/b.txt"), "b\n");
}

TEST_F(Change, InAFolderFilesOfOtherProgramsAreLeftAlone) {
  Write("requirements.txt", "mine\n");
  Write("requirements.txt.new", "theirs\n");
  Write("web/package.json.new", "{}");
  Write("goldens/A/out.txt.new", "ours\n");
  Write("keyed/out.txt.new", "ours too\n");
  Write("keyed/out.txt.key.new", std::string(64, '1') + "\n");
  for (const char* verb : {"reject", "accept"}) {
    const Ran ran = verb == std::string("reject") ? Reprise({verb, "--dry-run", "."}) : Reprise({verb, "."});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("passed over"), HasSubstr("./requirements.txt.new"),
                               HasSubstr("./web/package.json.new"), Not(HasSubstr("out.txt"))));
    EXPECT_THAT(ran.out, AllOf(HasSubstr("goldens/A/out.txt"), HasSubstr("keyed/out.txt")));
  }
  EXPECT_EQ(Read("requirements.txt"), "mine\n");
  EXPECT_EQ(Read("goldens/A/out.txt"), "ours\n");
  EXPECT_EQ(Read("keyed/out.txt"), "ours too\n");
  Write("reprise.json", R"({"goldens": "web"})");
  EXPECT_EQ(Reprise({"accept", "."}).code, 0);
  EXPECT_EQ(Read("web/package.json"), "{}") << "there the project keeps its goldens";
  EXPECT_EQ(RunReprise({"accept", "."}, {.folder = folder_.path(), .environment = {{"REPRISE_GOLDENS", "."}}}).code, 0);
  EXPECT_EQ(Read("requirements.txt"), "theirs\n");
}

TEST_F(Change, AGoldenWithADamagedKeyIsNotAccepted) {
  Write("goldens/A/a.txt.new", "new\n");
  Write("goldens/A/a.txt.key.new", "no key\n");
  EXPECT_THAT(Reprise({"accept", "goldens"}).err, HasSubstr("goldens/A/a.txt.key.new: holds no key"));
  EXPECT_FALSE(Exists("goldens/A/a.txt"));
  EXPECT_EQ(Reprise({"reject", "goldens"}).code, 0);
  EXPECT_FALSE(Exists("goldens/A/a.txt.key.new"));
}

TEST_F(Change, AcceptNeverWritesThroughALink) {
  Write("outside/one.txt", "mine\n");
  Write("mirror/link/one.txt.new", "theirs\n");
  ASSERT_TRUE(base::MakeFolders(folder_ / "src").ok());
  ASSERT_EQ(::symlink((folder_ / "outside").c_str(), (folder_ / "src/link").c_str()), 0);
  const Ran ran = Reprise({"accept", "--from", "mirror", "--to", "src"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("is a link"));
  EXPECT_EQ(Read("outside/one.txt"), "mine\n");
  ASSERT_EQ(::symlink((folder_ / "outside/one.txt").c_str(), (folder_ / "a.txt").c_str()), 0);
  Write("a.txt.new", "theirs\n");
  EXPECT_EQ(Reprise({"accept", "a.txt"}).code, 2);
  EXPECT_EQ(Read("outside/one.txt"), "mine\n");
}

TEST_F(Change, AcceptRefusesASecondFormOfOneCassette) {
  WriteCassette(folder_ / "a.reprise.jsonl", {Chat("a", "b")}, kText);
  WriteCassette(folder_ / "a.reprise.new", {Chat("a", "c")});
  const Ran ran = Reprise({"accept", "a.reprise.new"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("a.reprise.jsonl"));
  EXPECT_FALSE(Exists("a.reprise"));
}

TEST_F(Change, AMisspelledPathIsNeverSilence) {
  Write("a.txt", "x\n");
  EXPECT_THAT(Reprise({"accept", "b.txt"}).err, HasSubstr("b.txt: there is no such file or folder"));
  EXPECT_EQ(Reprise({"accept", "b.txt"}).code, 3);
  EXPECT_THAT(Reprise({"reject", "a.txt"}).err, HasSubstr("a.txt: nothing is pending for it"));
  EXPECT_EQ(Reprise({"accept"}).code, 2);
  EXPECT_EQ(Reprise({"reject"}).code, 2);
  EXPECT_EQ(Reprise({"accept", "--to", ".", "."}).code, 2);
}

TEST_F(Change, RejectRemovesWhatIsPendingOnly) {
  Write("goldens/A/a.txt", "old\n");
  Write("goldens/A/a.txt.new", "new\n");
  EXPECT_EQ(Reprise({"reject", "--dry-run", "goldens"}).out, "would remove  goldens/A/a.txt.new\n");
  EXPECT_TRUE(Exists("goldens/A/a.txt.new"));
  EXPECT_EQ(Reprise({"reject", "goldens"}).out, "removed  goldens/A/a.txt.new\n");
  EXPECT_FALSE(Exists("goldens/A/a.txt.new"));
  EXPECT_EQ(Read("goldens/A/a.txt"), "old\n");
}

// ---- rekey ----

TEST_F(Change, RekeyWritesKeysAndRulesAndNothingElse) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), StreamedChat("c", "d e")}, kText);
  const std::string before = Read("a.reprise");
  const std::vector<std::string> words{"rekey", "--rules", R"({"ignore_body":["/metadata"]})", "a.reprise"};
  std::vector<std::string> dry = words;
  dry.insert(dry.begin() + 1, "--dry-run");
  EXPECT_EQ(Reprise(dry).code, 1);
  EXPECT_EQ(Read("a.reprise"), before);
  const Ran ran = Reprise(words);
  EXPECT_EQ(ran.code, 0) << ran.err;
  const Rules rules = Ignoring("/metadata");
  const std::string key = Chat("a", "b", rules).key;
  EXPECT_EQ(ran.out, "rewritten  a.reprise: 1 of 2 keys changed\n  rules: none -> ignores /metadata\n  exchange 1  " +
                         Chat("a", "b").key.substr(0, 12) + " -> " + key.substr(0, 12) + "\n");
  EXPECT_EQ(Reprise({"fsck"}).code, 0);
  // Put the old key and head back: the rest is the same, byte for byte.
  std::string after = Read("a.reprise");
  after.replace(after.find(key), 64, Chat("a", "b").key);
  EXPECT_EQ(after.substr(after.find('\n')), before.substr(before.find('\n')));
  EXPECT_EQ(Reprise(words).out, "unchanged  a.reprise\n");
  EXPECT_EQ(Reprise(dry).code, 0);
  EXPECT_EQ(Reprise({"rekey", "--rules", "none", "a.reprise"}).code, 0);
  EXPECT_EQ(Read("a.reprise"), before);
}

TEST_F(Change, RekeyKeepsWhatThisVersionDoesNotKnow) {
  WriteCassette(folder_ / "a.reprise", {StreamedChat("a", "b")}, kText);
  std::string text = Read("a.reprise");
  text.insert(text.find(",\"reply\"") == std::string::npos ? text.find("\"reply\"") : text.find("\"reply\""),
              "\"future\":[1.0],");
  text += "{\"drift\":\"" + StreamedChat("a", "b").key + "\",\"runs\":3}\n";
  Write("a.reprise", text);
  ASSERT_EQ(Reprise({"fsck"}).code, 0);
  EXPECT_EQ(Reprise({"rekey", "--rules", R"({"ignore_body":["/stream"]})", "a.reprise"}).code, 0);
  EXPECT_THAT(Read("a.reprise"),
              AllOf(HasSubstr("\"future\":[1.0]"), HasSubstr("{\"drift\":"), HasSubstr("\"runs\":3")));
  EXPECT_EQ(ExchangesOf("a.reprise")[0].reply.ms, StreamedChat("a", "b").reply.ms);  // times went with their key
}

TEST_F(Change, RekeySaysWhenRequestsFallTogether) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b"), Chat("c", "d")});
  const Ran ran = Reprise({"rekey", "--rules", R"({"ignore_body":["/metadata","/messages"]})", "a.reprise"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1 key now falls together with another: their replies become takes of one request"));
}

TEST_F(Change, RekeyWarnsOfAHeaderThatWasNotStored) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b")});
  const Ran ran = Reprise({"rekey", "--rules", R"({"match_headers":["x-tenant"]})", "a.reprise"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("match header x-tenant, which no request here has stored"));
}

TEST_F(Change, RekeyTakesTheRulesOfTheProject) {
  Write("reprise.json", R"({"rules": {"ignore_body": ["/metadata"]}}  // ours)");
  WriteCassette(folder_ / "tests/a.reprise", {Chat("a", "b")});
  EXPECT_EQ(Reprise({"rekey", "--rules", "project", "tests"}).code, 0);
  EXPECT_EQ(ExchangesOf("tests/a.reprise")[0].key, Chat("a", "b", Ignoring("/metadata")).key);
}

TEST_F(Change, RekeyLeavesDamagedAndMissingFilesAlone) {
  WriteCassette(folder_ / "a.reprise", {Chat("a", "b")}, kText);
  Write("a.reprise", Read("a.reprise") + "<<<<<<< ours\n");
  const std::string before = Read("a.reprise");
  const Ran ran = Reprise({"rekey", "--rules", "none", "a.reprise"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("Nothing was rewritten"));
  EXPECT_EQ(Read("a.reprise"), before);
  EXPECT_EQ(Reprise({"rekey", "b.reprise"}).code, 3);
  EXPECT_EQ(Reprise({"rekey", "--rules", "{\"ignore\":1}", "a.reprise"}).code, 2);
}

}  // namespace
}  // namespace reprise::cli
