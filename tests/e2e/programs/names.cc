// Tests of every kind of name, under a main that accepts no flag it does not know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <cstdio>
#include <string>

namespace {

void AskOf(const std::string& thing) {
  const auto reply = reprise::Current().Ask(reprise::Chat("openai/tiny-1").User("What is " + thing + "?"));
  EXPECT_THAT(reply, reprise::IsOk());
}

class Translates : public ::testing::TestWithParam<std::string> {};
TEST_P(Translates, Greeting) { AskOf("hello in " + GetParam()); }
INSTANTIATE_TEST_SUITE_P(Languages, Translates, ::testing::Values("French", "German"),
                         [](const auto& test) { return test.param; });

template <typename T>
class Holds : public ::testing::Test {};
using Types = ::testing::Types<int, char>;
TYPED_TEST_SUITE(Holds, Types);
TYPED_TEST(Holds, AValue) { AskOf("a number of " + std::to_string(sizeof(TypeParam)) + " bytes"); }

class Shared : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { AskOf("shared by all"); }
};
TEST_F(Shared, First) { AskOf("first"); }
TEST_F(Shared, Second) {}

class Named : public ::testing::Test {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  void TestBody() override { AskOf("called " + name_); }

 private:
  std::string name_;
};

}  // namespace

int main(int argc, char** argv) {
  reprise::Init(&argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    std::fprintf(stderr, "unknown argument %s\n", argv[1]);
    return 64;
  }
  for (const char* name : {"with spaces", "../../escape", "..", ".hidden", "Gr\xC3\xBC\xC3\x9F Gott", "a/b", "CON",
                           "quote\"'`$(x)", "-dash", "x\ty",
                           "long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_"
                           "long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_"
                           "long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long_long"}) {
    const std::string text = name;
    ::testing::RegisterTest("Odd names", name, nullptr, nullptr, __FILE__, __LINE__,
                            [text] { return new Named(text); });
  }
  return RUN_ALL_TESTS();
}
