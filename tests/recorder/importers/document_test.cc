#include "recorder/importers/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::recorder {
namespace {

using ::testing::HasSubstr;

// The documents live as long as the test.
class DocumentTest : public ::testing::Test {
 protected:
  Value Yaml(std::string_view text) {
    auto documents = Document::ParseYaml(text, "x.yaml", limits_);
    EXPECT_TRUE(documents.ok()) << documents.status();
    if (!documents.ok() || documents->empty()) return {};
    kept_.push_back(*std::move(documents));
    return kept_.back().front().root();
  }
  std::string YamlError(std::string_view text) {
    const auto documents = Document::ParseYaml(text, "x.yaml", limits_);
    EXPECT_FALSE(documents.ok());
    return documents.status().ToString();
  }
  DocumentLimits limits_;

 private:
  std::vector<std::vector<Document>> kept_;
};

// Each was checked against what PyYAML 6.0 reads; these are the places where YAML parsers differ.
TEST_F(DocumentTest, LinesFoldAsTheirWritersMeant) {
  EXPECT_EQ(Yaml("a: 'x\n\n\n  y'")["a"].Text(), "x\n\ny");
  EXPECT_EQ(Yaml("a: 'x\n\n\n  '")["a"].Text(), "x\n\n");
  EXPECT_EQ(Yaml("a: 'x\n\n\n  '\n")["a"].Text(), "x\n\n");
  EXPECT_EQ(Yaml("a: \"x\\\n  \\ y\\n\\\n  z\"")["a"].Text(), "x y\nz");
  EXPECT_EQ(Yaml("a: |+\n  x\n\n   y\n\nb: 1")["a"].Text(), "x\n\n y\n\n");
  EXPECT_EQ(Yaml("a: |2-\n    x\n  y\n")["a"].Text(), "  x\ny");
  EXPECT_EQ(Yaml("a: >\n  x\n  y\n\n  z\n")["a"].Text(), "x y\nz\n");
  EXPECT_EQ(Yaml("a: |-\n  x\r\n  y\r\n")["a"].Text(), "x\ny");
}

// YAML 1.1 counts NEL, LS and PS as line ends; YAML 1.2 does not. The writers are of 1.1.
TEST_F(DocumentTest, UnicodeLineEndsFoldAsInYaml11) {
  EXPECT_EQ(Yaml("a: 'x\xC2\x85  y'")["a"].Text(), "x y");
  EXPECT_EQ(Yaml("a: 'x\xE2\x80\xA8  y'")["a"].Text(), "x\xE2\x80\xA8y");
  EXPECT_EQ(Yaml("a: \"x\\Ly\\Pz\\Nw\"")["a"].Text(), "x\xE2\x80\xA8y\xE2\x80\xA9z\xC2\x85w");
}

TEST_F(DocumentTest, EscapesReachEveryPlane) {
  EXPECT_EQ(Yaml(R"(a: "\U0001F600\u00e9\x41\0\e\t")")["a"].Text(), std::string("😀éA\0\x1B\t", 10));
  EXPECT_THAT(YamlError(R"(a: "\ud83d\ude00")"), HasSubstr("line 1"));
  EXPECT_THAT(YamlError("a: \x07"), HasSubstr("control characters are not allowed"));
  EXPECT_THAT(YamlError("a: \xFF"), HasSubstr("byte 3"));
}

TEST_F(DocumentTest, BinaryIsDecodedUnderBothOfItsNames) {
  for (const char* tag : {"!!binary", "!binary", "!<tag:yaml.org,2002:binary>"}) {
    const Value value = Yaml(std::string("a: ") + tag + " |\n  //4A\n  Zm8=\n")["a"];
    EXPECT_EQ(value.Text(), std::string("\xFF\xFE\0fo", 5)) << tag;
    EXPECT_TRUE(value.IsBinary());
  }
  EXPECT_THAT(YamlError("a: !!binary '!'"), HasSubstr("no base64"));
}

TEST_F(DocumentTest, TagsConstructNothing) {
  const Value root =
      Yaml("a: !!python/object/apply:os.system [echo]\nb: !ruby/object:Gem {x: 1}\nc: !!python/unicode 'u'");
  EXPECT_EQ(root["a"].At(0).Text(), "echo");
  EXPECT_EQ(root["b"]["x"].Integer(), 1);
  EXPECT_EQ(root["c"].Text(), "u");
}

TEST_F(DocumentTest, PlainScalarsAreWhatPyYamlMakesOfThem) {
  const auto kind = [&](const std::string& text) { return Yaml("a: " + text)["a"].kind(); };
  for (const char* text : {"", "~", "null", "Null"}) EXPECT_EQ(kind(text), NodeKind::kNull) << text;
  for (const char* text : {"true", "No", "on", "OFF"}) EXPECT_EQ(kind(text), NodeKind::kBool) << text;
  for (const char* text : {"0", "-1", "+1", "1.0", "1.", ".5", "1.0e-05", "1_000", "0x1F", "0b1", "017", ".inf",
                           "-.INF", ".nan", "12:30:45", "1:30.5"}) {
    EXPECT_EQ(kind(text), NodeKind::kNumber) << text;
  }
  for (const char* text : {"1e5", "1.0e5", "-.5", "+", ".", "..", "1.2.3", "09", "0xg", "12:60", "0:1", "nULL", "y",
                           "n", "2026-01-01", "1.0x", "'1'", "\"true\"", "!!str 1"}) {
    EXPECT_EQ(kind(text), NodeKind::kString) << text;
  }
}

TEST_F(DocumentTest, ParsedBodiesBecomeCompactJson) {
  const Value root = Yaml("a: {b: [1, 1.0e-05, yes, ~, 'yes', \"\\u00e9\\n\"], 'c d': {}}\nn: .nan\nk: {[x]: 1}");
  EXPECT_EQ(root["a"].ToJson().value(), R"({"b":[1,1.0e-05,true,null,"yes","é\n"],"c d":{}})");
  EXPECT_THAT(root["n"].ToJson().status().ToString(), HasSubstr(".nan has no spelling in JSON"));
  EXPECT_FALSE(root["k"].ToJson().ok());
  EXPECT_FALSE(Yaml("!!binary /w==").ToJson().ok());
  for (const char* number : {"1_0", "0x1", ".5", "1.", "+1", "1:30", "017"}) {
    EXPECT_FALSE(Yaml(number).ToJson().ok()) << number;
  }
}

TEST_F(DocumentTest, AnAliasIsTheSameNode) {
  const Value root = Yaml("a: &x {k: [v]}\nb: *x\nc: &y 5\nd: *y");
  EXPECT_EQ(root["b"]["k"].At(0).Text(), "v");
  EXPECT_EQ(root["d"].Integer(), 5);
  EXPECT_THAT(YamlError("a: *x"), HasSubstr("*x names nothing"));
  EXPECT_THAT(YamlError("a: &x [*x]"), HasSubstr("stands inside of what it names"));
  EXPECT_THAT(YamlError("--- {a: &x 1}\n--- {b: *x}"), HasSubstr("*x names nothing"));
}

TEST_F(DocumentTest, ABombOfAliasesIsRefusedBeforeItGrows) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string up = std::to_string(i - 1), at = std::to_string(i);
    bomb += "a" + at + ": &a" + at + " [*a" + up + ",*a" + up + ",*a" + up + ",*a" + up + "]\n";
  }
  EXPECT_THAT(YamlError(bomb), HasSubstr("with every alias written out"));
}

