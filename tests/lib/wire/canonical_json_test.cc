#include "lib/wire/canonical_json.h"

#include <gtest/gtest.h>

namespace reprise::wire {
namespace {

std::string Canonical(std::string_view text, const std::vector<std::string>& ignore = {}) {
  const Result<JsonTree> tree = JsonTree::Parse(text);
  if (!tree.ok()) return tree.status().ToString();
  std::string out;
  return AppendCanonical(*tree, 0, PointerPatterns(ignore), out) ? out : "duplicate";
}

TEST(CanonicalJson, NumbersAreExactDecimals) {
  const std::vector<std::pair<const char*, const char*>> table = {
      {"0", "0"},
      {"-0", "0"},
      {"0.0", "0"},
      {"0e0", "0"},
      {"-0.00e+17", "0"},
      {"0e999999999999999999999999", "0"},
      {"1", "1"},
      {"1.0", "1"},
      {"1.00e0", "1"},
      {"0.1e1", "1"},
      {"10e-1", "1"},
      {"-1", "-1"},
      {"300", "3e2"},
      {"3e2", "3e2"},
      {"3E+02", "3e2"},
      {"0.7", "7e-1"},
      {"0.70", "7e-1"},
      {"70e-2", "7e-1"},
      {"0.00005", "5e-5"},
      {"1e-05", "1e-5"},
      {"42", "42"},
      {"9007199254740993", "9007199254740993"},  // 2^53 + 1: a double would call it ...992
      {"0.1000000000000000055511151231257827", "1000000000000000055511151231257827e-34"},
  };
  for (const auto& [token, expected] : table) EXPECT_EQ(CanonicalNumber(token), expected) << token;
}

TEST(CanonicalJson, ExponentsOfAnyLengthCostTheirDigitsOnly) {
  EXPECT_EQ(CanonicalNumber("1e1000000000000000000000"), "1e1000000000000000000000");
  EXPECT_EQ(CanonicalNumber("10e999999999999999999999"), "1e1000000000000000000000");
  EXPECT_EQ(CanonicalNumber("0.01e-999999999999999999999"), "1e-1000000000000000000001");
  EXPECT_EQ(CanonicalNumber("100e-1000000000000000000001"), "1e-999999999999999999999");
  EXPECT_EQ(CanonicalNumber("1e9223372036854775808"), "1e9223372036854775808");
  EXPECT_EQ(CanonicalNumber("0.5e2"), "5e1");
  EXPECT_EQ(CanonicalNumber("0.005e2"), "5e-1");
  EXPECT_EQ(CanonicalNumber("500e-2"), "5");
  EXPECT_EQ(CanonicalNumber("5e00000000000000000000000000000001"), "5e1");
  EXPECT_EQ(CanonicalNumber("5e-00000000000000000000000000000000"), "5");
}

TEST(CanonicalJson, MembersAreSortedByTheBytesOfTheirNames) {
  EXPECT_EQ(Canonical(R"( { "b" : 1 , "a" : 2 , "é" : 3, "Z": 4, "": 5, "\u0061a": 6 } )"),
            R"({"":5,"Z":4,"a":2,"aa":6,"b":1,"é":3})");
}

TEST(CanonicalJson, ArraysKeepTheirOrder) { EXPECT_EQ(Canonical("[3, 1, [ ], {}, 2]"), "[3,1,[],{},2]"); }

TEST(CanonicalJson, StringsAreComparedByCodePoint) {
  EXPECT_EQ(Canonical(R"("\u00e9\/\u0041\ud83d\ude00")"), "\"é/A😀\"");
  EXPECT_EQ(Canonical(R"("\"\\\b\f\n\r\t\u0000\u007f")"), "\"\\\"\\\\\\u0008\\u000c\\n\\r\\t\\u0000\x7f\"");
  // Not normalised: a composed and a decomposed é are different code points.
  EXPECT_NE(Canonical(R"("é")"), Canonical(R"("e\u0301")"));
}

TEST(CanonicalJson, ALoneSurrogateIsKeptApart) {
  EXPECT_EQ(Canonical(R"("\uD83D")"), R"("\ud83d")");
  EXPECT_EQ(Canonical(R"("\udc00\ud83dx")"), R"("\udc00\ud83dx")");
  EXPECT_NE(Canonical(R"("\ud83d")"), Canonical(R"("\ufffd")"));
}

TEST(CanonicalJson, BytesThatAreNoUtf8AreEscapedOneByOne) {
  std::string out;
  AppendCanonicalBytes("aé\xFF\xC3(\xED\xB3\xBF", out);
  EXPECT_EQ(out, R"("aé\udcff\udcc3(\udced\udcb3\udcbf")");
}

TEST(CanonicalJson, EqualNamesAreTold) {
  EXPECT_EQ(Canonical(R"({"a":1,"\u0061":2})"), "duplicate");
  EXPECT_EQ(Canonical(R"([{"x":{"a":1,"b":2,"a":1}}])"), "duplicate");
  EXPECT_EQ(Canonical(R"({"x":{"a":1,"a":1}})", {"/x"}), "duplicate");
}

TEST(CanonicalJson, PatternsLeaveOutMembersAndElements) {
  const char* text = R"({"seed":1,"m":[{"id":"a","t":1},{"id":"b","t":2}],"a/b":{"~":1,"c":2},"n":{"seed":3}})";
  EXPECT_EQ(Canonical(text, {"/seed"}),
            R"({"a/b":{"c":2,"~":1},"m":[{"id":"a","t":1},{"id":"b","t":2}],"n":{"seed":3}})");
  EXPECT_EQ(Canonical(text, {"/m/*/id", "/m/1/t", "/a~1b/~0", "/n"}), R"({"a/b":{"c":2},"m":[{"t":1},{}],"seed":1})");
  EXPECT_EQ(Canonical(text, {"/m/0"}), R"({"a/b":{"c":2,"~":1},"m":[{"id":"b","t":2}],"n":{"seed":3},"seed":1})");
  EXPECT_EQ(Canonical(text, {"/*"}), "{}");
  EXPECT_EQ(Canonical(text, {"/seed/x", "", "seed", "/m/00", "/m/-"}), Canonical(text));
}

TEST(CanonicalJson, TheDeepestTreeTheParserGivesIsWritten) {
  const std::string deep = std::string(512, '[') + std::string(512, ']');
  EXPECT_EQ(Canonical(deep), deep);
}

}  // namespace
}  // namespace reprise::wire
