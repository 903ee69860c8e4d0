// HAR 1.2, as Polly.js and browsers write it: `log.entries`. A body with `encoding: base64` is base64, or, where
// Polly.js kept a coded reply as it came, a JSON array of base64 pieces, one a chunk.
#include <cmath>

#include "lib/base/base64.h"
#include "recorder/importers/recording.h"

namespace reprise::recorder {
namespace {

bool Recognises(const Value& root) { return root["log"]["entries"].IsList(); }

void ReadBase64(const Value& text, Recording& recording) {
  if (text.Text().substr(0, 1) != "[") {
    auto bytes = base::DecodeLenientBase64(text.Text());
    if (!bytes) return Refuse(recording, "the body of the reply is named base64 and is none");
    recording.reply_body = *std::move(bytes);
    return;
  }
  const auto pieces = Document::ParseJson(text.Text(), "content.text", {});
  if (!pieces.ok()) return Refuse(recording, "the body of the reply is named base64 and is none");
  for (std::size_t i = 0; i < pieces->root().size(); ++i) {
    const auto bytes = base::DecodeLenientBase64(pieces->root().At(i).Text());
    if (!bytes) return Refuse(recording, "piece " + std::to_string(i) + " of the reply's body is no base64");
    recording.reply_body += *bytes;
    recording.cuts.push_back(bytes->size());
  }
  if (recording.cuts.size() < 2) recording.cuts.clear();
}

void ReadRequestBody(const Value& post, Recording& recording) {
  const Value text = post["text"];
  if (!text.present() && post["params"].size() > 0) {
    return Refuse(recording, "the request was a form: the file names its fields, but does not hold the bytes sent");
  }
  if (post["encoding"].Text() != "base64") {
    recording.request_body = text.Text();
    return;
  }
  auto bytes = base::DecodeLenientBase64(text.Text());
  if (!bytes) return Refuse(recording, "the body of the request is named base64 and is none");
  recording.request_body = *std::move(bytes);
}

void ReadReplyBody(const Value& content, Recording& recording) {
  const Value text = content["text"];
  if (!text.present() && content["size"].Integer().value_or(0) > 0) {
    return Refuse(recording,
                  "the file was saved without bodies: the reply had " + std::string(content["size"].Text()) + " bytes");
  }
  if (content["_isBinary"].Text() == "true") {
    return Refuse(recording,
                  "the body of the reply stands in the binary form of an older Polly.js, which is not known");
  }
  if (content["encoding"].Text() == "base64") return ReadBase64(text, recording);
  recording.reply_body = text.Text();
}

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["log"]["entries"];
  for (std::size_t i = 0; i < list.size(); ++i) {
    Recording recording;
    const Value entry = list.At(i), request = entry["request"], response = entry["response"];
    ReadTarget(request["method"], request["url"], recording);
    ReadHeaders(request["headers"], "request", recording, recording.request_headers);
    ReadRequestBody(request["postData"], recording);
    if (response["status"].Integer() == 0) Refuse(recording, "no reply came (status 0)");
    ReadStatus(response["status"], recording);
    ReadHeaders(response["headers"], "reply", recording, recording.reply_headers);
    ReadReplyBody(response["content"], recording);
    recording.at = NormalTime(entry["startedDateTime"].Text());
    const double wait = std::atof(std::string(entry["timings"]["wait"].Text()).c_str());
    if (wait > 0 && wait < 4e9) recording.ms = static_cast<std::uint32_t>(std::lround(wait));
    sink(std::move(recording));
  }
}

}  // namespace

const RecordingFormat kHar = {"HAR", Recognises, Read};

}  // namespace reprise::recorder
