#include <algorithm>
#include <charconv>

#include "lib/base/hash.h"
#include "lib/cassette/exchange_record.h"
#include "lib/cassette/format.h"
#include "lib/cassette/record.h"
#include "lib/wire/body.h"
#include "lib/wire/json_text.h"

namespace reprise::cassette {
namespace {

using wire::BodyShape;
using wire::JsonKind;
using wire::JsonTree;
using wire::StoredBody;

Status Wrong(std::string_view member, std::string reason) {
  return Status(ErrorKind::kCassette, std::string(member), std::move(reason));
}

constexpr std::string_view kBlobObject = "{\"$blob\":\"";

template <typename Number>
bool ToNumber(std::string_view raw, Number* number) {
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), *number);
  return error == std::errc() && end == raw.data() + raw.size();
}

class Reader {
 public:
  Reader(const JsonTree& tree, const BlobSource& blobs, const CassetteLimits& limits)
      : tree_(tree), blobs_(blobs), limits_(limits) {}

  Result<Exchange> Read() {
    Exchange exchange;
    Status status;
    for (std::uint32_t name = tree_.First(0); name < tree_.End(0) && status.ok();) {
      const std::uint32_t value = tree_.node(name).next;
      const std::string member = tree_.String(name);
      if (member == "key")
        status = Text(value, member, &exchange.key);
      else if (member == "lane")
        status = Text(value, member, &exchange.lane);
      else if (member == "endpoint")
        status = Text(value, member, &exchange.request.endpoint);
      else if (member == "format")
        status = Text(value, member, &exchange.request.format);
      else if (member == "auth")
        status = Number(value, member, &exchange.auth);
      else if (member == "model")
        status = ReadModel(value, &exchange.model);
      else if (member == "request")
        status = ReadRequest(value, &exchange.request);
      else if (member == "reply")
        status = ReadReply(value, &exchange.reply);
      else if (member == "left")
        status = Number(value, member, &exchange.left.emplace());
      else if (member == "masked")
        status = List(value, member, &exchange.masked);
      else if (member == "overlaps")
        status = Flag(value, member, &exchange.overlaps);
      else
        exchange.unknown += (exchange.unknown.empty() ? "" : ",") + std::string(tree_.Raw(name)) + ":" +
                            wire::CompactJson(tree_.Raw(value));
      name = tree_.node(value).next;
    }
    if (status.ok() && !seen_request_) status = Wrong("request", "is missing");
    if (status.ok() && !seen_reply_) status = Wrong("reply", "is missing");
    if (!status.ok()) return status;
    exchange.reply.key = exchange.key;
    exchange.reply.model = exchange.model;
    return exchange;
  }

 private:
  Status Text(std::uint32_t i, std::string_view name, std::string* out) const {
    if (tree_.Kind(i) != JsonKind::kString) return Wrong(name, "is no string");
    *out = tree_.String(i);
    return {};
  }
  template <typename Integer>
  Status Number(std::uint32_t i, std::string_view name, Integer* out) const {
    if (tree_.Kind(i) != JsonKind::kNumber || !ToNumber(tree_.Raw(i), out)) return Wrong(name, "is no such number");
    return {};
  }
  Status Flag(std::uint32_t i, std::string_view name, bool* out) const {
    *out = tree_.Kind(i) == JsonKind::kTrue;
    return *out || tree_.Kind(i) == JsonKind::kFalse ? Status() : Wrong(name, "is neither true nor false");
  }
  Status List(std::uint32_t i, std::string_view name, std::vector<std::string>* out) const {
    if (tree_.Kind(i) != JsonKind::kArray) return Wrong(name, "is no array");
    for (std::uint32_t c = tree_.First(i); c < tree_.End(i); c = tree_.node(c).next)
      REPRISE_RETURN_IF_ERROR(Text(c, name, &out->emplace_back()));
    return {};
  }

