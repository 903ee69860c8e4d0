// Reader and writer together: what is written is what is read.
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "lib/cassette/format.h"
#include "lib/cassette/frame.h"
#include "lib/cassette/index.h"
#include "tests/lib/cassette/cassette_test_support.h"

namespace reprise::cassette {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr auto kBothForms = {CassetteWriter::Form::kZstd, CassetteWriter::Form::kText};

Exchange Full() {
  Exchange exchange = Numbered(1, "worker-1");
  exchange.auth = 2;
  exchange.model.pin = "sha256:abc";
  exchange.request.headers.push_back({"x-odd", "caf\xE9"});
  exchange.reply.headers.push_back({"Set-Cookie", "a=\"b\""});
  exchange.reply.body = "data: {\"a\":1}\n\ndata: {\"a\":2}\n\ndata: [DO";
  exchange.reply.cuts = {3, 20, 16};
  exchange.reply.ms = {398, 21, 0};
  exchange.reply.end = BrokenEnd{"reset", 39};
  exchange.reply.coding = {"gzip", "br"};
  exchange.reply.exact = false;
  exchange.left = 39;
  exchange.masked = {"/user", "header set-cookie"};
  exchange.overlaps = true;
  exchange.unknown = R"("engine":{"id":"x"},"later":[1,2])";
  exchange.reply.model = exchange.model;
  return exchange;
}

TEST_F(CassetteTest, EveryMemberOfAnExchangeComesBack) {
  for (const auto form : kBothForms) {
    const std::string path = Written("a.reprise", {Full(), Numbered(2), Numbered(3)}, form);
    const std::vector<Exchange> all = ReadAll(path);
    ASSERT_THAT(all, SizeIs(3));
    EXPECT_TRUE(Same(all[2], Full()));
    EXPECT_TRUE(Same(all[0], Numbered(2)));
    EXPECT_EQ(all[0].reply.key, all[0].key);
  }
}

TEST_F(CassetteTest, BothContainersHoldTheSameText) {
  std::vector<Exchange> exchanges;
  for (int i = 0; i < 300; ++i) exchanges.push_back(Long(i, 2000));
  const std::string zstd = Written("a.reprise", exchanges),
                    text = Written("b.reprise", exchanges, CassetteWriter::Form::kText);
  EXPECT_THAT(Bytes(zstd), StartsWith("\x28\xB5\x2F\xFD"));
  EXPECT_THAT(Bytes(text), StartsWith("{\"reprise\":1,"));
  EXPECT_EQ(TextOfCassette(zstd), Bytes(text));
}

TEST_F(CassetteTest, AKeyIsFoundAmongManyInBothContainers) {
  std::vector<Exchange> exchanges;
  for (int i = 0; i < 400; ++i) exchanges.push_back(Long(i, 2000));
  for (const auto form : kBothForms) {
    const auto reader = CassetteReader::Open(Written("a.reprise", exchanges, form));
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->exchange_count(), 400u);
    for (const int i : {399, 0, 200, 201}) {
      const auto refs = (*reader)->Find(exchanges[static_cast<std::size_t>(i)].key);
      ASSERT_THAT(refs, SizeIs(1)) << i;
      const auto exchange = (*reader)->Read(refs[0]);
      ASSERT_TRUE(exchange.ok()) << exchange.status();
      EXPECT_TRUE(Same(*exchange, exchanges[static_cast<std::size_t>(i)]));
    }
    EXPECT_THAT((*reader)->Find(Numbered(1000).key), IsEmpty());
    EXPECT_THAT((*reader)->Find("no key"), IsEmpty());
    EXPECT_THAT((*reader)->damage(), IsEmpty());
  }
}

TEST_F(CassetteTest, TakesOfOneKeyKeepTheirOrder) {
  std::vector<Exchange> exchanges;
  for (int i = 0; i < 100; ++i) {
    Exchange take = Long(i, 9000);
    take.key = Numbered(7).key;
    exchanges.push_back(take);
  }
  for (const auto form : kBothForms) {
    const auto reader = CassetteReader::Open(Written("a.reprise", exchanges, form));
    ASSERT_TRUE(reader.ok());
    const auto refs = (*reader)->Find(Numbered(7).key);
    ASSERT_THAT(refs, SizeIs(100));
    for (std::size_t i = 0; i < refs.size(); ++i)
      EXPECT_EQ((*reader)->Read(refs[i])->reply.body, exchanges[i].reply.body) << i;
  }
}

