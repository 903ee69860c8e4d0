// The golden files of format 1: what this version writes, and what it must read for ever.
#include <cstdio>
#include <cstdlib>
#include <random>

#include "lib/base/base64.h"
#include "lib/base/hash.h"
#include "lib/cassette/container.h"
#include "lib/cassette/frame.h"
#include "lib/cassette/fsck.h"
#include "tests/lib/cassette/cassette_test_support.h"
#include "tests/support/approved.h"
#include "tests/support/damage.h"

namespace reprise::cassette {
namespace {

using ::testing::SizeIs;

const std::string kFolder = REPRISE_SOURCE_DIR "/fixtures/format-1/";

bool Approving() {
  const char* approve = std::getenv("REPRISE_APPROVE");
  return approve != nullptr && std::string(approve) == "1";
}

// Every shape of a body and every member of an exchange.
std::vector<Exchange> Shapes() {
  std::vector<Exchange> exchanges;
  const auto add = [&](const std::string& body) -> Exchange& {
    Exchange exchange = Numbered(static_cast<int>(exchanges.size()));
    exchange.reply.body = body;
    return exchanges.emplace_back(exchange);
  };
  add(R"({"n":[1.0,1e-05,-0,12345678901234567890],"s":"\u00e9\/é","o":{},"o":{"a":[]}})");
  add("\n {\n  \"a\": [\n    1,\n    {}\n  ]\n}\t\n");
  add("{\n\t\"a\": [\n\t\t[]\n\t]\n}");
  add(R"({"a":1, "b":[2, 3]})");
  add(R"({"a": 1,"b": "x, y: z"})");
  add("event: start\r\ndata: {\"a\":1}\r\n\r\n: ping\r\n\r\nevent: end\r\ndata: {\"b\": 2}\r\n\r\n");
  Exchange& torn = add("data: {\"a\": {\"b\": 1}}\n\ndata: {\"a\": {\"b\": 2}}\n\ndata: [DO");
  torn.reply.cuts = {10, 41, 4};
  torn.reply.ms = {398, 21, 0};
  torn.reply.end = BrokenEnd{"reset", 55};
  torn.left = 50;
  add("{\"response\":\"a\",\"done\":false}\n{\"response\":\"b\",\"done\":true}\n");
  add("not \"JSON\"\n\x7F\x1B[31m \xE2\x80\xAE");
  Exchange& coded = add(std::string("\x1F\x8B\x08\x00\x00\xFF", 6));
  coded.reply.coding = {"gzip"};
  coded.reply.exact = false;
  add("");
  add("{\"a\" : 1}");
  add("\"a string of JSON\"");
  Exchange& full = add("true");
  full.lane = "worker-1";
  full.auth = 2;
  full.model = {"m", "m-2024", "sha256:0123"};
  full.request.headers.push_back({"X-Odd", "caf\xE9"});
  full.masked = {"reply.headers.Set-Cookie"};
  full.overlaps = true;
  full.unknown = R"("engine":{"id":"pn-f32"})";
  Exchange& take = add("false");
  take.request = exchanges.front().request;
  take.at.clear();
  take.reply.ms.clear();
  for (Exchange& exchange : exchanges) exchange.key = KeyOf(exchange.request, exchange.auth, Rules());
  return exchanges;
}

// Several frames, with parts that are stored once.
std::vector<Exchange> Groups() {
  std::mt19937 random(1);
  std::string picture;
  for (int i = 0; i < 3500; ++i) picture += static_cast<char>(random() % 256);
  std::vector<Exchange> exchanges;
  for (int i = 0; i < 5; ++i) {
    Exchange exchange = Numbered(i);
    std::string prose;
    while (prose.size() < 100 << 10) prose += "So it goes, said " + std::to_string(i) + ". ";
    exchange.reply.body = R"({"text":")" + prose + R"("})";
    if (i % 2 == 0)
      exchange.request.body = R"({"image_url":"data:image/png;base64,)" + base::EncodeBase64(picture) + R"("})";
    exchange.key = KeyOf(exchange.request, 0, Rules());
    exchanges.push_back(exchange);
  }
  exchanges[4].reply.body = picture + picture;
  return exchanges;
}

class GoldenTest : public CassetteTest {
 protected:
  // The golden pair of that name holds the text that is written today, and both of its files give back `exchanges`.
  void Check(const std::string& name, const std::vector<Exchange>& exchanges) {
    const std::string text_file = kFolder + name + "-text.reprise", zstd_file = kFolder + name + "-zstd.reprise";
    const std::string text = Bytes(Written("a.reprise", exchanges, CassetteWriter::Form::kText));
    if (Approving() && Bytes(text_file) != text) {
      Put(text_file, text);
      Put(zstd_file, *Pack(text, name));
    }
    EXPECT_TRUE(Bytes(text_file) == text) << name << ": what is written today has another text; did the format change?";
    EXPECT_TRUE(TextOfCassette(zstd_file) == Bytes(text_file)) << name;
    for (const std::string& file : {text_file, zstd_file}) {
      // In the order of the file: lanes are sorted.
      std::vector<Exchange> wanted = exchanges;
      std::stable_sort(wanted.begin(), wanted.end(),
                       [](const Exchange& a, const Exchange& b) { return a.lane < b.lane; });
      const std::vector<Exchange> all = ReadAll(file);
      ASSERT_THAT(all, SizeIs(wanted.size()));
      for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].reply.body, wanted[i].reply.body) << file << ", exchange " << i;
        EXPECT_EQ(all[i].request.body, wanted[i].request.body) << file << ", exchange " << i;
        Exchange pieces = wanted[i];
        if (pieces.reply.cuts.empty()) pieces.reply.cuts = all[i].reply.cuts;  // said as pieces, or not at all
        EXPECT_TRUE(Same(all[i], pieces)) << file << ", exchange " << i;
      }
    }
  }

  // What is said about a file, in the words of its golden .error.
  static std::string Said(const std::string& path) {
    std::string out = "open: " + CassetteReader::Open(path).status().ToString() + "\n";
    const auto report = Fsck(path);
    if (!report.ok()) {
      out += "fsck: " + report.status().ToString() + "\n";
    } else {
      out += "fsck: " + std::to_string(report->exchanges) + " exchanges" + (report->torn ? ", torn" : "") + "\n";
      for (const Damage& damage : report->damage) {
        out += "  byte " + std::to_string(damage.file_offset) + ", line " + std::to_string(damage.line) + ": " +
               damage.what;
        for (const std::string& key : damage.keys) out += " " + key.substr(0, 16);
        out += "\n";
      }
      for (const std::string& note : report->notes) out += "  note: " + note + "\n";
    }
    for (std::size_t at; (at = out.find(path)) != std::string::npos;)
      out.replace(at, path.size(), path.substr(path.rfind('/') + 1));
    return out;
  }
};

