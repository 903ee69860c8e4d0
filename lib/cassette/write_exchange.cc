#include <algorithm>
#include <numeric>

#include "lib/base/hash.h"
#include "lib/cassette/exchange_record.h"
#include "lib/cassette/format.h"
#include "lib/cassette/record.h"
#include "lib/wire/body.h"
#include "lib/wire/json_text.h"

namespace reprise::cassette {
namespace {

using wire::BodyShape;
using wire::JsonTree;
using wire::QuoteJson;
using wire::StoredBody;

Status Wrong(std::string_view member, std::string reason) {
  return Status(ErrorKind::kCassette, std::string(member), std::move(reason));
}

constexpr std::string_view kBlobObject = "{\"$blob\":\"";

bool IsBase64Looking(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '-' || c == '_';
  });
}

// Length of "data:image/png;base64," at the front of what stands between quotes, or 0.
std::size_t DataUrlHead(std::string_view text) {
  constexpr std::string_view kEnd = ";base64,";
  if (text.substr(0, 5) != "data:") return 0;
  const std::size_t end = text.substr(0, 256).find(kEnd);
  if (end == std::string_view::npos || text.substr(0, end).find('\\') != std::string_view::npos) return 0;
  return end + kEnd.size();
}

class Writer {
 public:
  explicit Writer(const CassetteLimits& limits) : limits_(limits) {}

  Result<ExchangeText> Write(const Exchange& exchange) {
    REPRISE_RETURN_IF_ERROR(Check(exchange));
    ExchangeText text;
    blobs_ = &text.blobs;
    out_ = std::string(kExchangeStart) + exchange.key + "\",\"lane\":" + QuoteJson(exchange.lane);
    String("endpoint", exchange.request.endpoint);
    String("format", exchange.request.format);
    if (exchange.auth != 0) out_ += ",\"auth\":" + std::to_string(exchange.auth);
    WriteModel(exchange.model);
    const Request& request = exchange.request;
    out_ += "," + std::string(kLineBreak) + "\"request\":{\"method\":" + QuoteJson(request.method) +
            ",\"url\":" + QuoteJson(request.url);
    out_ += "," + std::string(kLineBreak);
    WriteHeaders("headers", request.headers);
    WriteBody(request.body, nullptr);
    if (!request.trailers.empty()) {
      out_ += ",";
      WriteHeaders("trailers", request.trailers);
    }
    const Reply& reply = exchange.reply;
    out_ += "}," + std::string(kLineBreak) + "\"reply\":{\"status\":" + std::to_string(reply.status);
    if (reply.reason) {
      const bool utf8 = wire::IsUtf8(*reply.reason);
      out_ += ",\"reason\":" + QuoteJson(utf8 ? *reply.reason : Latin1(*reply.reason));
      if (!utf8) out_ += ",\"reason_latin1\":true";
    }
    String("version", reply.version);
    out_ += "," + std::string(kLineBreak);
    WriteHeaders("headers", reply.headers);
    WriteBody(reply.body, &reply.cuts);
    if (!reply.trailers.empty()) {
      out_ += ",";
      WriteHeaders("trailers", reply.trailers);
    }
    if (!reply.coding.empty()) List("coding", reply.coding);
    if (!reply.exact) out_ += ",\"exact\":false";
    if (reply.end)
      out_ += ",\"end\":{\"how\":" + QuoteJson(reply.end->how) + ",\"after\":" + std::to_string(reply.end->after) + "}";
    out_ += "}";
    if (exchange.left) out_ += ",\"left\":" + std::to_string(*exchange.left);
    if (!exchange.masked.empty()) List("masked", exchange.masked);
    if (exchange.overlaps) out_ += ",\"overlaps\":true";
    if (!exchange.unknown.empty()) out_ += "," + exchange.unknown;
    out_ += "}";
    for (const std::string* part : {static_cast<const std::string*>(&out_), &LargestBlob()})
      if (part->size() > limits_.line_bytes)
        return Wrong("record", "would have " + std::to_string(part->size()) + " bytes, over the limit of " +
                                   std::to_string(limits_.line_bytes) + " for one record");
    text.exchange = std::move(out_);
    text.times = WriteTimes(exchange);
    return text;
  }

