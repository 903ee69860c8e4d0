// Every transport and the suite it must pass.
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/session/recorded.h"
#include "lib/session/tape.h"
#include "lib/wire/status_line.h"
#include "recorder/curl_upstream.h"
#include "recorder/recording_transport.h"
#include "replayer/replay_transport.h"
#include "tests/conformance/transport_suite.h"
#include "tests/support/raw_server.h"

namespace reprise {
namespace {

// libcurl against a server that writes each chunk when the one before has been taken.
class CurlUnderTest : public TransportUnderTest {
 public:
  Transport& transport() override { return upstream_; }

  void Answer(const Request& request, const Reply& reply) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    replies_[request.body] = reply;
  }

  void Taken() override { Take(1); }
  void Ended() override { Take(1000); }  // more than any reply here has chunks

  std::string base() const override { return server_.url(""); }

  Request Unanswerable() const override {
    Request request;
    request.method = "POST";
    request.url = gone_.url("/v1/chat/completions?key=secret");
    return request;
  }

 private:
  static std::string Hex(std::size_t number) {
    char out[20];
    std::snprintf(out, sizeof out, "%zx", number);
    return out;
  }

  void Take(int chunks) {
    const std::lock_guard<std::mutex> lock(mutex_);
    taken_ += chunks;
    changed_.notify_all();
  }

  void WaitForTaken(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return taken_ >= count; });
  }

  void Serve(support::RawConnection& client) {
    for (std::string request = client.ReadRequest(); !request.empty(); request = client.ReadRequest()) {
      Reply reply;
      int taken = 0;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        reply = replies_[request.substr(request.find("\r\n\r\n") + 4)];
        taken = taken_;
      }
      std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " + wire::ReasonOf(reply) + "\r\n";
      for (const Header& header : reply.headers) head += header.name + ": " + header.value + "\r\n";
      client.Send(head + "Transfer-Encoding: chunked\r\n\r\n");
      std::size_t at = 0;
      for (const std::uint64_t cut : reply.cuts) {
        client.Send(Hex(cut) + "\r\n" + reply.body.substr(at, cut) + "\r\n");
        at += cut;
        if (reply.cuts.size() > 1) WaitForTaken(++taken);
      }
      if (reply.end) return reply.end->how == "reset" ? client.Reset() : client.Close();
      std::string last = "0\r\n";
      for (const Header& trailer : reply.trailers) last += trailer.name + ": " + trailer.value + "\r\n";
      client.Send(last + "\r\n");
    }
  }

  const support::RefusingPort gone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int taken_ = 0;
  std::map<std::string, Reply> replies_;
  support::RawServer server_{[this](support::RawConnection& client) { Serve(client); }};
  recorder::CurlUpstream upstream_{recorder::UpstreamOptions{}};  // last: its connections close before the server waits
};

// A folder for a cassette, gone with the object.
class Folder {
 public:
  Folder() {
    std::string pattern = ::testing::TempDir() + "reprise-transports-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

Request NotRecorded() {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = "http://127.0.0.1:1/v1/chat/completions";
  request.body = R"({"model":"m","messages":[{"role":"user","content":"never asked"}]})";
  return request;
}

// A cassette on disk, with as many takes of each reply as the suite asks for.
class ReplayUnderTest : public TransportUnderTest {
 public:
  void Answer(const Request& request, const Reply& reply) override {
    Exchange exchange;
    exchange.key = KeyOf(request, 0, {});
    exchange.request = request;
    exchange.reply = reply;
    exchanges_.push_back(exchange);
  }

  Transport& transport() override {
    std::call_once(opened_, [this] { Open(); });
    return *transport_;
  }

  Request Unanswerable() const override { return NotRecorded(); }

 private:
  void Open() {
    constexpr int kTakes = 12;
    const std::string path = folder_ / "Chat.reprise";
    auto writer = CassetteWriter::Create(path, {}, {});
    ASSERT_TRUE(writer.ok()) << writer.status();
    for (int take = 0; take < kTakes; ++take) {
      for (const Exchange& exchange : exchanges_) ASSERT_TRUE((*writer)->Append(exchange).ok());
    }
    ASSERT_TRUE((*writer)->Seal().ok());
    auto recorded = session::Recorded::Open(path, {}, {});
    ASSERT_TRUE(recorded.ok()) << recorded.status();
    recorded_ = *std::move(recorded);
    transport_ = std::make_unique<replayer::ReplayTransport>(recorded_.get(), cursors_, Rules(), "Chat.Asks", path);
  }

  Folder folder_;
  std::once_flag opened_;
  std::vector<Exchange> exchanges_;
  match::Cursors cursors_;
  std::unique_ptr<session::Recorded> recorded_;
  std::unique_ptr<replayer::ReplayTransport> transport_;
};

// Tells the server of each chunk where it arrives, for a recorder reads on when its own receiver has gone.
class Tapped : public Transport {
 public:
  Tapped(Transport& inner, TransportUnderTest& server) : inner_(inner), server_(server) {}
  Status Send(const Request& request, const SendContext& context, ReplySink& sink) override {
    class Tap : public ReplySink {
     public:
      Tap(ReplySink& sink, TransportUnderTest& server) : sink_(sink), server_(server) {}
      void OnStatusLine(const StatusLine& line) override { sink_.OnStatusLine(line); }
      void OnHead(int status, const Headers& headers) override { sink_.OnHead(status, headers); }
      void OnTrailers(const Headers& trailers) override { sink_.OnTrailers(trailers); }
      void OnCoding(const std::vector<std::string>& coding) override { sink_.OnCoding(coding); }
      bool OnChunk(std::string_view bytes, std::uint32_t ms) override {
        server_.Taken();
        return sink_.OnChunk(bytes, ms);
      }
      void OnEnd(const BrokenEnd* end) override {
        server_.Ended();
        sink_.OnEnd(end);
      }

     private:
      ReplySink& sink_;
      TransportUnderTest& server_;
    };
    Tap tap(sink, server_);
    return inner_.Send(request, context, tap);
  }
  std::string Describe() const override { return inner_.Describe(); }

 private:
  Transport& inner_;
  TransportUnderTest& server_;
};

// A recorder over libcurl over a server, onto a tape on disk.
class RecordingUnderTest : public TransportUnderTest {
 public:
  Transport& transport() override { return recording_; }
  void Answer(const Request& request, const Reply& reply) override { server_.Answer(request, reply); }
  std::string base() const override { return server_.base(); }
  Request Unanswerable() const override { return server_.Unanswerable(); }

 private:
  Folder folder_;
  CurlUnderTest server_;
  Tapped upstream_{server_.transport(), server_};
  session::SecretGuard guard_;
  session::Tape tape_{session::Tape::Options{folder_ / "Chat.reprise", {}, {}, false, false}, nullptr, guard_};
  recorder::RecordingTransport recording_{upstream_, tape_, Rules()};
};

INSTANTIATE_TEST_SUITE_P(Transports, TransportSuite,
                         ::testing::Values(TransportCase{"Curl", [] { return std::make_unique<CurlUnderTest>(); }},
                                           TransportCase{"Replay", [] { return std::make_unique<ReplayUnderTest>(); }},
                                           TransportCase{"Recording",
                                                         [] { return std::make_unique<RecordingUnderTest>(); }}),
                         NameOfTransport);

}  // namespace
}  // namespace reprise
