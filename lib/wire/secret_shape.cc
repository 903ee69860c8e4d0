#include "lib/wire/secret_shape.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <string>

#include "lib/base/base64.h"

namespace reprise::wire {
namespace {

// A run of this alphabet that is longer is data, not text: anything may occur in it.
constexpr std::size_t kLongestRun = 512;
// The key of a certificate authority has some 3,300 characters.
constexpr std::size_t kLongestPem = 16384;
// Fewer different characters than this make a dummy.
constexpr int kMinDistinct = 6;

enum Alphabet : std::uint8_t {
  kUpper = 1,
  kLower = 2,
  kDigit = 4,
  kDash = 8,
  kUnderscore = 16,
  kSlashPlus = 32,
  kHex = 64,
  kAlnum = kUpper | kLower | kDigit,
  kUrlSafe = kAlnum | kDash | kUnderscore,
  kBase64 = kAlnum | kSlashPlus,
  kAnyBase64 = kUrlSafe | kSlashPlus,
};

constexpr std::array<std::uint8_t, 256> MakeClasses() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 'A'; c <= 'Z'; ++c) classes[static_cast<std::size_t>(c)] = kUpper;
  for (int c = 'a'; c <= 'z'; ++c) classes[static_cast<std::size_t>(c)] = kLower;
  for (int c = '0'; c <= '9'; ++c) classes[static_cast<std::size_t>(c)] = kDigit | kHex;
  for (int c = 'a'; c <= 'f'; ++c) classes[static_cast<std::size_t>(c)] |= kHex;
  classes['-'] = kDash;
  classes['_'] = kUnderscore;
  classes['+'] = classes['/'] = kSlashPlus;
  return classes;
}
constexpr std::array<std::uint8_t, 256> kClasses = MakeClasses();

bool Is(char c, std::uint8_t alphabet) { return (kClasses[static_cast<unsigned char>(c)] & alphabet) != 0; }

// A candidate, its prefix matched; gives where the key ends, or `begin` when it is none.
struct Shape;
using Check = std::size_t (*)(std::string_view text, std::size_t begin, std::size_t after_prefix, const Shape& shape);

struct Shape {
  std::string_view rule, prefix;
  std::uint8_t alphabet;
  std::size_t min;  // characters after the prefix
  Check check;
};

// Looks at `most` characters and no further, so that a text made of beginnings costs no more than any other.
std::size_t RunEnd(std::string_view text, std::size_t at, std::uint8_t alphabet, std::size_t most) {
  const std::size_t furthest = text.size() - at > most ? at + most : text.size();
  while (at < furthest && Is(text[at], alphabet)) ++at;
  return at;
}

bool InLongRun(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t length = end - begin;
  while (begin > 0 && length <= kLongestRun && Is(text[begin - 1], kAnyBase64)) --begin, ++length;
  while (end < text.size() && length <= kLongestRun && Is(text[end], kAnyBase64)) ++end, ++length;
  return length > kLongestRun;
}

bool IsDummy(std::string_view key) {
  std::bitset<256> seen;
  for (const char c : key) seen.set(static_cast<unsigned char>(c));
  return static_cast<int>(seen.count()) < kMinDistinct || key.find("EXAMPLE") != std::string_view::npos;
}

std::size_t Plain(std::string_view text, std::size_t begin, std::size_t after, const Shape& shape) {
  const std::size_t end = RunEnd(text, after, shape.alphabet, kLongestRun + 1);
  if (end - after < shape.min || IsDummy(text.substr(after, end - after)) || InLongRun(text, begin, end)) return begin;
  return end;
}

// Letters alone would be a word in capitals or kebab case.
std::size_t WithDigit(std::string_view text, std::size_t begin, std::size_t after, const Shape& shape) {
  const std::size_t end = Plain(text, begin, after, shape);
  const std::string_view key = text.substr(after, end > after ? end - after : 0);
  return std::any_of(key.begin(), key.end(), [](char c) { return Is(c, kDigit); }) ? end : begin;
}

// sk- and 20 characters, T3BlbkFJ, 20 more; and the many that copy its beginning.
std::size_t OldOpenAi(std::string_view text, std::size_t begin, std::size_t after, const Shape& shape) {
  const std::size_t end = WithDigit(text, begin, after, shape);
  const std::string_view key = text.substr(after, end > after ? end - after : 0);
  return std::any_of(key.begin(), key.end(), [](char c) { return Is(c, kUpper | kLower); }) ? end : begin;
}

// 8-4-4-4-12 hex digits.
std::size_t Uuid(std::string_view text, std::size_t begin, std::size_t after, const Shape&) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const std::string_view key = text.substr(after, kForm.size());
  if (key.size() < kForm.size() || IsDummy(key)) return begin;
  for (std::size_t i = 0; i < key.size(); ++i)
    if (kForm[i] == '-' ? key[i] != '-' : !Is(key[i], kHex)) return begin;
  return after + key.size();
}

