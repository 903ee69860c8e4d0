#include "tests/support/canary_keys.h"

#include "lib/base/base64.h"

namespace reprise::support {
namespace {

const std::string kUpperSet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string kLowerSet = "abcdefghijklmnopqrstuvwxyz";
const std::string kDigitSet = "0123456789";
const std::string kAlnumSet = kUpperSet + kLowerSet + kDigitSet;
const std::string kUrlSafeSet = kAlnumSet + "-_";
const std::string kHexSet = "0123456789abcdef";
// What a part of each key is made of.
enum class Part { kUrl, kAlnum, kHex, kUpper, kBase64, kLetters, kUuid };

struct Piece {
  const char* prefix;
  Part part;
  std::size_t length;
};
struct Form {
  const char* rule;
  std::vector<Piece> pieces;
};

// Lengths as providers issue them.
const std::vector<Form>& Forms() {
  static const std::vector<Form> forms = {
      {"openai-key", {{"sk-proj-", Part::kUrl, 74}, {"T3BlbkFJ", Part::kUrl, 74}}},
      {"openai-key", {{"sk-svcacct-", Part::kUrl, 58}, {"T3BlbkFJ", Part::kUrl, 58}}},
      {"openai-key", {{"sk-admin-", Part::kUrl, 58}, {"T3BlbkFJ", Part::kUrl, 58}}},
      {"openai-key", {{"sk-", Part::kAlnum, 20}, {"T3BlbkFJ", Part::kAlnum, 20}}},
      {"anthropic-key", {{"sk-ant-api03-", Part::kUrl, 93}, {"AA", Part::kUrl, 0}}},
      {"anthropic-key", {{"sk-ant-admin01-", Part::kUrl, 93}, {"AA", Part::kUrl, 0}}},
      {"google-key", {{"AIza", Part::kUrl, 35}}},
      {"aws-access-key", {{"AKIA", Part::kUpper, 16}}},
      {"aws-access-key", {{"ASIA", Part::kUpper, 16}}},
      {"aws-secret-key", {{"aws_secret_access_key = ", Part::kBase64, 40}}},
      {"aws-secret-key", {{"\"SecretAccessKey\": \"", Part::kBase64, 40}, {"\"", Part::kUrl, 0}}},
      {"aws-bedrock-key", {{"ABSK", Part::kBase64, 128}}},
      {"huggingface-token", {{"hf_", Part::kLetters, 34}}},
      {"huggingface-token", {{"api_org_", Part::kLetters, 34}}},
      {"groq-key", {{"gsk_", Part::kAlnum, 52}}},
      {"xai-key", {{"xai-", Part::kAlnum, 80}}},
      {"perplexity-key", {{"pplx-", Part::kAlnum, 48}}},
      {"replicate-token", {{"r8_", Part::kAlnum, 37}}},
      {"openrouter-key", {{"sk-or-v1-", Part::kHex, 64}}},
      {"nvidia-key", {{"nvapi-", Part::kUrl, 64}}},
      {"databricks-token", {{"dapi", Part::kHex, 32}}},
      {"elevenlabs-key", {{"sk_", Part::kHex, 48}}},
      {"langfuse-key", {{"sk-lf-", Part::kUuid, 0}}},
      {"langfuse-key", {{"pk-lf-", Part::kUuid, 0}}},
      {"azure-secret", {{"", Part::kAlnum, 3}, {"8Q~", Part::kAlnum, 34}}},
      {"github-token", {{"ghp_", Part::kAlnum, 36}}},
      {"github-token", {{"gho_", Part::kAlnum, 36}}},
      {"github-token", {{"github_pat_", Part::kAlnum, 22}, {"_", Part::kAlnum, 59}}},
      {"slack-token", {{"xoxb-1", Part::kAlnum, 12}, {"-9", Part::kAlnum, 24}}},
      {"slack-token", {{"xoxp-2", Part::kAlnum, 12}, {"-8", Part::kAlnum, 24}}},
      {"stripe-key", {{"sk_live_", Part::kAlnum, 24}}},
      {"stripe-key", {{"rk_live_", Part::kAlnum, 24}}},
      {"google-oauth-token", {{"ya29.", Part::kUrl, 60}}},
      {"google-oauth-secret", {{"GOCSPX-", Part::kUrl, 28}}},
      {"gitlab-token", {{"glpat-7", Part::kUrl, 19}}},
      {"npm-token", {{"npm_", Part::kAlnum, 36}}},
      {"private-key",
       {{"-----BEGIN RSA PRIVATE KEY-----\nMIIE", Part::kBase64, 60},
        {"\n", Part::kBase64, 64},
        {"\n", Part::kUrl, 0}}},
      {"private-key", {{"-----BEGIN PRIVATE KEY-----\r\nMIIE", Part::kBase64, 60}, {"\r\n", Part::kUrl, 0}}},
      {"jwt", {}},
  };
  return forms;
}

std::string UrlBase64(const std::string& bytes) {
  std::string out = base::EncodeBase64(bytes);
  while (!out.empty() && out.back() == '=') out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

}  // namespace

std::size_t CanaryKeys::shapes() { return Forms().size(); }

std::string CanaryKeys::Any(std::size_t length, const std::string& alphabet) {
  std::string out;
  for (std::size_t i = 0; i < length; ++i) out += alphabet[Below(alphabet.size())];
  return out;
}

std::string CanaryKeys::Value() { return Any(24, kAlnumSet + "-_.~+/=!$"); }

CanaryKeys::Key CanaryKeys::Of(std::size_t shape) {
  const Form& form = Forms()[shape % Forms().size()];
  Key key{form.rule, ""};
  for (const Piece& piece : form.pieces) {
    key.value += piece.prefix;
    switch (piece.part) {
      case Part::kUrl: key.value += Any(piece.length, kUrlSafeSet); break;
      case Part::kAlnum: key.value += Any(piece.length, kAlnumSet); break;
      case Part::kHex: key.value += Any(piece.length, kHexSet); break;
      case Part::kUpper: key.value += Any(piece.length, kUpperSet + "234567"); break;
      case Part::kBase64: key.value += Any(piece.length, kAlnumSet + "+/"); break;
      case Part::kLetters: key.value += Any(piece.length, kUpperSet + kLowerSet); break;
      case Part::kUuid:
        for (const std::size_t group : {8, 4, 4, 4, 12}) key.value += (group == 8 ? "" : "-") + Any(group, kHexSet);
        break;
    }
  }
  if (key.rule == "jwt")
    key.value = UrlBase64(R"({"alg":"RS256","typ":"JWT"})") + "." +
                UrlBase64("{\"sub\":\"" + Any(12, kAlnumSet) + "\",\"exp\":1764000000}") + "." + Any(86, kUrlSafeSet);
  return key;
}

}  // namespace reprise::support
