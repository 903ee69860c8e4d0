#include "lib/cli/exchange_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/base/base64.h"
#include "lib/cli/reading.h"
#include "lib/cli/withheld.h"
#include "lib/format/adapter.h"
#include "lib/format/completeness.h"
#include "lib/report/harmless.h"
#include "lib/wire/json_text.h"

namespace reprise::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCutLines = 60;
constexpr std::size_t kCutBytes = 8 << 10;

const format::Adapter* AdapterOf(const Request& request) {
  const format::Adapter* adapter = format::FindAdapter(request.format);
  return adapter != nullptr ? adapter : format::RecogniseAdapter(request);
}

std::optional<format::Prompt> PromptOf(const Request& request) {
  const format::Adapter* adapter = AdapterOf(request);
  return adapter == nullptr ? std::nullopt : adapter->ReadRequest(request);
}

// Where a long text is cut: at a line's end where one is near, never inside a code point.
std::size_t CutAt(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t line = 0; line < kCutLines && end < text.size(); ++line)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  if (end <= kCutBytes) return end;
  end = kCutBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

void PrintText(Console& console, std::string_view text, bool full) {
  const std::size_t end = full ? text.size() : CutAt(text);
  std::string safe = report::Harmless(text.substr(0, end));
  if (!safe.empty() && safe.back() == '\n') safe.pop_back();
  std::string_view rest = safe;
  while (true) {
    const std::size_t line = std::min(rest.find('\n'), rest.size());
    console.Line(line == 0 ? "" : "  " + std::string(rest.substr(0, line)));
    if (line == rest.size()) break;
    rest.remove_prefix(line + 1);
  }
  if (end < text.size())
    console.Line(console.Paint(Style::kDim, "  ... " + BytesText(text.size() - end) + " more; --full prints them"));
}

bool IsText(std::string_view bytes) { return wire::IsUtf8(bytes) && bytes.find('\0') == std::string_view::npos; }

void PrintBody(Console& console, const std::string& body, const char* raw, bool full) {
  if (body.empty()) {
    console.Line("  (no body)");
  } else if (IsText(body)) {
    PrintText(console, body, full);
  } else {
    console.Line("  (" + BytesText(body.size()) + " that are no text; `--raw " + std::string(raw) + "` writes them)");
  }
}

void PrintPair(Console& console, const char* name, const std::string& value) {
  if (value.empty()) return;
  std::string label(name);
  label.resize(std::max<std::size_t>(label.size(), 10), ' ');
  console.Line(console.Paint(Style::kDim, label) + "  " + value);
}

std::string Listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + report::HarmlessLine(word, 80);
  return out;
}

std::string ModelLine(const ModelIdentity& model) {
  std::string out;
  if (!model.asked.empty()) out = "asked " + report::HarmlessLine(model.asked, 200);
  if (!model.answered.empty())
    out += (out.empty() ? "" : ", ") + ("answered " + report::HarmlessLine(model.answered, 200));
  if (!model.pin.empty()) out += (out.empty() ? "" : ", ") + ("pin " + report::HarmlessLine(model.pin, 200));
  return out;
}

std::string UsageLine(const Usage& usage) {
  std::string out;
  const auto add = [&](const char* what, const std::optional<std::int64_t>& tokens) {
    if (tokens) out += (out.empty() ? "" : ", ") + std::to_string(*tokens) + " " + what;
  };
  add("prompt", usage.prompt_tokens);
  add("completion", usage.completion_tokens);
  add("total", usage.total_tokens);
  return out.empty() ? out : out + " tokens";
}

std::string ReplyLine(const Reply& reply) {
  std::string out = "status " + std::to_string(reply.status) + ", " + BytesText(reply.body.size());
  if (reply.cuts.size() > 1) out += " in " + CountText(reply.cuts.size(), "chunk");
  if (!reply.ms.empty()) {
    std::uint64_t total = 0;
    for (const std::uint32_t ms : reply.ms) total += ms;
    out += ", first after " + std::to_string(reply.ms.front()) + " ms";
    if (reply.ms.size() > 1) out += ", all after " + std::to_string(total) + " ms";
  }
  if (!reply.exact) out += ", decoded from " + Listed(reply.coding);
  return out;
}

