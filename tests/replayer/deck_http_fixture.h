// A test of code that speaks HTTP, through the real deck: raw bytes at both ends, so that what is compared is what was
// on the wire.
#ifndef REPRISE_TESTS_REPLAYER_DECK_HTTP_FIXTURE_H_
#define REPRISE_TESTS_REPLAYER_DECK_HTTP_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/client/wire.h"
#include "reprise/cassette.h"
#include "tests/support/deck_driver.h"
#include "tests/support/raw_client.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_folder.h"

namespace reprise::replayer {

using internal::Message;
using support::DeckConnection;
using support::DeckDriver;
using support::RawClient;
using support::RawConnection;
using support::RawServer;

constexpr char kStream[] =
    "HTTP/1.1 200 Fine by me\r\nX-Zulu: 1\r\ncontent-TYPE: text/event-stream\r\nSet-Cookie: a=1\r\nx-zulu: 2\r\n"
    "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    "10\r\ndata: {\"a\": 1}\n\n\r\n6\r\ndata: \r\nd\r\n{\"b\": \"\xC3\xA9\"}\n\n\r\n0\r\nX-Sum: 9\r\n\r\n";
constexpr char kWhole[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\n";

inline std::uint16_t PortOf(const std::string& url) {
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)));
}
inline std::string PathOf(const std::string& url) {
  const std::size_t slash = url.find('/', 7);
  return slash == std::string::npos ? "" : url.substr(slash);
}

// A request without a body, and one with JSON.
inline std::string Bare(const std::string& method, const std::string& url) {
  return method + " " + PathOf(url) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(PortOf(url)) + "\r\n\r\n";
}
inline std::string Post(const std::string& url, const std::string& body, const std::string& more = "") {
  return "POST " + PathOf(url) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(PortOf(url)) +
         "\r\nContent-Type: application/json\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

inline std::string Question(const std::string& text) {
  return R"({"model":"tiny-1","messages":[{"role":"user","content":")" + text + R"("}]})";
}

class DeckHttp : public ::testing::Test {
 protected:
  // One run of a test program: a deck, its connection, the sessions of its tests.
  class Run {
   public:
    Run(const DeckHttp& test, std::string mode, std::vector<std::pair<std::string, std::string>> settings = {})
        : test_(test),
          mode_(std::move(mode)),
          settings_(std::move(settings)),
          deck_(REPRISE_DECK_PATH, {"REPRISE_LOG=" + (test.folder_ / "deck.log")}),
          connection_(deck_.Connect()) {}

    Message About(const std::string& verb, const std::string& test) const {
      Message message(verb);
      message.Add("suite", "Chat").Add("test", test).Add("file", "chat_test.cc").Add("cwd", test_.folder_.path());
      message.Add("cassettes", test_.folder_.path()).Add("argv.0", "./chat_test");
      message.Add("setting.env.mode", mode_).Add("setting.env.form", "text");
      for (const auto& [name, value] : settings_) message.Add("setting.env." + name, value);
      return message;
    }
    Message Call(const Message& message) { return connection_.Call(message); }
    Message Open(const std::string& test = "Asks") {
      const Message opened = Call(About("open", test));
      EXPECT_TRUE(opened.ToStatus().ok()) << opened.ToStatus();
      session_ = opened.Get("session");
      return opened;
    }
    std::string Url(const std::string& test = "Asks",
                    const std::vector<std::pair<std::string, std::string>>& more = {}) {
      Message message = About("base_url", test);
      message.Add("endpoint.name", "openai").Add("endpoint.format", "openai.chat");
      message.Add("endpoint.upstream", test_.upstream_);
      for (const auto& [name, value] : more) message.Add(name, value);
      const Message answer = Call(message);
      EXPECT_TRUE(answer.ToStatus().ok()) << answer.ToStatus();
      return std::string(answer.Get("url"));
    }
    Message Close(const std::string& outcome = "passed") {
      return Call(Message("close").Add("session", session_).Add("outcome", outcome));
    }
    // The end of a test whose client has opened no session.
    Message End(const std::string& test, const std::string& outcome = "passed") {
      Message ended = Call(About("open", test).Add("only_if_open", "1").Add("or_recorded", "1"));
      if (!ended.Has("session")) return ended;
      return Call(Message("close").Add("session", ended.Get("session")).Add("outcome", outcome));
    }
    DeckDriver& deck() { return deck_; }

   private:
    const DeckHttp& test_;
    const std::string mode_;
    const std::vector<std::pair<std::string, std::string>> settings_;
    DeckDriver deck_;
    DeckConnection connection_;
    std::string session_;
  };

  // The reply to one request, as it stood on the wire.
  static std::string Ask(const std::string& url, const std::string& body, const std::string& more = "") {
    RawClient client(PortOf(url));
    client.Send(Post(url + "/chat/completions", body, more));
    return client.ReadReply();
  }

  void StartUpstream(RawServer::Script script) {
    server_ = std::make_unique<RawServer>(std::move(script));
    upstream_ = server_->url("/v1");
  }
  // Answers each request with these bytes.
  void StartUpstream(const std::string& reply) {
    StartUpstream([reply](RawConnection& client) {
      while (!client.ReadRequest().empty()) client.Send(reply);
    });
  }
  // Asks `body` in Chat.Asks and closes it: what came back.
  std::string AskOnce(const std::string& mode, const std::string& body, Message* closed = nullptr,
                      const std::string& more = "") {
    Run run(*this, mode);
    run.Open();
    const std::string reply = Ask(run.Url(), body, more);
    const Message ended = run.Close();
    if (closed != nullptr) *closed = ended;
    return reply;
  }
  std::vector<Exchange> Cassette(const std::string& name = "Chat/Asks.reprise") const {
    std::vector<Exchange> all;
    const auto reader = CassetteReader::Open(folder_ / name);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (reader.ok())
      (void)(*reader)->ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
        all.push_back(std::move(exchange));
        return true;
      });
    return all;
  }

  support::TempFolder folder_;
  std::unique_ptr<RawServer> server_;
  std::string upstream_ = "http://127.0.0.1:9/v1";
};

}  // namespace reprise::replayer

#endif  // REPRISE_TESTS_REPLAYER_DECK_HTTP_FIXTURE_H_
