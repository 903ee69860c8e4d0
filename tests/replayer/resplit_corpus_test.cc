// Every stream of the corpus, replayed over HTTP and cut anew at random places: the same bytes, and the same meaning to
// a parser that is fed the pieces. REPRISE_RESPLIT_SEEDS sets how many seeds (3; 200 is the long run),
// REPRISE_RESPLIT_FIRST the first of them (1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/client/wire.h"
#include "lib/session/endpoints.h"
#include "lib/wire/sse.h"
#include "lib/wire/url.h"
#include "recorder/importers/importer.h"
#include "reprise/cassette.h"
#include "tests/support/deck_driver.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_folder.h"

namespace reprise::replayer {
namespace {

using internal::Message;
using support::DeckConnection;
using support::DeckDriver;
using support::RawClient;
using ::testing::IsEmpty;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

bool IsStream(const Reply& reply) { return reply.cuts.size() > 1; }

struct Tape {
  std::string source;  // file of the corpus
  std::string cassette;
  std::vector<Exchange> exchanges;
};

// The recordings that hold a stream, each as a cassette in `folder`.
std::vector<Tape> ImportStreams(const std::string& folder) {
  std::vector<Tape> tapes;
  const auto files = base::FindFiles(std::string(REPRISE_CORPUS_DIR) + "/vcr", {".yaml", ".yml", ".json", ".har"});
  if (!files.ok()) return tapes;
  for (const std::string& file : *files) {
    Tape tape;
    bool streams = false;
    (void)recorder::ImportFile(file, {}, [&](recorder::ImportedEntry&& entry) {
      if (!entry.exchange) return;
      tape.exchanges.push_back(*std::move(entry.exchange));
    });
    if (tape.exchanges.empty()) continue;
    tape.source = file;
    tape.cassette = folder + "/" + std::to_string(tapes.size()) + ".reprise";
    auto writer = CassetteWriter::Create(tape.cassette, {}, {});
    EXPECT_TRUE(writer.ok()) << writer.status();
    if (!writer.ok()) continue;
    for (const Exchange& exchange : tape.exchanges) EXPECT_TRUE((*writer)->Append(exchange).ok()) << file;
    EXPECT_TRUE((*writer)->Seal().ok()) << file;
    // As it is read: only then it is known where its pieces end.
    const auto reader = CassetteReader::Open(tape.cassette);
    EXPECT_TRUE(reader.ok()) << reader.status();
    tape.exchanges.clear();
    if (reader.ok())
      (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
        streams = streams || IsStream(exchange.reply);
        tape.exchanges.push_back(std::move(exchange));
        return true;
      });
    if (streams) tapes.push_back(std::move(tape));
  }
  return tapes;
}

struct Got {
  bool ok = false;
  std::string body;
  std::vector<std::string> pieces;
};

// Head and body of a reply as it stood on the wire.
Got Parse(const std::string& raw) {
  Got got;
  const std::size_t head = raw.find("\r\n\r\n");
  if (head == std::string::npos) return got;
  if (raw.substr(0, head + 2).find("\r\nTransfer-Encoding: chunked\r\n") == std::string::npos &&
      raw.substr(0, head + 2).find("\r\ntransfer-encoding: chunked\r\n") == std::string::npos) {
    got.body = raw.substr(head + 4);
    got.pieces = {got.body};
    got.ok = true;
    return got;
  }
  for (std::size_t at = head + 4, line; (line = raw.find("\r\n", at)) != std::string::npos;) {
    const std::size_t size = std::strtoull(raw.c_str() + at, nullptr, 16);
    if (size == 0) {
      got.ok = true;
      break;
    }
    if (line + 2 + size + 2 > raw.size()) break;
    got.pieces.push_back(raw.substr(line + 2, size));
    got.body += got.pieces.back();
    at = line + 2 + size + 2;
  }
  return got;
}

std::string EventsOf(const std::vector<std::string>& pieces) {
  wire::SseParser parser;
  std::vector<wire::SseEvent> events;
  for (const std::string& piece : pieces) parser.Feed(piece, events);
  if (auto last = parser.Finish()) events.push_back(*std::move(last));
  std::string out;
  for (const wire::SseEvent& event : events) out += event.type + '\x01' + event.data + '\x01' + event.id + '\x02';
  return out;
}

bool BeginsInsideACharacter(const std::string& piece) { return (static_cast<unsigned char>(piece[0]) & 0xC0) == 0x80; }

class ResplitCorpus : public ::testing::Test {
 protected:
  ResplitCorpus() : deck_(REPRISE_DECK_PATH, {}), connection_(deck_.Connect()) {}

  Message About(const std::string& verb, const Tape& tape, std::uint64_t seed) const {
    Message message(verb);
    message.Add("suite", "Resplit").Add("test", tape.cassette.substr(tape.cassette.rfind('/') + 1));
    message.Add("file", "resplit_test.cc").Add("cwd", folder_.path()).Add("cassette", tape.cassette);
    message.Add("argv.0", "./resplit_test").Add("setting.env.mode", "replay");
    message.Add("setting.env.resplit", std::to_string(seed));
    return message;
  }

