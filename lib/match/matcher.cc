#include "lib/match/matcher.h"

#include <algorithm>
#include <unordered_map>

#include "lib/base/shell_word.h"
#include "lib/match/miss.h"
#include "lib/match/nearest.h"

namespace reprise::match {
namespace {

using Ref = CassetteReader::Ref;

class ReadingMatcher : public Matcher {
 public:
  ReadingMatcher(CassetteReader& reader, const MatchOptions& options) : reader_(reader), options_(options) {}

  // Computes the keys anew where the file's are others.
  Status Prepare() {
    const CassetteHead& head = reader_.head();
    if (head.normal == kNormalForm && head.rules.GiveKeysOf(options_.rules)) return {};
    rekeyed_ = true;
    REPRISE_RETURN_IF_ERROR(reader_.ForEach([this](Ref ref, Exchange&& exchange) {
      anew_[KeyOf(exchange.request, exchange.auth, options_.rules)].push_back(ref);
      return true;
    }));
    const std::string why = head.normal == kNormalForm
                                ? "the rules in force (" + options_.rules.ToJson() +
                                      ") are not those it was recorded "
                                      "with (" +
                                      head.rules.ToJson() + ")"
                                : "it was recorded under normal form " + std::to_string(head.normal) + ", not " +
                                      std::to_string(kNormalForm);
    // Without --rules the command keeps those of the head, which are the ones that are not in force.
    std::string rules;
    if (!head.rules.GiveKeysOf(options_.rules))
      rules = options_.rules == Rules() ? "--rules none " : "--rules project ";
    notes_.push_back(reader_.path() + ": keys were computed anew, for " + why + ". `reprise rekey " + rules +
                     base::ShellWord(reader_.path()) + "` stores them");
    return {};
  }

  Result<Exchange> Take(const Asked& asked, Cursors& cursors) override {
    const std::uint32_t served = cursors.Of(asked.lane, asked.key);
    Result<Exchange> exchange = TakeNumber(asked, served);
    if (exchange.ok()) {
      cursors.Advance(asked.lane, asked.key);
    } else if (exchange.status().kind() == ErrorKind::kMismatch && served > 0) {
      if (!options_.repeat_last_take) return Miss(UsedUpText(Quotable(asked), reader_.path(), served));
      exchange = TakeNumber(asked, served - 1);
    } else if (exchange.status().kind() == ErrorKind::kMismatch) {
      return Unmatched(asked, cursors);
    }
    if (!exchange.ok()) return exchange;
    if (exchange->overlaps) return Miss(OverlapsText(Quotable(asked), reader_.path(), served + 1));
    return exchange;
  }

  const std::vector<std::string>& notes() const override { return notes_; }

  Result<std::vector<Unused>> WhatIsUnused(const Cursors& cursors) override {
    std::vector<Unused> out;
    if (cursors.Total() == reader_.exchange_count()) return out;
    Cursors seen;
    REPRISE_RETURN_IF_ERROR(reader_.ForEach([&](Ref, Exchange&& exchange) {
      const std::string key = KeyInForce(exchange);
      seen.Advance(exchange.lane, key);
      const std::uint32_t take = seen.Of(exchange.lane, key);
      if (take <= cursors.Of(exchange.lane, key)) return true;
      if (options_.withhold) options_.withhold(exchange.request);
      out.push_back({key, exchange.lane, take, RequestLine(exchange.request, true)});
      return true;
    }));
    return out;
  }

 private:
  // Where the takes of one key stand, as far as they were needed.
  struct Takes {
    std::vector<Ref> refs;
    std::size_t looked_at = 0;                                  // refs whose lane is known
    std::unordered_map<std::string, std::vector<Ref>> by_lane;  // in order
  };

  static Status Miss(std::string text) { return Status(ErrorKind::kMismatch, "", std::move(text)); }

  // `asked` with a request that may be quoted. The one made last is kept for it.
  Asked Quotable(const Asked& asked) {
    Asked out = asked;
    if (asked.request == nullptr || !options_.withhold) return out;
    quotable_ = *asked.request;
    options_.withhold(quotable_);
    out.request = &quotable_;
    return out;
  }

  std::string KeyInForce(const Exchange& exchange) const {
    return rekeyed_ ? KeyOf(exchange.request, exchange.auth, options_.rules) : exchange.key;
  }

  std::vector<Ref> Find(const std::string& key) {
    if (!rekeyed_) return reader_.Find(key);
    const auto it = anew_.find(key);
    return it == anew_.end() ? std::vector<Ref>() : it->second;
  }

  // Take `number` (from 0) of the key in the lane; kMismatch when there is none.
  Result<Exchange> TakeNumber(const Asked& asked, std::uint32_t number) {
    Takes& takes = takes_[asked.key];
    const std::vector<Ref>& mine = takes.by_lane[asked.lane];
    if (number < mine.size()) return reader_.Read(mine[number]);
    // Also when some were found before: a list that is being recorded may have grown.
    if (takes.looked_at == takes.refs.size()) takes.refs = Find(asked.key);
    while (takes.looked_at < takes.refs.size()) {
      const Ref ref = takes.refs[takes.looked_at];
      Result<Exchange> exchange = reader_.Read(ref);
      // A damaged recording is no miss: it is told, and asking again tells it again.
      if (!exchange.ok()) return exchange;
      ++takes.looked_at;
      // The index knows keys by their beginning only.
      if (!rekeyed_ && exchange->key != asked.key) continue;
      takes.by_lane[exchange->lane].push_back(ref);
      if (exchange->lane == asked.lane && mine.size() == std::size_t{number} + 1) {
        exchange->key = asked.key;
        return exchange;
      }
    }
    return Status(ErrorKind::kMismatch, "", "");
  }

  Status Unmatched(const Asked& asked, const Cursors& cursors) {
    takes_.erase(asked.key);
    if (!options_.explain_misses || asked.request == nullptr)
      return Miss("No recorded exchange matches request " + std::to_string(asked.number) + " of " + asked.session);
    const Asked quotable = Quotable(asked);
    const Result<Nearest> nearest = FindNearest(
        reader_, [this](const Exchange& exchange) { return KeyInForce(exchange); }, quotable, cursors, options_.rules,
        options_.withhold);
    if (!nearest.ok()) return nearest.status();
    return Miss(NoMatchText(quotable, reader_.path(), *nearest, options_.rules));
  }

  CassetteReader& reader_;
  const MatchOptions options_;
  bool rekeyed_ = false;
  std::unordered_map<std::string, std::vector<Ref>> anew_;
  std::unordered_map<std::string, Takes> takes_;
  std::vector<std::string> notes_;
  Request quotable_;
};

}  // namespace

Result<std::unique_ptr<Matcher>> Matcher::Open(CassetteReader& reader, const MatchOptions& options) {
  auto matcher = std::make_unique<ReadingMatcher>(reader, options);
  REPRISE_RETURN_IF_ERROR(matcher->Prepare());
  return std::unique_ptr<Matcher>(std::move(matcher));
}

}  // namespace reprise::match
