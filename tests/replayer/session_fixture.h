// A session over a scripted upstream, in a folder of its own.
#ifndef REPRISE_TESTS_REPLAYER_SESSION_FIXTURE_H_
#define REPRISE_TESTS_REPLAYER_SESSION_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/session/session.h"
#include "recorder/checked_upstream.h"
#include "replayer/deck/chain.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_folder.h"

namespace reprise::session {

using support::ScriptedTransport;
using ::testing::IsEmpty;
using Outcome = Session::Outcome;

class SessionTest : public ::testing::Test {
 protected:
  // A session of Chat.Asks in this mode, over the folder's cassettes.
  std::unique_ptr<Session> Open(const std::string& mode, std::vector<RawSetting> more = {}) {
    Result<std::unique_ptr<Session>> session = TryOpen(mode, std::move(more));
    EXPECT_TRUE(session.ok()) << session.status();
    return session.ok() ? *std::move(session) : nullptr;
  }
  Result<std::unique_ptr<Session>> TryOpen(const std::string& mode, std::vector<RawSetting> more = {}) {
    Session::Opening opening;
    opening.name = {"Chat", "Asks", "", "", folder_.path()};
    opening.compiled_in = folder_.path();
    opening.program = "./chat_test";
    opening.by = "reprise test";
    opening.environment = [this](const std::string& name) { return variables_[name]; };
    opening.secrets = secrets_;
    more.push_back({Place::kEnvironment, "mode", mode, "REPRISE_MODE"});
    more.push_back({Place::kEnvironment, "form", "text", "REPRISE_FORM"});
    Result<Settings> settings = Settings::Resolve(more, nullptr, "");
    if (!settings.ok()) return settings.status();
    opening.settings = *std::move(settings);
    return Session::Open(std::move(opening), names_,
                         [this](const ChainParts& parts) { return replayer::ComposeChain(parts, checked_); });
  }
  static Session::Question About(const std::string& text) {
    Session::Question question;
    question.endpoint = {"openai", "openai.chat", "http://127.0.0.1:9/v1", ""};
    question.chat.model = "tiny-1";
    question.chat.turns.push_back({"user", text, {}, ""});
    question.chat.parameters = {{"temperature", "0"}};
    question.place = "chat_test.cc:14";
    return question;
  }
  // Records these answers to these questions, with the test passing.
  void Recorded(const std::vector<std::pair<std::string, std::string>>& dialogue) {
    const std::unique_ptr<Session> session = Open("record");
    for (const auto& [question, answer] : dialogue) {
      upstream_.ThenSay(answer);
      ASSERT_TRUE(session->Ask(About(question)).ok());
    }
    ASSERT_THAT(session->Close(Outcome::kPassed, "").failures, IsEmpty());
    ASSERT_TRUE(folder_.Has("Chat/Asks.reprise"));
  }

  support::TempFolder folder_;
  ScriptedTransport upstream_;
  recorder::CheckedUpstream checked_{[this]() -> Result<std::unique_ptr<Transport>> {
    struct Forward : Transport {
      explicit Forward(Transport& to_) : to(to_) {}
      Status Send(const Request& request, const SendContext& context, ReplySink& sink) override {
        return to.Send(request, context, sink);
      }
      std::string Describe() const override { return to.Describe(); }
      Transport& to;
    };
    return std::unique_ptr<Transport>(new Forward(upstream_));
  }};
  NameRegistry names_;
  std::map<std::string, std::string> variables_;
  std::vector<std::pair<std::string, std::string>> secrets_;
};

}  // namespace reprise::session

#endif  // REPRISE_TESTS_REPLAYER_SESSION_FIXTURE_H_
