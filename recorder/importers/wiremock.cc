// WireMock stub mappings, one a YAML document or several under `mappings`. A stub says which requests it would answer,
// by path and patterns; it holds no request that was sent. Importing one would mean to make a request up and to
// compute a key from it, so each is refused by name.
#include "recorder/importers/recording.h"

namespace reprise::recorder {
namespace {

constexpr const char* kPaths[] = {"url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate"};

bool IsStub(const Value& stub) {
  if (!stub["request"].IsMap() || !stub["response"].IsMap()) return false;
  const std::string_view url = stub["request"]["url"].Text();
  if (!url.empty()) return url.front() == '/';
  for (const char* name : kPaths) {
    if (stub["request"][name].present()) return true;
  }
  return false;
}

bool Recognises(const Value& root) { return IsStub(root) || IsStub(root["mappings"].At(0)); }

void Read(const Value& root, const RecordingSink& sink) {
  const Value list = root["mappings"];
  for (std::size_t i = 0; i < (list.IsList() ? list.size() : 1); ++i) {
    const Value request = (list.IsList() ? list.At(i) : root)["request"];
    Recording recording;
    recording.method = request["method"].Text();
    for (const char* name : kPaths) {
      if (recording.url.empty()) recording.url = request[name].Text();
    }
    Refuse(recording, "a WireMock stub holds a pattern of requests and no host, not a request that was sent");
    sink(std::move(recording));
  }
}

}  // namespace

const RecordingFormat kWireMock = {"WireMock stub mappings", Recognises, Read};

}  // namespace reprise::recorder
