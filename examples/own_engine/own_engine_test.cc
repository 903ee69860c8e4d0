// A model that runs inside the program, without HTTP: what it returned is recorded, and replayed without running it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <reprise/gtest.h>

#include <string>

namespace {

// Stands for an engine whose weights fill a graphics card.
class Engine {
 public:
  std::string Generate(const std::string& prompt) {
    ++runs;
    return "Once upon a time there was " + prompt + ", and it was slow to load.";
  }
  int runs = 0;
};

TEST(Storyteller, BeginsWithThePrompt) {
  Engine engine;
  const auto story = reprise::Current().Record(
      reprise::Call("generate", R"({"prompt":"a red bicycle","max_tokens":40})").Model("tiny-stories").Snapshot("v3"),
      [&] { return engine.Generate("a red bicycle"); });
  ASSERT_THAT(story, reprise::IsOk());
  EXPECT_THAT(story->text, testing::HasSubstr("a red bicycle"));
  EXPECT_EQ(story->model.pin, "v3");
  if (reprise::Current().mode() == "replay") {
    EXPECT_EQ(engine.runs, 0);
  }
}

}  // namespace
