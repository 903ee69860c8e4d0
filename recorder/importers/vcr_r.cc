// vcr for R: VCR's `http_interactions`, but the status is a number, header values are texts, and a multipart request is
// a list of fields whose files are named and not held: those entries are refused.
#include "recorder/importers/vcr_entry.h"

namespace reprise::recorder {
namespace {

bool Recognises(const Value& root) {
  return root["http_interactions"].IsList() && root["recorded_with"].Text().find("VCR-vcr/") != std::string_view::npos;
}

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["http_interactions"];
  for (std::size_t i = 0; i < list.size(); ++i) sink(ReadVcrEntry(list.At(i)));
}

}  // namespace

const RecordingFormat kVcrR = {"vcr (R)", Recognises, Read};

}  // namespace reprise::recorder