 private:
  Status Check(const Exchange& exchange) const {
    if (!IsId(exchange.key)) return Wrong("key", "is not 64 lower-case hex digits: " + QuoteJson(Utf8(exchange.key)));
    const std::pair<const char*, const std::string*> strings[] = {{"lane", &exchange.lane},
                                                                  {"endpoint", &exchange.request.endpoint},
                                                                  {"format", &exchange.request.format},
                                                                  {"method", &exchange.request.method},
                                                                  {"url", &exchange.request.url},
                                                                  {"at", &exchange.at}};
    for (const auto& [name, value] : strings)
      if (!wire::IsUtf8(*value)) return Wrong(name, "is not UTF-8, so it cannot stand in a cassette");
    const std::pair<const char*, const std::string*> bodies[] = {{"request.body", &exchange.request.body},
                                                                 {"reply.body", &exchange.reply.body}};
    for (const auto& [name, body] : bodies)
      if (body->size() > limits_.body_bytes)
        return Wrong(name, "has " + std::to_string(body->size()) + " bytes, over the limit of " +
                               std::to_string(limits_.body_bytes) + " for one body");
    const std::vector<std::uint64_t>& cuts = exchange.reply.cuts;
    if (!cuts.empty() && std::accumulate(cuts.begin(), cuts.end(), std::uint64_t{0}) != exchange.reply.body.size())
      return Wrong("reply.cuts", "do not add up to the length of the body");
    if (!exchange.unknown.empty() && !JsonTree::Parse("{" + exchange.unknown + "}", limits_.json_depth + 1).ok())
      return Wrong("unknown", "is not a list of JSON members");
    return {};
  }

