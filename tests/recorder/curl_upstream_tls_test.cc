// TLS against real servers with certificates of an authority of our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "recorder/curl_upstream.h"
#include "tests/support/fake_provider.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_certificates.h"

namespace reprise::recorder {
namespace {

using support::CertificateFiles;
using support::FakeProvider;
using support::TestCertificates;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CurlUpstreamTls : public ::testing::Test {
 protected:
  struct Outcome {
    Status status;
    Reply reply;
    std::string url;
  };

  static Outcome Send(const std::string& url, const UpstreamOptions& options) {
    Request request;
    request.method = "POST";
    request.url = url;
    request.body = R"({"model":"fake-small","messages":[{"role":"user","content":"Hello"}]})";
    CurlUpstream upstream(options);
    CollectingSink sink;
    Outcome out;
    out.status = upstream.Send(request, {}, sink);
    out.reply = sink.reply();
    out.url = url;
    return out;
  }

  // Asks a provider that shows this certificate; `host` as in the URL.
  static Outcome Ask(const CertificateFiles& files, const UpstreamOptions& options,
                     const std::string& host = "localhost") {
    FakeProvider::Options provider_options;
    provider_options.cert_file = files.certificate;
    provider_options.key_file = files.key;
    const auto provider = FakeProvider::Start(provider_options);
    return Send("https://" + host + ":" + std::to_string(provider->port()) + "/v1/chat/completions", options);
  }

  UpstreamOptions Trusting() const {
    UpstreamOptions options;
    options.ca_file = certificates_.authority();
    return options;
  }

  static void ExpectRefused(const Outcome& out, const char* reason) {
    EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
    EXPECT_EQ(out.status.object(), out.url);
    EXPECT_THAT(out.status.reason(), HasSubstr(reason));
    EXPECT_THAT(out.status.next(), HasSubstr("certificates are always checked"));
    EXPECT_EQ(out.reply.status, 0);
  }

  const TestCertificates certificates_;
};

TEST_F(CurlUpstreamTls, ACertificateOfATrustedAuthorityIsGood) {
  const Outcome out = Ask(certificates_.good(), Trusting());
  ASSERT_TRUE(out.status.ok()) << out.status;
  EXPECT_EQ(out.reply.status, 200);
  EXPECT_TRUE(Ask(certificates_.good(), Trusting(), "127.0.0.1").status.ok());
}

TEST_F(CurlUpstreamTls, TheVariableSslCertFileNamesAuthoritiesToo) {
  setenv("SSL_CERT_FILE", certificates_.authority().c_str(), 1);
  const Outcome out = Ask(certificates_.good(), {});
  unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(out.status.ok()) << out.status;
}

TEST_F(CurlUpstreamTls, EachBadCertificateIsRefusedByItsOwnSentence) {
  ExpectRefused(Ask(certificates_.good(), {}), "signed by an authority that this machine does not trust");
  ExpectRefused(Ask(certificates_.expired(), Trusting()), "has expired");
  ExpectRefused(Ask(certificates_.self_signed(), Trusting()), "is signed by itself");
  const Outcome other = Ask(certificates_.other_host(), Trusting());
  ExpectRefused(other, "is not for localhost");
}

TEST_F(CurlUpstreamTls, AFileOfAuthoritiesThatIsMissingIsToldAsSuch) {
  UpstreamOptions options;
  options.ca_file = certificates_.authority() + ".missing";
  const Outcome out = Ask(certificates_.good(), options);
  EXPECT_EQ(out.status.kind(), ErrorKind::kUpstream);
  EXPECT_THAT(out.status.ToString(), HasSubstr("the file of certificate authorities cannot be read"));
}

TEST_F(CurlUpstreamTls, HttpAskedOfATlsServerIsToldAsSuch) {
  FakeProvider::Options provider_options;
  provider_options.cert_file = certificates_.good().certificate;
  provider_options.key_file = certificates_.good().key;
  const auto provider = FakeProvider::Start(provider_options);
  const Outcome out = Send("http://localhost:" + std::to_string(provider->port()) + "/v1", Trusting());
  EXPECT_FALSE(out.status.ok() && out.reply.status == 200);
}

// nghttpd of the nghttp2 project: an HTTP/2 server that sends back what is sent to it.
class Http2Server {
 public:
  explicit Http2Server(const CertificateFiles& files) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/bin/"}) {
      if (std::filesystem::exists(std::string(folder) + "nghttpd")) program_ = std::string(folder) + "nghttpd";
    }
    if (program_.empty()) return;
    std::vector<std::string> words = {
        program_,  "--echo-upload",  "--address=127.0.0.1", "--trailer=x-sum: 9", std::to_string(port_.number()),
        files.key, files.certificate};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, program_.c_str(), nullptr, nullptr, argv.data(), environ) != 0) pid_ = -1;
  }
  ~Http2Server() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  bool installed() const { return !program_.empty(); }
  std::string url() const { return "https://localhost:" + std::to_string(port_.number()) + "/echo"; }

 private:
  std::string program_;
  const support::RefusingPort port_;  // held until it listens there
  pid_t pid_ = -1;
};

TEST_F(CurlUpstreamTls, SpeaksHttp2WhereTheServerDoes) {
  const Http2Server server(certificates_.good());
  if (!server.installed()) GTEST_SKIP() << "nghttpd (package nghttp2-server) is not installed, so HTTP/2 is not tried";
  UpstreamOptions options = Trusting();
  options.retries = 6;  // the server needs a moment until it listens
  const Outcome out = Send(server.url(), options);
  ASSERT_TRUE(out.status.ok()) << out.status;
  EXPECT_EQ(out.reply.status, 200);
  EXPECT_THAT(out.reply.body, HasSubstr("fake-small"));
  EXPECT_FALSE(out.reply.end.has_value());
  for (const Header& header : out.reply.headers) {
    EXPECT_EQ(header.name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ:"), std::string::npos) << header.name;
    EXPECT_NE(header.name, "x-sum");  // a trailer
  }
  options.retries = 0;
  options.http2 = false;
  EXPECT_FALSE(Send(server.url(), options).status.ok());  // it speaks nothing else
}

}  // namespace
}  // namespace reprise::recorder
