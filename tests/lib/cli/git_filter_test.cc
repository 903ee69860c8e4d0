// The filter without git: what it makes of bytes, and how it speaks.
#include "lib/cli/git_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "lib/base/file_system.h"
#include "tests/lib/cli/fixtures.h"
#include "tests/lib/cli/program.h"

namespace reprise::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Packet(std::string_view data) {
  char length[5];
  std::snprintf(length, sizeof length, "%04zx", data.size() + 4);
  return length + std::string(data);
}

std::string Hello() {
  return Packet("git-filter-client\n") + Packet("version=2\n") + "0000" + Packet("capability=clean\n") +
         Packet("capability=smudge\n") + Packet("capability=delay\n") + "0000";
}
const char kHelloAnswer[] =
    "0016git-filter-server\n000eversion=2\n00000015capability=clean\n0016capability=smudge\n0000";

std::string Ask(const std::string& command, const std::string& path, std::string_view content) {
  std::string out = Packet("command=" + command + "\n") + Packet("pathname=" + path + "\n") + "0000";
  for (; !content.empty(); content.remove_prefix(std::min<std::size_t>(content.size(), 65516))) {
    out += Packet(content.substr(0, 65516));
  }
  return out + "0000";
}

struct Served {
  Status status;
  std::string said;
  std::vector<std::string> told;
};

// Gives the stream in pieces of `step` bytes, as a pipe may.
Served Serve(const std::string& stream, const GitFilterLimits& limits = {}, std::size_t step = 1000) {
  Served served;
  std::size_t at = 0;
  served.status = ServeGitFilter(
      [&](char* to, std::size_t size) {
        const std::size_t n = std::min({size, step, stream.size() - at});
        std::memcpy(to, stream.data() + at, n);
        at += n;
        return static_cast<long>(n);
      },
      [&](std::string_view bytes) {
        served.said += bytes;
        return Status();
      },
      [&](const Status& status) { served.told.push_back(status.ToString()); }, limits);
  return served;
}

class GitFilter : public ::testing::Test {
 protected:
  GitFilter() {
    WriteCassette(folder_ / "z.reprise", {Chat("one", "two"), Opaque(std::string(300000, 'x') + "\xFF")});
    WriteCassette(folder_ / "t.reprise", {Chat("one", "two"), Opaque(std::string(300000, 'x') + "\xFF")},
                  CassetteWriter::Form::kText);
    zstd_ = base::ReadFile(folder_ / "z.reprise").value();
    text_ = base::ReadFile(folder_ / "t.reprise").value();
  }
  TemporaryFolder folder_;
  std::string zstd_, text_;
};

TEST_F(GitFilter, CleanGivesTheTextWhateverTheForm) {
  ASSERT_NE(zstd_, text_);
  EXPECT_EQ(CleanCassette(zstd_, "x").value(), text_);
  EXPECT_EQ(CleanCassette(text_, "x").value(), text_);
  for (const char* other : {"", "no cassette", "\xFF\xFE", "{\"reprise\":1}\r\n"}) {
    EXPECT_EQ(CleanCassette(other, "x").value(), other);
  }
}

TEST_F(GitFilter, SmudgeGivesZstdOnlyForAWholeText) {
  const std::string smudged = SmudgeCassette(text_, "x");
  EXPECT_EQ(smudged.substr(0, 4), "\x28\xB5\x2F\xFD");
  EXPECT_EQ(CleanCassette(smudged, "x").value(), text_);
  EXPECT_EQ(SmudgeCassette(zstd_, "x"), zstd_);
  const std::size_t second = text_.find("\n{\"key\"") + 1;
  for (const std::string& other :
       {std::string(), std::string("{\"a\":1}\n"), text_.substr(0, second) + "<<<<<<< ours\n" + text_.substr(second),
        "text\n" + text_, text_ + "tail\n"}) {
    EXPECT_EQ(SmudgeCassette(other, "x"), other);
  }
}

