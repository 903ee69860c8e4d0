#include "lib/format/completeness.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include "lib/format/reply_text.h"
#include "lib/wire/headers.h"
#include "lib/wire/json_objects.h"
#include "lib/wire/json_text.h"
#include "lib/wire/json_view.h"
#include "lib/wire/sse.h"

namespace reprise::format {
namespace {

using wire::JsonView;

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

// How many answers the request asks for.
std::int64_t Asked(const Request& request, std::string_view group, const char* name) {
  const Result<wire::JsonTree> tree = wire::JsonTree::Parse(request.body);
  if (!tree.ok()) return 1;
  const JsonView root(*tree);
  return (group.empty() ? root : root[group])[name].Integer().value_or(1);
}

// A word for the end of each answer that has none: "a finish_reason", "a finish_reason of choice 1"; "" where all that
// were asked for have ended. `ended`: the answers that began, by index.
std::string UnendedAnswer(const std::map<std::int64_t, bool>& ended, std::int64_t asked, const std::string& end,
                          const char* answer) {
  if (ended.empty() && asked <= 1) return end;
  for (std::int64_t i = 0; i < std::max<std::int64_t>(asked, 1); ++i)
    if (ended.count(i) == 0) return end + " of " + answer + " " + std::to_string(i);
  for (const auto& [index, done] : ended)
    if (!done) return ended.size() == 1 ? end : end + " of " + answer + " " + std::to_string(index);
  return "";
}

// Many servers never send "[DONE]": where each choice has its finish reason, the answer is all there. The usage, if it
// was asked for, comes after that, so a stream without both lost something.
std::string MissingEndOfOpenAi(const Request& request, const std::vector<wire::SseEvent>& events) {
  std::map<std::int64_t, bool> ended;
  bool usage = false;
  for (const wire::SseEvent& event : events) {
    const std::string_view data = TrimBody(event.data);
    if (StartsWith(data, "[DONE]")) return "";
    const ReplyPiece piece(data);
    usage = usage || piece.root()["usage"] || piece.root()["x_groq"]["usage"];
    std::int64_t position = 0;
    for (const JsonView& choice : piece.root()["choices"].Elements()) {
      bool& done = ended[choice["index"].Integer().value_or(position++)];
      done = done || !choice["finish_reason"].Text().empty();
    }
  }
  if (std::string unended = UnendedAnswer(ended, Asked(request, "", "n"), "a finish_reason", "choice");
      !unended.empty())
    return unended + ", or [DONE]";
  const Result<wire::JsonTree> tree = wire::JsonTree::Parse(request.body);
  const bool wants = tree.ok() && JsonView(*tree)["stream_options"]["include_usage"].Is(wire::JsonKind::kTrue);
  return wants && !usage ? "the usage that was asked for, or [DONE]" : "";
}

std::string MissingEndOfGemini(const Request& request, const std::vector<wire::SseEvent>& events, const Reply& reply) {
  if (!reply.refusal.empty()) return "";  // a prompt that was blocked has no candidates
  std::map<std::int64_t, bool> ended;
  const auto add = [&ended](std::string_view text) {
    for (const std::string_view object : wire::JsonObjectsIn(text)) {
      const ReplyPiece piece(object);
      std::int64_t position = 0;
      for (const JsonView& candidate : piece.root()["candidates"].Elements()) {
        bool& done = ended[candidate["index"].Integer().value_or(position++)];
        done = done || !candidate["finishReason"].TextOrRaw().empty();
      }
    }
  };
  if (events.empty()) add(reply.body);
  for (const wire::SseEvent& event : events) add(event.data);
  const std::int64_t asked = std::max(Asked(request, "generationConfig", "candidateCount"),
                                      Asked(request, "generation_config", "candidate_count"));
  return UnendedAnswer(ended, asked, "a finishReason", "candidate");
}

// What ends a stream of this format and is not there; "" when it is there, or the reply is no stream.
std::string MissingEnd(const Request& request, const Reply& reply) {
  const std::string_view format = request.format;
  if (StartsWith(format, "ollama")) return SaysDone(reply.body) ? "" : "\"done\": true";
  const bool gemini = StartsWith(format, "gemini");
  const bool array = gemini && StartsWith(TrimBody(reply.body), "[");  // written piece by piece, without `alt=sse`
  if (!IsEventStream(reply) && !array) return "";
  const std::vector<wire::SseEvent> events = array ? std::vector<wire::SseEvent>() : wire::ParseSse(reply.body);
  if (gemini) return MissingEndOfGemini(request, events, reply);
  if (StartsWith(format, "openai.chat")) return MissingEndOfOpenAi(request, events);
  if (StartsWith(format, "anthropic")) {
    const bool stop = std::any_of(events.begin(), events.end(), [](const wire::SseEvent& event) {
      return event.type == "message_stop" || event.data.find("\"message_stop\"") != std::string::npos;
    });
    return stop ? "" : "message_stop";
  }
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
  // An error ends a stream: nobody sends what would have come after it.
  if (!reply.error.empty())
    out.push_back("holds an error, though its status is " + std::to_string(reply.status) + why);
  else if (const std::string end = reply.end ? std::string() : MissingEnd(request, reply); !end.empty())
    out.push_back("is a stream without its end (" + end + ")");
  const std::string& finish = reply.finish_reason;
  if (IsOneOf(finish, {"length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"}))
    out.push_back("ended at its token limit (finish reason \"" + finish + "\")");
  else if (IsOneOf(finish, {"content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii",
                            "image_safety", "refusal"}))
    out.push_back("was stopped by a filter (finish reason \"" + Cut(finish) + "\")");
  return out;
}

}  // namespace reprise::format
