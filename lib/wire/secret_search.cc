#include "lib/wire/secret_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <set>

#include "lib/wire/headers.h"
#include "lib/wire/json_text.h"
#include "lib/wire/secret_shape.h"
#include "lib/wire/stream_text.h"
#include "lib/wire/url.h"

namespace reprise::wire {
namespace {

// A text is read in at most this many spellings.
constexpr std::size_t kMaxReadings = 24;
constexpr int kMaxBase64Depth = 2;
// 16 bytes of secret are 22 characters of base64, of which the first and the last may be a neighbour's too.
constexpr std::size_t kMinBase64Run = 20;
// Of decoded base64 only stretches of text as long as this are looked at: the rest is a picture.
constexpr std::size_t kMinPrintable = kMinSecretBytes;
// Bytes that are no UTF-8 beyond this size are no text in which escapes mean anything.
constexpr std::size_t kMaxBinary = std::size_t{1} << 20;

bool Holds(std::string_view text, std::string_view needle) {
  return !needle.empty() && ::memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Undoes \uXXXX (as UTF-8) and the short escapes wherever they stand, quotes or no quotes around them.
std::string UndoJsonEscapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'u' && i + 4 < text.size()) {
      int value = 0;
      bool hex = true;
      for (std::size_t k = 1; k <= 4; ++k) {
        const int digit = HexDigit(text[i + k]);
        hex = hex && digit >= 0;
        value = value * 16 + (digit < 0 ? 0 : digit);
      }
      // Credentials are ASCII; anything else only has to stay out of the way.
      if (hex) {
        out += value < 0x80 ? static_cast<char>(value) : '\x01';
        i += 4;
        continue;
      }
    }
    out += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
  }
  return out;
}

bool HasPercentEscape(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos && at + 2 < text.size();
       at = text.find('%', at + 1))
    if (HexDigit(text[at + 1]) >= 0 && HexDigit(text[at + 2]) >= 0) return true;
  return false;
}