  // Calls `read(name, value)` for each member of an object.
  template <typename Read>
  Status Members(std::uint32_t object, std::string_view name, Read read) const {
    if (tree_.Kind(object) != JsonKind::kObject) return Wrong(name, "is no object");
    for (std::uint32_t i = tree_.First(object); i < tree_.End(object);) {
      const std::uint32_t value = tree_.node(i).next;
      REPRISE_RETURN_IF_ERROR(read(tree_.String(i), value));
      i = tree_.node(value).next;
    }
    return {};
  }

  Status ReadModel(std::uint32_t i, ModelIdentity* model) const {
    return Members(i, "model", [&](const std::string& name, std::uint32_t value) -> Status {
      if (name == "asked") return Text(value, "model.asked", &model->asked);
      if (name == "answered") return Text(value, "model.answered", &model->answered);
      if (name == "pin") return Text(value, "model.pin", &model->pin);
      return {};
    });
  }

  // What a message of either side has.
  struct Message {
    Headers* headers;
    std::string* body;
    StoredBody stored;
    bool seen_body = false;
    std::string sum;
    std::vector<std::uint64_t> pieces;
  };

  Status ReadMember(const std::string& name, std::uint32_t value, Message* message) const {
    if (name == "headers") return ReadHeaders(value, message->headers);
    if (name == "space") return Text(value, name, &message->stored.space);
    if (name == "lead") return Text(value, name, &message->stored.lead);
    if (name == "tail") return Text(value, name, &message->stored.tail);
    if (name == "eol") return Text(value, name, &message->stored.eol);
    if (name == "sha256") return Text(value, name, &message->sum);
    const BodyShape shape = wire::ShapeOf(name);
    if (shape == BodyShape::kEmpty) return {};
    if (message->seen_body) return Wrong(name, "is a second body");
    message->seen_body = true;
    message->stored.shape = shape;
    message->stored.value = tree_.Raw(value);
    return {};
  }

  Status RestoreBody(std::string_view side, Message* message) const {
    const auto wrong = [&](std::string_view reason) { return Wrong(side, "the body: " + std::string(reason)); };
    if (message->stored.value.find("\"$blob\"") != std::string::npos)
      if (const Status status = PutBackBlobs(&message->stored.value); !status.ok()) return wrong(status.reason());
    Result<wire::RestoredBody> restored = wire::RestoreBody(message->stored, limits_.body_bytes, limits_.json_depth);
    if (!restored.ok()) return wrong(restored.status().reason());
    *message->body = std::move(restored->bytes);
    message->pieces = std::move(restored->pieces);
    if (!message->sum.empty() && message->sum != base::Sha256Hex(*message->body))
      return wrong("what was restored is not what was recorded (its SHA-256 differs)");
    return {};
  }

  Status PutBackBlobs(std::string* value) const {
    const Result<JsonTree> tree = JsonTree::Parse(*value, limits_.json_depth + kRecordDepth, kMaxRecordValues);
    if (!tree.ok()) return tree.status();
    std::string out;
    std::size_t from = 0;
    for (std::uint32_t i = 0; i < tree->nodes().size(); ++i) {
      if (tree->Kind(i) != JsonKind::kObject) continue;
      const std::uint32_t blob = tree->Member(i, "$blob");
      if (blob == 0) continue;
      const std::uint32_t bytes = tree->Member(i, "bytes"), head = tree->Member(i, "head");
      std::uint64_t size = 0;
      if (tree->Kind(blob) != JsonKind::kString || bytes == 0 || !ToNumber(tree->Raw(bytes), &size) ||
          (head != 0 && tree->Kind(head) != JsonKind::kString))
        return Wrong("$blob", "a reference to a blob is malformed");
      const Result<std::string> text = blobs_(tree->String(blob));
      if (!text.ok()) return text.status();
      if (text->size() != size) return Wrong("$blob", "a blob has another length than its reference says");
      const std::size_t begin = static_cast<std::size_t>(tree->node(i).begin);
      out.append(*value, from, begin - from).append("\"");
      if (head != 0) out += tree->Raw(head).substr(1, tree->Raw(head).size() - 2);
      out.append(*text).append("\"");
      from = static_cast<std::size_t>(tree->node(i).end);
      i = tree->node(i).next - 1;  // nothing inside has a meaning
      if (out.size() > limits_.line_bytes) return Wrong("$blob", "has more bytes than the limit for one record");
    }
    out.append(*value, from, std::string::npos);
    *value = std::move(out);
    return {};
  }

