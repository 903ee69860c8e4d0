// Table: rows under titles, in columns that fit the terminal. Cells are harmless single lines already.
#ifndef REPRISE_CLI_TABLE_H_
#define REPRISE_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "lib/cli/console.h"

namespace reprise::cli {

class Table {
 public:
  enum class Cut { kNever, kLeft, kRight };  // which end goes when a line would not fit
  struct Column {
    std::string title;
    bool right = false;  // numbers stand at the right
    Cut cut = Cut::kNever;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column. `style` colours the whole row.
  void Row(std::vector<std::string> cells, Style style = Style::kPlain) { rows_.emplace_back(std::move(cells), style); }
  bool empty() const { return rows_.empty(); }

  // Where the console has a width, columns that may be cut share the loss, the widest first; each keeps 8 columns.
  void Print(Console& console) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::pair<std::vector<std::string>, Style>> rows_;
};

// `text` in at most `width` columns, with `…` where it was cut.
std::string CutToWidth(const std::string& text, std::size_t width, Table::Cut end);

}  // namespace reprise::cli

#endif  // REPRISE_CLI_TABLE_H_