TEST_F(DocumentTest, WhatIsNestedCountsOnce) {
  limits_.expanded_bytes = 10000;
  const std::string deep = std::string(100, '[') + std::string(5000, 'x') + std::string(100, ']');
  EXPECT_TRUE(Yaml("a: " + deep)["a"].IsList());
  EXPECT_THAT(YamlError("a: " + deep + "\nb: " + deep), HasSubstr("larger than 10000 bytes"));
}

TEST_F(DocumentTest, DepthIsLimitedAlsoThroughAliases) {
  limits_.depth = 20;
  EXPECT_THAT(YamlError(std::string(30, '[') + std::string(30, ']')), HasSubstr("nested deeper than 20"));
  EXPECT_THAT(YamlError(std::string(30, '[')), HasSubstr("nested deeper than 20"));
  std::string chain = "- &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    chain += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_THAT(YamlError(chain), HasSubstr("nested deeper than 20"));
}

TEST_F(DocumentTest, SeveralDocumentsStandInOneFile) {
  const auto documents = Document::ParseYaml("---\na: 1\n---\na: 2\n...\n", "x.yaml", limits_);
  ASSERT_TRUE(documents.ok());
  ASSERT_EQ(documents->size(), 2u);
  EXPECT_EQ((*documents)[1].root()["a"].Integer(), 2);
  EXPECT_TRUE(Document::ParseYaml("", "x.yaml", limits_)->empty());
}

TEST_F(DocumentTest, JsonKeepsNumbersAsSpelled) {
  const auto document = Document::ParseJson(
      "\xEF\xBB\xBF{\"a\":[1.0,1e5,true,null,\"\\ud83d\\ude00\"],\"a\":2,\"b\":-0}", "x.json", limits_);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->root().ToJson().value(), R"({"a":[1.0,1e5,true,null,"😀"],"a":2,"b":-0})");
  EXPECT_EQ(document->root()["a"].Integer(), 2);
  EXPECT_THAT(Document::ParseJson("{", "x.json", limits_).status().ToString(), HasSubstr("x.json: no JSON"));
}

TEST_F(DocumentTest, WhatIsNotThereReadsAsNull) {
  const Value root = Yaml("a: [1]");
  EXPECT_TRUE(root["x"]["y"].At(3)["z"].IsNull());
  EXPECT_FALSE(root["x"].present());
  EXPECT_EQ(root["a"].At(1).Text(), "");
  EXPECT_EQ(root["a"].Integer(), std::nullopt);
  EXPECT_EQ(root.MemberAt(1).first.present(), false);
}

}  // namespace
}  // namespace reprise::recorder
