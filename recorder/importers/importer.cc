#include "recorder/importers/importer.h"

#include <algorithm>

#include "lib/base/file_system.h"
#include "lib/format/adapter.h"
#include "lib/wire/body.h"
#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/mask.h"
#include "lib/wire/secret_search.h"
#include "recorder/importers/endpoint_name.h"
#include "recorder/importers/gzip.h"
#include "recorder/importers/recording_file.h"

namespace reprise::recorder {
namespace {

// Aliases by order of first appearance at an endpoint, as a session gives them.
class Credentials {
 public:
  int AliasOf(const std::string& endpoint, const std::string& credential) {
    if (credential.empty()) return 0;
    std::vector<std::string>& seen = seen_[endpoint];
    const auto found = std::find(seen.begin(), seen.end(), credential);
    if (found != seen.end()) return static_cast<int>(found - seen.begin()) + 1;
    seen.push_back(credential);
    return static_cast<int>(seen.size());
  }
  // All of them, and every key of a known shape.
  wire::SecretSearch Search() const {
    wire::SecretSearch search;
    for (const auto& [endpoint, seen] : seen_)
      for (const std::string& credential : seen)
        for (std::size_t begin = 0; begin <= credential.size();) {
          const std::size_t end = std::min(credential.size(), credential.find('\n', begin));
          search.AddValue(std::string_view(credential).substr(begin, end - begin), "credential");
          begin = end + 1;
        }
    return search;
  }

 private:
  std::map<std::string, std::vector<std::string>> seen_;
};

// The string member `model` of a JSON text, or of the first event of a stream of them.
std::string ModelIn(std::string_view body) {
  if (const std::size_t data = body.substr(0, 512).find("data: {"); data != std::string_view::npos && body[0] != '{') {
    body = body.substr(data + 6);
    body = body.substr(0, body.find_first_of("\r\n"));
  }
  const auto tree = wire::JsonTree::Parse(body);
  if (!tree.ok() || tree->Kind(0) != wire::JsonKind::kObject) return {};
  const std::uint32_t model = tree->Member(0, "model");
  return model != 0 && tree->Kind(model) == wire::JsonKind::kString ? tree->String(model) : std::string();
}

// The codings a header names, in the order they were applied; "identity" is none.
std::vector<std::string> CodingsOf(const Headers& headers) {
  std::vector<std::string> codings;
  const std::string all = wire::LowerAscii(wire::HeaderValue(headers, "content-encoding").value_or(""));
  for (std::size_t begin = 0; begin <= all.size();) {
    const std::size_t end = std::min(all.size(), all.find(',', begin));
    const std::string_view one = wire::TrimSpace(std::string_view(all).substr(begin, end - begin));
    if (!one.empty() && one != "identity") codings.emplace_back(one);
    begin = end + 1;
  }
  return codings;
}

// Did the recorder store the body decoded, though a header names a coding? gzip and zstd begin with their magic; what
// deflate and brotli make is hardly ever valid UTF-8.
bool IsAlreadyDecoded(std::string_view body, std::string_view coding) {
  if (body.empty()) return false;
  if (coding == "gzip" || coding == "x-gzip") return !LooksLikeGzip(body);
  if (coding == "zstd") return body.substr(0, 4) != "\x28\xB5\x2F\xFD";
  return wire::IsUtf8(body);
}

// Reply and model, as far as an adapter understands the bytes or they have a member "model".
void Understand(Exchange& exchange, const DocumentLimits& limits) {
  Reply& reply = exchange.reply;
  std::string stored = reply.body;
  const bool packed = LooksLikeGzip(stored);
  if (packed) {
    if (auto text = Gunzip(stored, limits.bytes, ""); text.ok()) reply.body = *std::move(text);
  }
  if (const format::Adapter* adapter = format::FindAdapter(exchange.request.format)) {
    adapter->ReadReply(exchange.request, reply);
  }
  exchange.model = reply.model;
  if (exchange.model.asked.empty()) exchange.model.asked = ModelIn(exchange.request.body);
  if (exchange.model.answered.empty()) exchange.model.answered = ModelIn(reply.body);
  reply.model = exchange.model;
  reply.body = std::move(stored);
}

class Importer {
 public:
  Importer(const ImportOptions& options, const ImportSink& sink) : options_(options), sink_(sink) {}

