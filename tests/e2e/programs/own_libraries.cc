// A user's program with libraries of its own, whose names are those of libraries we use elsewhere and whose layout is
// not: an httplib, a nlohmann, a Boost, a zstd, a libcurl, an OpenSSL. All are exported, as an old -rdynamic plug-in
// host would. If anything of ours in this process called one of them, it would be seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <atomic>
#include <cstring>
#include <string>

#define SHOWN __attribute__((visibility("default")))
#define OWN __attribute__((visibility("default"), noinline, used))

std::atomic<int> strangers{0};

namespace httplib {
struct SHOWN Client {
  explicit Client(const std::string& host) : name(host) {}
  virtual ~Client() = default;
  virtual std::string Get(const std::string& path) { return ++strangers, name + path; }
  char padding[4096] = {};
  std::string name;
};
struct SHOWN Server {
  virtual ~Server() = default;
  virtual bool listen() { return ++strangers, true; }
};
}  // namespace httplib

namespace nlohmann {
struct SHOWN json {
  explicit json(std::string t) : text(std::move(t)) {}
  static json parse(const std::string& t) { return ++strangers, json(t); }
  std::string text;
  char padding[100] = {};
};
}  // namespace nlohmann

namespace boost {
namespace system {
struct SHOWN error_code {
  int value() const { return ++strangers, 7; }
};
}  // namespace system
namespace asio {
struct SHOWN io_context {
  int run() { return ++strangers, 1; }
  double padding[9] = {};
};
}  // namespace asio
}  // namespace boost

extern "C" {
OWN void* curl_easy_init() { return ++strangers, nullptr; }
OWN int curl_global_init(long) { return ++strangers, 1; }
OWN size_t ZSTD_compress(void*, size_t, const void*, size_t, int) { return ++strangers, 0; }
OWN unsigned ZSTD_versionNumber() { return ++strangers, 1; }
OWN unsigned char* SHA256(const unsigned char*, size_t, unsigned char*) { return ++strangers, nullptr; }
}

namespace {

TEST(OwnLibraries, AreLeftAloneAndLeaveUsAlone) {
  httplib::Client client("host");
  boost::asio::io_context context;
  EXPECT_EQ(client.Get("/x"), "host/x");
  EXPECT_EQ(nlohmann::json::parse("{}").text, "{}");
  EXPECT_EQ(context.run(), 1);
  const int own = strangers;
  for (int i = 0; i < 3; ++i) {
    const auto reply = reprise::Current().Ask(reprise::Chat("openai/tiny-1").User("round " + std::to_string(i)));
    ASSERT_THAT(reply, reprise::IsOk());
    EXPECT_THAT(reply->text, ::testing::Not(::testing::IsEmpty()));
  }
  const auto text = reprise::Current().Record(reprise::Call("generate", "{}"), [] { return "Paris"; });
  ASSERT_THAT(text, reprise::IsOk());
  EXPECT_EQ(strangers, own) << "nobody else called them";
  EXPECT_EQ(boost::system::error_code().value(), 7);
  EXPECT_EQ(client.Get("/y"), "host/y");
}

}  // namespace
