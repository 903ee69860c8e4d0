#include "lib/base/base64.h"

#include <gtest/gtest.h>

namespace reprise::base {
namespace {

TEST(Base64, SpellsTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(EncodeBase64(bytes), text);
    EXPECT_EQ(DecodeBase64(text), bytes);
  }
}

TEST(Base64, GivesEveryByteBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const std::string part = bytes.substr(bytes.size() - length);
    EXPECT_EQ(DecodeBase64(EncodeBase64(part)), part);
  }
}

TEST(Base64, StrictDecodingTakesOneSpellingOnly) {
  for (const char* other : {"Zg", "Zg=", "Zg==\n", "Zh==", "Z g==", "Zg===", "=Zg=", "Zm9v=", "Zm9vY", "Zm9-"}) {
    EXPECT_EQ(DecodeBase64(other), std::nullopt) << other;
  }
}

TEST(Base64, LenientDecodingSkipsLineEndsAndMissingPadding) {
  EXPECT_EQ(DecodeLenientBase64(" Zm9v\r\n\tYg==\n"), "foob");
  EXPECT_EQ(DecodeLenientBase64("Zm9vYg"), "foob");
  EXPECT_EQ(DecodeLenientBase64("Zh=="), "f");
  for (const char* bad : {"Z", "Zm9v!", "Zg=", "Zg==Zg==", "Zm9v====", "Zm9v\x80"}) {
    EXPECT_EQ(DecodeLenientBase64(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace reprise::base