  // For what is only told, never compared: bytes that are no UTF-8 become U+FFFD.
  static std::string Utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      std::size_t n = std::min<std::size_t>(4, text.size());
      while (n > 0 && !wire::IsUtf8(text.substr(0, n))) --n;
      out += n == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, n);
      text.remove_prefix(std::max<std::size_t>(n, 1));
    }
    return out;
  }

  void String(std::string_view name, std::string_view value) {
    if (!value.empty()) out_ += ",\"" + std::string(name) + "\":" + QuoteJson(value);
  }
  void List(std::string_view name, const std::vector<std::string>& values) {
    out_ += ",\"" + std::string(name) + "\":[";
    for (std::size_t i = 0; i < values.size(); ++i) out_ += (i == 0 ? "" : ",") + QuoteJson(Utf8(values[i]));
    out_ += "]";
  }

  void WriteModel(const ModelIdentity& model) {
    if (model == ModelIdentity()) return;
    std::string members;
    for (const auto& [name, value] : {std::pair<const char*, const std::string*>{"asked", &model.asked},
                                      {"answered", &model.answered},
                                      {"pin", &model.pin}})
      if (!value->empty())
        members += (members.empty() ? "\"" : ",\"") + std::string(name) + "\":" + QuoteJson(Utf8(*value));
    out_ += ",\"model\":{" + members + "}";
  }

  void WriteHeaders(std::string_view name, const Headers& headers) {
    out_.append("\"").append(name).append("\":[");
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const bool utf8 = wire::IsUtf8(headers[i].name) && wire::IsUtf8(headers[i].value);
      out_ += i == 0 ? "[" : ",[";
      out_ += QuoteJson(utf8 ? headers[i].name : Latin1(headers[i].name)) + ",";
      out_ += QuoteJson(utf8 ? headers[i].value : Latin1(headers[i].value));
      out_ += utf8 ? "]" : ",\"latin1\"]";
    }
    out_ += "]";
  }

  static std::string Latin1(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        out += c;
      } else {
        out += static_cast<char>(0xC0 | byte >> 6);
        out += static_cast<char>(0x80 | (byte & 0x3F));
      }
    }
    return out;
  }

  void WriteBody(const std::string& bytes, const std::vector<std::uint64_t>* cuts) {
    if (bytes.empty()) return;
    StoredBody stored = wire::StoreBody(bytes, limits_.json_depth);
    const bool blobs = TakeOutBlobs(stored);
    out_ += "," + std::string(kLineBreak) + "\"" + std::string(NameOf(stored.shape)) + "\":";
    Break(stored);
    String("space", stored.space);
    String("lead", stored.lead);
    String("tail", stored.tail);
    if (stored.eol != "\n") out_ += ",\"eol\":" + QuoteJson(stored.eol);
    if (blobs) out_ += ",\"sha256\":\"" + base::Sha256Hex(bytes) + "\"";
    if (cuts != nullptr) WriteCuts(bytes, *cuts, stored.shape);
  }

  void WriteCuts(const std::string& bytes, const std::vector<std::uint64_t>& cuts, BodyShape shape) {
    const bool elements = shape == BodyShape::kEvents || shape == BodyShape::kLines;
    const std::vector<std::uint64_t> whole = {bytes.size()};
    const std::vector<std::uint64_t>& said = cuts.empty() ? whole : cuts;
    if (said == (elements ? wire::PiecesOf(bytes, shape) : whole)) return;
    out_ += ",\"cuts\":[";
    for (std::size_t i = 0; i < said.size(); ++i) out_ += (i == 0 ? "" : ",") + std::to_string(said[i]);
    out_ += "]";
  }

  // Puts `$blob` objects where large strings stand in the value. True when there was one.
  bool TakeOutBlobs(StoredBody& stored) {
    if (stored.value.size() < kBlobBytes) return false;
    const bool one_string = stored.shape == BodyShape::kText || stored.shape == BodyShape::kBase64;
    if (one_string) {
      const std::string_view inner = std::string_view(stored.value).substr(1, stored.value.size() - 2);
      if (stored.shape == BodyShape::kText ? inner.size() <= wire::kMaxShapedBody : inner.size() < kBlobBytes)
        return false;
      stored.value = MakeBlob(inner, "");
      return true;
    }
    std::string out;
    bool any = false;
    const std::string_view value = stored.value;
    for (std::size_t i = 0; i < value.size();) {
      const std::size_t quote = std::min(value.find('"', i), value.size());
      out += value.substr(i, quote - i);
      if (quote == value.size()) break;
      std::size_t end = quote + 1;
      while (value[end] != '"') end += value[end] == '\\' ? 2 : 1;
      const std::string_view inner = value.substr(quote + 1, end - quote - 1);
      const std::size_t head = DataUrlHead(inner);
      const bool is_name = end + 1 < value.size() && value[end + 1] == ':';
      if (!is_name && inner.size() - head >= kBlobBytes && IsBase64Looking(inner.substr(head))) {
        out += MakeBlob(inner.substr(head), inner.substr(0, head));
        any = true;
      } else {
        out += value.substr(quote, end + 1 - quote);
      }
      i = end + 1;
    }
    stored.value = std::move(out);
    return any;
  }

  std::string MakeBlob(std::string_view inner, std::string_view head) {
    std::string hash = base::Sha256Hex(inner);
    std::string object = std::string(kBlobObject) + hash + "\",\"bytes\":" + std::to_string(inner.size());
    if (!head.empty()) object.append(",\"head\":\"").append(head).append("\"");
    std::string& record = (*blobs_)[hash];
    if (record.empty()) record.append(kBlobStart).append(hash).append("\",\"text\":\"").append(inner).append("\"}");
    return object + "}";
  }

  const std::string& LargestBlob() const {
    static const std::string kNone;
    const std::string* largest = &kNone;
    for (const auto& [hash, record] : *blobs_)
      if (record.size() > largest->size()) largest = &record;
    return *largest;
  }

  // Appends the value with the line breaks of FORMAT.md, section 2.
  void Break(const StoredBody& stored) {
    const bool elements = stored.shape == BodyShape::kEvents || stored.shape == BodyShape::kLines;
    const std::string_view value = stored.value;
    if (!elements && stored.shape != BodyShape::kJson) {
      out_ += value;
      return;
    }
    // Open containers, '{' or '['; an array breaks when it is the value, or a member of it.
    std::string open;
    std::size_t from = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const char c = value[i];
      if ((c == '{' || c == '"') && i > 0 && (value[i - 1] == '[' || value[i - 1] == ',') && !open.empty() &&
          open.back() == '[' && (open.size() == 1 || (!elements && open == "{["))) {
        out_.append(value.substr(from, i - from)).append(kLineBreak);
        from = i;
      }
      if (elements && c == '[' && open == "[") {  // a pair
        out_.append(value.substr(from, i - from)).append(kLineBreak);
        from = i;
      }
      if (c == '"') {
        for (++i; value[i] != '"'; ++i)
          if (value[i] == '\\') ++i;
      } else if (c == '{' || c == '[') {
        open += c;
      } else if (c == '}' || c == ']') {
        open.pop_back();
      }
    }
    out_ += value.substr(from);
  }

  static std::string WriteTimes(const Exchange& exchange) {
    if (exchange.at.empty() && exchange.reply.ms.empty()) return {};
    std::string out = std::string(kTimesStart) + exchange.key + "\"";
    if (!exchange.at.empty()) out += ",\"at\":" + QuoteJson(exchange.at);
    if (!exchange.reply.ms.empty()) {
      out += ",\"ms\":[";
      for (std::size_t i = 0; i < exchange.reply.ms.size(); ++i)
        out += (i == 0 ? "" : ",") + std::to_string(exchange.reply.ms[i]);
      out += "]";
    }
    return out + "}";
  }

  const CassetteLimits& limits_;
  std::map<std::string, std::string>* blobs_ = nullptr;
  std::string out_;
};

}  // namespace

Result<ExchangeText> WriteExchange(const Exchange& exchange, const CassetteLimits& limits) {
  return Writer(limits).Write(exchange);
}

}  // namespace reprise::cassette
