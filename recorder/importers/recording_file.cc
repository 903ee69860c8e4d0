#include "recorder/importers/recording_file.h"

#include "recorder/importers/gzip.h"

namespace reprise::recorder {
namespace {

// The first that recognises a root reads it, so the narrower of two alike stands first.
constexpr const RecordingFormat* kFormats[] = {&kGoVcr, &kVcrpy,   &kVcrpyLangchain, &kVcrR,    &kVcrRuby,
                                               &kHar,   &kDatadog, &kBraintrust,     &kWireMock};

const RecordingFormat* FormatOf(const Value& root) {
  for (const RecordingFormat* format : kFormats) {
    if (format->recognises(root)) return format;
  }
  return nullptr;
}

Result<std::vector<Document>> Parse(std::string_view text, const std::string& name, const DocumentLimits& limits) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '[')) {
    auto json = Document::ParseJson(text, name, limits);
    if (!json.ok()) return json.status();
    std::vector<Document> documents;
    documents.push_back(*std::move(json));
    return documents;
  }
  return Document::ParseYaml(text, name, limits);
}

}  // namespace

Result<std::string> ReadRecordings(std::string_view bytes, const std::string& name, const DocumentLimits& limits,
                                   const RecordingSink& sink) {
  std::string unpacked;
  if (LooksLikeGzip(bytes)) {
    auto text = Gunzip(bytes, limits.bytes, name);
    if (!text.ok()) return text.status();
    unpacked = *std::move(text);
    bytes = unpacked;
  }
  if (bytes.size() > limits.bytes) {
    return Status(ErrorKind::kCassette, name, "larger than the limit of " + std::to_string(limits.bytes) + " bytes");
  }
  const auto documents = Parse(bytes, name, limits);
  if (!documents.ok()) return documents.status();
  const RecordingFormat* format = documents->empty() ? nullptr : FormatOf(documents->front().root());
  if (format == nullptr) {
    std::string known;
    for (const RecordingFormat* other : kFormats) known += (known.empty() ? "" : ", ") + std::string(other->name);
    return Status(ErrorKind::kCassette, name, "no recording in a format that is known", "Known are " + known);
  }
  for (const Document& document : *documents) format->read(document.root(), sink);
  return std::string(format->name);
}

}  // namespace reprise::recorder
