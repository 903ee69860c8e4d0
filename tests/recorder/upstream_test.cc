#include "recorder/upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/fake_provider.h"

namespace reprise::recorder {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Paths of the objects mapped into this process.
std::string Mapped() {
  std::ifstream maps("/proc/self/maps");
  return std::string(std::istreambuf_iterator<char>(maps), {});
}

TEST(LoadUpstream, MapsLibcurlOnlyWhenItIsCalledAndThenAsks) {
  const auto provider = support::FakeProvider::Start();
  EXPECT_THAT(Mapped(), Not(HasSubstr("libcurl")));
  UpstreamOptions options;
  options.module = REPRISE_CURL_MODULE;
  const auto upstream = LoadUpstream(options);
  ASSERT_TRUE(upstream.ok()) << upstream.status();
  EXPECT_THAT(Mapped(), HasSubstr("libcurl"));
  Request request;
  request.method = "POST";
  request.url = provider->base_url() + "/chat/completions";
  request.body = R"({"model":"fake-small","messages":[{"role":"user","content":"Hello"}]})";
  CollectingSink sink;
  const Status status = (*upstream)->Send(request, {}, sink);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(sink.reply().status, 200);
}

TEST(LoadUpstream, AMissingModuleIsToldWithThePlacesLookedAt) {
  UpstreamOptions options;
  options.module = "/nowhere/reprise-curl.so";
  const auto upstream = LoadUpstream(options);
  EXPECT_EQ(upstream.status().kind(), ErrorKind::kUpstream);
  EXPECT_THAT(upstream.status().ToString(), HasSubstr("looked at /nowhere/reprise-curl.so"));
  EXPECT_NE(upstream.status().next(), "");
}

TEST(LoadUpstream, FindsTheModuleOfTheBuildTreeByItself) {
  const auto upstream = LoadUpstream({});
  EXPECT_TRUE(upstream.ok()) << upstream.status();
}

TEST(LoadUpstream, AFileThatIsNoModuleIsRefused) {
  UpstreamOptions options;
  options.module = ::testing::TempDir() + "not-a-module.so";
  std::ofstream(options.module) << "text";
  auto upstream = LoadUpstream(options);
  EXPECT_THAT(upstream.status().ToString(), HasSubstr("cannot be loaded"));
  options.module = REPRISE_OTHER_MODULE;  // a shared object, but not ours
  upstream = LoadUpstream(options);
  EXPECT_THAT(upstream.status().ToString(), HasSubstr("not of the same build"));
}

}  // namespace
}  // namespace reprise::recorder
