#include "recorder/importers/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::recorder {
namespace {

using ::testing::HasSubstr;

// printf 'a recording\n' | gzip -n
const std::string kPacked(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x54\x28\x4a\x4d\xce\x2f\x4a\xc9\xcc\x4b\xe7\x02\x00\x5f\x54\x3a\x6d"
    "\x0c\x00\x00\x00",
    32);

TEST(Gzip, GivesTheBytesBack) {
  EXPECT_EQ(Gunzip(kPacked, 100, "x.gz").value(), "a recording\n");
  EXPECT_EQ(Gunzip(kPacked + kPacked, 100, "x.gz").value(), "a recording\na recording\n");
}

TEST(Gzip, EveryCutIsTold) {
  for (std::size_t length = 0; length < kPacked.size(); ++length) {
    EXPECT_THAT(Gunzip(kPacked.substr(0, length), 100, "x.gz").status().ToString(), HasSubstr("ends in the middle"))
        << length;
  }
}

TEST(Gzip, DamageAndOversizeAreTold) {
  std::string damaged = kPacked;
  damaged[25] ^= 1;
  EXPECT_THAT(Gunzip(damaged, 100, "x.gz").status().ToString(), HasSubstr("damaged gzip: incorrect data check"));
  EXPECT_THAT(Gunzip(kPacked + "tail", 100, "x.gz").status().ToString(), HasSubstr("damaged gzip"));
  EXPECT_THAT(Gunzip(kPacked, 11, "x.gz").status().ToString(), HasSubstr("more than 11 bytes"));
  EXPECT_TRUE(Gunzip(kPacked, 12, "x.gz").ok());
}

}  // namespace
}  // namespace reprise::recorder
