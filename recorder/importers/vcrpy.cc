// vcrpy (Python): `interactions`, each a `request` and a `response`. Three shapes of it stand in the wild.
//   plain    request.body, response.body.string, response.status.code
//   httpx    an older stub: response.content, response.status_code
//   parsed   a serializer of its own: JSON bodies parsed, under parsed_body or body; the bytes are lost
// A text is UTF-8; bytes that are none stand as !!binary. The JSON serializer writes the same members.
#include <strings.h>

#include <algorithm>

#include "recorder/importers/vcrpy_entry.h"

namespace reprise::recorder {
namespace {

// Is this map the body itself, parsed, and not one of the forms that hold its bytes?
bool IsParsed(const Value& body, const Headers& headers) {
  if (!body.IsMap() && !body.IsList()) return false;
  for (const char* name : {"string", "base64_string", "state", "encoding"}) {
    if (body[name].present()) return false;
  }
  return std::any_of(headers.begin(), headers.end(), [](const Header& header) {
    return strcasecmp(header.name.c_str(), "content-type") == 0 && header.value.find("json") != std::string::npos;
  });
}

void ReadBody(const Value& body, const Value& parsed, const char* whose, Recording& recording, const Headers& headers,
              std::string& out, bool& rebuilt) {
  rebuilt = parsed.present() || IsParsed(body, headers);
  if (rebuilt) return ReadParsedBody(parsed.present() ? parsed : body, whose, recording, out);
  ReadVcrBody(body, whose, recording, out);
}

bool Recognises(const Value& root) {
  const Value list = root["interactions"];
  return list.IsList() && (list.size() == 0 || list.At(0)["request"]["uri"].present());
}

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["interactions"];
  for (std::size_t i = 0; i < list.size(); ++i) sink(ReadVcrpyEntry(list.At(i)["request"], list.At(i)["response"]));
}

}  // namespace

Recording ReadVcrpyEntry(const Value& request, const Value& response) {
  Recording recording;
  ReadTarget(request["method"], request["uri"], recording);
  ReadHeaders(request["headers"], "request", recording, recording.request_headers);
  ReadBody(request["body"], request["parsed_body"], "request", recording, recording.request_headers,
           recording.request_body, recording.request_rebuilt);
  if (!response.IsMap()) {
    Refuse(recording, "the entry holds no reply");
    return recording;
  }
  ReadStatus(response["status_code"].present() ? response["status_code"] : response["status"], recording);
  ReadHeaders(response["headers"], "reply", recording, recording.reply_headers);
  const Value content = response["content"];
  ReadBody(content.present() ? content : response["body"], response["parsed_body"], "reply", recording,
           recording.reply_headers, recording.reply_body, recording.reply_rebuilt);
  return recording;
}

const RecordingFormat kVcrpy = {"vcrpy", Recognises, Read};

}  // namespace reprise::recorder