  void Take(Recording&& recording) {
    ImportedEntry entry;
    entry.index = summary_.entries++;
    entry.reason = std::move(recording.refused);
    entry.notes = std::move(recording.notes);
    if (entry.reason.empty()) {
      Convert(std::move(recording), entry);
    } else {
      Request request;
      request.url = std::move(recording.url);
      wire::MaskRequest(request, options_.rules);
      entry.method = std::move(recording.method);
      entry.url = std::move(request.url);
    }
    if (entry.exchange) ++summary_.imported;
    sink_(std::move(entry));
  }
  ImportSummary& summary() { return summary_; }

 private:
  void Convert(Recording&& recording, ImportedEntry& entry) {
    Exchange exchange;
    Request& request = exchange.request;
    request.method = std::move(recording.method);
    request.url = std::move(recording.url);
    request.headers = std::move(recording.request_headers);
    request.body = std::move(recording.request_body);
    NameEndpoint(request);

    Reply& reply = exchange.reply;
    reply.status = recording.status;
    reply.headers = std::move(recording.reply_headers);
    reply.body = std::move(recording.reply_body);
    reply.cuts = std::move(recording.cuts);
    // Where the file does not tell of chunks, a stream came event by event.
    if (reply.cuts.empty()) {
      if (auto restored = wire::RestoreBody(wire::StoreBody(reply.body), reply.body.size()); restored.ok()) {
        reply.cuts = std::move(restored->pieces);
      }
    }
    if (recording.ms && reply.cuts.size() < 2) reply.ms = {*recording.ms};
    exchange.at = std::move(recording.at);
    const auto codings = CodingsOf(reply.headers);
    if (!codings.empty() && IsAlreadyDecoded(reply.body, codings.back())) {
      reply.coding = codings;
      reply.exact = false;
      entry.notes.push_back("the recorder had undone the reply's " + codings.back() + " coding");
    }
    if (recording.request_rebuilt) entry.notes.push_back("the request body was parsed; it is written anew");
    if (recording.reply_rebuilt) {
      entry.notes.push_back("the reply body was parsed; it is written anew");
      reply.exact = false;
    }

    exchange.auth = credentials_.AliasOf(request.endpoint, wire::CredentialOf(request));
    exchange.key = KeyOf(request, exchange.auth, options_.rules);
    Understand(exchange, options_.limits);
    exchange.masked = wire::MaskRequest(request, options_.rules);
    for (std::string& path : wire::MaskReply(reply, request.format)) exchange.masked.push_back(std::move(path));

    entry.method = request.method;
    entry.url = request.url;
    const wire::SecretSearch search = credentials_.Search();
    if (const auto found = search.In(exchange, options_.rules.allow_secret); !found.empty()) {
      const wire::SecretFound& first = found.front();
      entry.reason = (first.rule == "credential" ? "the value of a credential that the file holds"
                                                 : "what looks like a secret (" + first.rule + ")") +
                     " would be stored at " + first.place;
      entry.url = search.Withhold(std::move(entry.url));
      entry.secret = true;
      return;
    }
    entry.exchange = std::move(exchange);
  }

  void NameEndpoint(Request& request) const {
    request.endpoint = EndpointNameOf(request.url);
    const std::string host = HostOf(request.url);
    for (const auto& endpoint : options_.endpoints) {
      if (endpoint.host != host) continue;
      request.endpoint = endpoint.name;
      request.format = endpoint.format;
    }
    if (!request.format.empty()) return;
    const format::Adapter* adapter = format::RecogniseAdapter(request);
    request.format = adapter == nullptr ? "http" : std::string(adapter->name());
  }

  const ImportOptions& options_;
  const ImportSink& sink_;
  Credentials credentials_;
  ImportSummary summary_;
};

}  // namespace

Result<ImportSummary> ImportBytes(std::string_view bytes, const std::string& name, const ImportOptions& options,
                                  const ImportSink& sink) {
  Importer importer(options, sink);
  auto format =
      ReadRecordings(bytes, name, options.limits, [&](Recording&& recording) { importer.Take(std::move(recording)); });
  if (!format.ok()) return format.status();
  importer.summary().format = *std::move(format);
  return importer.summary();
}

Result<ImportSummary> ImportFile(const std::string& path, const ImportOptions& options, const ImportSink& sink) {
  const auto bytes = base::ReadFile(path, options.limits.bytes);
  if (!bytes.ok()) return bytes.status();
  return ImportBytes(*bytes, path, options, sink);
}

}  // namespace reprise::recorder
