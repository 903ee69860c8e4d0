// Any two requests: where their keys differ, the comparison names a place; where they do not, none. What a miss then
// says is short, harmless text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "lib/match/matcher.h"
#include "lib/match/nearest.h"
#include "lib/match/recorded_list.h"
#include "lib/match/request_diff.h"
#include "lib/wire/json_text.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

std::string NextField(std::string_view& rest, char end_mark) {
  const std::size_t end = rest.find(end_mark);
  const std::string field(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

reprise::Request Make(std::string_view text) {
  reprise::Request request;
  request.url = NextField(text, '\n');
  request.headers = {{"Content-Type", NextField(text, '\n')}};
  request.body = text;
  return request;
}

// By the judgement of another JSON library: what is named is there, and what is said to have changed has.
void CheckPlaces(const std::string& recorded, const std::string& asked, const reprise::match::RequestDiff& diff) {
  using Kind = reprise::match::RequestDifference::Kind;
  const auto was = nlohmann::json::parse(recorded, nullptr, false), is = nlohmann::json::parse(asked, nullptr, false);
  if (was.is_discarded() || is.is_discarded()) return;
  for (const auto& d : diff.differences) {
    if (d.part != "body" || (d.pointer.empty() && d.text)) continue;  // of the body as text, or of a root string
    const nlohmann::json::json_pointer place(d.pointer);
    if (d.kind != Kind::kRemoved) Require(is.contains(place));
    // In arrays the recorded one may stand elsewhere.
    if (d.kind == Kind::kAdded || d.pointer.find_first_of("0123456789") != std::string::npos) continue;
    Require(was.contains(place) && (d.kind == Kind::kRemoved || was[place] != is[place]));
  }
}

}  // namespace

// Input: a rule, then two requests with a NUL between them, each a URL, a content type and a body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  reprise::Rules rules;
  rules.ignore_body = {NextField(rest, '\n')};
  const std::string first = NextField(rest, '\0');
  const reprise::Request recorded = Make(first), asked = Make(rest);
  const std::string key = reprise::KeyOf(recorded, 0, rules), asked_key = reprise::KeyOf(asked, 0, rules);

  const auto diff = reprise::match::DiffRequests(recorded, 0, asked, 0, rules);
  Require((key == asked_key) == diff.differences.empty());
  Require(diff.differences.size() <= reprise::match::kMaxDifferences);
  if (std::none_of(diff.differences.begin(), diff.differences.end(),
                   [](const auto& d) { return d.part == "body" && d.label.find("from byte") != std::string::npos; }))
    CheckPlaces(recorded.body, asked.body, diff);

  reprise::CassetteHead head;
  head.rules = rules;
  reprise::match::RecordedList list("Fuzz.reprise", head);
  reprise::Exchange exchange;
  exchange.key = key;
  exchange.request = recorded;
  list.Append(exchange);
  reprise::match::MatchOptions options;
  options.rules = rules;
  const auto matcher = reprise::match::Matcher::Open(list, options);
  Require(matcher.ok());
  reprise::match::Asked question;
  question.request = &asked;
  question.key = asked_key;
  question.lane = "main";
  question.session = "Fuzz.Case";
  question.number = 1;
  reprise::match::Cursors cursors;
  const auto taken = (*matcher)->Take(question, cursors);
  Require(taken.ok() == (key == asked_key));
  if (taken.ok()) return 0;
  const std::string& said = taken.status().reason();
  Require(reprise::wire::IsUtf8(said));
  Require(std::count(said.begin(), said.end(), '\n') < 60 && said.size() < 20'000);
  Require(std::none_of(said.begin(), said.end(), [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7F; }));
  return 0;
}