void PrintAnswer(Console& console, const Exchange& exchange, bool full) {
  const Reply& reply = exchange.reply;
  const bool understood = !reply.text.empty() || !reply.tool_calls.empty() || !reply.refusal.empty() ||
                          !reply.reasoning.empty() || !reply.error.empty() || !reply.choices.empty();
  const auto section = [&](const std::string& title, const std::string& text) {
    console.Line(console.Paint(Style::kCyan, title));
    PrintText(console, text, full);
  };
  console.Line("");
  if (!reply.error.empty()) section("error", reply.error);
  if (!reply.reasoning.empty()) section("reasoning", reply.reasoning);
  if (!reply.refusal.empty()) section("refusal", reply.refusal);
  if (reply.choices.size() > 1) {
    for (std::size_t i = 0; i < reply.choices.size(); ++i) section("answer " + std::to_string(i), reply.choices[i]);
  } else if (!reply.text.empty()) {
    section("answer", reply.text);
  }
  for (const ToolCall& call : reply.tool_calls) {
    console.Line(console.Paint(Style::kCyan, "tool call") + " " + report::HarmlessLine(call.name, 200) +
                 (call.id.empty() ? "" : " (" + report::HarmlessLine(call.id, 80) + ")"));
    PrintText(console, call.arguments, full);
  }
  if (!understood) {
    console.Line(console.Paint(Style::kCyan, "reply"));
    PrintBody(console, reply.body, "reply", full);
  }
  console.Line("");
  PrintPair(console, "reply", ReplyLine(reply));
  if (reply.end)
    PrintPair(console, "broken",
              report::HarmlessLine(reply.end->how, 40) + " after " + BytesText(reply.end->after) + " of body");
  PrintPair(console, "finish", report::HarmlessLine(reply.finish_reason, 80));
  PrintPair(console, "usage", UsageLine(reply.usage));
  PrintPair(console, "system id", report::HarmlessLine(reply.fingerprint, 200));
  for (const std::string& clause : format::WhatIsMissing(exchange.request, reply))
    PrintPair(console, "mind", "the reply " + report::HarmlessLine(clause, 400));
  if (exchange.left) PrintPair(console, "left", "the client went after " + BytesText(*exchange.left));
}

void PrintPrompt(Console& console, const Exchange& exchange, const std::optional<format::Prompt>& prompt, bool full) {
  if (prompt) {
    for (const auto& [name, value] : prompt->parameters)
      PrintPair(console, "parameter", report::HarmlessLine(name, 80) + " = " + report::HarmlessLine(value, 400));
    if (prompt->stream) PrintPair(console, "parameter", "stream = true");
    PrintPair(console, "tools", Listed(prompt->tools));
    for (const format::Message& message : prompt->messages) {
      console.Line("");
      console.Line(console.Paint(Style::kCyan, report::HarmlessLine(message.role, 80)));
      PrintText(console, message.text, full);
    }
    return;
  }
  console.Line("");
  console.Line(console.Paint(Style::kCyan, "request"));
  PrintBody(console, exchange.request.body, "request", full);
}

Json HeadersJson(const Headers& headers) {
  Json list = Json::array();
  for (const Header& header : headers) list.push_back({header.name, header.value});
  return list;
}

void AddBody(Json& out, const std::string& body) {
  if (wire::IsUtf8(body))
    out["body"] = body;
  else
    out["body_base64"] = base::EncodeBase64(body);
}