// header.payload.signature (RFC 7515), each base64url; the header is JSON and names its algorithm.
std::size_t Jwt(std::string_view text, std::size_t begin, std::size_t after, const Shape&) {
  std::size_t end[3];
  std::size_t at = begin;
  for (std::size_t& part_end : end) {
    part_end = RunEnd(text, std::min(at, text.size()), kUrlSafe, &part_end == &end[0] ? 1024 : 8192);
    if (&part_end != &end[2] && (part_end >= text.size() || text[part_end] != '.')) return begin;
    at = part_end + 1;
  }
  (void)after;
  if (end[1] - end[0] < 8 || end[2] - end[1] < 21) return begin;
  std::string header(text.substr(begin, end[0] - begin));
  std::replace(header.begin(), header.end(), '-', '+');
  std::replace(header.begin(), header.end(), '_', '/');
  const std::optional<std::string> json = base::DecodeLenientBase64(header);
  if (!json || json->find("\"alg\"") == std::string::npos) return begin;
  return IsDummy(text.substr(end[1] + 1, end[2] - end[1] - 1)) ? begin : end[2];
}

// The header alone is talk about keys; with data behind it, it is one. Line breaks may be escaped.
std::size_t PrivateKey(std::string_view text, std::size_t begin, std::size_t after, const Shape&) {
  const std::string_view label = text.substr(after, 48);
  const std::size_t dashes = label.find("-----");
  if (dashes == std::string_view::npos || label.substr(0, dashes).find("PRIVATE KEY") == std::string_view::npos)
    return begin;
  std::size_t at = after + dashes + 5;
  const std::size_t latest = at + 12;
  while (at < text.size() && at < latest &&
         (text[at] == '\\' || text[at] == '\r' || text[at] == '\n' || text[at] == ' ' ||
          (text[at - 1] == '\\' && Is(text[at], kLower))))
    ++at;
  std::size_t end = RunEnd(text, at, kAnyBase64, kLongestPem);
  if (end - at < 16 || IsDummy(text.substr(at, end - at))) return begin;
  // To its last line, where there is one; else as far as it goes on.
  if (const std::size_t last = text.substr(end, kLongestPem).find("-----END "); last != std::string_view::npos)
    return end + last;
  const std::size_t furthest = std::min(text.size(), end + kLongestPem);
  while (end < furthest &&
         (Is(text[end], kAnyBase64) || text[end] == '=' || text[end] == '\\' || text[end] == '\r' || text[end] == '\n'))
    ++end;
  return end;
}

// The name of a secret access key, then within a few characters its 40: they have no shape of their own.
std::size_t AwsSecret(std::string_view text, std::size_t begin, std::size_t after, const Shape&) {
  const auto lower = [](char c) { return Is(c, kUpper) ? static_cast<char>(c | 0x20) : c; };
  std::size_t at = after;
  std::string name;
  while (at < text.size() && at < after + 24 && Is(text[at], kUpper | kLower | kUnderscore | kDash))
    name += lower(text[at++]);
  if (name.find("key") == std::string::npos) return begin;
  const std::size_t name_end = at;
  constexpr std::string_view kBetween = " \"'=:\\>,";
  while (at < text.size() && at < name_end + 12 && kBetween.find(text[at]) != std::string_view::npos) ++at;
  const std::size_t end = RunEnd(text, at, kBase64, kLongestRun + 1);
  const std::string_view key = text.substr(at, end - at);
  // More than 40 where other text follows without a gap.
  if (at == name_end || key.size() < 40 || key.size() > kLongestRun || IsDummy(key)) return begin;
  // No hash in hex is one, and no word.
  for (const std::uint8_t kind : {kUpper, kLower})
    if (std::none_of(key.begin(), key.end(), [kind](char c) { return Is(c, kind); })) return begin;
  return end;
}

// Azure AD client secrets: three characters, a digit, then this prefix.
std::size_t AzureSecret(std::string_view text, std::size_t begin, std::size_t after, const Shape&) {
  const auto ours = [](char c) { return Is(c, kUrlSafe) || c == '.' || c == '~'; };
  if (begin < 4 || !Is(text[begin - 1], kDigit)) return begin;
  for (std::size_t i = begin - 4; i < begin - 1; ++i)
    if (!ours(text[i])) return begin;
  std::size_t end = after;
  while (end < text.size() && end < after + 64 && ours(text[end])) ++end;
  if (end - after < 31 || IsDummy(text.substr(after, end - after)) || InLongRun(text, begin, begin)) return begin;
  return end;
}

