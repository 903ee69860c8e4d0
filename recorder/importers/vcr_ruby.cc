// VCR (Ruby), YAML or JSON: `http_interactions`; a body is `string`, or `base64_string` where the recording asked to
// preserve bytes, or a string with the tag !binary.
#include "recorder/importers/vcr_entry.h"

namespace reprise::recorder {
namespace {

bool Recognises(const Value& root) { return root["http_interactions"].IsList(); }

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["http_interactions"];
  for (std::size_t i = 0; i < list.size(); ++i) sink(ReadVcrEntry(list.At(i)));
}

}  // namespace

Recording ReadVcrEntry(const Value& entry) {
  Recording recording;
  const Value request = entry["request"], response = entry["response"];
  ReadTarget(request["method"], request["uri"], recording);
  ReadHeaders(request["headers"], "request", recording, recording.request_headers);
  ReadVcrBody(request["body"], "request", recording, recording.request_body);
  if (!response.IsMap()) {
    Refuse(recording, "the entry holds no reply");
    return recording;
  }
  ReadStatus(response["status"], recording);
  ReadHeaders(response["headers"], "reply", recording, recording.reply_headers);
  ReadVcrBody(response["body"], "reply", recording, recording.reply_body);
  recording.at = NormalTime(entry["recorded_at"].Text());
  return recording;
}

const RecordingFormat kVcrRuby = {"VCR (Ruby)", Recognises, Read};

}  // namespace reprise::recorder
