#include "lib/report/harmless.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/wire/json_text.h"

namespace reprise::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Harmless, OrdinaryTextOfAnyLanguageComesBackUnchanged) {
  for (const char* text : {"", "two lines\n\tand a tab\n", "été 漢字 مرحبا שלום", "👩‍👩‍👧 family", "a::b",
                           "C++ std::string", "# heading\n## second [link](x)", "<b>CTest</b>", "back\\slash \\x1b"})
    EXPECT_EQ(Harmless(text), text);
}

TEST(Harmless, ControlCharactersBecomeVisible) {
  EXPECT_EQ(Harmless("\x1b[2J\x1b]0;title\x07"), "\\x1b[2J\\x1b]0;title\\x07");
  EXPECT_EQ(Harmless(std::string("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(Harmless("\xC2\x9B"
                     "31m"),
            "\\u009b31m");  // C1 CSI as UTF-8
  EXPECT_EQ(Harmless("\x9B"
                     "31m"),
            "\\x9b31m");  // and as a byte
}

TEST(Harmless, ALoneCarriageReturnIsShownAndCrLfIsALineEnd) {
  EXPECT_EQ(Harmless("safe\rEVIL"), "safe\\rEVIL");
  EXPECT_EQ(Harmless("a\r\nb\r"), "a\nb\\r");
  EXPECT_EQ(Harmless("a\r\r\nb"), "a\\r\nb");
}

TEST(Harmless, BidiControlsAndInvisibleCharactersAreShown) {
  EXPECT_EQ(Harmless("a\u202Eb\u2066c\u200Fd\u061Ce"), "a\\u202eb\\u2066c\\u200fd\\u061ce");
  EXPECT_EQ(Harmless("zero\u200Bwidth\uFEFF"), "zero\\u200bwidth\\ufeff");
  EXPECT_EQ(Harmless("tag\U000E0041"), "tag\\U000e0041");
  EXPECT_EQ(Harmless("line\u2028sep"), "line\\u2028sep");
}

TEST(Harmless, BytesThatAreNoUtf8AreShown) {
  EXPECT_EQ(Harmless("\xFF\xC0\x80\xE2\x82"), "\\xff\\xc0\\x80\\xe2\\x82");
  EXPECT_EQ(Harmless("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Harmless("\xF5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(Harmless, NoLineIsAWorkflowCommand) {
  EXPECT_EQ(Harmless("::error::x"), "\\::error::x");
  EXPECT_EQ(Harmless("ok\n  \t::set-output name=a::b"), "ok\n  \t\\::set-output name=a::b");
  EXPECT_EQ(Harmless("\u00A0\u3000::warning::x"), "\u00A0\u3000\\::warning::x");
  EXPECT_EQ(Harmless("a\r\n::error::x"), "a\n\\::error::x");
  EXPECT_EQ(Harmless("x ##[error]boo"), "x #\\#[error]boo");
  EXPECT_EQ(Harmless("##vso[task.setvariable variable=a]b"), "#\\#vso[task.setvariable variable=a]b");
  EXPECT_EQ(Harmless("###[add-mask]x"), "##\\#[add-mask]x");
  EXPECT_EQ(Harmless("##teamcity[buildStop]"), "#\\#teamcity[buildStop]");
}

TEST(Harmless, CTestIsNotToldToAttachAFile) {
  EXPECT_EQ(Harmless("<CTestMeasurementFile type=\"file\" name=\"x\">/etc/passwd</CTestMeasurementFile>"),
            "<\\CTestMeasurementFile type=\"file\" name=\"x\">/etc/passwd</CTestMeasurementFile>");
  EXPECT_EQ(Harmless("<DartMeasurementFile>"), "<\\DartMeasurementFile>");
}

TEST(Harmless, ASecondPassChangesNothing) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  all += "::x\n::error::\n##[a]##[b]##vso[c]<CTestX><DartMeasurement>\r\n\r\u202E\U000E0001";
  const std::string once = Harmless(all);
  EXPECT_EQ(Harmless(once), once);
  const std::string line = HarmlessLine(all);
  EXPECT_EQ(HarmlessLine(line), line);
  EXPECT_THAT(line, Not(HasSubstr("\n")));
}

TEST(HarmlessLine, CutsByPrintedCharactersAndSaysSo) {
  EXPECT_EQ(HarmlessLine("a\nb\tc"), "a\\nb\\tc");
  EXPECT_EQ(HarmlessLine("漢字漢字", 4), "漢字漢字");
  EXPECT_EQ(HarmlessLine("漢字漢字!", 4), "漢字漢…");
  EXPECT_EQ(HarmlessLine("ab\x1b"
                         "cd",
                         4),
            "ab…");  // an escape is never cut in two
  EXPECT_EQ(HarmlessLine("abcd", 1), "…");
  EXPECT_EQ(HarmlessLine(std::string(10'000'000, 'x'), 5), "xxxx…");
}

TEST(HarmlessJson, EscapesInsideStringsAndKeepsTheValue) {
  const std::string json = "{\"a\": \"x\u202Ey\u009b\U000E0041##[b]<CTestM\",\n\t\"é\": \"\x7f::\"}";
  const std::string safe = HarmlessJson(json);
  EXPECT_THAT(safe, HasSubstr("x\\u202ey\\u009b\\udb40\\udc41\\u0023#[b]\\u003cCTestM"));
  EXPECT_THAT(safe, HasSubstr("\"é\": \"\\u007f::\""));
  const auto before = wire::JsonTree::Parse(json);
  const auto after = wire::JsonTree::Parse(safe);
  ASSERT_TRUE(before.ok());
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->String(after->Member(0, "a")), before->String(before->Member(0, "a")));
  EXPECT_EQ(after->String(after->Member(0, "é")), before->String(before->Member(0, "é")));
}

TEST(HarmlessHtml, LeavesNoTagAndNoAttributeEnd) {
  EXPECT_EQ(HarmlessHtml("<script>'\"&\x1b"), "&lt;script&gt;&#39;&quot;&amp;\\x1b");
}

TEST(Markdown, TheFenceIsLongerThanAnyInside) {
  EXPECT_EQ(MarkdownBlock("a\n````\nb", "text"), "`````text\na\n````\nb\n`````\n");
  EXPECT_EQ(MarkdownBlock(""), "```\n\n```\n");
  EXPECT_EQ(MarkdownCode("x`y"), "``x`y``");
  EXPECT_EQ(MarkdownCode("`"), "`` ` ``");
  EXPECT_EQ(MarkdownCode("a|b\nc"), "`a\\|b\\nc`");
}

}  // namespace
}  // namespace reprise::report
