// The corpus of real recordings, as its two tables describe it. It is not part of the repository: a test that needs it
// skips with a sentence where it is absent.
#ifndef REPRISE_TESTS_RECORDER_IMPORTERS_CORPUS_H_
#define REPRISE_TESTS_RECORDER_IMPORTERS_CORPUS_H_

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace reprise::recorder {

using CorpusRow = std::map<std::string, std::string>;

inline std::string CorpusFolder() { return std::string(REPRISE_CORPUS_DIR) + "/vcr"; }

// A tab-separated table with a head line. Empty where there is no such file.
inline std::vector<CorpusRow> ReadCorpusTable(const std::string& name) {
  const auto split = [](const std::string& line) {
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == '\t') {
        cells.emplace_back();
      } else if (c != '\r') {
        cells.back() += c;
      }
    }
    return cells;
  };
  std::vector<CorpusRow> rows;
  std::ifstream file(CorpusFolder() + "/" + name);
  std::string line;
  std::vector<std::string> head;
  while (std::getline(file, line)) {
    const auto cells = split(line);
    if (head.empty()) {
      head = cells;
      continue;
    }
    CorpusRow& row = rows.emplace_back();
    for (std::size_t i = 0; i < head.size(); ++i) row[head[i]] = i < cells.size() ? cells[i] : "";
  }
  return rows;
}

// The rows of INTERACTIONS.tsv by file, in file order.
inline std::map<std::string, std::vector<CorpusRow>> CorpusInteractions() {
  std::map<std::string, std::vector<CorpusRow>> files;
  for (auto& row : ReadCorpusTable("INTERACTIONS.tsv")) files[row["file"]].push_back(row);
  return files;
}

// "vcrpy", "har", ... by file.
inline std::map<std::string, std::string> CorpusFormats() {
  std::map<std::string, std::string> formats;
  for (auto& row : ReadCorpusTable("MANIFEST.tsv")) formats[row["file"]] = row["format"];
  return formats;
}

}  // namespace reprise::recorder

#endif  // REPRISE_TESTS_RECORDER_IMPORTERS_CORPUS_H_