  Status ReadHeaders(std::uint32_t i, Headers* headers) const {
    if (tree_.Kind(i) != JsonKind::kArray) return Wrong("headers", "is no array");
    for (std::uint32_t pair = tree_.First(i); pair < tree_.End(i); pair = tree_.node(pair).next) {
      const std::size_t size = tree_.Kind(pair) == JsonKind::kArray ? tree_.Size(pair) : 0;
      const std::uint32_t name = tree_.First(pair);
      const std::uint32_t value = size < 2 ? 0 : tree_.node(name).next;
      const bool latin1 = size == 3 && tree_.Raw(tree_.node(value).next) == "\"latin1\"";
      if (value == 0 || tree_.Kind(name) != JsonKind::kString || tree_.Kind(value) != JsonKind::kString ||
          (size != 2 && !latin1))
        return Wrong("headers", "has an element that is no pair of name and value");
      Header& header = headers->emplace_back(Header{tree_.String(name), tree_.String(value)});
      if (latin1 && !(FromLatin1(&header.name) && FromLatin1(&header.value)))
        return Wrong("headers", "has characters over U+00FF in a pair marked latin1");
    }
    return {};
  }

  static bool FromLatin1(std::string* text) {
    std::string bytes;
    for (std::size_t i = 0; i < text->size(); ++i) {
      const auto c = static_cast<unsigned char>((*text)[i]);
      if (c < 0x80) {
        bytes += static_cast<char>(c);
      } else if ((c & 0xFC) == 0xC0 && i + 1 < text->size()) {
        bytes += static_cast<char>((c & 3) << 6 | (static_cast<unsigned char>((*text)[++i]) & 0x3F));
      } else {
        return false;
      }
    }
    *text = std::move(bytes);
    return true;
  }

  Status ReadRequest(std::uint32_t i, Request* request) {
    seen_request_ = true;
    Message message{&request->headers, &request->body, {}, false, {}, {}};
    REPRISE_RETURN_IF_ERROR(Members(i, "request", [&](const std::string& name, std::uint32_t value) -> Status {
      if (name == "method") return Text(value, "request.method", &request->method);
      if (name == "url") return Text(value, "request.url", &request->url);
      if (name == "trailers") return ReadHeaders(value, &request->trailers);
      return ReadMember(name, value, &message);
    }));
    return RestoreBody("request", &message);
  }

  Status ReadReply(std::uint32_t i, Reply* reply) {
    seen_reply_ = true;
    Message message{&reply->headers, &reply->body, {}, false, {}, {}};
    bool cuts = false, latin1 = false;
    REPRISE_RETURN_IF_ERROR(Members(i, "reply", [&](const std::string& name, std::uint32_t value) -> Status {
      if (name == "status") return Number(value, "reply.status", &reply->status);
      if (name == "reason") return Text(value, "reply.reason", &reply->reason.emplace());
      if (name == "reason_latin1") return Flag(value, "reply.reason_latin1", &latin1);
      if (name == "version") return Text(value, "reply.version", &reply->version);
      if (name == "trailers") return ReadHeaders(value, &reply->trailers);
      if (name == "coding") return List(value, "reply.coding", &reply->coding);
      if (name == "exact") return Flag(value, "reply.exact", &reply->exact);
      if (name == "end") return ReadEnd(value, &reply->end.emplace());
      if (name != "cuts") return ReadMember(name, value, &message);
      cuts = true;
      if (tree_.Kind(value) != JsonKind::kArray) return Wrong("reply.cuts", "is no array");
      for (std::uint32_t c = tree_.First(value); c < tree_.End(value); c = tree_.node(c).next)
        if (Status status = Number(c, "reply.cuts", &reply->cuts.emplace_back()); !status.ok()) return status;
      return {};
    }));
    if (latin1 && reply->reason && !FromLatin1(&*reply->reason))
      return Wrong("reply.reason", "has characters over U+00FF and is marked latin1");
    REPRISE_RETURN_IF_ERROR(RestoreBody("reply", &message));
    if (!cuts) {
      reply->cuts = std::move(message.pieces);
      return {};
    }
    std::uint64_t left = reply->body.size();
    for (const std::uint64_t cut : reply->cuts) {
      if (cut > left) return Wrong("reply.cuts", "add up to more than the body has");
      left -= cut;
    }
    if (left != 0) return Wrong("reply.cuts", "add up to less than the body has");
    return {};
  }

