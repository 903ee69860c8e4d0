#include "lib/cli/table.h"

#include <algorithm>
#include <numeric>

namespace reprise::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeast = 8;

bool BeginsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string CutToWidth(const std::string& text, std::size_t width, Table::Cut end) {
  if (ColumnsOf(text) <= width || end == Table::Cut::kNever || width == 0) return text;
  if (end == Table::Cut::kRight) {
    std::size_t size = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (i < text.size() && !BeginsCodePoint(text[i])) continue;
      if (ColumnsOf(std::string_view(text).substr(0, i)) + 1 > width) break;
      size = i;
    }
    return text.substr(0, size) + "…";
  }
  for (std::size_t i = 1; i < text.size(); ++i)
    if (BeginsCodePoint(text[i]) && ColumnsOf(std::string_view(text).substr(i)) + 1 <= width)
      return "…" + text.substr(i);
  return "…";
}

void Table::Print(Console& console) const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(ColumnsOf(column.title));
  for (const auto& [cells, style] : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], ColumnsOf(cells[i]));

  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1)); };
  while (console.width() != 0 && total() > console.width()) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].cut != Cut::kNever && widths[i] > std::max(kLeast, ColumnsOf(columns_[i].title)) &&
          (widest == columns_.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == columns_.size()) break;
    --widths[widest];
  }

  const auto print = [&](const std::vector<std::string>& cells, Style style) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = CutToWidth(cells[i], widths[i], columns_[i].cut);
      const std::string space(widths[i] - std::min(widths[i], ColumnsOf(cell)), ' ');
      line += columns_[i].right ? space + cell : cell + space;
      if (i + 1 < columns_.size()) line.append(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    console.Line(console.Paint(style, line));
  };
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  print(titles, Style::kBold);
  for (const auto& [cells, style] : rows_) print(cells, style);
}

}  // namespace reprise::cli
