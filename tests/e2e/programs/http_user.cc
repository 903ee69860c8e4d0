// Code under test with an HTTP client and an HTTP server in the test's own process, from cpp-httplib as packaged.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <reprise/gtest.h>

#include <string>
#include <thread>

namespace {

TEST(HttpUser, ServesAndAsksBesideUs) {
  httplib::Server server;
  server.Get("/capital", [](const httplib::Request& request, httplib::Response& response) {
    // On a thread of the server's.
    const auto reply = reprise::Current().Ask(reprise::Chat("openai/tiny-1").User(request.get_param_value("of")));
    response.set_content(reply.ok() ? reply->text : "error", "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread serving([&server] { server.listen_after_bind(); });
  httplib::Client client("127.0.0.1", port);
  const auto first = client.Get("/capital?of=France");
  const auto second = client.Get("/capital?of=Italy");
  server.stop();
  serving.join();
  ASSERT_TRUE(first && second);
  EXPECT_THAT(first->body, ::testing::AllOf(::testing::Ne("error"), ::testing::Not(::testing::IsEmpty())));
  EXPECT_NE(second->body, first->body);
}

}  // namespace
