#include "recorder/curl_upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/format/adapter.h"
#include "tests/support/fake_provider.h"
#include "tests/support/raw_server.h"

namespace reprise::recorder {
namespace {

using support::FakeProvider;
using support::RawConnection;
using support::RawServer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "sk-test-0123456789abcdef";

Request Post(const std::string& url, const std::string& body = "{}") {
  Request request;
  request.endpoint = "openai";
  request.format = "openai.chat";
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  return request;
}

struct Outcome {
  Status status;
  Reply reply;
};

Outcome Send(const Request& request, const UpstreamOptions& options = {}, const std::string& credential = "") {
  CurlUpstream upstream(options);
  SendContext context;
  context.credential = credential;
  CollectingSink sink;
  Outcome out;
  out.status = upstream.Send(request, context, sink);
  out.reply = sink.reply();
  return out;
}

// A chat request to the fake provider, as the adapter writes it.
Request ChatTo(const std::string& base_url, const std::string& model, bool stream = false) {
  format::ChatRequest chat;
  chat.model = model;
  chat.stream = stream;
  chat.turns = {{"user", "Where is my parcel?", {}, ""}};
  return *format::FindAdapter("openai.chat")->Write(chat, base_url);
}

// The answer that a server gives which says `reply` to whatever it is asked, and then closes.
Outcome Against(const std::string& reply, const UpstreamOptions& options = {}) {
  RawServer server([&](RawConnection& client) {
    client.ReadRequest();
    client.Send(reply);
  });
  return Send(Post(server.url()), options);
}

class WithProvider : public ::testing::Test {
 protected:
  Outcome Ask(const std::string& model, bool stream = false, const UpstreamOptions& options = {}) {
    const Request request = ChatTo(provider_->base_url(), model, stream);
    Outcome out = Send(request, options, kSecret);
    format::FindAdapter("openai.chat")->ReadReply(request, out.reply);
    return out;
  }

