#include "lib/match/nearest.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/match/json_shape.h"
#include "lib/wire/normal_form.h"
#include "lib/wire/placeholders.h"

namespace reprise::match {
namespace {

constexpr std::size_t kShown = 3;

// What is compared quickly, of each exchange; a full comparison follows for the best.
class Portrait {
 public:
  Portrait(const Request& request, const wire::PointerPatterns& ignore)
      : endpoint_(request.endpoint), format_(request.format), method_(request.method) {
    const std::string_view url = std::string_view(request.url).substr(0, request.url.find_first_of("?#"));
    path_ = url.substr(std::min(url.find_last_of('/'), url.size()));
    if (wire::IsReadAsJson(request)) {
      const Result<wire::JsonTree> tree = wire::JsonTree::Parse(request.body);
      if (tree.ok() && !tree->HasDuplicateNames()) {
        const JsonShape shape(*tree, ignore);
        hash_ = shape.Hash(0);
        sketch_ = shape.Sketch(0, kSketch);
        const std::uint32_t model = tree->Member(0, "model");
        if (model != 0) model_ = tree->Raw(model);
        return;
      }
    }
    hash_ = HashBytes(request.body);
    SketchWords(request.body, 1, kSketch, sketch_);
    std::sort(sketch_.begin(), sketch_.end());
  }

  double BodyLikeness(const Portrait& other) const {
    return hash_ == other.hash_ ? 1 : std::min(Similarity(sketch_, other.sketch_), 0.999);
  }
  // Who is asked weighs as much as what: a request to another path is hardly "the same, changed".
  double Likeness(const Portrait& other) const {
    return BodyLikeness(other) + 0.25 * (endpoint_ == other.endpoint_) + 0.25 * (format_ == other.format_) +
           0.25 * (method_ == other.method_) + 0.25 * (path_ == other.path_) + 0.05 * (model_ == other.model_);
  }

 private:
  std::string endpoint_, format_, method_, path_, model_;
  std::uint64_t hash_ = 0;
  std::vector<std::uint64_t> sketch_;
};

struct Candidate {
  double score = 0;
  Near near;
  Request request;
  int auth = 0;
};

}  // namespace

Result<Nearest> FindNearest(CassetteReader& reader, const std::function<std::string(const Exchange&)>& key_of,
                            const Asked& asked, const Cursors& cursors, const Rules& rules,
                            const std::function<void(Request&)>& withhold) {
  const wire::PointerPatterns ignore(rules.ignore_body);
  const Portrait wanted(*asked.request, ignore);
  Nearest out;
  out.total = reader.exchange_count();
  out.left = out.total - std::min(out.total, cursors.Total());
  std::vector<Candidate> best;
  std::map<std::pair<std::string, std::string>, std::uint32_t> seen;  // takes met so far, by lane and key
  std::uint64_t bytes = 0;
  REPRISE_RETURN_IF_ERROR(reader.ForEach([&](CassetteReader::Ref, Exchange&& exchange) {
    ++out.looked_at;
    bytes += exchange.request.body.size();
    const std::string key = key_of(exchange);
    const Portrait portrait(exchange.request, ignore);
    Candidate candidate;
    candidate.near.number = out.looked_at;
    candidate.near.used = seen[{exchange.lane, key}]++ < cursors.Of(exchange.lane, key);
    candidate.near.same_key = key == asked.key;
    candidate.near.likeness = portrait.BodyLikeness(wanted);
    // One that is left is what the test was about to ask for; so is one of this lane.
    candidate.score = portrait.Likeness(wanted) + (candidate.near.same_key ? 1 : 0) + (candidate.near.used ? 0 : 0.1) +
                      (exchange.lane == asked.lane ? 0.05 : 0);
    if (best.size() < kShown || candidate.score > best.back().score) {
      candidate.near.lane = exchange.lane;
      candidate.request = std::move(exchange.request);
      candidate.auth = exchange.auth;
      const auto at = std::upper_bound(best.begin(), best.end(), candidate.score,
                                       [](double score, const Candidate& c) { return score > c.score; });
      best.insert(at, std::move(candidate));
      if (best.size() > kShown) best.pop_back();
    }
    return out.looked_at < kMaxLookedAt && bytes < kMaxBytesLookedAt;
  }));
  // Tokens that are declared are no difference: they are told by their placeholders.
  Rules rest = rules;
  rest.placeholders.clear();
  const Request now = wire::WithoutTokens(*asked.request, rules, wire::TokenSpelling::kForReading);
  for (Candidate& candidate : best) {
    if (withhold) withhold(candidate.request);
    candidate.near.diff = DiffRequests(wire::WithoutTokens(candidate.request, rules, wire::TokenSpelling::kForReading),
                                       candidate.auth, now, asked.auth, rest);
    out.near.push_back(std::move(candidate.near));
  }
  return out;
}

}  // namespace reprise::match
