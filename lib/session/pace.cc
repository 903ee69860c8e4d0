#include "lib/session/pace.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <random>
#include <string>

namespace reprise::session {
namespace {

constexpr double kMaxFactor = 1000;

// "0.5" without a locale: digits, perhaps a point and digits.
std::optional<double> ParseDecimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos || text.size() > 12) return {};
  if (std::count(text.begin(), text.end(), '.') > 1 || text == ".") return {};
  double value = 0, unit = 1;
  bool point = false;
  for (const char c : text) {
    if (c == '.') {
      point = true;
      continue;
    }
    value = value * 10 + (c - '0');
    if (point) unit *= 10;
  }
  return value / unit;
}

// Of the key, so that no two replies are cut alike. FNV-1a.
std::uint64_t Mixed(std::uint64_t seed, std::string_view key) {
  std::uint64_t hash = 14695981039346656037u ^ seed;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

std::vector<std::uint64_t> CutAnew(std::uint64_t size, std::uint64_t seed) {
  // Each place with the same chance; the chance itself differs, from every byte to a few places.
  static constexpr std::uint64_t kOneIn[] = {1, 3, 16, 128};
  std::mt19937_64 random(seed);
  const std::uint64_t one_in = kOneIn[random() % 4];
  std::vector<std::uint64_t> cuts;
  std::uint64_t from = 0;
  for (std::uint64_t at = 1; at < size; ++at) {
    if (random() % one_in != 0) continue;
    cuts.push_back(at - from);
    from = at;
  }
  if (size > from) cuts.push_back(size - from);
  return cuts;
}

}  // namespace

Status ParsePace(std::string_view text, Pace* pace) {
  pace->by_step = text == "step";
  pace->factor = text == "recorded" ? 1 : 0;
  if (text == "now" || text == "recorded" || text == "step") return {};
  const std::optional<double> factor = text.substr(0, 1) == "x" ? ParseDecimal(text.substr(1)) : std::nullopt;
  if (!factor || *factor > kMaxFactor)
    return Status(ErrorKind::kUsage, "pace",
                  "\"" + std::string(text) + "\" is none of now, recorded, step, or a factor such as x0.5");
  pace->factor = *factor;
  return {};
}

Status ParseResplit(std::string_view text, Pace* pace) {
  pace->resplit = text != "off";
  pace->chosen = text == "random";
  pace->seed = 0;
  if (!pace->resplit) return {};
  if (pace->chosen) {
    // Few digits, so that they are copied from a log without a fault.
    pace->seed = std::random_device()() % 1'000'000;
    return {};
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pace->seed);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return Status(ErrorKind::kUsage, "resplit", "\"" + std::string(text) + "\" is none of off, random, or a number");
}

std::vector<Piece> PiecesOf(const Reply& reply, const Pace& pace) {
  const std::uint64_t size = reply.body.size();
  // What was delivered, and when since the request.
  std::vector<std::uint64_t> ends;
  std::vector<double> times;
  std::uint64_t end = 0;
  double time = 0;
  for (std::size_t i = 0; i < reply.cuts.size() && end < size; ++i) {
    end = std::min(end + reply.cuts[i], size);
    time += i < reply.ms.size() ? reply.ms[i] : 0;
    ends.push_back(end);
    times.push_back(time * pace.factor);
  }
  if (end < size) {
    ends.push_back(size);
    times.push_back((ends.size() <= reply.ms.size() ? time + reply.ms[ends.size() - 1] : time) * pace.factor);
  }
  std::vector<std::uint64_t> cuts;
  if (pace.resplit) {
    cuts = CutAnew(size, Mixed(pace.seed, reply.key));
  } else {
    for (std::size_t i = 0; i < ends.size(); ++i) cuts.push_back(ends[i] - (i == 0 ? 0 : ends[i - 1]));
  }
  std::vector<Piece> pieces;
  double sent = 0;
  std::uint64_t at = 0;
  std::size_t chunk = 0;
  for (const std::uint64_t bytes : cuts) {
    at += bytes;
    while (ends[chunk] < at) ++chunk;
    // Rounded from the beginning, so that rounding does not add up.
    const double wait = std::max(0.0, times[chunk] - sent);
    const auto after =
        static_cast<std::uint32_t>(std::min(wait, static_cast<double>(std::numeric_limits<std::uint32_t>::max())));
    sent += after;
    pieces.push_back({bytes, after});
  }
  return pieces;
}

}  // namespace reprise::session