// By their first two bytes, then the longest prefix first, so the most telling rule names the key.
constexpr std::array kShapes = {
    Shape{"anthropic-key", "sk-ant-", kUrlSafe, 40, Plain},
    Shape{"aws-access-key", "ABIA", kUpper | kDigit, 16, Plain},
    Shape{"aws-access-key", "ACCA", kUpper | kDigit, 16, Plain},
    Shape{"aws-access-key", "AKIA", kUpper | kDigit, 16, Plain},
    Shape{"aws-access-key", "ASIA", kUpper | kDigit, 16, Plain},
    Shape{"aws-bedrock-key", "ABSK", kBase64, 100, Plain},
    Shape{"aws-bedrock-key", "bedrock-api-key-", kBase64, 32, Plain},
    Shape{"aws-secret-key", "SECRET", 0, 0, AwsSecret},
    Shape{"aws-secret-key", "Secret", 0, 0, AwsSecret},
    Shape{"aws-secret-key", "secret", 0, 0, AwsSecret},
    Shape{"azure-secret", "Q~", 0, 0, AzureSecret},
    Shape{"databricks-token", "dapi", kHex, 32, Plain},
    Shape{"elevenlabs-key", "sk_", kHex, 48, Plain},
    Shape{"github-token", "gho_", kAlnum, 36, Plain},
    Shape{"github-token", "ghp_", kAlnum, 36, Plain},
    Shape{"github-token", "ghr_", kAlnum, 36, Plain},
    Shape{"github-token", "ghs_", kAlnum, 36, Plain},
    Shape{"github-token", "ghu_", kAlnum, 36, Plain},
    Shape{"github-token", "github_pat_", kAlnum | kUnderscore, 60, Plain},
    Shape{"gitlab-token", "glpat-", kUrlSafe, 20, WithDigit},
    Shape{"google-key", "AIza", kUrlSafe, 35, Plain},
    Shape{"google-oauth-secret", "GOCSPX-", kUrlSafe, 28, Plain},
    Shape{"google-oauth-token", "ya29.", kUrlSafe, 30, Plain},
    Shape{"groq-key", "gsk_", kAlnum, 48, Plain},
    Shape{"huggingface-token", "api_org_", kAlnum, 34, Plain},
    Shape{"huggingface-token", "hf_", kAlnum, 34, Plain},
    Shape{"jwt", "eyJ", kUrlSafe, 0, Jwt},
    Shape{"langfuse-key", "pk-lf-", kHex, 0, Uuid},
    Shape{"langfuse-key", "sk-lf-", kHex, 0, Uuid},
    Shape{"npm-token", "npm_", kAlnum, 36, Plain},
    Shape{"nvidia-key", "nvapi-", kUrlSafe, 60, Plain},
    Shape{"openai-key", "sk-admin-", kUrlSafe, 40, Plain},
    Shape{"openai-key", "sk-proj-", kUrlSafe, 40, Plain},
    Shape{"openai-key", "sk-svcacct-", kUrlSafe, 40, Plain},
    Shape{"openai-key", "sk-", kAlnum, 32, OldOpenAi},
    Shape{"openrouter-key", "sk-or-v1-", kHex, 48, Plain},
    Shape{"perplexity-key", "pplx-", kAlnum, 40, Plain},
    Shape{"private-key", "-----BEGIN ", 0, 0, PrivateKey},
    Shape{"replicate-token", "r8_", kAlnum, 37, Plain},
    Shape{"slack-token", "xapp-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxa-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxb-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxe-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxo-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxp-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxr-", kUrlSafe, 20, WithDigit},
    Shape{"slack-token", "xoxs-", kUrlSafe, 20, WithDigit},
    Shape{"stripe-key", "rk_live_", kAlnum, 16, Plain},
    Shape{"stripe-key", "rk_test_", kAlnum, 16, Plain},
    Shape{"stripe-key", "sk_live_", kAlnum, 16, Plain},
    Shape{"stripe-key", "sk_test_", kAlnum, 16, Plain},
    Shape{"stripe-key", "whsec_", kBase64, 32, Plain},
    Shape{"xai-key", "xai-", kAlnum, 64, Plain},
};

std::size_t TwoBytes(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>(static_cast<unsigned char>(text[at])) << 8 | static_cast<unsigned char>(text[at + 1]);
}

// One bit for each two bytes that begin a prefix: all but a few positions of a text are passed over by it.
const std::bitset<65536>& Beginnings() {
  static const std::bitset<65536>* const bits = [] {
    auto* made = new std::bitset<65536>;
    for (const Shape& shape : kShapes) made->set(TwoBytes(shape.prefix, 0));
    return made;
  }();
  return *bits;
}

}  // namespace

const std::vector<std::string_view>& ShapeRules() {
  static const std::vector<std::string_view> rules = [] {
    std::vector<std::string_view> names;
    for (const Shape& shape : kShapes) names.push_back(shape.rule);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }();
  return rules;
}

std::optional<SecretSpan> FindKeyShape(std::string_view text, std::size_t from) {
  const std::bitset<65536>& beginnings = Beginnings();
  for (std::size_t i = from; i + 1 < text.size(); ++i) {
    if (!beginnings.test(TwoBytes(text, i))) continue;
    for (const Shape& shape : kShapes) {
      if (text.compare(i, shape.prefix.size(), shape.prefix) != 0) continue;
      const std::size_t end = shape.check(text, i, i + shape.prefix.size(), shape);
      if (end > i) return SecretSpan{i, end, shape.rule};
    }
  }
  return std::nullopt;
}

}  // namespace reprise::wire