TEST_F(GitFilter, ADamagedCassetteIsAnErrorAndNoHalfText) {
  std::string damaged = zstd_;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_FALSE(CleanCassette(damaged, "x").ok());
  for (const std::size_t length : {std::size_t{5}, zstd_.size() / 2, zstd_.size() - 1}) {
    EXPECT_FALSE(CleanCassette(zstd_.substr(0, length), "x").ok()) << length;
  }
}

TEST_F(GitFilter, SpeaksTheProtocolByteForByte) {
  const Served served = Serve(Hello() + Ask("clean", "a b/x.reprise", "text\n") + Ask("smudge", "y", "prose\r"), {}, 1);
  EXPECT_TRUE(served.status.ok()) << served.status;
  EXPECT_EQ(served.said, std::string(kHelloAnswer) + "0013status=success\n00000009text\n00000000" +
                             "0013status=success\n0000000aprose\r00000000");
  EXPECT_THAT(served.told, IsEmpty());
  EXPECT_EQ(Serve(Hello()).said, kHelloAnswer);
}

TEST_F(GitFilter, LargeFilesComeAndGoInSeveralPackets) {
  const Served served = Serve(Hello() + Ask("clean", "x", zstd_) + Ask("clean", "x", text_));
  ASSERT_TRUE(served.status.ok());
  std::string answer = "0013status=success\n0000" + Ask("", "", text_).substr(Ask("", "", "").size() - 4) + "0000";
  EXPECT_EQ(served.said, kHelloAnswer + answer + answer);
}

TEST_F(GitFilter, OneBadFileDoesNotStopTheNext) {
  const Served served = Serve(Hello() + Ask("clean", "bad.reprise", zstd_.substr(0, 40)) + Ask("fold", "x", "") +
                              Ask("clean", "x", "ok"));
  EXPECT_TRUE(served.status.ok());
  EXPECT_EQ(served.said, std::string(kHelloAnswer) + "0011status=error\n0000" + "0011status=error\n0000" +
                             "0013status=success\n00000006ok00000000");
  EXPECT_THAT(served.told, ElementsAre(HasSubstr("bad.reprise: "), HasSubstr("git asks for \"fold\"")));
}

TEST_F(GitFilter, AFileOverTheLimitIsReadToItsEndAndRefused) {
  const Served served =
      Serve(Hello() + Ask("clean", "x", std::string(100001, 'a')) + Ask("clean", "y", "ok"), {100000});
  EXPECT_TRUE(served.status.ok());
  EXPECT_EQ(served.said,
            std::string(kHelloAnswer) + "0011status=error\n0000" + "0013status=success\n00000006ok00000000");
  EXPECT_THAT(served.told, ElementsAre(HasSubstr("is larger than 100000 bytes")));
}

TEST_F(GitFilter, AnythingElseThanGitEndsWithASentence) {
  for (const std::string& stream :
       {std::string("hello"), std::string("zzzz"), std::string("0003"), std::string("ffff"), Packet("other\n") + "0000",
        std::string("0000"), Packet("git-filter-client\n") + Packet("version=1\n") + "0000", std::string(),
        Packet("git-filter-client\n")}) {
    const Served served = Serve(stream);
    EXPECT_FALSE(served.status.ok()) << stream;
    EXPECT_EQ(served.said, "") << stream;
  }
  const std::string whole = Hello() + Ask("clean", "x", "content");
  for (std::size_t length = Hello().size() + 1; length < whole.size(); ++length) {
    EXPECT_FALSE(Serve(whole.substr(0, length)).status.ok()) << length;
  }
  std::string endless = Hello();
  for (int i = 0; i < 2000; ++i) endless += Packet("key=value\n");
  EXPECT_THAT(Serve(endless).status.ToString(), HasSubstr("has no end"));
}

}  // namespace
}  // namespace reprise::cli