  Status ReadEnd(std::uint32_t i, BrokenEnd* end) const {
    return Members(i, "reply.end", [&](const std::string& name, std::uint32_t value) -> Status {
      if (name == "how") return Text(value, "reply.end.how", &end->how);
      if (name == "after") return Number(value, "reply.end.after", &end->after);
      return {};
    });
  }

  const JsonTree& tree_;
  const BlobSource& blobs_;
  const CassetteLimits& limits_;
  bool seen_request_ = false, seen_reply_ = false;
};

}  // namespace

Result<Exchange> ReadExchange(std::string_view record, const BlobSource& blobs, const CassetteLimits& limits) {
  if (record.size() > limits.line_bytes) return Wrong("record", "is longer than the limit for one record");
  if (KindOf(record) != RecordKind::kExchange || IdOf(record).empty())
    return Wrong("record", "does not begin with a key of 64 hex digits");
  const Result<JsonTree> tree = JsonTree::Parse(record, limits.json_depth + kRecordDepth, kMaxRecordValues);
  if (!tree.ok()) return Wrong("record", "is no JSON: " + tree.status().reason());
  return Reader(*tree, blobs, limits).Read();
}

Status ReadTimes(std::string_view record, Exchange* exchange) {
  const Result<JsonTree> tree = JsonTree::Parse(record, kRecordDepth, kMaxRecordValues);
  if (!tree.ok()) return Wrong("times", "is no JSON: " + tree.status().reason());
  if (const std::uint32_t at = tree->Member(0, "at"); at != 0 && tree->Kind(at) == JsonKind::kString)
    exchange->at = tree->String(at);
  if (const std::uint32_t ms = tree->Member(0, "ms"); ms != 0 && tree->Kind(ms) == JsonKind::kArray) {
    exchange->reply.ms.clear();
    for (std::uint32_t i = tree->First(ms); i < tree->End(ms); i = tree->node(i).next)
      if (!ToNumber(tree->Raw(i), &exchange->reply.ms.emplace_back())) return Wrong("times", "'ms' has no such number");
  }
  return {};
}

Result<std::string> ReadBlob(std::string_view record, const CassetteLimits& limits) {
  if (record.size() > limits.line_bytes) return Wrong("blob", "is longer than the limit for one record");
  const Result<JsonTree> tree = JsonTree::Parse(record, kRecordDepth, kMaxRecordValues);
  if (!tree.ok()) return Wrong("blob", "is no JSON: " + tree.status().reason());
  const std::uint32_t text = tree->Member(0, "text");
  if (text == 0 || tree->Kind(text) != JsonKind::kString) return Wrong("blob", "has no 'text'");
  const std::string_view inner = tree->Raw(text).substr(1, tree->Raw(text).size() - 2);
  if (base::Sha256Hex(inner) != IdOf(record)) return Wrong("blob", "its text is not that of its hash");
  return std::string(inner);
}

std::vector<std::string_view> BlobsIn(std::string_view record) {
  std::vector<std::string_view> hashes;
  for (std::size_t at = record.find(kBlobObject); at != std::string_view::npos; at = record.find(kBlobObject, at + 1)) {
    const std::string_view hash = record.substr(at + kBlobObject.size(), kHexDigits);
    if (IsId(hash)) hashes.push_back(hash);
  }
  return hashes;
}

}  // namespace reprise::cassette
