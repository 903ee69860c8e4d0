#include "lib/format/completeness.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

constexpr std::size_t kQuoted = 200;

bool StartsWith(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [word](std::string_view w) { return wire::EqualNoCase(word, w); });
}

std::string Cut(const std::string& text) {
  if (text.size() <= kQuoted) return text;
  std::size_t end = kQuoted;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

bool IsEventStream(const Reply& reply) {
  const std::string type = wire::HeaderValue(reply.headers, "content-type").value_or("");
  return wire::ParseMediaType(type).type == "text/event-stream" || StartsWith(reply.body, "data:") ||
         StartsWith(reply.body, "event:");
}

// Does the last line of JSON say `"done": true`?
bool SaysDone(std::string_view body) {
  const std::size_t end = body.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return false;
  body = body.substr(0, end + 1);
  const std::size_t line = body.find_last_of('\n');
  const Result<wire::JsonTree> tree =
      wire::JsonTree::Parse(line == std::string_view::npos ? body : body.substr(line + 1));
  if (!tree.ok() || tree->Kind(0) != wire::JsonKind::kObject) return false;
  const std::uint32_t done = tree->Member(0, "done");
  return done != 0 && tree->Kind(done) == wire::JsonKind::kTrue;
}

// The event that ends a stream of this format and is not there; "" when it is there, or the reply is no stream.
std::string MissingEnd(std::string_view format, const Reply& reply) {
  if (StartsWith(format, "ollama")) return SaysDone(reply.body) ? "" : "\"done\": true";
  if (!IsEventStream(reply)) return "";
  const std::vector<wire::SseEvent> events = wire::ParseSse(reply.body);
  if (StartsWith(format, "openai.chat")) {
    const bool done =
        std::any_of(events.begin(), events.end(), [](const auto& event) { return event.data == "[DONE]"; });
    return done ? "" : "[DONE]";
  }
  if (StartsWith(format, "anthropic")) {
    const bool stop = std::any_of(events.begin(), events.end(), [](const wire::SseEvent& event) {
      return event.type == "message_stop" || event.data.find("\"message_stop\"") != std::string::npos;
    });
    return stop ? "" : "message_stop";
  }
  if (StartsWith(format, "gemini")) return reply.finish_reason.empty() ? "a finishReason" : "";
  return "";
}

}  // namespace

std::vector<std::string> WhatIsMissing(const Request& request, const Reply& reply) {
  std::vector<std::string> out;
  if (reply.end)
    out.push_back("broke off after " + std::to_string(reply.end->after) + " bytes (" + reply.end->how + ")");
  const bool has_body = !wire::EqualNoCase(request.method, "HEAD") && reply.status != 204 && reply.status != 304;
  if (const auto said = wire::HeaderValue(reply.headers, "content-length"); said && has_body && reply.exact) {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(said->data(), said->data() + said->size(), length);
    if (error == std::errc() && end == said->data() + said->size() && length > reply.body.size())
      out.push_back("has " + std::to_string(reply.body.size()) + " bytes of body, where its Content-Length says " +
                    std::to_string(length));
  }
  const std::string why = reply.error.empty() ? "" : ": " + Cut(reply.error);
  if (reply.status >= 400) {
    out.push_back("is an error, status " + std::to_string(reply.status) + why);
    return out;
  }
  if (!reply.error.empty()) out.push_back("holds an error, though its status is " + std::to_string(reply.status) + why);
  if (const std::string event = MissingEnd(request.format, reply); !event.empty() && !reply.end)
    out.push_back("is a stream without its end (" + event + ")");
  const std::string& finish = reply.finish_reason;
  if (IsOneOf(finish, {"length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"}))
    out.push_back("ended at its token limit (finish reason \"" + finish + "\")");
  else if (IsOneOf(finish, {"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii",
                            "image_safety", "refusal"}))
    out.push_back("was stopped by a filter (finish reason \"" + Cut(finish) + "\")");
  return out;
}

}  // namespace reprise::format
