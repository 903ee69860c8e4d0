// The Datadog test agent: JSON, one exchange a file.
#include "recorder/importers/recording.h"

namespace reprise::recorder {
namespace {

bool Recognises(const Value& root) { return root["request"]["url"].present() && root["response"]["status"].IsMap(); }

void Read(const Value& root, const RecordingSink& sink) {
  Recording recording;
  const Value request = root["request"], response = root["response"];
  ReadTarget(request["method"], request["url"], recording);
  ReadHeaders(request["headers"], "request", recording, recording.request_headers);
  ReadVcrBody(request["body"], "request", recording, recording.request_body);
  ReadStatus(response["status"], recording);
  ReadHeaders(response["headers"], "reply", recording, recording.reply_headers);
  ReadVcrBody(response["body"], "reply", recording, recording.reply_body);
  sink(std::move(recording));
}

}  // namespace

const RecordingFormat kDatadog = {"Datadog test agent", Recognises, Read};

}  // namespace reprise::recorder
