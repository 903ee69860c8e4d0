#include "tests/support/text_generator.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace reprise::support {
namespace {

constexpr std::array<std::string_view, 24> kNouns = {
    "receipt",   "order number", "return slip", "parcel",       "calendar",    "catalogue",
    "invoice",   "spare copy",   "paper bag",   "index card",   "café table",  "reading lamp",
    "bookmark",  "top shelf",    "front page",  "errata sheet", "naïve guess", "small print",
    "checklist", "library card", "postcard",    "dust jacket",  "ledger",      "warranty"};
constexpr std::array<std::string_view, 14> kAdjectives = {"small",  "steady",  "simple",   "careful",   "recent",
                                                          "quiet",  "plain",   "patient",  "useful",    "familiar",
                                                          "modest", "precise", "cheerful", "dependable"};

// {t} topic, {n} noun, {a} adjective.
constexpr std::array<std::string_view, 6> kOpenings = {"You asked about {t}, so here is the short answer.",
                                                       "Thank you for asking about {t}.",
                                                       "Good question: {t} is simpler than it looks.",
                                                       "About {t}, two things are worth knowing.",
                                                       "Let us take {t} one step at a time.",
                                                       "In short, {t} begins with a {a} {n}."};
constexpr std::array<std::string_view, 10> kMiddles = {"Keep the {n} until the {n} has arrived.",
                                                       "The {n} tells you what the {n} leaves out.",
                                                       "We check every {n} twice, and the {n} once more.",
                                                       "A {a} {n} usually settles it.",
                                                       "If the {n} looks {a}, ask for the {n} as well.",
                                                       "Please bring the {n}; the {n} can follow by post.",
                                                       "Most people start with the {n} and end with the {n}.",
                                                       "No {n} is needed, only a {a} {n}.",
                                                       "Write down the {n} while the {n} is still {a}.",
                                                       "The {n} costs nothing, the {n} a little patience."};
constexpr std::array<std::string_view, 5> kClosings = {
    "That is why {t} works best with a {a} {n}.", "If that does not help, send us the {n} and we will look again.",
    "With a {a} {n}, {t} takes care of itself.", "Everything else about {t} can wait until tomorrow.",
    "And that, for {t}, is all it takes."};
constexpr std::array<std::string_view, 44> kCommon = {
    "about", "after", "again",   "also", "answer", "because", "before", "being",  "bullet", "bullets", "could",
    "does",  "down",  "explain", "from", "give",   "have",    "help",   "into",   "just",   "know",    "like",
    "list",  "make",  "many",    "more", "much",   "need",    "only",   "please", "should", "some",    "tell",
    "than",  "that",  "their",   "them", "there",  "this",    "what",   "when",   "where",  "which",   "your"};

std::string Lower(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The word a reader would call the topic: the last capitalised or longer word that is not a common one.
std::string TopicOf(std::string_view prompt) {
  std::string best = "this";
  std::size_t best_rank = 0;
  for (std::size_t i = 0; i < prompt.size();) {
    std::size_t end = i;
    while (end < prompt.size() && (std::isalnum(static_cast<unsigned char>(prompt[end])) || prompt[end] == '-' ||
                                   static_cast<unsigned char>(prompt[end]) >= 0x80)) {
      ++end;
    }
    if (end == i) {
      ++i;
      continue;
    }
    const std::string_view word = prompt.substr(i, end - i);
    const bool common = std::find(kCommon.begin(), kCommon.end(), Lower(word)) != kCommon.end();
    const bool capital = i > 0 && std::isupper(static_cast<unsigned char>(word[0]));
    const std::size_t rank = common || word.size() < 4 ? 0 : word.size() + (capital ? 20 : 0);
    if (rank > 0 && rank >= best_rank && word.size() < 40) {
      best = std::string(word);
      best_rank = rank;
    }
    i = end;
  }
  return best;
}

std::string Fill(std::string_view form, const std::string& topic, Dice& dice) {
  std::string out;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '{') {
      out.push_back(form[i]);
      continue;
    }
    switch (form[i + 1]) {
      case 't': out += topic; break;
      case 'n': out += kNouns[dice.Below(kNouns.size())]; break;
      case 'a': out += kAdjectives[dice.Below(kAdjectives.size())]; break;
      default: break;
    }
    i += 2;
  }
  return out;
}

// The number before "bullet", or 0 when no bullets are asked for.
std::size_t BulletsIn(std::string_view prompt) {
  const std::string lower = Lower(prompt);
  const std::size_t at = lower.find("bullet");
  if (at == std::string::npos) return 0;
  const std::size_t digit = lower.find_last_of("123456789", at);
  return digit == std::string::npos ? 3 : static_cast<std::size_t>(lower[digit] - '0');
}

}  // namespace

std::uint64_t SeedOf(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

std::uint64_t Dice::Next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::string GenerateAnswer(std::string_view prompt, std::uint64_t seed) {
  Dice dice(seed);
  const std::string topic = TopicOf(prompt);
  const std::size_t bullets = BulletsIn(prompt);
  std::vector<std::string_view> middles(kMiddles.begin(), kMiddles.end());
  const std::size_t count = bullets > 0 ? bullets : 1 + dice.Below(3);
  std::string out = bullets > 0 ? "" : Fill(kOpenings[dice.Below(kOpenings.size())], topic, dice);
  for (std::size_t i = 0; i < count && !middles.empty(); ++i) {
    const std::size_t pick = dice.Below(middles.size());
    if (!out.empty()) out += bullets > 0 ? "\n" : " ";
    if (bullets > 0) out += "- ";
    out += Fill(middles[pick], topic, dice);
    middles.erase(middles.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  if (bullets == 0) out += " " + Fill(kClosings[dice.Below(kClosings.size())], topic, dice);
  if (Lower(prompt).find("emoji") != std::string::npos) out += " 🙂";
  return out;
}

std::vector<std::string> SplitIntoTokens(std::string_view text) {
  constexpr std::size_t kLongest = 8;
  const auto in_word = [&](std::size_t i) {
    const auto c = static_cast<unsigned char>(text[i]);
    return std::isalnum(c) || c >= 0x80;
  };
  std::vector<std::string> tokens;
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t end = i + (text[i] == ' ' && i + 1 < text.size() && in_word(i + 1) ? 1 : 0);
    const std::size_t start = end;
    while (end < text.size() && in_word(end) && end - start < kLongest) ++end;
    if (end == start) end = i + 1;  // one mark of punctuation or a blank
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    tokens.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return tokens;
}

}  // namespace reprise::support
