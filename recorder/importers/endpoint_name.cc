#include "recorder/importers/endpoint_name.h"

#include "lib/wire/headers.h"
#include "lib/wire/url.h"

namespace reprise::recorder {
namespace {

// A pattern is a host, with `*` for one run of characters at its beginning or inside.
struct Known {
  std::string_view host;
  const char* name;
};
constexpr Known kKnown[] = {
    {"api.openai.com", "openai"},
    {"*.openai.azure.com", "azure-openai"},
    {"*.cognitiveservices.azure.com", "azure-openai"},
    {"*.services.ai.azure.com", "azure-ai"},
    {"*.models.ai.azure.com", "azure-ai"},
    {"models.inference.ai.azure.com", "azure-ai"},
    {"models.github.ai", "github"},
    {"api.anthropic.com", "anthropic"},
    {"generativelanguage.googleapis.com", "gemini"},
    {"*aiplatform.googleapis.com", "vertex"},
    {"bedrock-runtime.*.amazonaws.com", "bedrock"},
    {"bedrock.*.amazonaws.com", "bedrock"},
    {"bedrock-agent-runtime.*.amazonaws.com", "bedrock-agent"},
    {"openrouter.ai", "openrouter"},
    {"api.cohere.com", "cohere"},
    {"api.cohere.ai", "cohere"},
    {"api.mistral.ai", "mistral"},
    {"api-inference.huggingface.co", "huggingface"},
    {"router.huggingface.co", "huggingface"},
    {"*.endpoints.huggingface.cloud", "huggingface"},
    {"api.deepseek.com", "deepseek"},
    {"api.groq.com", "groq"},
    {"api.x.ai", "xai"},
    {"ai-gateway.vercel.sh", "vercel"},
    {"api.together.xyz", "together"},
    {"api.together.ai", "together"},
    {"api.perplexity.ai", "perplexity"},
    {"api.cerebras.ai", "cerebras"},
    {"api.fireworks.ai", "fireworks"},
    {"api.voyageai.com", "voyage"},
    {"api.jina.ai", "jina"},
    {"api.replicate.com", "replicate"},
    {"api.writer.com", "writer"},
    {"api.z.ai", "zai"},
    {"api.moonshot.ai", "moonshot"},
    {"dashscope.aliyuncs.com", "dashscope"},
    {"dashscope-intl.aliyuncs.com", "dashscope"},
    {"ollama.com", "ollama"},
    {"localhost:11434", "ollama"},
    {"127.0.0.1:11434", "ollama"},
};

bool Matches(std::string_view host, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return host == pattern;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return host.size() >= before.size() + after.size() && host.substr(0, before.size()) == before &&
         host.substr(host.size() - after.size()) == after;
}

}  // namespace

std::string HostOf(std::string_view url) {
  const wire::UrlParts parts = wire::SplitUrl(url);
  std::string host = wire::LowerAscii(parts.host);
  const std::string port = wire::LowerAscii(parts.scheme) == "http" ? ":80" : ":443";
  if (host.size() > port.size() && host.substr(host.size() - port.size()) == port) {
    host.resize(host.size() - port.size());
  }
  return host;
}

std::string EndpointNameOf(std::string_view url) {
  const std::string host = HostOf(url);
  for (const Known& known : kKnown) {
    if (Matches(host, known.host)) return known.name;
  }
  return host;
}

}  // namespace reprise::recorder
