// Keys in HTTP traffic, through the real deck: none may reach the disk, the deck's log, or what its client is told. The
// provider echoes all that it was sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/file_system.h"
#include "lib/client/wire.h"
#include "tests/support/canary_keys.h"
#include "tests/support/deck_driver.h"
#include "tests/support/raw_client.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_folder.h"

namespace reprise::replayer {
namespace {

using internal::Message;
using support::CanaryKeys;
using ::testing::HasSubstr;

class DeckCanary : public ::testing::Test {
 protected:
  // One test of a run in this mode: asks each body at its path, with these further header lines, and gives all that the
  // deck told, stray requests after the test included. `replies` take what came over HTTP.
  struct Asked {
    std::string path, headers, content;
  };
  std::string Run(const std::string& mode, const std::vector<Asked>& list, const std::string& environment,
                  std::vector<std::string>* replies) {
    support::DeckDriver deck(REPRISE_DECK_PATH, {"REPRISE_LOG=" + (folder_ / (mode + ".log")), environment});
    support::DeckConnection connection = deck.Connect();
    std::string told;
    const auto call = [&](const Message& message) {
      Message answer = connection.Call(message);
      for (const auto& [name, value] : answer.fields()) told += name + "=" + value + "\n";
      return answer;
    };
    const auto about = [&](const std::string& verb) {
      Message message(verb);
      message.Add("suite", "Chat").Add("test", "Asks").Add("file", "chat_test.cc").Add("cwd", folder_.path());
      message.Add("cassettes", folder_.path()).Add("argv.0", "./chat_test");
      message.Add("setting.env.mode", mode).Add("setting.env.form", "text");
      return message;
    };
    const std::string session(call(about("open")).Get("session"));
    Message base = about("base_url");
    base.Add("endpoint.name", "openai").Add("endpoint.format", "openai.chat").Add("endpoint.upstream", upstream_);
    const std::string url(call(base).Get("url"));
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.find(':', 7) + 1)));
    const auto ask = [&](const Asked& asked) {
      const std::string body =
          R"({"model":"tiny-1","messages":[{"role":"user","content":")" + asked.content + R"("}]})";
      support::RawClient client(port);
      client.Send("POST " + url.substr(url.find('/', 7)) + asked.path +
                  " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nContent-Type: application/json\r\n" +
                  asked.headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      return client.ReadReply();
    };
    for (const Asked& asked : list) replies->push_back(ask(asked));
    call(Message("close").Add("session", session).Add("outcome", "passed"));
    // No test is running: these belong to the suite, and while recording they get the provider's replies.
    for (const Asked& asked : list) {
      const std::string reply = ask(asked);
      if (mode == "replay") told += reply;
    }
    call(Message("finish"));
    return told;
  }

  support::TempFolder folder_;
  support::RawServer server_{[](support::RawConnection& client) {
    for (std::string request = client.ReadRequest(); !request.empty(); request = client.ReadRequest()) {
      const std::size_t head = request.find("\r\n\r\n");
      const std::string echo = request.substr(head + 4);
      client.Send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(echo.size()) + "\r\n\r\n" + echo);
    }
  }};
  const std::string upstream_ = server_.url("/v1");
};

TEST_F(DeckCanary, NoKeyInHttpTrafficReachesTheDiskTheLogOrWhatIsTold) {
  CanaryKeys keys(41);
  const std::string letters = "abcdefghijkmnpqrstuvwxyz";
  const std::string bearer = "plain-" + keys.Any(24, letters), cookie = "plain-" + keys.Any(24, letters),
                    variable = "plain-" + keys.Any(24, letters), shape = keys.Of(4).value, other = keys.Of(25).value;
  const std::string auth = "Authorization: Bearer " + bearer + "\r\nCookie: session=" + cookie + "\r\n";
  const std::vector<Asked> list = {
      {"/chat/completions", auth, "What is the capital of France?"},
      {"/chat/completions", auth, "Is " + bearer + " yours?"},
      {"/chat/completions", auth, "Is " + cookie + " yours?"},
      {"/chat/completions", auth, "Is " + variable + " yours?"},
      {"/chat/completions", auth, "Is " + shape + " yours?"},
      {"/chat/completions?key=" + other, "", "And the capital of Italy?"},
      {"/files/" + other, "x-note: " + shape + "\r\n", "Is this the path?"},
      {"/chat/completions?note=" + shape, auth, "Is it in the query?"},
  };
  std::vector<std::string> replies;
  const std::string environment = "CANARY_TOKEN=" + variable;
  std::string told = Run("record", list, environment, &replies);
  ASSERT_EQ(replies.size(), list.size());
  for (const std::string& reply : replies) EXPECT_THAT(reply, HasSubstr("200 OK")) << "the client gets its reply";
  EXPECT_THAT(replies[4], HasSubstr(shape)) << "as it came";
  EXPECT_THAT(told, HasSubstr("anthropic-key"));
  EXPECT_THAT(told, HasSubstr("CANARY_TOKEN"));
  ASSERT_TRUE(folder_.Has("Chat/Asks.reprise.new")) << "what could be recorded waits";
  std::filesystem::rename(folder_ / "Chat/Asks.reprise.new", folder_ / "Chat/Asks.reprise");

  std::vector<std::string> replayed;
  told += Run("replay", list, environment, &replayed);
  EXPECT_EQ(replayed[0], replies[0]);
  EXPECT_THAT(replayed[4], HasSubstr("withheld")) << "a miss, which quotes the request";
  for (std::size_t i = 1; i < replayed.size(); ++i) told += i == 5 ? "" : replayed[i];
  std::string disk;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
    if (entry.is_regular_file()) disk += base::ReadFile(entry.path()).value();
  EXPECT_THAT(disk, HasSubstr("capital of Italy")) << "the logs and the cassette are looked at";
  for (const std::string* key : {&bearer, &cookie, &variable, &shape, &other}) {
    const std::string most = key->substr(0, 24);
    EXPECT_EQ(disk.find(most), std::string::npos) << "on disk: " << key->substr(0, 6);
    EXPECT_EQ(told.find(most), std::string::npos) << "told: " << key->substr(0, 6);
  }
}

}  // namespace
}  // namespace reprise::replayer