TEST_F(CassetteTest, LanesAreSortedAndArrivalKeptInThem) {
  const auto lanes = [&](const std::vector<Exchange>& exchanges) {
    std::vector<std::string> out;
    for (const Exchange& exchange : ReadAll(Written("a.reprise", exchanges)))
      out.push_back(exchange.lane + exchange.reply.headers[1].value);
    return out;
  };
  EXPECT_THAT(lanes({Numbered(3, "b"), Numbered(2, "a"), Numbered(1, "b"), Numbered(9, "a")}),
              ElementsAre("areq_2", "areq_9", "breq_3", "breq_1"));
}

TEST_F(CassetteTest, OverlappingExchangesAreOrderedByKeyWhateverTheClockSaid) {
  std::string first;
  for (const bool swapped : {false, true}) {
    Exchange same = Numbered(2);
    same.reply.body = "other";
    same.overlaps = true;  // as the recorder says of the later one
    auto writer = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
    ASSERT_TRUE(writer.ok()) << writer.status();
    const auto append = [&](const Exchange& exchange, std::uint64_t began, std::uint64_t ended) {
      const Status status = (*writer)->Append(exchange, {began, ended});
      ASSERT_TRUE(status.ok()) << status;
    };
    append(Numbered(9), 1, 2);
    append(Numbered(1), swapped ? 4 : 3, swapped ? 7 : 8);
    append(Numbered(2), swapped ? 3 : 5, swapped ? 8 : 6);
    append(same, swapped ? 5 : 4, swapped ? 6 : 7);
    append(Numbered(3), 9, 10);
    ASSERT_TRUE((*writer)->Seal().ok());
    const std::vector<Exchange> all = ReadAll(PathOf("a.reprise"));
    ASSERT_THAT(all, SizeIs(5));
    EXPECT_EQ(all[0].key, Numbered(9).key);
    EXPECT_EQ(all[4].key, Numbered(3).key);
    int marked = 0;
    for (const Exchange& exchange : all) {
      marked += exchange.overlaps ? 1 : 0;
      EXPECT_EQ(exchange.overlaps, exchange.key == Numbered(2).key);
    }
    EXPECT_EQ(marked, 2) << "two answers to one key that was asked twice at once";
    if (first.empty()) first = TextOfCassette(PathOf("a.reprise"));
    EXPECT_EQ(TextOfCassette(PathOf("a.reprise")), first);
  }
}

TEST_F(CassetteTest, ExchangesStandInTheOrderInWhichTheyWereAsked) {
  auto writer = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(Numbered(3), {5, 6}).ok());
  ASSERT_TRUE((*writer)->Append(Numbered(1), {1, 2}).ok());
  ASSERT_TRUE((*writer)->Append(Numbered(2), {3, 4}).ok());
  ASSERT_TRUE((*writer)->Append(Numbered(0)).ok());
  ASSERT_TRUE((*writer)->Seal().ok());
  std::vector<std::string> ids;
  for (const Exchange& exchange : ReadAll(PathOf("a.reprise"))) ids.push_back(exchange.reply.headers[1].value);
  EXPECT_THAT(ids, ElementsAre("req_0", "req_1", "req_2", "req_3"));
}

TEST_F(CassetteTest, AnUnchangedTextLeavesTheFileAlone) {
  const std::vector<Exchange> exchanges = {Numbered(1), Numbered(2)};
  const std::string path = Written("a.reprise", exchanges, CassetteWriter::Form::kText);
  std::string bytes = Bytes(path);
  bytes.replace(bytes.find("reprise 0.1.0"), 13, "reprise 0.0.9");  // another program's
  Put(path, bytes);
  Written("a.reprise", exchanges);
  EXPECT_EQ(Bytes(path), bytes);
  EXPECT_FALSE(base::Exists(path + ".tmp"));
  EXPECT_FALSE(base::Exists(path + ".incomplete"));
  Written("a.reprise", {Numbered(1), Numbered(3)});
  EXPECT_THAT(TextOfCassette(path), HasSubstr("reprise 0.1.0"));
  Written("a.reprise", {Numbered(1)});
  EXPECT_THAT(ReadAll(path), SizeIs(1));
}

