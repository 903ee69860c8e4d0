// A test that drives the real deck over its socket, beside the fake provider.
#ifndef REPRISE_TESTS_REPLAYER_DECK_FIXTURE_H_
#define REPRISE_TESTS_REPLAYER_DECK_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "lib/client/wire.h"
#include "tests/support/deck_driver.h"
#include "tests/support/fake_provider.h"
#include "tests/support/temp_folder.h"

namespace reprise::replayer {

using internal::Message;
using support::DeckConnection;
using support::DeckDriver;
using support::FakeProvider;
using ::testing::IsEmpty;

inline std::string Text(const Message& answer) { return answer.ToStatus().ToString(); }

class Deck : public ::testing::Test {
 protected:
  std::vector<std::string> Environment(std::vector<std::string> more = {}) const {
    more.push_back("REPRISE_LOG=" + (folder_ / "deck.log"));
    return more;
  }
  Message Open(const std::string& mode, const std::string& test = "Asks") const {
    Message open("open");
    open.Add("suite", "Chat").Add("test", test).Add("file", "chat_test.cc").Add("cwd", folder_.path());
    open.Add("cassettes", folder_.path()).Add("argv.0", "./chat_test");
    open.Add("setting.env.mode", mode).Add("setting.env.form", "text");
    return open;
  }
  Message Ask(const Message& opened, const std::string& text, const std::string& model = "tiny-1") const {
    Message ask("ask");
    ask.Add("session", opened.Get("session")).Add("lane", "main").Add("place", "chat_test.cc:14");
    ask.Add("endpoint.name", "openai").Add("endpoint.format", "openai.chat").Add("endpoint.upstream", upstream_);
    ask.Add("model", model).Add("param.temperature", "0").Add("turn.role", "user").Add("turn.text", text);
    return ask;
  }
  static Message Close(const Message& opened, const std::string& outcome = "passed") {
    return Message("close").Add("session", opened.Get("session")).Add("outcome", outcome);
  }
  void StartProvider(FakeProvider::Options options = {}) {
    provider_ = FakeProvider::Start(options);
    ASSERT_NE(provider_, nullptr);
    upstream_ = provider_->base_url();
  }
  // Records these questions to Chat.Asks.
  void Record(const std::vector<std::string>& questions) {
    StartProvider();
    {
      DeckDriver deck(REPRISE_DECK_PATH, Environment());
      DeckConnection connection = deck.Connect();
      const Message opened = connection.Call(Open("record"));
      for (const std::string& question : questions)
        ASSERT_EQ(connection.Call(Ask(opened, question)).Get("status"), "ok");
      const Message closed = connection.Call(Close(opened));
      ASSERT_THAT(closed.All("failure"), IsEmpty());
      ASSERT_TRUE(folder_.Has("Chat/Asks.reprise"));
    }
    // After the deck, whose connection it would wait for.
    provider_.reset();
  }
  // Runs `body` in a forked process and returns its pid; the child ends when `body` returns.
  static pid_t Fork(const std::function<void()>& body) {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    body();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  static int Reap(pid_t pid) {
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return status;
  }

  support::TempFolder folder_;
  std::unique_ptr<FakeProvider> provider_;
  std::string upstream_ = "http://127.0.0.1:9/v1";
};

}  // namespace reprise::replayer

#endif  // REPRISE_TESTS_REPLAYER_DECK_FIXTURE_H_
