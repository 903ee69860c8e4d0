#include "lib/cassette/packer.h"

#include "lib/cassette/format.h"
#include "lib/cassette/frame.h"
#include "lib/cassette/record.h"

namespace reprise::cassette {

Status Packer::Add(std::string_view records) {
  if (form_ == CassetteWriter::Form::kText) {
    group_ += records;
    return group_.size() < group_bytes_ ? Status() : Flush();
  }
  if (!group_.empty() && group_.size() + records.size() > group_bytes_) REPRISE_RETURN_IF_ERROR(Flush());
  RecordScanner scanner(records);
  for (Record record; scanner.Next(&record);) {
    const RecordKind kind = KindOf(record.text);
    if (kind != RecordKind::kExchange && kind != RecordKind::kBlob) continue;
    const std::string_view id = IdOf(record.text);
    if (record.damage != nullptr || id.empty()) continue;
    entries_.push_back({PrefixOf(id), static_cast<std::uint32_t>(frames_.size()),
                        static_cast<std::uint32_t>(group_.size() + record.offset)});
    if (kind == RecordKind::kExchange) ++exchanges_;
  }
  group_ += records;
  return {};
}

Status Packer::AddText(std::string_view text) {
  // A new part begins at each exchange and each blob; what stands before the first one is a part, too.
  std::size_t begin = 0;
  RecordScanner scanner(text);
  for (Record record; scanner.Next(&record);) {
    const RecordKind kind = KindOf(record.text);
    const auto at = static_cast<std::size_t>(record.offset);
    if ((kind != RecordKind::kExchange && kind != RecordKind::kBlob) || at == begin) continue;
    REPRISE_RETURN_IF_ERROR(Add(text.substr(begin, at - begin)));
    begin = at;
  }
  return begin < text.size() ? Add(text.substr(begin)) : Status();
}

Status Packer::Finish() {
  if (form_ == CassetteWriter::Form::kText) return Flush();
  if (!group_.empty() || frames_.empty()) REPRISE_RETURN_IF_ERROR(Flush());
  if (frames_.size() < 2) return {};
  return Emit(BuildIndex(frames_, entries_, exchanges_, text_bytes_));
}

Status Packer::Flush() {
  if (form_ == CassetteWriter::Form::kText) {
    const Status status = Emit(group_);
    group_.clear();
    return status;
  }
  const Result<std::string> frame = CompressFrame(group_);
  if (!frame.ok()) return frame.status();
  frames_.push_back({file_bytes_, text_bytes_});
  text_bytes_ += group_.size();
  group_.clear();
  return Emit(*frame);
}

Status Packer::Emit(std::string_view bytes) {
  file_bytes_ += bytes.size();
  return sink_(bytes);
}

}  // namespace reprise::cassette
