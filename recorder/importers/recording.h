// Recording: what a file of another recorder holds of one exchange, as bytes, before it becomes ours. And the words
// that the formats share.
//
// A format is one file here with two functions: one that tells from a document's root whether it is such a file, one
// that hands out every entry in file order, read or refused. Readers never fail as a whole: what is odd in one entry
// is that entry's reason.
#ifndef REPRISE_RECORDER_IMPORTERS_RECORDING_H_
#define REPRISE_RECORDER_IMPORTERS_RECORDING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recorder/importers/document.h"
#include "reprise/exchange.h"

namespace reprise::recorder {

struct Recording {
  std::string method;  // upper case
  std::string url;
  Headers request_headers;
  std::string request_body;
  bool request_rebuilt = false;  // the file holds parsed JSON, not the bytes; the body was written anew, compact

  int status = 0;
  Headers reply_headers;
  std::string reply_body;
  bool reply_rebuilt = false;
  std::vector<std::uint64_t> cuts;  // where the file tells of chunks
  std::optional<std::uint32_t> ms;  // from request to reply, where told
  std::string at;                   // UTC, ISO 8601, where told

  // What is not as it was sent, beside rebuilt bodies: one clause each.
  std::vector<std::string> notes;
  // Why this entry cannot be had: one clause. Empty: it can. Method and URL are filled as far as they are known.
  std::string refused;
};

using RecordingSink = std::function<void(Recording&&)>;

// A format: its name in messages, whether a document is one, and its reader.
struct RecordingFormat {
  const char* name;
  bool (*recognises)(const Value& root);
  void (*read)(const Value& root, const RecordingSink& sink);
};

extern const RecordingFormat kVcrpy;           // vcrpy.cc: plain, older httpx stub, parsed_body; YAML or JSON
extern const RecordingFormat kVcrpyLangchain;  // vcrpy_langchain.cc
extern const RecordingFormat kVcrRuby;         // vcr_ruby.cc
extern const RecordingFormat kVcrR;            // vcr_r.cc
extern const RecordingFormat kGoVcr;           // go_vcr.cc
extern const RecordingFormat kHar;             // har.cc
extern const RecordingFormat kDatadog;         // datadog.cc
extern const RecordingFormat kBraintrust;      // braintrust.cc
extern const RecordingFormat kWireMock;        // wiremock.cc: recognised, and each entry refused

// --- what several formats share; each sets `recording.refused` when it cannot read on, and keeps an earlier reason.

void Refuse(Recording& recording, std::string reason);
// A map of name to text or list of texts, or a list of {name, value}. Complex keys (`? !!python/object...`) are read
// as the one text they hold.
void ReadHeaders(const Value& headers, const char* whose, Recording& recording, Headers& out);
// A body as VCR and its descendants write it: nothing, a text, a binary, or a map with `string` or `base64_string`.
void ReadVcrBody(const Value& body, const char* whose, Recording& recording, std::string& out);
// A parsed JSON body becomes compact JSON text.
void ReadParsedBody(const Value& parsed, const char* whose, Recording& recording, std::string& out);
// A number, or a map with it under `code` or `status_code`.
void ReadStatus(const Value& status, Recording& recording);
// A base URL that was filtered out and stands as a placeholder, `<OLLAMA_API_BASE>/chat`, becomes a host of that name
// that cannot exist, `http://ollama-api-base.invalid/chat`: a key is made without the host.
void ReadTarget(const Value& method, const Value& url, Recording& recording);

// "2025-08-20T17:36:06.113Z", "2026-08-02 22:32:55", "Mon, 14 Aug 2023 15:02:13 GMT" in our spelling,
// "2025-08-20T17:36:06Z"; empty for anything else.
std::string NormalTime(std::string_view text);

}  // namespace reprise::recorder

#endif  // REPRISE_RECORDER_IMPORTERS_RECORDING_H_