// What a reply over HTTP has beside status, fields and body.
std::vector<Exchange> Heads() {
  std::vector<Exchange> exchanges = {Numbered(0), Numbered(1), Numbered(2)};
  Reply& odd = exchanges[0].reply;
  odd.reason = "Fine \"by me\"";
  odd.trailers = {{"X-Sum", "9"}, {"x-Odd", "caf\xE9"}, {"X-Empty", ""}};
  exchanges[1].reply.reason = "";
  exchanges[1].reply.version = "1.0";
  exchanges[2].reply.version = "2";
  exchanges[2].reply.end = BrokenEnd{"closed", exchanges[2].reply.body.size()};
  Exchange& latin = exchanges.emplace_back(Numbered(3));
  latin.reply.reason = "Tr\xE8s bien";
  latin.request.trailers = {{"X-Sum", "7"}, {"x-Odd", "th\xE9"}};
  for (Exchange& exchange : exchanges) exchange.key = KeyOf(exchange.request, exchange.auth, Rules());
  return exchanges;
}

TEST_F(GoldenTest, EveryShapeOfAnExchange) { Check("shapes", Shapes()); }
TEST_F(GoldenTest, HeadsAndTrailersOfHttp) { Check("heads", Heads()); }
TEST_F(GoldenTest, SeveralGroupsWithIndexAndBlobs) { Check("groups", Groups()); }

