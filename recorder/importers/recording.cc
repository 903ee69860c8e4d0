#include "recorder/importers/recording.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "lib/base/base64.h"

namespace reprise::recorder {
namespace {

bool IsVisible(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 127; });
}

// The text of a key: itself, or the only text in a list, which is how `!!python/object/apply:...istr` stands.
std::optional<std::string_view> KeyText(const Value& key) {
  if (key.IsScalar() && !key.IsNull()) return key.Text();
  if (key.IsList() && key.size() == 1 && key.At(0).IsString()) return key.At(0).Text();
  return std::nullopt;
}

void AddHeader(std::string_view name, const Value& value, const char* whose, Recording& recording, Headers& out) {
  if (name.empty() || !IsVisible(name)) {
    return Refuse(recording, std::string("a header of the ") + whose + " has a name that HTTP does not allow");
  }
  if (value.IsMap() || value.IsList()) {
    return Refuse(recording, std::string("the header ") + std::string(name) + " of the " + whose + " is no text");
  }
  // HTTP/2's pseudo-headers, as browsers write them into HAR, are the request line over again.
  if (name.front() != ':') out.push_back({std::string(name), std::string(value.Text())});
}

// `<OLLAMA_API_BASE>` at the start of a URL, without its brackets; empty when there is none.
std::string_view Placeholder(std::string_view url) {
  const std::size_t end = url.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", 1);
  if (url.empty() || url[0] != '<' || end == 1 || end == std::string_view::npos || url[end] != '>') return {};
  return end + 1 == url.size() || url[end + 1] == '/' ? url.substr(1, end - 1) : std::string_view();
}

// Digits at `at`, exactly `count`; moves on.
std::optional<int> Digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at++];
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

bool Skip(std::string_view text, std::size_t& at, std::string_view chars) {
  return at < text.size() && chars.find(text[at]) != std::string_view::npos && ++at > 0;
}

std::string Spell(int year, unsigned month, unsigned day, std::chrono::seconds time) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return {};
  const sys_seconds point = sys_days(date) + time;
  const year_month_day day_of(floor<days>(point));
  const hh_mm_ss clock(point - floor<days>(point));
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(day_of.year()),
                static_cast<unsigned>(day_of.month()), static_cast<unsigned>(day_of.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out.data();
}

// RFC 9110, section 5.6.7: "Mon, 14 Aug 2023 15:02:13 GMT".
std::string NormalHttpTime(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  std::size_t at = 5;
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return {};
  const auto day = Digits(text, at, 2);
  const std::size_t month = kMonths.find(text.substr(8, 3));
  at = 12;
  const auto year = Digits(text, at, 4);
  at = 17;
  const auto hour = Digits(text, at, 2), minute = (++at, Digits(text, at, 2)), second = (++at, Digits(text, at, 2));
  if (!day || !year || !hour || !minute || !second || month == std::string_view::npos || month % 3 != 0) return {};
  return Spell(*year, static_cast<unsigned>(month / 3 + 1), static_cast<unsigned>(*day),
               std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second));
}

}  // namespace

void Refuse(Recording& recording, std::string reason) {
  if (recording.refused.empty()) recording.refused = std::move(reason);
}

void ReadHeaders(const Value& headers, const char* whose, Recording& recording, Headers& out) {
  if (headers.IsNull()) return;
  if (headers.IsList()) {
    for (std::size_t i = 0; i < headers.size(); ++i) {
      AddHeader(headers.At(i)["name"].Text(), headers.At(i)["value"], whose, recording, out);
    }
    return;
  }
  if (!headers.IsMap()) return Refuse(recording, std::string("the headers of the ") + whose + " are no map");
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [key, value] = headers.MemberAt(i);
    const auto name = KeyText(key);
    if (!name) return Refuse(recording, std::string("a header of the ") + whose + " has a name that is no text");
    if (!value.IsList()) {
      AddHeader(*name, value, whose, recording, out);
      continue;
    }
    for (std::size_t k = 0; k < value.size(); ++k) AddHeader(*name, value.At(k), whose, recording, out);
  }
}

