#include "lib/wire/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "lib/base/base64.h"
#include "lib/base/file_system.h"
#include "lib/base/hash.h"
#include "lib/wire/json_text.h"

namespace reprise::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Stores and restores; the bytes must be the same ones. Returns what was stored.
StoredBody RoundTrip(const std::string& bytes) {
  StoredBody stored = StoreBody(bytes);
  const Result<RestoredBody> restored = RestoreBody(stored, bytes.size());
  EXPECT_TRUE(restored.ok()) << restored.status() << "\nof " << bytes;
  if (restored.ok()) {
    EXPECT_EQ(restored->bytes, bytes);
    std::uint64_t sum = 0;
    for (const std::uint64_t piece : restored->pieces) sum += piece;
    EXPECT_TRUE(restored->pieces.empty() || sum == bytes.size());
  }
  return stored;
}

TEST(Body, JsonKeepsItsTokensAndNamesItsWhiteSpace) {
  const StoredBody stored = RoundTrip(R"({"t": 1.0, "e": 1e-05, "s": "\u00e9\/, : {", "t": [], "o": {}})");
  EXPECT_EQ(stored.shape, BodyShape::kJson);
  EXPECT_EQ(stored.value, R"({"t":1.0,"e":1e-05,"s":"\u00e9\/, : {","t":[],"o":{}})");
  EXPECT_EQ(stored.space, "spaced");
}

TEST(Body, EveryNamedWhiteSpaceIsRecognised) {
  const std::string compact = R"({"a":[1,{"b":[]},"x, y: z"],"c":{}})";
  for (const char* name : {"", "spaced", "comma", "colon", "indent1", "indent2", "indent3", "indent4", "tab"}) {
    const Result<std::string> spaced = SpaceJson(compact, name);
    ASSERT_TRUE(spaced.ok());
    const StoredBody stored = RoundTrip(*spaced);
    EXPECT_EQ(stored.space, name);
    EXPECT_EQ(stored.value, compact);
  }
  EXPECT_EQ(*SpaceJson(R"({"a":[1,[]],"b":{"c":2}})", "indent2"),
            "{\n  \"a\": [\n    1,\n    []\n  ],\n  \"b\": {\n    \"c\": 2\n  }\n}");
  EXPECT_FALSE(SpaceJson("{}", "indent9").ok());
}

TEST(Body, WhiteSpaceAroundTheValueIsLeadAndTail) {
  const StoredBody stored = RoundTrip("\r\n {\"a\":1}\t\n");
  EXPECT_EQ(stored.lead, "\r\n ");
  EXPECT_EQ(stored.tail, "\t\n");
  EXPECT_EQ(stored.value, R"({"a":1})");
}

TEST(Body, WhiteSpaceWithoutANameMakesAText) {
  for (const char* body : {"{\"a\" : 1}", "{\"a\":1, \"b\":2,\"c\":3}", "[ ]", "{\n\"a\": 1\n}", "{\"a\":  1}"})
    EXPECT_EQ(RoundTrip(body).shape, BodyShape::kText) << body;
}

TEST(Body, MemberNamesOfOursMakeAText) {
  EXPECT_EQ(RoundTrip(R"({"a":{"$blob":1}})").shape, BodyShape::kText);
  EXPECT_EQ(RoundTrip(R"([{"$from":1}])").shape, BodyShape::kText);
  EXPECT_EQ(RoundTrip(R"([{"\u0024from":1}])").shape, BodyShape::kText);
  EXPECT_EQ(RoundTrip(R"([{"$ref":"$blob"}])").shape, BodyShape::kJson);
  EXPECT_EQ(RoundTrip("data: {\"$blob\":1}\n\n").shape, BodyShape::kText);
}

TEST(Body, NestingOverTheLimitMakesAText) {
  EXPECT_EQ(RoundTrip(std::string(512, '[') + std::string(512, ']')).shape, BodyShape::kJson);
  EXPECT_EQ(RoundTrip(std::string(513, '[') + std::string(513, ']')).shape, BodyShape::kText);
}

TEST(Body, EventsAreOneElementEach) {
  const StoredBody stored = RoundTrip(
      "data: {\"a\": 1}\n\n"
      "event: ping\ndata: {\"b\": [1,2]}\n\n"
      "event: odd\ndata: {\"c\":1}\n\n"
      "id: 7\ndata: {\"d\": 1}\n\n"
      ": comment\n\ndata: [DONE]\n\ndata: {\"torn");
  EXPECT_EQ(stored.shape, BodyShape::kEvents);
  EXPECT_EQ(stored.space, "colon");
  EXPECT_EQ(stored.value,
            R"([{"a":1},["ping",{"b":[1,2]}],"event: odd\ndata: {\"c\":1}\n\n","id: 7\ndata: {\"d\": 1}\n\n",)"
            R"(": comment\n\n","data: [DONE]\n\n","data: {\"torn"])");
}

TEST(Body, EventsKnowTheirLengths) {
  const Result<RestoredBody> restored = RestoreBody(StoreBody("data: {\"a\":1}\n\ndata: [DONE]\n\n"));
  ASSERT_TRUE(restored.ok());
  EXPECT_THAT(restored->pieces, ElementsAre(15u, 14u));
}

TEST(Body, EventsWithCarriageReturnsSaySoOnce) {
  const StoredBody stored = RoundTrip("event: a\r\ndata: {\"x\":1}\r\n\r\ndata: {\"x\":2}\n\n");
  EXPECT_EQ(stored.eol, "\r\n");
  EXPECT_EQ(stored.value, R"([["a",{"x":1}],"data: {\"x\":2}\n\n"])");
}

TEST(Body, EventsWithoutJsonAreAText) { EXPECT_EQ(RoundTrip("data: hello\n\ndata: [1]\n\n").shape, BodyShape::kText); }

TEST(Body, OneJsonObjectALineIsLines) {
  const StoredBody stored = RoundTrip("{\"a\":1}\n{\"a\":2}\nnot json\n{\"a\": 3}\n{\"a\":4}");
  EXPECT_EQ(stored.shape, BodyShape::kLines);
  EXPECT_EQ(stored.value, R"([{"a":1},{"a":2},"not json\n","{\"a\": 3}\n","{\"a\":4}"])");
  EXPECT_EQ(RoundTrip("{\"a\":1}\n").shape, BodyShape::kJson);
}

TEST(Body, BytesThatAreNoUtf8AreBase64) {
  EXPECT_EQ(RoundTrip(std::string("\x1F\x8B\0\xFF", 4)).value, "\"H4sA/w==\"");
  EXPECT_EQ(RoundTrip(std::string(100, '\0')).shape, BodyShape::kBase64) << "escapes would cost more";
  EXPECT_EQ(RoundTrip("\xEF\xBB\xBF{}").shape, BodyShape::kText);
  EXPECT_EQ(RoundTrip("").shape, BodyShape::kEmpty);
}

TEST(Body, AVeryLargeBodyIsOneString) {
  const std::string large = "[\"" + std::string(kMaxShapedBody, 'a') + "\"]";
  EXPECT_EQ(RoundTrip(large).shape, BodyShape::kText);
}

TEST(Body, MembersFromOutsideThatMakeNoSenseAreErrors) {
  const auto reason = [](BodyShape shape, const char* value, const char* space = "", std::uint64_t limit = 100) {
    StoredBody stored;
    stored.shape = shape;
    stored.value = value;
    stored.space = space;
    const Result<RestoredBody> restored = RestoreBody(stored, limit);
    return restored.ok() ? std::string("OK") : restored.status().reason();
  };
  EXPECT_THAT(reason(BodyShape::kJson, "{"), HasSubstr("at byte 1"));
  EXPECT_THAT(reason(BodyShape::kJson, "{}", "wide"), HasSubstr("'space'"));
  EXPECT_THAT(reason(BodyShape::kEvents, "{}"), HasSubstr("'events' is no array"));
  EXPECT_THAT(reason(BodyShape::kEvents, "[1]"), HasSubstr("an element of 'events'"));
  EXPECT_THAT(reason(BodyShape::kEvents, "[[1,{}]]"), HasSubstr("an element of 'events'"));
  EXPECT_THAT(reason(BodyShape::kLines, "[[\"a\",{}]]"), HasSubstr("an element of 'lines'"));
  EXPECT_THAT(reason(BodyShape::kText, "{}"), HasSubstr("'text' is no string"));
  EXPECT_THAT(reason(BodyShape::kBase64, "\"a\""), HasSubstr("base64"));
  EXPECT_THAT(reason(BodyShape::kText, "\"aaa\"", "", 2), HasSubstr("more than 2 bytes"));
  EXPECT_THAT(reason(BodyShape::kJson, "[1,2,3]", "indent4", 10), HasSubstr("more than 10 bytes"));
}

TEST(Body, WhiteSpaceCannotMakeASmallValueLarge) {
  std::string deep = std::string(400, '[');
  for (int i = 0; i < 100000; ++i) deep += i == 0 ? "1" : ",1";
  deep += std::string(400, ']');
  for (const BodyShape shape : {BodyShape::kJson, BodyShape::kEvents}) {
    StoredBody stored;
    stored.shape = shape;
    stored.value = shape == BodyShape::kJson ? deep : "[{\"a\":" + deep + "}]";
    stored.space = "indent4";
    EXPECT_FALSE(RestoreBody(stored, 1 << 20).ok());
  }
}

// Bodies as providers and their clients write them, put together at random, and then hurt at random.
class BodyGenerator {
 public:
  explicit BodyGenerator(unsigned seed) : random_(seed) {}

  std::string Next() {
    std::string body;
    switch (Pick(4)) {
      case 0: body = Spaced(Value(4)); break;
      case 1:
        for (std::size_t n = Pick(6); n > 0; --n) {
          if (Pick(3) == 0) body += "event: " + Word() + eol_;
          body += "data: " + (Pick(5) == 0 ? "[DONE]" : Spaced(Object(3))) + eol_ + eol_;
        }
        break;
      case 2:
        for (std::size_t n = Pick(6); n > 0; --n) body += Spaced(Object(2)) + eol_;
        break;
      case 3:
        for (std::size_t n = Pick(40); n > 0; --n) body += static_cast<char>(Pick(256));
    }
    if (Pick(10) == 0) space_ = kSpaces[Pick(9)];
    if (Pick(10) == 0) eol_ = Pick(2) == 0 ? "\n" : "\r\n";
    for (std::size_t n = Pick(4) == 0 ? Pick(4) : 0; n > 0 && !body.empty(); --n) {
      const std::size_t at = Pick(body.size());
      switch (Pick(4)) {
        case 0: body[at] = static_cast<char>(Pick(256)); break;
        case 1: body.insert(at, 1, " \n\r\t{}[],:\"\\"[Pick(12)]); break;
        case 2: body.erase(at, 1); break;
        case 3: body.resize(at);
      }
    }
    return body;
  }

 private:
  static constexpr const char* kSpaces[] = {"",        "spaced",  "comma",   "colon", "indent1",
                                            "indent2", "indent3", "indent4", "tab"};
  std::size_t Pick(std::size_t n) { return random_() % n; }
  std::string Spaced(const std::string& compact) {
    return *SpaceJson(compact, Pick(20) == 0 ? kSpaces[Pick(9)] : space_);
  }
  std::string Word() {
    static constexpr const char* kWords[] = {"a",       "content", "é",    "\\u00e9", "\\n",
                                             "x, y: z", "{[",      "\\\"", "$blob",   "😀"};
    return kWords[Pick(10)];
  }
  std::string Object(int depth) {
    std::string out = "{";
    for (std::size_t n = Pick(4); n > 0; --n)
      out += (out.size() > 1 ? ",\"" : "\"") + Word() + "\":" + Value(depth - 1);
    return out + "}";
  }
  std::string Value(int depth) {
    switch (Pick(depth > 0 ? 6 : 4)) {
      case 0: return "\"" + Word() + Word() + "\"";
      case 1: return Pick(2) == 0 ? "1.0" : "-1e-05";
      case 2: return "null";
      case 3: return "true";
      case 4: return Object(depth);
      default: break;
    }
    std::string out = "[";
    for (std::size_t n = Pick(4); n > 0; --n) out += (out.size() > 1 ? "," : "") + Value(depth - 1);
    return out + "]";
  }

  std::mt19937 random_;
  std::string space_, eol_ = "\n";
};

TEST(Body, TenThousandGeneratedBodiesComeBackByteForByte) {
  std::map<BodyShape, int> shapes;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    BodyGenerator generator(seed);
    for (int i = 0; i < 500; ++i) {
      const StoredBody stored = RoundTrip(generator.Next());
      ++shapes[stored.shape];
      EXPECT_TRUE(stored.shape == BodyShape::kEmpty || JsonTree::Parse(stored.value).ok()) << stored.value;
      if (HasFailure()) FAIL() << "seed " << seed << ", body " << i;
    }
  }
  for (const BodyShape shape :
       {BodyShape::kJson, BodyShape::kEvents, BodyShape::kLines, BodyShape::kText, BodyShape::kBase64})
    EXPECT_GT(shapes[shape], 300) << "the generator makes too few of '" << NameOf(shape) << "'";
}

// Every body of the recordings that JSON-based recorders left: HAR, the Datadog agent's, and JavaScript's.
class CorpusBodies {
 public:
  static std::vector<std::string> Read() {
    std::vector<std::string> bodies;
    const Result<std::vector<std::string>> files =
        base::FindFiles(std::string(REPRISE_CORPUS_DIR) + "/vcr", {".har", ".json"});
    if (!files.ok()) return bodies;
    for (const std::string& path : *files) {
      const Result<std::string> text = base::ReadFile(path);
      if (text.ok()) Collect(nlohmann::json::parse(*text, nullptr, false), bodies);
    }
    return bodies;
  }

 private:
  // Whatever stands where these formats keep bodies; a body that is told as JSON is printed again.
  static void Collect(const nlohmann::json& value, std::vector<std::string>& bodies) {
    if (!value.is_structured()) return;
    for (const auto& [name, member] : value.items()) {
      if (value.is_object() && (name == "text" || name == "body" || name == "value")) {
        if (member.is_string()) {
          bodies.push_back(member.get<std::string>());
          if (std::optional<std::string> bytes = base::DecodeBase64(bodies.back())) bodies.push_back(*std::move(bytes));
        } else if (member.is_structured()) {
          bodies.push_back(member.dump());
          bodies.push_back(member.dump(2));
        }
      }
      Collect(member, bodies);
    }
  }
};

TEST(Body, EveryBodyOfTheJsonRecordingsComesBackByteForByte) {
  const std::vector<std::string> bodies = CorpusBodies::Read();
  if (bodies.empty()) GTEST_SKIP() << "the corpus is not here: " REPRISE_CORPUS_DIR;
  std::map<BodyShape, int> shapes;
  for (const std::string& body : bodies) ++shapes[RoundTrip(body).shape];
  EXPECT_GT(bodies.size(), 200u);
  EXPECT_GT(shapes[BodyShape::kEvents], 10);
  EXPECT_GT(shapes[BodyShape::kJson], 100);
}

}  // namespace
}  // namespace reprise::wire
