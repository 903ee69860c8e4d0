// Disks that are full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <random>
#include <string>

#include "lib/client/wire.h"
#include "reprise/cassette.h"
#include "tests/replayer/deck_fixture.h"
#include "tests/support/deck_driver.h"

namespace reprise::replayer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A file system of 256 KiB, where we may make one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    std::filesystem::create_directories(path);
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& path() const { return path_; }
  std::uint64_t ExchangesIn(const std::string& name) const {
    Result<std::unique_ptr<CassetteReader>> reader = CassetteReader::Open(path_ + "/" + name);
    return reader.ok() ? (*reader)->exchange_count() : 0;
  }

 private:
  const std::string path_;
  bool mounted_ = false;
};

// Text that no compressor makes smaller than 6 bits a character.
std::string Noise(std::size_t length) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < length) text += static_cast<char>('0' + random() % 64);
  return text;
}

TEST_F(Deck, AFullDiskFailsTheTestWithASentenceAndLosesNothingThatWasComplete) {
  const SmallDisk disk(folder_ / "small");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a small file system";
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record").Add("setting.env.cassettes", disk.path()));
  ASSERT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  const Message big = connection.Call(Ask(opened, Noise(600'000)));
  EXPECT_EQ(big.Get("status"), "ok") << "the reply was paid for: " << Text(big);
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"), ElementsAre(HasSubstr("No space left on device")));
  EXPECT_FALSE(base::Exists(disk.path() + "/Chat/Asks.reprise"));
  EXPECT_EQ(disk.ExchangesIn("Chat/Asks.reprise.new"), 1u);
}

TEST_F(Deck, ADiskThatFillsAtTheVeryEndKeepsTheUnsealedRecordingAndNamesIt) {
  const SmallDisk disk(folder_ / "small");
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a small file system";
  StartProvider();
  DeckDriver deck(REPRISE_DECK_PATH, Environment());
  DeckConnection connection = deck.Connect();
  const Message opened = connection.Call(Open("record").Add("setting.env.cassettes", disk.path()));
  ASSERT_EQ(connection.Call(Ask(opened, "One?")).Get("status"), "ok");
  // Small while compressed, too large as the text it is sealed to.
  ASSERT_EQ(connection.Call(Ask(opened, std::string(400'000, 'x'))).Get("status"), "ok");
  EXPECT_THAT(connection.Call(Close(opened)).All("failure"),
              ElementsAre(AllOf(HasSubstr("No space left on device"), HasSubstr("Asks.reprise.new.incomplete"))));
  EXPECT_FALSE(base::Exists(disk.path() + "/Chat/Asks.reprise"));
  EXPECT_EQ(disk.ExchangesIn("Chat/Asks.reprise.new.incomplete"), 2u);
}

}  // namespace
}  // namespace reprise::replayer