TEST_F(GoldenTest, WhatIsSaidOfDamagedCassettes) {
  const std::string text = TextOfCassette(Written("a.reprise", {Numbered(0), Numbered(1)}));
  const std::string groups = Bytes(kFolder + "groups-zstd.reprise"),
                    groups_text = Bytes(kFolder + "groups-text.reprise");
  const std::vector<std::string> frames = test::FramesOf(groups);
  ASSERT_GE(frames.size(), 3u);
  const std::size_t second = text.find("{\"key\":\"" + Numbered(1).key), blob = groups_text.find("{\"blob\"");
  std::string broken = text, no_blob = groups_text, conflict = text;
  broken.replace(text.find("\"status\":", second), 9, "\"status\" ");
  no_blob.erase(blob, groups_text.find('\n', blob) + 1 - blob);
  conflict.insert(second, "<<<<<<< HEAD\n");
  conflict += "=======\n>>>>>>> theirs\n";
  const std::pair<const char*, std::string> cases[] = {
      {"empty", ""},
      {"no-cassette", "interactions:\n- request:\n    body: null\n"},
      {"newer-version", "{\"reprise\":2,\"normal\":1,\"session\":\"A.B\",\"by\":\"reprise 9.0.0\"}\n"},
      {"unknown-need",
       "{\"reprise\":1,\"normal\":1,\"session\":\"A.B\",\"by\":\"reprise 9.0.0\",\"needs\":[\"from\"]}\n"},
      {"broken-json", broken},
      {"bad-key", text.substr(0, second) + "{\"key\":\"XYZ\"}\n"},
      {"conflict", conflict},
      {"missing-blob", *Pack(no_blob, "no blob")},
      {"cut", test::Cut(groups, frames[0].size() + 100)},
      {"flipped", test::Flip(groups, (frames[0].size() + 60) * 8)},
      {"lost-head", test::Overwrite(groups, 30, "\xFF\xFF\xFF\xFF")},
      {"wrong-index", test::Flip(groups, (groups.size() - 50) * 8)},
      {"bomb", test::Bomb("", std::uint64_t{1} << 30, '\0')},
  };
  for (const auto& [name, bytes] : cases) {
    const std::string file = kFolder + "errors/" + name + ".reprise";
    if (Approving() && !base::Exists(file)) Put(file, bytes);
    ASSERT_TRUE(base::Exists(file)) << file;
    EXPECT_TRUE(reprise::testing::IsApprovedAt(kFolder + "errors/" + name + ".error", Said(file)));
  }
}

// The reader of FORMAT.md, which shares no code with ours.
TEST_F(GoldenTest, TheReaderOnTheFormatPageReadsTheSameBodies) {
  if (std::system("python3 -c pass >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no python3 here";
  const std::string page = Bytes(REPRISE_SOURCE_DIR "/FORMAT.md"), fence = "\n```python\n";
  const std::size_t begin = page.find(fence);
  ASSERT_NE(begin, std::string::npos);
  Put(PathOf("reader.py"), page.substr(begin + fence.size(), page.find("\n```\n", begin) + 1 - begin - fence.size()));
  for (const char* name : {"shapes", "groups", "heads"}) {
    const std::string file = kFolder + name + "-text.reprise";
    const std::string command = "python3 '" + PathOf("reader.py") + "' < '" + file + "' > '" + PathOf("out") + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::string ours;
    for (const Exchange& exchange : ReadAll(file))
      for (const std::string* body : {&exchange.request.body, &exchange.reply.body})
        ours += exchange.key + " " + base::Sha256Hex(*body) + "\n";
    EXPECT_EQ(Bytes(PathOf("out")), ours) << name;
  }
}

}  // namespace
}  // namespace reprise::cassette
