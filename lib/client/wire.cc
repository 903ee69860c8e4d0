#include "lib/client/wire.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

namespace reprise::internal {
namespace {

constexpr std::size_t kMaxName = 0xFFFF;
constexpr std::pair<ErrorKind, std::string_view> kKinds[] = {
    {ErrorKind::kOk, "ok"},
    {ErrorKind::kUsage, "usage"},
    {ErrorKind::kMismatch, "mismatch"},
    {ErrorKind::kCassette, "cassette"},
    {ErrorKind::kUpstream, "upstream"},
    {ErrorKind::kSecret, "secret"},
    {ErrorKind::kStale, "stale"},
    {ErrorKind::kIo, "io"},
    {ErrorKind::kInternal, "internal"},
};

void PutNumber(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t GetNumber(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// Takes `size` bytes from the front of `rest`; false when there are fewer.
bool Take(std::string_view& rest, std::size_t size, std::string_view& taken) {
  if (rest.size() < size) return false;
  taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

Status Malformed(const char* what) {
  return Status(ErrorKind::kInternal, "message between the test and its deck", what,
                "The program on the other side is not of this protocol; see REPRISE_DECK");
}

Status SocketStatus(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return Status(ErrorKind::kIo, "", "timed out");
  if (error == EPIPE || error == ECONNRESET || error == ENOTCONN) return Status(ErrorKind::kIo, "", "closed");
  return Status(ErrorKind::kIo, "connection to the deck", std::generic_category().message(error));
}

// Fills `buffer`; `received` tells how far it came.
Status ReceiveAll(int fd, char* buffer, std::size_t size, std::size_t* received) {
  *received = 0;
  while (*received < size) {
    const ssize_t n = ::recv(fd, buffer + *received, size - *received, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SocketStatus(errno);
    if (n == 0) return Status(ErrorKind::kIo, "", "closed");
    *received += static_cast<std::size_t>(n);
  }
  return Status();
}

template <typename T>
T ParseNumber(std::string_view text) {
  T value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? value : T{};
}

// Shortest text that reads back as the same value, whatever the locale.
std::string DoubleText(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end.ptr);
}

template <typename T>
std::string ListText(const std::vector<T>& values) {
  std::string out;
  for (const T value : values) {
    if (!out.empty()) out += ',';
    out += std::to_string(value);
  }
  return out;
}

template <typename T>
std::vector<T> ParseList(std::string_view text) {
  std::vector<T> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    out.push_back(ParseNumber<T>(text.substr(0, comma)));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return out;
}

}  // namespace

std::string_view ErrorKindName(ErrorKind kind) {
  for (const auto& [k, name] : kKinds) {
    if (k == kind) return name;
  }
  return "internal";
}

ErrorKind ErrorKindOf(std::string_view name) {
  for (const auto& [kind, n] : kKinds) {
    if (n == name) return kind;
  }
  return ErrorKind::kInternal;
}

Message Message::Ok() {
  Message message;
  message.Add("status", "ok");
  return message;
}

Message Message::Error(const Status& status) {
  Message message;
  message.Add("status", ErrorKindName(status.kind()));
  message.Add("object", status.object()).Add("reason", status.reason()).Add("next", status.next());
  return message;
}

std::string_view Message::Get(std::string_view name) const {
  for (const auto& [n, value] : fields_) {
    if (n == name) return value;
  }
  return {};
}

bool Message::Has(std::string_view name) const {
  for (const auto& field : fields_) {
    if (field.first == name) return true;
  }
  return false;
}

std::vector<std::string> Message::All(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [n, value] : fields_) {
    if (n == name) out.push_back(value);
  }
  return out;
}

Status Message::ToStatus() const {
  if (fields_.empty() || fields_[0].first != "status") return Malformed("an answer that does not begin with a status");
  const ErrorKind kind = ErrorKindOf(fields_[0].second);
  if (kind == ErrorKind::kOk) return Status();
  return Status(kind, std::string(Get("object")), std::string(Get("reason")), std::string(Get("next")));
}

std::string Message::Encode() const {
  std::uint64_t size = 0;
  for (const auto& [name, value] : fields_) {
    if (name.size() > kMaxName || value.size() > kMaxMessage) return {};
    size += 2 + name.size() + 4 + value.size();
  }
  if (size > kMaxMessage || fields_.size() > kMaxFields) return {};
  std::string out;
  out.reserve(4 + size);
  PutNumber(size, 4, out);
  for (const auto& [name, value] : fields_) {
    PutNumber(name.size(), 2, out);
    out += name;
    PutNumber(value.size(), 4, out);
    out += value;
  }
  return out;
}

Result<Message> Message::Decode(std::string_view body) {
  if (body.size() > kMaxMessage) return Malformed("a message over 256 MiB");
  Message message;
  while (!body.empty()) {
    std::string_view length, name, value;
    if (!Take(body, 2, length) || !Take(body, GetNumber(length), name)) return Malformed("a field cut in its name");
    if (!Take(body, 4, length) || !Take(body, GetNumber(length), value)) return Malformed("a field cut in its value");
    if (message.fields_.size() == kMaxFields) return Malformed("a message of more than a million fields");
    message.Add(name, value);
  }
  return message;
}

Status SendMessage(int fd, const Message& message) {
  const std::string bytes = message.Encode();
  if (bytes.empty()) {
    return Status(ErrorKind::kUsage, "message \"" + std::string(message.Get("verb")) + "\"",
                  "over the limits of one message (256 MiB, a million fields)", "Send less at once");
  }
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SocketStatus(errno);
    sent += static_cast<std::size_t>(n);
  }
  return Status();
}

Result<Message> ReceiveMessage(int fd) {
  char head[4];
  std::size_t received = 0;
  if (Status status = ReceiveAll(fd, head, sizeof head, &received); !status.ok()) {
    if (received > 0 && status.reason() == "closed") return Malformed("a message cut in its length");
    return status;
  }
  const std::uint64_t size = GetNumber(std::string_view(head, sizeof head));
  if (size > kMaxMessage) return Malformed("a message over 256 MiB");
  // Memory follows what has arrived, not what was announced.
  std::string body;
  while (body.size() < size) {
    const std::size_t have = body.size();
    const std::size_t step = std::min<std::uint64_t>(size - have, std::max<std::size_t>(have, 64 * 1024));
    body.resize(have + step);
    if (Status status = ReceiveAll(fd, &body[have], step, &received); !status.ok()) {
      if (status.reason() == "closed") return Malformed("a message cut in the middle");
      return status;
    }
  }
  return Message::Decode(body);
}

void EncodeReply(const Reply& reply, Message& message) {
  const auto add_if = [&message](std::string_view name, const std::string& value) {
    if (!value.empty()) message.Add(name, value);
  };
  const auto add_count = [&message](std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) message.Add(name, *value);
  };
  message.Add("reply.status", reply.status);
  if (reply.reason) message.Add("reply.reason", *reply.reason);
  add_if("reply.version", reply.version);
  for (const Header& header : reply.headers) {
    message.Add("reply.header.name", header.name).Add("reply.header.value", header.value);
  }
  add_if("reply.body", reply.body);
  add_if("reply.cuts", ListText(reply.cuts));
  add_if("reply.ms", ListText(reply.ms));
  for (const Header& trailer : reply.trailers) {
    message.Add("reply.trailer.name", trailer.name).Add("reply.trailer.value", trailer.value);
  }
  if (reply.end) {
    message.Add("reply.end.how", reply.end->how).Add("reply.end.after", std::to_string(reply.end->after));
  }
  for (const std::string& coding : reply.coding) message.Add("reply.coding", coding);
  message.Add("reply.exact", reply.exact ? "1" : "0");
  add_if("reply.text", reply.text);
  add_if("reply.refusal", reply.refusal);
  add_if("reply.reasoning", reply.reasoning);
  add_if("reply.continuation", reply.continuation);
  for (const ToolCall& call : reply.tool_calls) {
    message.Add("reply.tool.id", call.id).Add("reply.tool.name", call.name).Add("reply.tool.arguments", call.arguments);
  }
  add_if("reply.finish_reason", reply.finish_reason);
  add_count("reply.usage.prompt", reply.usage.prompt_tokens);
  add_count("reply.usage.completion", reply.usage.completion_tokens);
  add_count("reply.usage.total", reply.usage.total_tokens);
  add_if("reply.model.asked", reply.model.asked);
  add_if("reply.model.answered", reply.model.answered);
  add_if("reply.model.pin", reply.model.pin);
  add_if("reply.fingerprint", reply.fingerprint);
  add_if("reply.error", reply.error);
  for (const TokenLogprob& token : reply.logprobs) {
    message.Add("reply.logprob.token", token.token).Add("reply.logprob.value", DoubleText(token.logprob));
    for (const auto& [text, logprob] : token.top) {
      message.Add("reply.logprob.top.token", text).Add("reply.logprob.top.value", DoubleText(logprob));
    }
  }
  for (const std::string& choice : reply.choices) message.Add("reply.choice", choice);
  add_if("reply.key", reply.key);
  message.Add("reply.replayed", reply.replayed ? "1" : "0");
}

Reply DecodeReply(const Message& message) {
  // A value that belongs to the struct begun last; where none was begun it goes nowhere.
  const auto last = [](auto& list) { return list.empty() ? nullptr : &list.back(); };
  Reply reply;
  for (const auto& [name, value] : message.fields()) {
    if (name.compare(0, 6, "reply.") != 0) continue;
    const std::string_view field = std::string_view(name).substr(6);
    if (field == "status") reply.status = ParseNumber<int>(value);
    if (field == "reason") reply.reason = value;
    if (field == "version") reply.version = value;
    if (field == "trailer.name") reply.trailers.push_back({value, ""});
    if (auto* trailer = last(reply.trailers); trailer != nullptr && field == "trailer.value") trailer->value = value;
    if (field == "header.name") reply.headers.push_back({value, ""});
    if (auto* header = last(reply.headers); header != nullptr && field == "header.value") header->value = value;
    if (field == "body") reply.body = value;
    if (field == "cuts") reply.cuts = ParseList<std::uint64_t>(value);
    if (field == "ms") reply.ms = ParseList<std::uint32_t>(value);
    if (field == "end.how") reply.end = BrokenEnd{value, 0};
    if (field == "end.after" && reply.end) reply.end->after = ParseNumber<std::uint64_t>(value);
    if (field == "coding") reply.coding.push_back(value);
    if (field == "exact") reply.exact = value == "1";
    if (field == "text") reply.text = value;
    if (field == "refusal") reply.refusal = value;
    if (field == "reasoning") reply.reasoning = value;
    if (field == "continuation") reply.continuation = value;
    if (field == "tool.id") reply.tool_calls.push_back({value, "", ""});
    if (auto* call = last(reply.tool_calls); call != nullptr) {
      if (field == "tool.name") call->name = value;
      if (field == "tool.arguments") call->arguments = value;
    }
    if (field == "finish_reason") reply.finish_reason = value;
    if (field == "usage.prompt") reply.usage.prompt_tokens = ParseNumber<std::int64_t>(value);
    if (field == "usage.completion") reply.usage.completion_tokens = ParseNumber<std::int64_t>(value);
    if (field == "usage.total") reply.usage.total_tokens = ParseNumber<std::int64_t>(value);
    if (field == "model.asked") reply.model.asked = value;
    if (field == "model.answered") reply.model.answered = value;
    if (field == "model.pin") reply.model.pin = value;
    if (field == "fingerprint") reply.fingerprint = value;
    if (field == "error") reply.error = value;
    if (field == "logprob.token") {
      reply.logprobs.emplace_back();
      reply.logprobs.back().token = value;
    }
    if (auto* token = last(reply.logprobs); token != nullptr) {
      if (field == "logprob.value") token->logprob = ParseNumber<double>(value);
      if (field == "logprob.top.token") token->top.emplace_back(value, 0);
      if (field == "logprob.top.value" && !token->top.empty()) token->top.back().second = ParseNumber<double>(value);
    }
    if (field == "choice") reply.choices.push_back(value);
    if (field == "key") reply.key = value;
    if (field == "replayed") reply.replayed = value == "1";
  }
  return reply;
}

}  // namespace reprise::internal
