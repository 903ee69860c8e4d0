// Every transport and the suite it must pass.
#include <condition_variable>
#include <map>
#include <mutex>

#include "recorder/curl_upstream.h"
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
    request.url = "http://127.0.0.1:" + std::to_string(support::UnusedPort()) + "/v1/chat/completions?key=secret";
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
      std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " Whatever\r\n";
      for (const Header& header : reply.headers) head += header.name + ": " + header.value + "\r\n";
      client.Send(head + "Transfer-Encoding: chunked\r\n\r\n");
      std::size_t at = 0;
      for (const std::uint64_t cut : reply.cuts) {
        client.Send(Hex(cut) + "\r\n" + reply.body.substr(at, cut) + "\r\n");
        at += cut;
        if (reply.cuts.size() > 1) WaitForTaken(++taken);
      }
      if (reply.end) return reply.end->how == "reset" ? client.Reset() : client.Close();
      client.Send("0\r\n\r\n");
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int taken_ = 0;
  std::map<std::string, Reply> replies_;
  support::RawServer server_{[this](support::RawConnection& client) { Serve(client); }};
  recorder::CurlUpstream upstream_{recorder::UpstreamOptions{}};  // last: its connections close before the server waits
};

INSTANTIATE_TEST_SUITE_P(Transports, TransportSuite,
                         ::testing::Values(TransportCase{"Curl", [] { return std::make_unique<CurlUnderTest>(); }}),
                         NameOfTransport);

}  // namespace
}  // namespace reprise
