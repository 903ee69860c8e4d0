#include "lib/format/reply_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace reprise::format {
namespace {

using wire::JsonKind;
using wire::JsonTree;
using wire::JsonView;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string MendUtf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto lead = static_cast<unsigned char>(bytes.front());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view character = bytes.substr(0, length);
    const bool good = character.size() == length && wire::IsUtf8(character);
    out += good ? character : kReplacement;
    bytes.remove_prefix(good ? length : 1);
  }
  return out;
}

void AppendCompact(const JsonView& value, std::string& out) {
  if (value.Is(JsonKind::kObject)) {
    out += '{';
    for (const auto& [name, member] : value.Members()) {
      if (out.back() != '{') out += ',';
      std::string mended = name;
      MendSurrogates(mended);
      out += wire::QuoteJson(mended) + ':';
      AppendCompact(member, out);
    }
    out += '}';
  } else if (value.Is(JsonKind::kArray)) {
    out += '[';
    bool first = true;
    for (const JsonView& element : value.Elements()) {
      if (!std::exchange(first, false)) out += ',';
      AppendCompact(element, out);
    }
    out += ']';
  } else if (value.Is(JsonKind::kString)) {
    out += wire::QuoteJson(TextOf(value));
  } else {
    out += value.Raw();
  }
}

// What to say of a failure whose body says nothing that we understand.
std::string BareError(int status, std::string_view body) {
  constexpr std::size_t kLongest = 300;
  std::string out = "HTTP " + std::to_string(status);
  body = TrimBody(body);
  if (body.empty()) return out + " with an empty body";
  if (!wire::IsUtf8(body)) return out + " with a body that is not text";
  if (body.size() > kLongest) {
    std::size_t end = kLongest;
    while (end > 0 && (static_cast<unsigned char>(body[end]) & 0xC0) == 0x80) --end;
    return out + ": " + std::string(body.substr(0, end)) + "...";
  }
  return out + ": " + std::string(body);
}

}  // namespace

std::string_view TrimBody(std::string_view body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (body.substr(0, 3) == kByteOrderMark) body.remove_prefix(3);
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return body.substr(begin, body.find_last_not_of(" \t\r\n") - begin + 1);
}

ReplyPiece::ReplyPiece(std::string_view text)
    : mended_(wire::IsUtf8(text) ? std::string() : MendUtf8(text)),
      tree_(JsonTree::Parse(mended_.empty() ? text : std::string_view(mended_))) {}

void MendSurrogates(std::string& text) {
  const auto half = [&](std::size_t i) -> unsigned {  // the surrogate that starts at byte i, or 0
    if (i + 2 >= text.size() || text[i] != '\xED' || static_cast<unsigned char>(text[i + 1]) < 0xA0) return 0;
    return 0xD000u | (static_cast<unsigned>(text[i + 1]) & 0x3F) << 6 | (static_cast<unsigned>(text[i + 2]) & 0x3F);
  };
  if (text.find('\xED') == std::string::npos) return;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned high = half(i);
    if (high == 0) {
      out.push_back(text[i++]);
      continue;
    }
    const unsigned low = half(i + 3);
    if (high >= 0xDC00 || low < 0xDC00) {
      out += kReplacement;
      i += 3;
      continue;
    }
    const unsigned code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    for (const unsigned byte :
         {0xF0 | code >> 18, 0x80 | (code >> 12 & 0x3F), 0x80 | (code >> 6 & 0x3F), 0x80 | (code & 0x3F)}) {
      out.push_back(static_cast<char>(byte));
    }
    i += 6;
  }
  text = std::move(out);
}

std::string TextOf(const JsonView& value) {
  std::string text = value.Text();
  MendSurrogates(text);
  return text;
}

std::string CompactJson(const JsonView& value) {
  std::string out;
  AppendCompact(value, out);
  return out;
}

std::string CompactJsonText(std::string text) {
  const Result<JsonTree> tree = JsonTree::Parse(text);
  return tree.ok() ? CompactJson(JsonView(*tree)) : text;
}

void ForgetMeaning(Reply& reply) {
  reply.text.clear();
  reply.refusal.clear();
  reply.reasoning.clear();
  reply.tool_calls.clear();
  reply.finish_reason.clear();
  reply.usage = {};
  reply.model.answered.clear();
  reply.fingerprint.clear();
  reply.error.clear();
  reply.logprobs.clear();
  reply.choices.clear();
  reply.continuation.clear();
}

bool TellsError(const JsonView& error) {
  return error && !error.Is(JsonKind::kFalse) && error.Raw() != "\"\"" && error.Raw() != "{}";
}

std::string ErrorText(const JsonView& root) {
  if (root.Is(JsonKind::kArray)) {  // Gemini's OpenAI route
    for (const JsonView& element : root.Elements()) {
      if (std::string text = ErrorText(element); !text.empty()) return text;
    }
    return {};
  }
  const JsonView error = TellsError(root["error"]) ? root["error"] : root["x_groq"]["error"];
  if (error.Is(JsonKind::kObject)) {
    const JsonView message = error["message"];
    return message ? message.TextOrRaw() : std::string(error.Raw());
  }
  if (TellsError(error)) return error.TextOrRaw();
  for (const char* name : {"message", "detail", "errors", "error_message"}) {
    const JsonView told = root[name];
    if (!told) continue;
    const std::vector<JsonView> list = told.Elements();  // FastAPI: [{"loc": [...], "msg": "..."}]
    if (!list.empty() && list[0]["msg"]) return list[0]["msg"].TextOrRaw() + " at " + std::string(list[0]["loc"].Raw());
    if (!list.empty() && list[0]["message"]) return list[0]["message"].TextOrRaw();
    return told.TextOrRaw();
  }
  return {};
}

void TellError(const JsonView& root, Reply& reply) {
  if (!reply.error.empty()) return;
  reply.error = ErrorText(root);
  MendSurrogates(reply.error);
  if (reply.error.empty()) reply.error = "an error without a message";
}

void TellFailure(Reply& reply) {
  if (reply.status < 400 || !reply.error.empty()) return;
  const ReplyPiece piece(TrimBody(reply.body));
  if (!ErrorText(piece.root()).empty())
    TellError(piece.root(), reply);
  else
    reply.error = BareError(reply.status, reply.body);
}

}  // namespace reprise::format
