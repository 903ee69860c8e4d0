#include "lib/cassette/container.h"

#include "lib/cassette/file.h"
#include "lib/cassette/packer.h"
#include "lib/cassette/record.h"

namespace reprise::cassette {

Status ToText(std::string_view bytes, const std::string& name, const ByteSink& sink, const CassetteLimits& limits) {
  const std::unique_ptr<File> file = File::Over(bytes, name, limits);
  BlockWalk walk(*file);
  for (BlockWalk::Block block; walk.Next(&block);) {
    if (!block.damage.empty())
      return Status(ErrorKind::kCassette, name, block.damage + ", at byte " + std::to_string(block.file_offset),
                    "`reprise fsck` tells what is damaged");
    REPRISE_RETURN_IF_ERROR(sink(block.text.view));
  }
  return {};
}

Result<std::string> ToText(std::string_view bytes, const std::string& name, const CassetteLimits& limits) {
  std::string text;
  REPRISE_RETURN_IF_ERROR(ToText(
      bytes, name,
      [&](std::string_view piece) {
        text += piece;
        return Status();
      },
      limits));
  return text;
}

Result<std::string> Pack(std::string_view text, const std::string& name) {
  RecordScanner scanner(text);
  bool first = true;
  for (Record record; scanner.Next(&record); first = false) {
    const auto wrong = [&](const char* what) {
      return Status(ErrorKind::kCassette, name, "line " + std::to_string(record.line) + ": " + what,
                    record.conflict ? "Resolve the merge first" : "");
    };
    if (record.damage != nullptr) return wrong(record.damage);
    if (first && KindOf(record.text) != RecordKind::kHead) return wrong("no cassette begins like this");
  }
  if (first) return Status(ErrorKind::kCassette, name, "is empty");
  std::string packed;
  Packer packer(CassetteWriter::Form::kZstd, [&](std::string_view bytes) {
    packed += bytes;
    return Status();
  });
  REPRISE_RETURN_IF_ERROR(packer.AddText(text));
  REPRISE_RETURN_IF_ERROR(packer.Finish());
  return packed;
}

}  // namespace reprise::cassette
