// Any pattern, any two requests, any reply: the normal form stays one, and a reply whose tokens were written back has
// chunks that add up and is JSON where it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

#include "lib/wire/json_text.h"
#include "lib/wire/placeholders.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

std::string NextField(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string field(rest.substr(0, end));
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8192) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  reprise::Rules rules;
  rules.placeholders["a"] = NextField(rest);
  rules.placeholders["b"] = "[0-9]{4,}";
  rules.match_headers = {"x-mine"};
  reprise::Request asked;
  asked.url = NextField(rest);
  asked.headers = {{"Content-Type", NextField(rest)}, {"X-Mine", NextField(rest)}};
  asked.body = NextField(rest);
  reprise::Exchange recorded;
  recorded.request = asked;
  recorded.request.body = NextField(rest);
  reprise::Reply& reply = recorded.reply;
  reply.body = rest;
  for (std::size_t left = reply.body.size(), step = 1; left > 0; ++step) {
    reply.cuts.push_back(step < left ? step : left);
    reply.ms.push_back(static_cast<std::uint32_t>(step));
    left -= reply.cuts.back();
  }
  reply.end = reprise::BrokenEnd{"closed", reply.body.size()};

  const std::string form = reprise::NormalForm(asked, 0, rules);
  Require(reprise::wire::JsonTree::Parse(form, 600).ok());
  (void)reprise::wire::WithoutTokens(asked, rules, reprise::wire::TokenSpelling::kForReading);

  const std::string before = reply.body;
  const bool json = reprise::wire::JsonTree::Parse(before).ok();
  const bool same = asked.body == recorded.request.body;
  reprise::wire::WriteTokensBack(asked, rules, recorded);
  Require(!same || reply.body == before);
  Require(!json || reprise::wire::JsonTree::Parse(reply.body).ok());
  Require(std::accumulate(reply.cuts.begin(), reply.cuts.end(), std::uint64_t{0}) == reply.body.size());
  Require(reply.ms.size() == reply.cuts.size() && reply.end->after == reply.body.size());
  for (const std::uint64_t cut : reply.cuts) Require(cut > 0);
  return 0;
}
