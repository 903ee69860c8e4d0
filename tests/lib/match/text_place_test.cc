#include "lib/match/text_place.h"

#include <gtest/gtest.h>

namespace reprise::match {
namespace {

std::string Words(std::string_view recorded, std::string_view asked) {
  const TextPlace place = FindPlace(recorded, asked);
  return std::to_string(place.character) + ": \"" + place.recorded_word + "\" \"" + place.asked_word + "\"" +
         (place.whole ? "" : " and more");
}

TEST(TextPlace, NamesTheWordThatChanged) {
  EXPECT_EQ(Words("What is the capital of Frnace?", "What is the capital of France?"), R"(26: "Frnace?" "France?")");
  EXPECT_EQ(Words("a cat sat", "a dog sat"), R"(3: "cat" "dog")");
  EXPECT_EQ(Words("cats", "cat"), R"(4: "cats" "cat")");
  EXPECT_EQ(Words("x", "y"), R"(1: "x" "y")");
  EXPECT_EQ(Words("été chaud", "éte chaud"), R"(3: "été" "éte")");
}

TEST(TextPlace, NamesTheWordThatCameOrWent) {
  EXPECT_EQ(Words("the cat", "the black cat"), R"(5: "" "black")");
  EXPECT_EQ(Words("the black cat", "the cat"), R"(5: "black" "")");
  EXPECT_EQ(Words("the cat", "the cat sat"), R"(8: "" "sat")");
  EXPECT_EQ(Words("", "hello"), R"(1: "" "hello")");
  EXPECT_EQ(Words("a  b", "a b"), R"(3: "" "")");
}

TEST(TextPlace, SaysThatMoreDiffersWhereItIsMoreThanAFewWords) {
  const std::string middle(200, 'm');
  EXPECT_EQ(Words("one " + middle + " two", "One " + middle + " Two"), R"(1: "one" "One" and more)");
}

TEST(TextPlace, ShowsAWindowOfALongText) {
  const std::string before(500, 'b'), after(500, 'a');
  const TextPlace place = FindPlace(before + " Frnace " + after, before + " France " + after);
  EXPECT_EQ(place.recorded_window, "…" + std::string(37, 'b') + " Frnace " + std::string(51, 'a') + "…");
  EXPECT_EQ(place.asked_window, "…" + std::string(37, 'b') + " France " + std::string(51, 'a') + "…");
}

TEST(TextPlace, NamesCodePointsThatLookAlike) {
  EXPECT_EQ(FindPlace("caf\u00e9", "cafe\u0301").code_points, "U+00E9, now U+0065");
  EXPECT_EQ(FindPlace("a b", "a\u00a0b").code_points, "U+0020, now U+00A0");
  EXPECT_EQ(FindPlace("end", "end ").code_points, "the end, now U+0020");
  EXPECT_EQ(FindPlace("cat", "cot").code_points, "");
  EXPECT_EQ(FindPlace("\U0001F600", "\U0001F601").code_points, "U+1F600, now U+1F601");
}

TEST(TextPlace, OddBytesDoNoHarm) {
  for (const char* a : {"", "\x80", "\xE2\x82", "\xF0\x9F\x98\x80", "\xFF\xFE", "a\x80\x80\x80\x80\x80"})
    for (const char* b : {"\xE2\x82\xAC", "\x81", "\xF0\x9F\x98\x81", "b"}) {
      const TextPlace place = FindPlace(a, b);
      EXPECT_GE(place.character, 1u);
      EXPECT_LE(place.character, 2u);
    }
}

TEST(TextPlace, KnowsWhatIsNewInEveryRun) {
  for (const char* word : {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "\"6BA7B810-9DAD-11D1-80B4-00C04FD430C8\","})
    EXPECT_EQ(LooksRandom(word), "uuid") << word;
  for (const char* word : {"1732527600", "1732527600.25", "1732527600123", "2026-11-25T09:12:33Z", "(09:12:33)"})
    EXPECT_EQ(LooksRandom(word), "time") << word;
  EXPECT_EQ(LooksRandom("2026-11-25."), "date");
  EXPECT_EQ(LooksRandom("deadbeef01"), "hex id");
  EXPECT_EQ(LooksRandom("call_9xWq2ZkLm0Pa"), "id");
  for (const char* word : {"", "Frnace?", "42", "2026", "deadbeef", "internationalisation", "gpt-4o-mini", "1.0",
                           "99999999", "/messages/1", "word2vec"})
    EXPECT_EQ(LooksRandom(word), "") << word;
}

TEST(TextPlace, WindowsCountCharacters) {
  EXPECT_EQ(Window("éàü", 0, 3), "éàü");
  EXPECT_EQ(Window("éàü", 0, 2), "éà…");
  EXPECT_EQ(Window("éàü", 1, 1), "…à…");
  EXPECT_EQ(Window("é", 5, 1), "…");
  EXPECT_EQ(Window("", 0, 0), "");
}

}  // namespace
}  // namespace reprise::match