constexpr std::array<std::int8_t, 256> MakeBase64() {
  std::array<std::int8_t, 256> table{};
  for (std::int8_t& value : table) value = -1;
  for (int i = 0; i < 26; ++i) {
    table[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(i);
    table[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) table[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(52 + i);
  table['+'] = table['-'] = 62;
  table['/'] = table['_'] = 63;
  return table;
}
constexpr std::array<std::int8_t, 256> kBase64 = MakeBase64();

bool IsBase64(char c) { return kBase64[static_cast<unsigned char>(c)] >= 0; }

// Appends the text in `run` (characters of base64 only) read from its character `skip`.
void DecodeFrom(std::string_view run, std::size_t skip, std::string& out) {
  std::string printable;
  unsigned bits = 0, count = 0;
  const auto flush = [&] {
    if (printable.size() >= kMinPrintable) out.append(printable).push_back('\x01');
    printable.clear();
  };
  for (const char c : run.substr(std::min(skip, run.size()))) {
    bits = (bits << 6 | static_cast<unsigned>(kBase64[static_cast<unsigned char>(c)])) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const char byte = static_cast<char>(bits >> count & 0xFF);
    if ((byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\r' || byte == '\t')
      printable += byte;
    else
      flush();
  }
  flush();
}

// What is written in base64 in a text, each run read at all four alignments. Line breaks of the encoder (RFC 2045, and
// as JSON escapes them) do not end a run.
std::string Base64Inside(std::string_view text) {
  std::string out, run;
  for (std::size_t i = 0; i < text.size();) {
    if (!IsBase64(text[i])) {
      ++i;
      continue;
    }
    run.clear();
    std::size_t line = 0;
    while (i < text.size()) {
      if (IsBase64(text[i])) {
        run += text[i++];
        ++line;
        continue;
      }
      std::size_t next = i;
      while (next < text.size() && (text[next] == '\r' || text[next] == '\n')) ++next;
      if (next == i || line < 60 || next >= text.size() || !IsBase64(text[next])) break;
      i = next;
      line = 0;
    }
    if (run.size() < kMinBase64Run) continue;
    for (std::size_t skip = 0; skip < 4; ++skip) DecodeFrom(run, skip, out);
  }
  return out;
}

// Calls `visit` with the text in all its spellings.
void ForEachReading(std::string_view text, const std::function<void(std::string_view)>& visit) {
  struct Reading {
    std::string text;
    int base64_depth;
    int escape_depth;
  };
  std::deque<Reading> queue;
  std::size_t made = 1;
  const auto derive = [&](std::string_view from, int base64_depth, int escape_depth) {
    if (escape_depth < 4 && (from.size() <= kMaxBinary || IsUtf8(from))) {
      if (made < kMaxReadings && from.find('\\') != std::string_view::npos)
        if (std::string undone = UndoJsonEscapes(from); undone != from)
          queue.push_back({std::move(undone), base64_depth, escape_depth + 1}), ++made;
      if (made < kMaxReadings && HasPercentEscape(from))
        queue.push_back({PercentDecode(from), base64_depth, escape_depth + 1}), ++made;
    }
    if (base64_depth < kMaxBase64Depth && made < kMaxReadings)
      if (std::string inside = Base64Inside(from); !inside.empty())
        queue.push_back({std::move(inside), base64_depth + 1, 0}), ++made;
  };
  visit(text);
  derive(text, 0, 0);
  while (!queue.empty()) {
    const Reading reading = std::move(queue.front());
    queue.pop_front();
    visit(reading.text);
    derive(reading.text, reading.base64_depth, reading.escape_depth);
  }
}

using Rules = std::vector<std::string>;

// The string of a JSON body in which `rule` hits: its pointer. Only for a body that is known to hold one.
std::string PointerOf(const JsonTree& tree, std::uint32_t node, const std::function<bool(std::string_view)>& hits) {
  const auto escaped = [](std::string_view name) {
    std::string out;
    for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  };
  // A loop down one path: at most one child holds what is looked for first.
  std::string pointer;
  while (true) {
    std::uint32_t next = 0;
    std::string segment;
    if (tree.Kind(node) == JsonKind::kObject) {
      for (std::uint32_t name = tree.First(node); next == 0 && name < tree.End(node);) {
        const std::uint32_t value = tree.node(name).next;
        if (hits(tree.Raw(value))) {
          next = value;
          segment = escaped(tree.String(name));
        }
        name = tree.node(value).next;
      }
    } else if (tree.Kind(node) == JsonKind::kArray) {
      std::size_t index = 0;
      for (std::uint32_t c = tree.First(node); next == 0 && c < tree.End(node); c = tree.node(c).next, ++index)
        if (hits(tree.Raw(c))) {
          next = c;
          segment = std::to_string(index);
        }
    }
    if (next == 0) return pointer;
    pointer += '/' + segment;
    node = next;
  }
}

std::vector<std::string> Segments(std::string_view place) {
  std::vector<std::string> out;
  while (!place.empty()) {
    if (place[0] == '/') place.remove_prefix(1);
    if (place.empty()) break;
    const std::size_t end = std::min(place.find('/'), place.size());
    out.emplace_back(place.substr(0, end));
    place.remove_prefix(end);
  }
  return out;
}

bool SoundsSecret(std::string_view name) {
  const std::string lower = LowerAscii(name);
  for (const char* word : {"secret", "token", "passw", "apikey", "api_key", "api-key", "credential", "private_key",
                           "privatekey", "authorization"})
    if (lower.find(word) != std::string::npos)
      return lower.find("page") == std::string::npos && lower.find("tokens") == std::string::npos;
  return false;
}

bool LooksRandom(std::string_view value) {
  if (value.size() < 20 || value.size() > 4096) return false;
  std::array<std::size_t, 256> counts{};
  for (const char c : value) {
    if (c <= ' ' || c == '*') return false;
    ++counts[static_cast<unsigned char>(c)];
  }
  double bits = 0;
  for (const std::size_t count : counts)
    if (count > 0) {
      const double share = static_cast<double>(count) / static_cast<double>(value.size());
      bits -= share * std::log2(share);
    }
  return bits >= 3.5;
}

void LookThrough(const JsonTree& tree, std::uint32_t node, const std::string& place, std::vector<std::string>& out) {
  if (tree.Kind(node) == JsonKind::kObject) {
    for (std::uint32_t name = tree.First(node); name < tree.End(node);) {
      const std::uint32_t value = tree.node(name).next;
      const std::string text = tree.String(name);
      if (tree.Kind(value) == JsonKind::kString && SoundsSecret(text) && LooksRandom(tree.String(value)))
        out.push_back(place + '/' + text);
      LookThrough(tree, value, place + '/' + text, out);
      name = tree.node(value).next;
    }
  } else if (tree.Kind(node) == JsonKind::kArray) {
    std::size_t index = 0;
    for (std::uint32_t c = tree.First(node); c < tree.End(node); c = tree.node(c).next)
      LookThrough(tree, c, place + '/' + std::to_string(index++), out);
  }
}

}  // namespace

void SecretSearch::AddValue(std::string_view value, std::string rule) {
  if (value.size() < kMinSecretBytes) return;
  for (const auto& [known, ignored] : values_)
    if (known == value) return;
  values_.emplace_back(std::string(value), std::move(rule));
  // The longest first: where one value holds another, the text is withheld as a whole.
  std::stable_sort(values_.begin(), values_.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

std::vector<std::string> SecretSearch::RulesIn(std::string_view text) const {
  Rules rules;
  if (text.size() < kMinSecretBytes) return rules;
  const auto add = [&rules](std::string_view rule) {
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.emplace_back(rule);
  };
  ForEachReading(text, [&](std::string_view reading) {
    for (const auto& [value, rule] : values_)
      if (Holds(reading, value)) add(rule);
    for (auto span = FindKeyShape(reading); span; span = FindKeyShape(reading, span->end)) add(span->rule);
  });
  return rules;
}

std::vector<SecretFound> SecretSearch::In(const Exchange& exchange, const std::vector<std::string>& allowed) const {
  std::vector<SecretFound> found;
  const auto add = [&](const std::string& rule, std::string place) {
    SecretFound one{rule, std::move(place)};
    const bool allow =
        std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) { return Allows(entry, one); });
    if (!allow && std::find(found.begin(), found.end(), one) == found.end()) found.push_back(std::move(one));
  };
  const auto text = [&](std::string_view value, const std::string& place) {
    for (const std::string& rule : RulesIn(value)) add(rule, place);
  };
  const auto body = [&](const std::string& bytes, const std::string& place) {
    const Rules rules = RulesIn(bytes);
    if (!rules.empty()) {
      const Result<JsonTree> tree = JsonTree::Parse(bytes);
      for (const std::string& rule : rules) {
        const auto hits = [&](std::string_view raw) {
          const Rules in = RulesIn(raw);
          return std::find(in.begin(), in.end(), rule) != in.end();
        };
        add(rule, place + (tree.ok() ? PointerOf(*tree, 0, hits) : ""));
      }
    }
    for (const StreamText& stream : StreamTexts(bytes))
      if (stream.pieces.size() > 1)
        for (const std::string& rule : RulesIn(stream.text))
          if (std::find(rules.begin(), rules.end(), rule) == rules.end()) add(rule, place + stream.place);
  };
  const Request& request = exchange.request;
  const Reply& reply = exchange.reply;
  text(request.url, "/request/url");
  for (const Header& header : request.headers)
    text(header.name + '\x01' + header.value, "/request/headers/" + LowerAscii(header.name));
  for (const Header& trailer : request.trailers)
    text(trailer.name + '\x01' + trailer.value, "/request/trailers/" + LowerAscii(trailer.name));
  body(request.body, "/request/body");
  for (const Header& header : reply.headers)
    text(header.name + '\x01' + header.value, "/reply/headers/" + LowerAscii(header.name));
  if (reply.reason) text(*reply.reason, "/reply/reason");
  for (const Header& trailer : reply.trailers)
    text(trailer.name + '\x01' + trailer.value, "/reply/trailers/" + LowerAscii(trailer.name));
  body(reply.body, "/reply/body");
  for (const std::string* understood : {&reply.text, &reply.refusal, &reply.reasoning, &reply.error})
    if (found.empty()) text(*understood, "/reply/body");
  for (const ToolCall& call : reply.tool_calls)
    if (found.empty()) text(call.arguments, "/reply/body");
  for (const std::string* name :
       {&exchange.lane, &request.endpoint, &request.format, &request.method, &exchange.model.asked,
        &exchange.model.answered, &exchange.model.pin, &exchange.unknown})
    text(*name, "/");
  return found;
}

bool Allows(std::string_view entry, const SecretFound& found) {
  const std::size_t space = entry.find(' ');
  if (space == std::string_view::npos || entry.substr(0, space) != found.rule) return false;
  const std::vector<std::string> mine = Segments(entry.substr(space + 1)), place = Segments(found.place);
  if (mine.size() > place.size()) return false;
  for (std::size_t i = 0; i < mine.size(); ++i)
    if (mine[i] != "*" && mine[i] != place[i]) return false;
  return true;
}

std::string SecretSearch::Withhold(std::string text) const {
  if (text.size() < kMinSecretBytes) return text;
  const auto instead = [](std::string_view rule) { return '[' + std::string(rule) + " withheld]"; };
  for (const auto& [value, rule] : values_) {
    std::string out;
    std::size_t begin = 0;
    for (std::size_t at = text.find(value); at != std::string::npos; at = text.find(value, begin)) {
      out.append(text, begin, at - begin).append(instead(rule));
      begin = at + value.size();
    }
    if (begin > 0) text = out.append(text, begin);
  }
  std::string out;
  std::size_t begin = 0;
  for (auto span = FindKeyShape(text); span; span = FindKeyShape(text, begin)) {
    out.append(text, begin, span->begin - begin).append(instead(span->rule));
    begin = span->end;
  }
  if (begin > 0) text = out.append(text, begin);
  const Rules hidden = RulesIn(text);
  return hidden.empty() ? text : instead(hidden.front());
}

void SecretSearch::Withhold(Request& request) const {
  request.url = Withhold(std::move(request.url));
  request.body = Withhold(std::move(request.body));
  for (Headers* headers : {&request.headers, &request.trailers})
    for (Header& header : *headers) {
      header.name = Withhold(std::move(header.name));
      header.value = Withhold(std::move(header.value));
    }
  for (std::string* text : {&request.endpoint, &request.format, &request.method}) *text = Withhold(std::move(*text));
}

void SecretSearch::Withhold(Reply& reply) const {
  for (Headers* headers : {&reply.headers, &reply.trailers})
    for (Header& header : *headers) {
      header.name = Withhold(std::move(header.name));
      header.value = Withhold(std::move(header.value));
    }
  if (reply.reason) reply.reason = Withhold(std::move(*reply.reason));
  for (std::string* text :
       {&reply.body, &reply.text, &reply.refusal, &reply.reasoning, &reply.continuation, &reply.finish_reason,
        &reply.fingerprint, &reply.error, &reply.model.asked, &reply.model.answered, &reply.model.pin})
    *text = Withhold(std::move(*text));
  for (std::string& choice : reply.choices) choice = Withhold(std::move(choice));
  for (ToolCall& call : reply.tool_calls)
    for (std::string* text : {&call.id, &call.name, &call.arguments}) *text = Withhold(std::move(*text));
}

void SecretSearch::Withhold(Exchange& exchange) const {
  Withhold(exchange.request);
  Withhold(exchange.reply);
  for (std::string* text :
       {&exchange.lane, &exchange.model.asked, &exchange.model.answered, &exchange.model.pin, &exchange.unknown})
    *text = Withhold(std::move(*text));
}

std::vector<std::string> LooksSecret(const Exchange& exchange) {
  std::vector<std::string> places;
  const auto body = [&places](const std::string& bytes, const std::string& place) {
    if (const Result<JsonTree> tree = JsonTree::Parse(bytes); tree.ok()) LookThrough(*tree, 0, place, places);
  };
  body(exchange.request.body, "/request/body");
  body(exchange.reply.body, "/reply/body");
  const std::optional<std::string> type = HeaderValue(exchange.request.headers, "content-type");
  if (type && ParseMediaType(*type).type == "application/x-www-form-urlencoded")
    for (const QueryParameter& field : SplitQuery(exchange.request.body))
      if (field.value && SoundsSecret(PercentDecode(field.name)) && LooksRandom(PercentDecode(*field.value)))
        places.push_back("/request/body?" + std::string(field.name));
  return places;
}

}  // namespace reprise::wire