  // Where this exchange is asked for: port, and the token's segment.
  std::string UrlOf(const Exchange& exchange, const Tape& tape, std::uint64_t seed) {
    Message message = About("base_url", tape, seed);
    message.Add("endpoint.name", exchange.request.endpoint);
    const session::BuiltInEndpoint* built_in = session::FindBuiltInEndpoint(exchange.request.endpoint);
    if (built_in == nullptr || built_in->upstream.empty()) {
      const wire::UrlParts parts = wire::SplitUrl(exchange.request.url);
      message.Add("endpoint.format", exchange.request.format);
      message.Add("endpoint.upstream", std::string(parts.scheme) + "://" + std::string(parts.host));
    }
    if (exchange.lane != "main") message.Add("lane", exchange.lane);
    const Message answer = connection_.Call(message);
    EXPECT_TRUE(answer.ToStatus().ok()) << answer.ToStatus();
    const std::string url(answer.Get("url"));
    return url.substr(0, url.find('/', url.find('/', 7) + 1));
  }

  std::string Ask(const Exchange& exchange, const std::string& base) {
    const std::size_t slash = base.find('/', 7);
    const int port = std::atoi(base.c_str() + base.find(':', 7) + 1);
    const wire::UrlParts parts = wire::SplitUrl(exchange.request.url);
    std::string head = exchange.request.method + " " + base.substr(slash) + std::string(parts.path);
    if (parts.query) head += "?" + std::string(*parts.query);
    head += " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n";
    for (const Header& header : exchange.request.headers) head += header.name + ": " + header.value + "\r\n";
    if (exchange.auth != 0) head += "Authorization: Bearer key-" + std::to_string(exchange.auth) + "\r\n";
    head += "Content-Length: " + std::to_string(exchange.request.body.size()) + "\r\n\r\n" + exchange.request.body;
    std::unique_ptr<RawClient>& client = clients_[port];
    if (!client || client->end() != RawClient::End::kOpen) client = std::make_unique<RawClient>(port);
    client->Send(head);
    const int status = exchange.reply.status;
    std::string reply = client->ReadReply(exchange.request.method != "HEAD" && status != 204 && status != 304);
    if (reply.find("\r\nConnection: close\r\n") != std::string::npos) {
      reply += client->ReadAll();
      client.reset();
    }
    return reply;
  }

  support::TempFolder folder_;
  DeckDriver deck_;
  DeckConnection connection_;
  std::map<int, std::unique_ptr<RawClient>> clients_;
};

TEST_F(ResplitCorpus, EveryStreamMeansTheSameWhereverItIsCut) {
  const std::vector<Tape> tapes = ImportStreams(folder_.path());
  if (tapes.empty()) GTEST_SKIP() << "there is no corpus at " << REPRISE_CORPUS_DIR;
  const std::uint64_t first = FromEnvironment("REPRISE_RESPLIT_FIRST", 1);
  const std::uint64_t seeds = FromEnvironment("REPRISE_RESPLIT_SEEDS", 3);
  std::uint64_t replies = 0, streams = 0, pieces = 0, inside = 0, different = 0;
  for (const Tape& tape : tapes) {
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
      const Message opened = connection_.Call(About("open", tape, seed));
      ASSERT_TRUE(opened.ToStatus().ok()) << opened.ToStatus();
      for (const Exchange& exchange : tape.exchanges) {
        const std::string raw = Ask(exchange, UrlOf(exchange, tape, seed));
        const Got got = Parse(raw);
        const std::string want = exchange.request.method == "HEAD" ? "" : exchange.reply.body;
        const bool same = got.ok && got.body == want && EventsOf(got.pieces) == EventsOf({want}) &&
                          raw.rfind("HTTP/1.1 " + std::to_string(exchange.reply.status) + " ", 0) == 0;
        ++replies;
        if (!same && ++different <= 20)
          ADD_FAILURE() << tape.source << ", seed " << seed << ", " << exchange.request.method << " "
                        << exchange.request.url << ": " << want.size() << " bytes recorded, " << got.body.size()
                        << " came: " << raw.substr(0, 300);
        if (!IsStream(exchange.reply)) continue;
        ++streams;
        pieces += got.pieces.size();
        for (const std::string& piece : got.pieces) inside += BeginsInsideACharacter(piece);
      }
      const Message ended =
          connection_.Call(Message("close").Add("session", opened.Get("session")).Add("outcome", "passed"));
      clients_.clear();  // before the deck closes them for being idle
      EXPECT_THAT(ended.All("failure"), IsEmpty()) << tape.source << ", seed " << seed;
    }
  }
  std::cout << tapes.size() << " recordings with streams, seeds " << first << " to " << first + seeds - 1 << ": "
            << replies << " replies, " << streams << " of them streams in " << pieces << " pieces, " << inside
            << " of which begin inside a character; different " << different << '\n';
  EXPECT_EQ(different, 0u);
  EXPECT_GT(inside, 0u) << "characters are cut, too";
}

}  // namespace
}  // namespace reprise::replayer