void ReadVcrBody(const Value& body, const char* whose, Recording& recording, std::string& out) {
  if (body.IsNull()) return;
  if (body.IsScalar()) {
    out = body.Text();
    return;
  }
  if (const Value base64 = body["base64_string"]; base64.present()) {
    auto bytes = base::DecodeLenientBase64(base64.Text());
    if (!bytes) return Refuse(recording, std::string("the base64_string of the ") + whose + " is no base64");
    out = *std::move(bytes);
    return;
  }
  if (body["fields"].present()) {
    return Refuse(recording, std::string("the ") + whose +
                                 " was a form: the file names its fields and files, but holds none of the bytes sent");
  }
  // vcr for R can put a body into a file of its own; `file: false` is what it writes otherwise.
  if (const Value file = body["file"]; file.kind() == NodeKind::kBool && file.ToJson().value() == "true") {
    return Refuse(recording, std::string("the body of the ") + whose + " stands in another file");
  }
  // A stream that was pickled as an io.BytesIO: its state is (bytes, position, attributes).
  if (const Value state = body["state"]; state.IsList() && state.At(0).IsScalar()) {
    out = state.At(0).Text();
    return;
  }
  const Value text = body["string"];
  if (body.IsMap() && (body.size() == 0 || text.IsScalar() || body["encoding"].present())) {
    out = text.Text();
    return;
  }
  Refuse(recording, std::string("the body of the ") + whose + " stands in a form that is not known");
}

void ReadParsedBody(const Value& parsed, const char* whose, Recording& recording, std::string& out) {
  auto json = parsed.ToJson();
  if (!json.ok()) {
    return Refuse(recording, std::string("the parsed body of the ") + whose +
                                 " cannot be written as JSON: " + json.status().reason());
  }
  out = *std::move(json);
}

void ReadStatus(const Value& status, Recording& recording) {
  auto code = status.Integer();
  for (const char* name : {"code", "status_code"}) {
    if (!code) code = status[name].Integer();
  }
  if (!code) return Refuse(recording, "the entry holds no reply status");
  if (*code < 100 || *code > 599) {
    return Refuse(recording, "the reply status " + std::to_string(*code) + " is none of HTTP");
  }
  recording.status = static_cast<int>(*code);
}

void ReadTarget(const Value& method, const Value& url, Recording& recording) {
  recording.method = method.Text();
  for (char& c : recording.method) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  recording.url = url.Text();
  if (const std::string placeholder(Placeholder(recording.url)); !placeholder.empty()) {
    std::string host;
    for (const char c : placeholder) {
      host += c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    recording.url = "http://" + host + ".invalid" + recording.url.substr(placeholder.size() + 2);
    recording.notes.push_back("the base URL had been filtered out and stood as <" + placeholder + ">");
  }
  if (recording.method.empty() || !IsVisible(recording.method)) Refuse(recording, "the entry names no method");
  const std::size_t colon = recording.url.find("://");
  const std::string_view scheme = std::string_view(recording.url).substr(0, colon);
  if (colon == std::string::npos || (scheme != "http" && scheme != "https") || colon + 3 == recording.url.size() ||
      recording.url[colon + 3] == '/') {
    return Refuse(recording, "the entry has no absolute http URL");
  }
  if (!IsVisible(recording.url)) Refuse(recording, "the URL holds white space or control characters");
}

std::string NormalTime(std::string_view text) {
  std::size_t at = 0;
  const auto year = Digits(text, at, 4);
  if (!year || !Skip(text, at, "-")) return NormalHttpTime(text);
  const auto month = Digits(text, at, 2);
  if (!month || !Skip(text, at, "-")) return {};
  const auto day = Digits(text, at, 2);
  if (!day || !Skip(text, at, "T ")) return {};
  const auto hour = Digits(text, at, 2);
  if (!hour || !Skip(text, at, ":")) return {};
  const auto minute = Digits(text, at, 2);
  if (!minute || !Skip(text, at, ":")) return {};
  const auto second = Digits(text, at, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return {};
  if (Skip(text, at, ".")) {
    while (Skip(text, at, "0123456789")) {
    }
  }
  std::chrono::seconds offset(0);
  if (at < text.size() && text[at] != 'Z') {  // +02:00, -0530
    const int sign = text[at] == '+' ? 1 : -1;
    if (!Skip(text, at, "+-")) return {};
    const auto hours = Digits(text, at, 2);
    Skip(text, at, ":");
    const auto minutes = Digits(text, at, 2);
    if (!hours || !minutes) return {};
    offset = sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
  } else {
    Skip(text, at, "Z");
  }
  if (at != text.size()) return {};
  return Spell(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day),
               std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) - offset);
}

}  // namespace reprise::recorder
