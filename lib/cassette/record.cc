#include "lib/cassette/record.h"

#include <algorithm>

#include "lib/cassette/format.h"

namespace reprise::cassette {
namespace {

bool StartsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

}  // namespace

RecordKind KindOf(std::string_view record) {
  if (StartsWith(record, kExchangeStart)) return RecordKind::kExchange;
  if (StartsWith(record, kTimesStart)) return RecordKind::kTimes;
  if (StartsWith(record, kBlobStart)) return RecordKind::kBlob;
  if (StartsWith(record, kHeadStart)) return RecordKind::kHead;
  return RecordKind::kOther;
}

bool IsId(std::string_view text) {
  return text.size() == kHexDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view IdOf(std::string_view record) {
  std::size_t at = 0;
  switch (KindOf(record)) {
    case RecordKind::kExchange: at = kExchangeStart.size(); break;
    case RecordKind::kTimes: at = kTimesStart.size(); break;
    case RecordKind::kBlob: at = kBlobStart.size(); break;
    default: return {};
  }
  if (record.size() <= at + kHexDigits || record[at + kHexDigits] != '"') return {};
  const std::string_view id = record.substr(at, kHexDigits);
  return IsId(id) ? id : std::string_view();
}

std::uint64_t PrefixOf(std::string_view id) {
  std::uint64_t number = 0;
  for (const char c : id.substr(0, 16))
    number = number << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  return number;
}

std::string_view RecordScanner::TakeLine() {
  const std::size_t end = text_.find('\n', at_);
  const std::string_view line = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
  at_ += line.size() + (end == std::string_view::npos ? 0 : 1);
  ++line_;
  return line;
}

bool RecordScanner::Next(Record* record) {
  while (text_.substr(at_, 1) == "\n" || text_.substr(at_, 2) == "\r\n") TakeLine();
  if (at_ >= text_.size()) return false;
  *record = Record();
  record->offset = at_;
  record->line = line_;
  record->conflict = conflict_;
  const char first = text_[at_];
  std::string_view line = TakeLine();
  if (first == '{') {
    // A continuation line begins with white space; an empty line ends nothing.
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) line = TakeLine();
    const std::size_t end = static_cast<std::size_t>(line.data() - text_.data()) + line.size();
    record->text = text_.substr(record->offset, end - record->offset);
    if (!record->text.empty() && record->text.back() == '\r') record->text.remove_suffix(1);
    if (conflict_) record->damage = "it stands inside a merge conflict";
    return true;
  }
  record->text = line;
  if (StartsWith(line, "<<<<<<<")) {
    conflict_ = record->conflict = true;
    record->damage = "a merge conflict begins here (<<<<<<<)";
  } else if (conflict_ && (StartsWith(line, "=======") || StartsWith(line, "|||||||"))) {
    record->damage = "the other side of a merge conflict begins here";
  } else if (conflict_ && StartsWith(line, ">>>>>>>")) {
    conflict_ = false;
    record->damage = "a merge conflict ends here (>>>>>>>)";
  } else if (first == ' ' || first == '\t') {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) TakeLine();
    record->damage = "it continues a record whose beginning is not here";
  } else {
    record->damage = "a line begins with neither '{' nor a space";
  }
  return true;
}

}  // namespace reprise::cassette