TEST_F(CassetteTest, OneGroupHasNoIndexAndTwoHave) {
  EXPECT_FALSE(IndexView::Find(Bytes(Written("a.reprise", {Numbered(1)}))));
  const std::string bytes = Bytes(Written("b.reprise", {Long(1, 200 << 10), Long(2, 200 << 10)}));
  const auto index = IndexView::Find(bytes);
  ASSERT_TRUE(index);
  EXPECT_EQ(index->frames(), 2u);
  EXPECT_EQ(index->exchanges(), 2u);
  EXPECT_TRUE(index->Verify());
}

TEST_F(CassetteTest, LargePartsAreStoredOnceAndPutBack) {
  std::string picture;
  for (int i = 0; i < 2000; ++i)
    picture += static_cast<char>('A' + i * i % 26), picture += "0+/"[i % 3], picture += 'z';
  std::vector<Exchange> exchanges;
  for (int i = 0; i < 5; ++i) {
    Exchange exchange = Long(i, 100 << 10);
    exchange.request.body = R"({"image": "data:image/png;base64,)" + picture + R"(", "again": ")" + picture + R"("})";
    exchanges.push_back(exchange);
  }
  Exchange binary = Numbered(9);
  for (int i = 0; i < 5000; ++i) binary.reply.body += static_cast<char>(i * 7);
  exchanges.push_back(binary);
  for (const auto form : kBothForms) {
    const std::string path = Written("a.reprise", exchanges, form);
    const std::string text = TextOfCassette(path);
    EXPECT_THAT(text, HasSubstr(R"("needs":["blob"])"));
    EXPECT_EQ(text.find(picture), text.rfind(picture)) << "it stands there once";
    const std::vector<Exchange> all = ReadAll(path);
    ASSERT_THAT(all, SizeIs(6));
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(Same(all[i], exchanges[i])) << i;
    const auto reader = CassetteReader::Open(path);
    ASSERT_TRUE(reader.ok());
    for (const Exchange& wanted : exchanges) {
      const auto exchange = (*reader)->Read((*reader)->Find(wanted.key).at(0));
      ASSERT_TRUE(exchange.ok()) << exchange.status();
      EXPECT_TRUE(Same(*exchange, wanted));
    }
  }
}

TEST_F(CassetteTest, RecordsOfUnknownKindsAreKeptWithTheirExchange) {
  const std::string path = Written("a.reprise", {Numbered(1, "z"), Numbered(2, "a")}, CassetteWriter::Form::kText);
  std::string text = Bytes(path);
  const std::string after_first =
      text.substr(text.find("{\"times\""), text.find('\n', text.find("{\"times\"")) + 1 - text.find("{\"times\""));
  text.insert(text.find(after_first) + after_first.size(), "{\"drift\":{\"runs\":3},\n \"more\":[1]}\n");
  auto writer = CassetteWriter::Create(PathOf("b.reprise"), Head(), {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(Numbered(5, "m")).ok());
  ASSERT_TRUE((*writer)->AppendRecords(text).ok());
  EXPECT_EQ((*writer)->exchange_count(), 3u);
  ASSERT_TRUE((*writer)->Seal().ok());
  const std::string out = TextOfCassette(PathOf("b.reprise"));
  EXPECT_THAT(out, HasSubstr(after_first + "{\"drift\":{\"runs\":3},\n \"more\":[1]}\n"));
  std::vector<std::string> lanes;
  for (const Exchange& exchange : ReadAll(PathOf("b.reprise"))) lanes.push_back(exchange.lane);
  EXPECT_THAT(lanes, ElementsAre("a", "m", "z"));
}

TEST_F(CassetteTest, KeptRecordsBringTheirBlobs) {
  Exchange binary = Numbered(9);
  for (int i = 0; i < 5000; ++i) binary.reply.body += static_cast<char>(i * 7);
  const std::string text = TextOfCassette(Written("a.reprise", {Numbered(1), binary}));
  auto writer = CassetteWriter::Create(PathOf("b.reprise"), Head(), {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(binary).ok());
  ASSERT_TRUE((*writer)->AppendRecords(text).ok());
  ASSERT_TRUE((*writer)->Seal().ok());
  const std::vector<Exchange> all = ReadAll(PathOf("b.reprise"));
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_TRUE(Same(all[2], binary));
}

TEST_F(CassetteTest, ManyThreadsMayAppend) {
  auto writer = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
  ASSERT_TRUE(writer.ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        EXPECT_TRUE((*writer)->Append(Numbered(t * 100 + i, "lane" + std::to_string(t))).ok());
    });
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE((*writer)->Seal().ok());
  EXPECT_THAT(ReadAll(PathOf("a.reprise")), SizeIs(400));
  EXPECT_FALSE((*writer)->Append(Numbered(1)).ok()) << "sealed is sealed";
}

TEST_F(CassetteTest, AnEmptyRecordingIsACassetteWithoutExchanges) {
  const auto reader = CassetteReader::Open(Written("a.reprise", {}));
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->exchange_count(), 0u);
  EXPECT_EQ((*reader)->head().session, "Suite.Test");
}

