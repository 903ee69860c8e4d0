// FORMAT.md and the code say the same.

#include "lib/base/hash.h"
#include "tests/lib/cassette/cassette_test_support.h"

namespace reprise::cassette {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The text between ```LANGUAGE and ``` in FORMAT.md.
std::string Fenced(const std::string& language) {
  const std::string page = Bytes(REPRISE_SOURCE_DIR "/FORMAT.md"), fence = "\n```" + language + "\n";
  const std::size_t begin = page.find(fence);
  if (begin == std::string::npos) return "";
  return page.substr(begin + fence.size(), page.find("\n```", begin + 4) + 1 - begin - fence.size());
}

// What the page's prose says was sent and what came back.
std::vector<Exchange> WorkedExample() {
  Exchange first = Numbered(1);
  first.key = "0904c82964f98aef2c13cb206b631273410411f86a0dd41eac6a15e13f47a8eb";
  first.model = {"gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-07-18", ""};
  first.request.body =
      R"({"model": "gpt-4o-mini-2024-07-18", "messages": [{"role": "user", "content": "Say \u00e9t\u00e9."}], "temperature": 1.0})";
  first.reply.headers = {{"Content-Type", "application/json"}};
  first.reply.body =
      R"({"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"été"},"finish_reason":"stop"}]})"
      "\n";
  first.reply.ms = {412};
  first.at = "2026-11-23T14:00:00Z";
  Exchange second = first;
  second.key = "1e877fdb291fd2a2899b30717d24d4e8f092b5879c09e703a423dfb9923032a9";
  second.model.answered = "";
  second.request.body =
      R"({"model":"gpt-4o-mini-2024-07-18","messages":[{"role":"user","content":"Hi"}],"stream":true})";
  second.reply.headers = {{"Content-Type", "text/event-stream"}};
  const std::string chunks[] = {R"(data: {"id":"chatcmpl-2","choices":[{"index":0,"delta":{"content":"Hel"}}]})"
                                "\n\n",
                                R"(data: {"id":"chatcmpl-2","choices":[{"index":0,"delta":{"content":"lo"}}]})"
                                "\n\n",
                                "data: [DONE]\n\n"};
  second.reply.body = chunks[0] + chunks[1] + chunks[2];
  second.reply.cuts = {chunks[0].size(), chunks[1].size(), chunks[2].size()};
  second.reply.ms = {398, 21, 0};
  second.at = "2026-11-23T14:00:01Z";
  return {first, second};
}

class FormatPage : public CassetteTest {};

TEST_F(FormatPage, ItsWorkedExampleIsWhatTheWriterWrites) {
  const std::string path = PathOf("a.reprise");
  CassetteHead head;
  head.session = "Translator.KeepsNames";
  head.by = "reprise 0.1.0";
  auto writer = CassetteWriter::Create(path, head, {CassetteWriter::Form::kText, false, {}});
  ASSERT_TRUE(writer.ok());
  for (const Exchange& exchange : WorkedExample()) ASSERT_TRUE((*writer)->Append(exchange).ok());
  ASSERT_TRUE((*writer)->Seal().ok());
  EXPECT_EQ(Bytes(path), Fenced("reprise"));
}

TEST_F(FormatPage, ItsWorkedExampleReadsAsItsProseSays) {
  Put(PathOf("a.reprise"), Fenced("reprise"));
  const std::vector<Exchange> all = ReadAll(PathOf("a.reprise")), wanted = WorkedExample();
  ASSERT_EQ(all.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(Same(all[i], wanted[i]));
    EXPECT_EQ(KeyOf(all[i].request, 0, Rules()), all[i].key);
  }
}

}  // namespace
}  // namespace reprise::cassette
