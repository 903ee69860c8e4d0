#include "lib/base/spelling.h"

#include <algorithm>

namespace reprise::base {

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(now);
  }
  return last[b.size()];
}

std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongest = 64;  // no name of ours is longer; bounds the work
  if (word.empty() || word.size() > kLongest) return {};
  std::string nearest;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (!nearest.empty()) return nearest;
  for (const std::string& candidate : candidates)
    if (word.size() >= 2 && candidate.compare(0, word.size(), word) == 0) return candidate;
  return {};
}

std::string NoSuchWord(std::string_view word, std::string_view what, const std::vector<std::string>& good) {
  std::string text = "\"" + std::string(word) + "\" is no " + std::string(what);
  const std::string nearest = NearestWord(word, good);
  text += nearest.empty() ? "." : "; did you mean \"" + nearest + "\"?";
  text += " Good ones: ";
  for (std::size_t i = 0; i < good.size(); ++i) text += (i == 0 ? "" : ", ") + good[i];
  return text;
}

}  // namespace reprise::base