  std::unique_ptr<FakeProvider> provider_ = FakeProvider::Start();
};

using CurlUpstreamAtProvider = WithProvider;

TEST_F(CurlUpstreamAtProvider, BringsAWholeAndAStreamedReplyThatSayTheSame) {
  const Outcome whole = Ask("fake-small");
  ASSERT_TRUE(whole.status.ok()) << whole.status;
  EXPECT_EQ(whole.reply.status, 200);
  EXPECT_NE(whole.reply.text, "");
  EXPECT_EQ(whole.reply.model.answered, "fake-small-2024-07-18");
  const Outcome streamed = Ask("fake-small", true);
  ASSERT_TRUE(streamed.status.ok()) << streamed.status;
  EXPECT_EQ(streamed.reply.text, whole.reply.text);
  EXPECT_EQ(streamed.reply.cuts.size(), streamed.reply.ms.size());
  EXPECT_FALSE(streamed.reply.end.has_value());
}

TEST_F(CurlUpstreamAtProvider, SendsTheCredentialInItsHeaderAndAsksForIdentity) {
  ASSERT_TRUE(Ask("fake-small").status.ok());
  ASSERT_EQ(provider_->requests().size(), 1u);
  const auto seen = provider_->requests()[0];
  EXPECT_EQ(seen.Header("Authorization"), std::string("Bearer ") + kSecret);
  EXPECT_EQ(seen.Header("Accept-Encoding"), "identity");
  EXPECT_EQ(seen.Header("Content-Type"), "application/json");
  EXPECT_EQ(seen.Header("Expect"), "");
  EXPECT_THAT(seen.Header("User-Agent"), HasSubstr("reprise/"));
}

TEST_F(CurlUpstreamAtProvider, AnErrorIsTheAnswerItIs) {
  for (const int status : {400, 401, 404, 429, 500, 503}) {
    const Outcome out = Ask("error-" + std::to_string(status));
    ASSERT_TRUE(out.status.ok()) << out.status;
    EXPECT_EQ(out.reply.status, status);
    EXPECT_NE(out.reply.error, "");
  }
  EXPECT_EQ(provider_->requests().size(), 6u);  // none was asked twice
}

TEST_F(CurlUpstreamAtProvider, ARedirectIsTheAnswerAndNobodyElseIsAsked) {
  const auto other = FakeProvider::Start();
  FakeProvider::Options options;
  options.redirect_to = "http://127.0.0.1:" + std::to_string(other->port());
  const auto provider = FakeProvider::Start(options);
  for (const int status : {301, 302, 307}) {
    const Outcome out =
        Send(ChatTo(provider->base_url(), "redirect-" + std::to_string(status)), UpstreamOptions{}, kSecret);
    ASSERT_TRUE(out.status.ok()) << out.status;
    EXPECT_EQ(out.reply.status, status);
    EXPECT_THAT(out.reply.headers, ::testing::Contains(::testing::Field(&Header::name, "Location")));
  }
  EXPECT_TRUE(other->requests().empty());
}

TEST_F(CurlUpstreamAtProvider, ACodingThatComesAllTheSameIsUndoneAndNamed) {
  const Outcome plain = Ask("fake-small");
  EXPECT_TRUE(plain.reply.exact);
  for (const bool stream : {false, true}) {
    const Outcome coded = Ask("gzip", stream);
    ASSERT_TRUE(coded.status.ok()) << coded.status;
    EXPECT_NE(coded.reply.text, "");
    EXPECT_FALSE(coded.reply.exact);
    EXPECT_THAT(coded.reply.coding, ElementsAre("gzip"));
  }
}

TEST_F(CurlUpstreamAtProvider, ABombIsStoppedAtTheLimitOfTheBody) {
  UpstreamOptions options;
  options.body_bytes = 1 << 20;
  const Outcome out = Ask("gzip-bomb", false, options);
  EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
  EXPECT_THAT(out.status.ToString(), AllOf(HasSubstr("out of the coding gzip"), HasSubstr("1048576")));
  EXPECT_LE(out.reply.body.size(), options.body_bytes);
  EXPECT_EQ(Ask("gzip-bomb").reply.body.size(), std::size_t{8} << 20);  // within the ordinary limit
}

TEST_F(CurlUpstreamAtProvider, ABodyOverTheLimitIsRefusedBeforeItsHeadIsTold) {
  const Outcome out = Ask("oversized");
  EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
  EXPECT_THAT(out.status.ToString(), AllOf(HasSubstr("68157440 bytes of body are announced"), HasSubstr("67108864")));
  EXPECT_EQ(out.reply.status, 0);
}

TEST_F(CurlUpstreamAtProvider, AStreamThatBreaksOffSaysWhere) {
  for (const bool stream : {false, true}) {
    const Outcome out = Ask("broken", stream);
    ASSERT_TRUE(out.status.ok()) << out.status;
    ASSERT_TRUE(out.reply.end.has_value());
    EXPECT_EQ(out.reply.end->how, "closed");
    EXPECT_EQ(out.reply.end->after, out.reply.body.size());
    EXPECT_GT(out.reply.body.size(), 0u);
  }
}

TEST_F(CurlUpstreamAtProvider, UsesItsConnectionsAgain) {
  RawServer server([](RawConnection& client) {
    while (!client.ReadRequest().empty()) client.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi");
  });
  CurlUpstream upstream({});
  for (int i = 0; i < 5; ++i) {
    CollectingSink sink;
    ASSERT_TRUE(upstream.Send(Post(server.url()), {}, sink).ok());
    EXPECT_EQ(sink.reply().body, "Hi");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlUpstream, SendsHeadersInTheirOrderAndCaseWithoutThoseOfAConnection) {
  RawServer server([](RawConnection& client) {
    client.ReadRequest();
    client.Send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Request request = Post(server.url("/v1/x/../y?b=%2f&a"), "{\"a\": 1}\n");
  request.headers = {{"X-zz", "1"},
                     {"content-TYPE", "application/json"},
                     {"a-b", " two  words "},
                     {"X-zz", "2"},
                     {"Empty", ""},
                     {"Host", "evil.example"},
                     {"Content-Length", "5"},
                     {"TE", "trailers"},
                     {"Connection", "x"},
                     {"Accept-Encoding", "gzip"},
                     {"Accept", "*/*"},
                     {"user-agent", "U/1"},
                     {"Expect", "100-continue"}};
  EXPECT_TRUE(Send(request).status.ok());
  const std::string expected =
      "POST /v1/x/../y?b=%2f&a HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
      "\r\nX-zz: 1\r\ncontent-TYPE: application/json\r\na-b: two  words\r\nX-zz: 2\r\nEmpty:\r\n"
      "Accept: */*\r\nuser-agent: U/1\r\nAccept-Encoding: identity\r\nContent-Length: 9\r\n\r\n"
      "{\"a\": 1}\n";
  EXPECT_THAT(server.requests(), ElementsAre(expected));
}

TEST(CurlUpstream, SendsTrailersBehindABodyInChunks) {
  RawServer server([](RawConnection& client) {
    client.ReadRequest();
    client.Send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Request request = Post(server.url("/v1/x"), "hello");
  request.headers = {{"Content-Type", "text/plain"}, {"Accept", "*/*"}, {"user-agent", "U/1"}, {"Trailer", "X-Sum"}};
  request.trailers = {{"X-Sum", "9"}, {"x-Sum", "10"}, {"bad name", "1"}, {"X-Bad", "a\r\nb"}};
  EXPECT_TRUE(Send(request).status.ok());
  EXPECT_THAT(server.requests(),
              ElementsAre("POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                          "\r\nContent-Type: text/plain\r\nAccept: */*\r\nuser-agent: U/1\r\n"
                          "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\nAccept-Encoding: identity\r\n\r\n"
                          "5\r\nhello\r\n0\r\nX-Sum: 9\r\nx-Sum: 10\r\n\r\n"));
}

TEST(CurlUpstream, SendsOtherMethodsWithAndWithoutABody) {
  for (const auto& [method, body] : std::vector<std::pair<std::string, std::string>>{
           {"GET", ""}, {"DELETE", ""}, {"GET", "x"}, {"PUT", "x"}, {"PATCH", ""}, {"HEAD", ""}}) {
    RawServer server([head = method == "HEAD"](RawConnection& client) {
      client.ReadRequest();
      client.Send(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n") + (head ? "" : "ok"));
    });
    Request request = Post(server.url(), body);
    request.method = method;
    const Outcome out = Send(request);
    ASSERT_TRUE(out.status.ok()) << method << ' ' << out.status;
    EXPECT_EQ(out.reply.body, method == "HEAD" ? "" : "ok") << method;
    ASSERT_EQ(server.requests().size(), 1u);
    const std::string got = server.requests()[0];
    EXPECT_EQ(got.rfind(method + " /v1/chat/completions HTTP/1.1\r\n", 0), 0u) << got;
    EXPECT_EQ(got.substr(got.find("\r\n\r\n") + 4), body);
  }
}

TEST(CurlUpstream, SendsALargeBodyAtOnceWithoutAskingFirst) {
  RawServer server([](RawConnection& client) {
    client.ReadRequest();
    client.Send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const Request request = Post(server.url(), std::string(3 << 20, 'x'));
  ASSERT_TRUE(Send(request).status.ok());
  ASSERT_EQ(server.requests().size(), 1u);
  const std::string head = server.requests()[0].substr(0, server.requests()[0].find("\r\n\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Expect")));
  EXPECT_EQ(server.requests()[0].substr(head.size() + 4), request.body);
}

TEST(CurlUpstream, PassesOverInformationalHeadsAndKeepsPhraseAndTrailers) {
  const Outcome out = Against(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
      "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nHi\r\n0\r\nX-Sum: "
      "9\r\nx-Sum:\r\n\r\n");
  ASSERT_TRUE(out.status.ok()) << out.status;
  EXPECT_EQ(out.reply.status, 200);
  EXPECT_EQ(out.reply.headers, (Headers{{"Transfer-Encoding", "chunked"}, {"Trailer", "X-Sum"}}));
  EXPECT_EQ(out.reply.body, "Hi");
  EXPECT_EQ(out.reply.reason, "Fine");
  EXPECT_EQ(out.reply.version, "");
  EXPECT_EQ(out.reply.trailers, (Headers{{"X-Sum", "9"}, {"x-Sum", ""}}));
  EXPECT_FALSE(out.reply.end.has_value());
}

TEST(CurlUpstream, ReadsABodyThatEndsWithTheConnection) {
  const Outcome out = Against("HTTP/1.0 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nall of it");
  ASSERT_TRUE(out.status.ok()) << out.status;
  EXPECT_EQ(out.reply.body, "all of it");
  EXPECT_EQ(out.reply.headers, (Headers{{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}}));
  EXPECT_EQ(out.reply.version, "1.0");
  EXPECT_FALSE(out.reply.end.has_value());
}

TEST(CurlUpstream, ACodingNobodyKnowsIsRefusedByItsName) {
  const Outcome out =
      Against("HTTP/1.1 200 OK\r\nContent-Encoding: gzip, secret-squirrel\r\nContent-Length: 2\r\n\r\nHi");
  EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
  EXPECT_THAT(out.status.ToString(), HasSubstr("coded as secret-squirrel"));
  EXPECT_EQ(out.reply.status, 0);
}

TEST(CurlUpstream, ACodingThatIsALieIsRefused) {
  const Outcome out = Against(
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n{\"this\": \"is no gzip at all\"}\n");
  EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
  EXPECT_THAT(out.status.ToString(), HasSubstr("cannot be decoded"));
}

TEST(CurlUpstream, AServerThatFallsSilentTimesOutBeforeAndAfterTheHead) {
  for (const std::string& said : {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHi")}) {
    RawServer server([&](RawConnection& client) {
      client.ReadRequest();
      client.Send(said);
      client.WaitUntilClosed();
    });
    UpstreamOptions options;
    options.idle_timeout_ms = 100;
    const Outcome out = Send(Post(server.url()), options);
    if (said.empty()) {
      EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
      EXPECT_THAT(out.status.ToString(), HasSubstr("nothing arrived for 100 ms"));
    } else {
      ASSERT_TRUE(out.status.ok()) << out.status;
      EXPECT_EQ(out.reply.end, (BrokenEnd{"timeout", 2}));
    }
  }
}

TEST_F(CurlUpstreamAtProvider, AStreamThatNeverEndsTimesOutInTotal) {
  UpstreamOptions options;
  options.total_timeout_ms = 150;
  const Outcome out = Ask("slow", true, options);  // 20 ms an event, and never idle
  ASSERT_TRUE(out.status.ok()) << out.status;
  ASSERT_TRUE(out.reply.end.has_value());
  EXPECT_EQ(out.reply.end->how, "timeout");
}

TEST(CurlUpstream, EachFailureIsOneSentenceWithItsUrlAndANextStep) {
  const support::RefusingPort refusing;
  const std::string closed_port = refusing.url("/v1/chat/completions");
  struct Case {
    std::string url, says;
  };
  RawServer silent([](RawConnection& client) { client.ReadRequest(); });
  RawServer rude([](RawConnection& client) { client.Send("220 mail.example ESMTP\r\n"); });
  RawServer resetting([](RawConnection& client) {
    client.ReadRequest();
    client.Reset();
  });
  for (const Case& c : {Case{closed_port, "the connection was refused"},
                        Case{"http://no-such-host.invalid/v1", "the name no-such-host.invalid cannot be resolved"},
                        Case{silent.url(), "closed the connection without an answer"},
                        Case{rude.url(), "does not speak HTTP"}, Case{resetting.url(), "broke before an answer"},
                        Case{"https://127.0.0.1:" + std::to_string(rude.port()), "no TLS connection"}}) {
    const Outcome out = Send(Post(c.url + "?api_key=" + kSecret), {}, kSecret);
    EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream) << c.url;
    EXPECT_EQ(out.status.object(), c.url);
    EXPECT_THAT(out.status.ToString(), AllOf(HasSubstr(c.says), Not(HasSubstr(kSecret)), Not(HasSubstr("\n"))));
    EXPECT_NE(out.status.next(), "") << c.url;
  }
}

TEST(CurlUpstream, UrlsItMustNotAskAreRefusedWithoutTheirSecrets) {
  for (const std::string url : {"ftp://h/x", "file:///etc/passwd", "gopher://h/", "", "nonsense", "http://",
                                "https://user:hunter2@h/v1", "http://h\r\nX: y/"}) {
    const Outcome out = Send(Post(url));
    EXPECT_EQ(out.status.kind(), ErrorKind::kUsage) << url;
    EXPECT_THAT(out.status.ToString(), Not(HasSubstr("hunter2")));
  }
}

TEST(CurlUpstream, AHeaderThatWouldSmuggleAnotherIsRefusedWithoutItsValue) {
  Request request = Post("http://127.0.0.1:1/");
  request.headers = {{"X", std::string("a\r\nEvil: ") + kSecret}};
  EXPECT_EQ(Send(request).status.kind(), ErrorKind::kUsage);
  EXPECT_THAT(Send(request).status.ToString(), Not(HasSubstr(kSecret)));
  request.headers = {{"X y", "a"}};
  EXPECT_EQ(Send(request).status.kind(), ErrorKind::kUsage);
  request.headers.clear();
  const Outcome out = Send(request, {}, std::string(kSecret) + "\n");
  EXPECT_EQ(out.status.kind(), ErrorKind::kUsage);
  EXPECT_THAT(out.status.ToString(), AllOf(HasSubstr("line end"), Not(HasSubstr(kSecret))));
  request.method = "GET / HTTP/1.1\r\nX: y\r\n\r\n";
  EXPECT_EQ(Send(request).status.kind(), ErrorKind::kUsage);
}

TEST(CurlUpstream, TriesAgainOnlyWhenToldToAndOnlyWithoutAnAnswer) {
  std::atomic<int> asked{0};
  RawServer flaky([&](RawConnection& client) {
    client.ReadRequest();
    if (++asked > 1) client.Send("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_FALSE(Send(Post(flaky.url())).status.ok());
  EXPECT_EQ(asked, 1);
  asked = 0;
  UpstreamOptions options;
  options.retries = 3;
  const Outcome out = Send(Post(flaky.url()), options);
  ASSERT_TRUE(out.status.ok()) << out.status;
  EXPECT_EQ(out.reply.status, 500);
  EXPECT_EQ(asked, 2);
}

// Sets a variable of the environment for its own life.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~ScopedVariable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(CurlUpstream, GoesThroughTheProxyOfTheSettingsOrTheEnvironmentButNeverToLoopback) {
  const auto hello = [](const char* who) {
    return [who](RawConnection& client) {
      client.ReadRequest();
      client.Send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + std::string(who));
    };
  };
  RawServer proxy(hello("proxy!")), server(hello("direct"));
  const std::string address = "http://127.0.0.1:" + std::to_string(proxy.port());
  UpstreamOptions options;
  options.proxy = address;
  EXPECT_EQ(Send(Post("http://provider.example/v1"), options).reply.body, "proxy!");
  EXPECT_THAT(proxy.requests(), ElementsAre(HasSubstr("POST http://provider.example/v1 HTTP/1.1")));
  EXPECT_EQ(Send(Post(server.url()), options).reply.body, "direct");
  const ScopedVariable variable("http_proxy", address);
  EXPECT_EQ(Send(Post("http://provider.example/v1")).reply.body, "proxy!");
  for (const char* host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(Send(Post("http://" + std::string(host) + ":" + std::to_string(server.port()))).reply.body, "direct");
  }
  EXPECT_EQ(proxy.requests().size(), 2u);
}

}  // namespace
}  // namespace reprise::recorder
