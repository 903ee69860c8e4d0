// Harmless: what a model, a provider or a file said, made safe to print.
//
// Recorded text is hostile to our own output: it may hold terminal escapes that repaint the screen, bidi controls that
// reorder what a reviewer reads, workflow commands that a CI runner obeys, markup. Every sink of ours (the program, a
// miss, a verdict, a report) passes outside text through one of these functions, and it does so last: cut, join and
// colour first what is ours, never afterwards what is theirs. Equal text gives equal output; text without anything
// dangerous comes back unchanged; a second pass changes nothing.
//
// What is made visible, as an escape in the spelling of C (`\x1b`, `\u202e`):
//   - control characters (C0 except tab and line feed, DEL, C1), a CR that is not followed by LF (CR LF becomes LF);
//   - bidi controls, line and paragraph separators, and characters that print nothing (zero width space, BOM, tags);
//     zero width joiners stay, since scripts and emoji need them;
//   - bytes that are no UTF-8.
// What is broken up with one backslash, so that no runner takes it for a command:
//   - `::` as the first thing on a line (GitHub Actions), `##[`, `##vso[`, `##teamcity[` anywhere;
//   - `<CTest` and `<DartMeasurement` (CTest would attach the file that is named there).
// Nothing is doubled, so the output cannot be turned back; `reprise show --raw` is there for the bytes.
//
// Pure functions, linear in the text; any thread.
#ifndef REPRISE_REPORT_HARMLESS_H_
#define REPRISE_REPORT_HARMLESS_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace reprise::report {

// Text of many lines, for a terminal or a log.
std::string Harmless(std::string_view text);

// The same on one line: line feeds and tabs become `\n` and `\t`. Over `max_chars` code points (0: no limit) the end
// is cut and `…` stands there. The limit counts what is printed.
std::string HarmlessLine(std::string_view text, std::size_t max_chars = 0);

// JSON text (already serialised; valid JSON in, valid JSON of equal value out): what is dangerous inside its strings
// becomes `\u....`, so a terminal that prints it is safe and a parser reads the same.
std::string HarmlessJson(std::string_view json);

// For text between tags and inside quoted attributes.
std::string HarmlessHtml(std::string_view text);

// A fenced code block, line feed at its end; the fence is longer than any run of backticks inside.
std::string MarkdownBlock(std::string_view text, std::string_view language = "");
// An inline code span on one line; `|` is kept from ending a table cell.
std::string MarkdownCode(std::string_view text, std::size_t max_chars = 0);

}  // namespace reprise::report

#endif  // REPRISE_REPORT_HARMLESS_H_