Json ReplyJson(const Reply& reply) {
  Json out{{"status", reply.status}};
  if (reply.reason) out["reason"] = *reply.reason;
  if (!reply.version.empty()) out["version"] = reply.version;
  out["headers"] = HeadersJson(reply.headers);
  AddBody(out, reply.body);
  out["cuts"] = reply.cuts;
  out["ms"] = reply.ms;
  if (!reply.trailers.empty()) out["trailers"] = HeadersJson(reply.trailers);
  if (reply.end) out["end"] = {{"how", reply.end->how}, {"after", reply.end->after}};
  out["exact"] = reply.exact;
  if (!reply.coding.empty()) out["coding"] = reply.coding;
  out["text"] = reply.text;
  if (!reply.choices.empty()) out["choices"] = reply.choices;
  if (!reply.refusal.empty()) out["refusal"] = reply.refusal;
  if (!reply.reasoning.empty()) out["reasoning"] = reply.reasoning;
  out["tool_calls"] = Json::array();
  for (const ToolCall& call : reply.tool_calls)
    out["tool_calls"].push_back({{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  out["finish_reason"] = reply.finish_reason;
  Json usage = Json::object();
  if (reply.usage.prompt_tokens) usage["prompt_tokens"] = *reply.usage.prompt_tokens;
  if (reply.usage.completion_tokens) usage["completion_tokens"] = *reply.usage.completion_tokens;
  if (reply.usage.total_tokens) usage["total_tokens"] = *reply.usage.total_tokens;
  out["usage"] = usage;
  out["fingerprint"] = reply.fingerprint;
  if (!reply.error.empty()) out["error"] = reply.error;
  return out;
}

}  // namespace

void Understand(Exchange& exchange) {
  if (const format::Adapter* adapter = AdapterOf(exchange.request))
    adapter->ReadReply(exchange.request, exchange.reply);
  if (exchange.request.format == "call") exchange.reply.text = exchange.reply.body;
}

std::string AskedLine(const Exchange& exchange, std::size_t columns) {
  const std::optional<format::Prompt> prompt = PromptOf(exchange.request);
  if (prompt && !prompt->messages.empty()) return report::HarmlessLine(prompt->messages.back().text, columns);
  std::string path = exchange.request.url;
  const std::size_t scheme = path.find("://");
  if (scheme != std::string::npos) path.erase(0, std::min(path.find('/', scheme + 3), path.size()));
  return report::HarmlessLine(exchange.request.method + " " + path, columns);
}

std::string AnsweredLine(const Exchange& exchange, std::size_t columns) {
  const Reply& reply = exchange.reply;
  if (!reply.error.empty()) return report::HarmlessLine("error: " + reply.error, columns);
  if (!reply.text.empty()) return report::HarmlessLine(reply.text, columns);
  if (!reply.tool_calls.empty())
    return report::HarmlessLine(reply.tool_calls[0].name + "(" + reply.tool_calls[0].arguments + ")", columns);
  if (!reply.refusal.empty()) return report::HarmlessLine(reply.refusal, columns);
  return BytesText(reply.body.size());
}

void PrintExchange(Console& console, const ShownIn& in, const Exchange& stored) {
  const Exchange exchange = Withheld(stored);
  console.Line(console.Paint(Style::kBold, report::HarmlessLine(in.cassette) + ", exchange " +
                                               std::to_string(in.number) + " of " + std::to_string(in.of)));
  const std::optional<format::Prompt> prompt = PromptOf(exchange.request);
  PrintPair(console, "key", report::HarmlessLine(exchange.key));
  if (in.normal == kNormalForm && KeyOf(stored.request, stored.auth, in.rules) != stored.key)
    PrintPair(
        console, "",
        console.Paint(Style::kYellow, "not the key that this request has under these rules; see `reprise rekey`"));
  PrintPair(console, "lane", report::HarmlessLine(exchange.lane, 200));
  PrintPair(console, "endpoint",
            report::HarmlessLine(exchange.request.endpoint, 200) + " (" +
                report::HarmlessLine(exchange.request.format, 80) + ")");
  PrintPair(console, "request",
            report::HarmlessLine(exchange.request.method, 20) + " " + report::HarmlessLine(exchange.request.url, 400));
  PrintPair(console, "credential", exchange.auth == 0 ? "" : "number " + std::to_string(exchange.auth));
  PrintPair(console, "model", ModelLine(exchange.model));
  PrintPair(console, "recorded", report::HarmlessLine(exchange.at, 40));
  const std::string rules = RulesText(in.rules);
  PrintPair(console, "rules", rules.empty() ? "none: everything in the body counts" : rules);
  PrintPair(console, "masked", Listed(exchange.masked));
  if (exchange.overlaps)
    PrintPair(console, "overlaps", "another call of this key and lane was under way and answered differently");
  PrintPrompt(console, exchange, prompt, in.full);
  PrintAnswer(console, exchange, in.full);
}

Json ExchangeJson(std::uint64_t number, const Exchange& stored) {
  const Exchange exchange = Withheld(stored);
  Json out{
      {"number", number},
      {"key", exchange.key},
      {"lane", exchange.lane},
      {"endpoint", exchange.request.endpoint},
      {"format", exchange.request.format},
      {"auth", exchange.auth},
      {"model", {{"asked", exchange.model.asked}, {"answered", exchange.model.answered}, {"pin", exchange.model.pin}}},
      {"at", exchange.at},
      {"masked", exchange.masked},
      {"overlaps", exchange.overlaps}};
  if (exchange.left) out["left"] = *exchange.left;
  Json request{{"method", exchange.request.method},
               {"url", exchange.request.url},
               {"headers", HeadersJson(exchange.request.headers)}};
  AddBody(request, exchange.request.body);
  if (!exchange.request.trailers.empty()) request["trailers"] = HeadersJson(exchange.request.trailers);
  out["request"] = std::move(request);
  if (const std::optional<format::Prompt> prompt = PromptOf(exchange.request)) {
    out["messages"] = Json::array();
    for (const format::Message& message : prompt->messages)
      out["messages"].push_back({{"role", message.role}, {"text", message.text}, {"pointer", message.pointer}});
    out["parameters"] = Json::object();
    for (const auto& [name, text] : prompt->parameters) {
      Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
      out["parameters"][name] = value.is_discarded() ? Json(text) : std::move(value);
    }
    out["stream"] = prompt->stream;
    out["tools"] = prompt->tools;
  }
  out["reply"] = ReplyJson(exchange.reply);
  out["reply"]["mind"] = format::WhatIsMissing(exchange.request, exchange.reply);
  return out;
}

std::vector<JsonMember> ExchangeMembers() {
  return {
      {"exchanges[].number", "its place in the cassette, from 1"},
      {"exchanges[].key", "64 hex digits"},
      {"exchanges[].lane", "named order of asking"},
      {"exchanges[].endpoint", "who was asked"},
      {"exchanges[].format", "in which wire format"},
      {"exchanges[].auth", "alias of the credential, 0 for none"},
      {"exchanges[].model.asked", "the name in the request"},
      {"exchanges[].model.answered", "the name in the reply"},
      {"exchanges[].model.pin", "what names the weights"},
      {"exchanges[].at", "when, UTC; empty when not known"},
      {"exchanges[].masked[]", "places that were masked"},
      {"exchanges[].overlaps", "another call of this key and lane answered differently at the same time"},
      {"exchanges[].left", "bytes after which the client went, only where it did"},
      {"exchanges[].request.method", "\"POST\""},
      {"exchanges[].request.url", "with query, masked"},
      {"exchanges[].request.headers[][]", "pairs of name and value, as stored"},
      {"exchanges[].request.body", "where it is UTF-8"},
      {"exchanges[].request.body_base64", "where it is not"},
      {"exchanges[].request.trailers[][]", "the same, where some came after the body and match_headers names them"},
      {"exchanges[].messages[].role", "from here to tools: where an adapter knows the format"},
      {"exchanges[].messages[].text", "parts joined"},
      {"exchanges[].messages[].pointer", "JSON pointer into the body"},
      {"exchanges[].parameters.*", "as sent"},
      {"exchanges[].stream", "a streamed reply was asked for"},
      {"exchanges[].tools[]", "names"},
      {"exchanges[].reply.status", "of HTTP"},
      {"exchanges[].reply.reason", "its phrase, where it is not the usual one of the status"},
      {"exchanges[].reply.version", "of HTTP, where it is not 1.1"},
      {"exchanges[].reply.headers[][]", "pairs of name and value"},
      {"exchanges[].reply.body", "where it is UTF-8"},
      {"exchanges[].reply.body_base64", "where it is not"},
      {"exchanges[].reply.cuts[]", "bytes of each chunk; empty: one"},
      {"exchanges[].reply.ms[]", "milliseconds to the first chunk, then from chunk to chunk"},
      {"exchanges[].reply.trailers[][]", "the same, where some came after the body"},
      {"exchanges[].reply.end.how", "only where it broke: reset, timeout or closed"},
      {"exchanges[].reply.end.after", "bytes of body that had come"},
      {"exchanges[].reply.exact", "false: a content coding was undone"},
      {"exchanges[].reply.coding[]", "which one"},
      {"exchanges[].reply.text", "the answer, streams put together"},
      {"exchanges[].reply.choices[]", "all answers, where there is more than one"},
      {"exchanges[].reply.refusal", "where the model refused"},
      {"exchanges[].reply.reasoning", "where it was given"},
      {"exchanges[].reply.tool_calls[].id", "the provider's"},
      {"exchanges[].reply.tool_calls[].name", "of the tool"},
      {"exchanges[].reply.tool_calls[].arguments", "JSON as the model wrote it"},
      {"exchanges[].reply.finish_reason", "the provider's word"},
      {"exchanges[].reply.usage.prompt_tokens", "tokens of the request, where the provider counted, as the next two"},
      {"exchanges[].reply.usage.completion_tokens", "tokens of the answer"},
      {"exchanges[].reply.usage.total_tokens", "both"},
      {"exchanges[].reply.fingerprint", "of the provider's system"},
      {"exchanges[].reply.error", "the provider's message"},
      {"exchanges[].reply.mind[]", "why it may be no whole answer, one clause each that begins with a verb"}};
}

}  // namespace reprise::cli
