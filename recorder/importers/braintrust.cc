// The JavaScript recorder of Braintrust: JSON, `entries` whose bodies are {kind, value}. JSON bodies are parsed, events
// of a stream stand one by one without the blank lines between them, so both are written anew.
#include "lib/base/base64.h"
#include "recorder/importers/recording.h"

namespace reprise::recorder {
namespace {

bool Recognises(const Value& root) {
  const Value list = root["entries"];
  return list.IsList() && (list.size() == 0 || list.At(0)["request"]["body"]["kind"].present());
}

void ReadBody(const Value& body, const char* whose, Recording& recording, std::string& out, bool& rebuilt) {
  const std::string_view kind = body["kind"].Text();
  const Value value = body["value"];
  if (kind == "empty") return;
  if (kind == "text") {
    out = value.Text();
  } else if (kind == "json") {
    ReadParsedBody(value, whose, recording, out);
    rebuilt = true;
  } else if (kind == "sse") {
    const Value chunks = body["chunks"];
    for (std::size_t i = 0; i < chunks.size(); ++i) out.append(chunks.At(i).Text()).append("\n\n");
    rebuilt = true;
  } else if (kind == "base64") {
    auto bytes = base::DecodeLenientBase64(value.Text());
    if (!bytes) return Refuse(recording, std::string("the base64 body of the ") + whose + " is no base64");
    out = *std::move(bytes);
  } else {
    Refuse(recording,
           std::string("the body of the ") + whose + " is of a kind that is not known: " + std::string(kind));
  }
}

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["entries"];
  for (std::size_t i = 0; i < list.size(); ++i) {
    Recording recording;
    const Value request = list.At(i)["request"], response = list.At(i)["response"];
    ReadTarget(request["method"], request["url"], recording);
    ReadHeaders(request["headers"], "request", recording, recording.request_headers);
    ReadBody(request["body"], "request", recording, recording.request_body, recording.request_rebuilt);
    ReadStatus(response["status"], recording);
    ReadHeaders(response["headers"], "reply", recording, recording.reply_headers);
    ReadBody(response["body"], "reply", recording, recording.reply_body, recording.reply_rebuilt);
    recording.at = NormalTime(list.At(i)["recordedAt"].Text());
    sink(std::move(recording));
  }
}

}  // namespace

const RecordingFormat kBraintrust = {"Braintrust recorder", Recognises, Read};

}  // namespace reprise::recorder
