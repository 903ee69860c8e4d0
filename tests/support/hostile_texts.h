// Texts a model may say that would act on whoever prints them, and the judge of what was printed: one list for all
// sinks.
#ifndef REPRISE_TESTS_SUPPORT_HOSTILE_TEXTS_H_
#define REPRISE_TESTS_SUPPORT_HOSTILE_TEXTS_H_

#include <cstdio>
#include <string>
#include <vector>

namespace reprise::support {

inline std::vector<std::string> HostileTexts() {
  return {
      "::error file=a.cc,line=1::boo",
      "ok\n::set-output name=x::y",
      "ok\r\n  ::add-mask::secret",
      "::stop-commands::token",
      "##[group]name",
      "##vso[task.setvariable variable=a]b",
      "##teamcity[buildStop comment='x']",
      "\x1b[2J\x1b[1;1Hgone",
      "\x1b]52;c;cm0gLXJmIC8=\x07",
      "\x1b]8;;http://evil.test\x1b\\click\x1b]8;;\x1b\\",
      "\xC2\x9B"
      "31mred",
      "safe\rEVIL",
      "back\b\b\b\bspace",
      "\u202Egnp.exe",
      "\u2066hidden\u2069",
      "zero\u200Bwidth\uFEFF",
      "tags\U000E0041\U000E0042",
      "line\u2028sep\u2029para",
      "<CTestMeasurementFile name=\"x\">/etc/passwd</CTestMeasurementFile>",
      "<DartMeasurement name=\"x\">1</DartMeasurement>",
      "</script><script>alert(1)</script>",
      "=HYPERLINK(\"http://evil.test\")",
      "@SUM(1+1)*cmd|' /C calc'!A0",
  };
}

inline std::string JsonOf(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

// Written apart from lib/report/harmless.cc: nothing in it acts on a terminal, a CI runner or CTest. Texts of ours
// around it are fine.
inline bool IsHarmless(const std::string& printed) {
  for (std::size_t i = 0; i < printed.size(); ++i) {
    const auto byte = static_cast<unsigned char>(printed[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) return false;
  }
  for (const char* acts : {"\xC2\x9B", "\u202E", "\u2066", "\u2069", "\u200B", "\uFEFF", "\U000E0041", "\u2028",
                           "\u2029", "##[", "##vso[", "##teamcity[", "<CTest", "<DartMeasurement"})
    if (printed.find(acts) != std::string::npos) return false;
  for (std::size_t line = 0; line != std::string::npos;) {
    const std::size_t text = printed.find_first_not_of(" \t", line);
    if (text != std::string::npos && printed.compare(text, 2, "::") == 0) return false;
    line = printed.find('\n', line);
    if (line != std::string::npos) ++line;
  }
  return true;
}

}  // namespace reprise::support

#endif  // REPRISE_TESTS_SUPPORT_HOSTILE_TEXTS_H_