TEST_F(CassetteTest, TheHeadKeepsRulesAndUnknownMembers) {
  CassetteHead head = Head();
  head.rules.ignore_body = {"/metadata"};
  head.unknown = R"("expiry":{"days":30})";
  auto writer = CassetteWriter::Create(PathOf("a.reprise"), head, {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Seal().ok());
  const auto reader = CassetteReader::Open(PathOf("a.reprise"));
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->head().rules, head.rules);
  EXPECT_EQ((*reader)->head().unknown, head.unknown);
}

TEST_F(CassetteTest, WhatMayNotStandInACassetteIsRefusedByName) {
  CassetteWriter::Options options;
  options.limits.body_bytes = 1000;
  auto writer = CassetteWriter::Create(PathOf("a.reprise"), Head(), options);
  ASSERT_TRUE(writer.ok());
  const auto refusal = [&](auto change) {
    Exchange exchange = Numbered(1);
    change(exchange);
    return (*writer)->Append(exchange).ToString();
  };
  EXPECT_THAT(refusal([](Exchange& e) { e.key = "abc"; }), HasSubstr("key is not 64 lower-case hex digits"));
  EXPECT_THAT(refusal([](Exchange& e) { e.request.url = "http://\xFF"; }), HasSubstr("url is not UTF-8"));
  EXPECT_THAT(refusal([](Exchange& e) { e.reply.cuts = {1, 2}; }), HasSubstr("reply.cuts do not add up"));
  EXPECT_THAT(refusal([](Exchange& e) { e.reply.body.assign(1001, 'a'); }),
              HasSubstr("reply.body has 1001 bytes, over the limit of 1000"));
  EXPECT_THAT(refusal([](Exchange& e) { e.unknown = "\"a\""; }), HasSubstr("unknown is not a list of JSON members"));
  EXPECT_THAT(refusal([](Exchange&) {}), "OK");
}

TEST_F(CassetteTest, ASecondWriterIsToldWhoHoldsTheCassette) {
  auto first = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
  ASSERT_TRUE(first.ok());
  const auto second = CassetteWriter::Create(PathOf("a.reprise"), Head(), {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().ToString(), HasSubstr("is being written by process " + std::to_string(::getpid())));
}

TEST_F(CassetteTest, DiscardLeavesNothingAndTheOldFileAlone) {
  const std::string path = Written("a.reprise", {Numbered(1)});
  const std::string before = Bytes(path);
  auto writer = CassetteWriter::Create(path, Head(), {});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE((*writer)->Append(Numbered(2)).ok());
  ASSERT_TRUE((*writer)->Discard().ok());
  EXPECT_EQ(Bytes(path), before);
  EXPECT_FALSE(base::Exists(path + ".incomplete"));
}

TEST_F(CassetteTest, AWriterThatIsDroppedLeavesItsExchangesForRecovery) {
  const std::string path = PathOf("a.reprise");
  { ASSERT_TRUE((*CassetteWriter::Create(path, Head(), {}))->Append(Numbered(1)).ok()); }
  EXPECT_TRUE(base::Exists(path + ".incomplete"));
  const auto again = CassetteWriter::Create(path, Head(), {});
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.status().ToString(), HasSubstr("reprise fsck --recover " + path));
  EXPECT_THAT(ReadAll(path + ".incomplete"), SizeIs(1));
}

TEST_F(CassetteTest, ARecordingThatHoldsNothingIsInNobodysWay) {
  const std::string path = PathOf("a.reprise");
  { ASSERT_TRUE(CassetteWriter::Create(path, Head(), {}).ok()); }
  EXPECT_FALSE(base::Exists(path + ".incomplete"));
  // Killed before the first exchange, or while writing it.
  std::string bytes = *CompressFrame("{\"reprise\":1}\n");
  Put(path + ".incomplete", bytes + CompressFrame("{\"key\":\"")->substr(0, 9));
  EXPECT_TRUE(CassetteWriter::Create(path, Head(), {}).ok());
}

}  // namespace
}  // namespace reprise::cassette
