#include "tests/lib/cli/fixtures.h"

#include <gtest/gtest.h>

#include "lib/wire/json_text.h"

namespace reprise::cli {
namespace {

Exchange Posted(const std::string& request_body, const Rules& rules) {
  Exchange exchange;
  exchange.request.endpoint = "openai";
  exchange.request.format = "openai.chat";
  exchange.request.method = "POST";
  exchange.request.url = "https://api.openai.com/v1/chat/completions";
  exchange.request.headers = {{"Content-Type", "application/json"}};
  exchange.request.body = request_body;
  exchange.key = KeyOf(exchange.request, 0, rules);
  exchange.model = {"gpt-4o-mini", "gpt-4o-mini-2024-07-18", ""};
  exchange.reply.status = 200;
  return exchange;
}

}  // namespace

std::string Quoted(const std::string& text) { return wire::QuoteJson(text); }

Rules Ignoring(const std::string& pointer) {
  Rules rules;
  rules.ignore_body = {pointer};
  return rules;
}

Exchange Chat(const std::string& user, const std::string& answer, const Rules& rules) {
  Exchange exchange =
      Posted(R"({"model":"gpt-4o-mini","messages":[{"role":"system","content":"You are terse."},)"
             R"({"role":"user","content":)" +
                 Quoted(user) + R"(}],"temperature":0,"seed":42,"metadata":{"run":)" + Quoted(user) + "}}",
             rules);
  exchange.reply.headers = {{"content-type", "application/json"}, {"x-request-id", "req_1"}};
  exchange.reply.body =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini-2024-07-18",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":)" +
      Quoted(answer) +
      R"(},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":30,"total_tokens":42},)"
      R"("system_fingerprint":"fp_abc"})";
  return exchange;
}

Exchange StreamedChat(const std::string& user, const std::string& answer) {
  Exchange exchange = Posted(
      R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":)" + Quoted(user) + R"(}],"stream":true})", {});
  exchange.reply.headers = {{"content-type", "text/event-stream"}};
  const auto add = [&](const std::string& event) {
    exchange.reply.body += event;
    exchange.reply.cuts.push_back(event.size());
    exchange.reply.ms.push_back(exchange.reply.ms.empty() ? 412 : 20);
  };
  std::string word;
  for (std::size_t i = 0; i <= answer.size(); ++i) {
    if (i == answer.size() || answer[i] == ' ') {
      add(R"(data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":1700000000,)"
          R"("model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":)" +
          Quoted(word) + R"(},"finish_reason":null}]})" + "\n\n");
      word.clear();
    }
    if (i < answer.size()) word += answer[i];
  }
  add(R"(data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":1700000000,)"
      R"("model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
      "\n\n");
  add("data: [DONE]\n\n");
  return exchange;
}

Exchange ToolChat() {
  Exchange exchange = Posted(
      R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Weather in Paris?"}],"tools":[{"type":"function",)"
      R"("function":{"name":"get_weather","parameters":{"type":"object"}}}]})",
      {});
  exchange.reply.headers = {{"content-type", "application/json"}};
  exchange.reply.body =
      R"({"id":"chatcmpl-3","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini-2024-07-18",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1",)"
      R"("type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]},)"
      R"("finish_reason":"tool_calls"}]})";
  return exchange;
}

Exchange Opaque(const std::string& reply_body) {
  Exchange exchange = Posted("{\"text\":\"Hi\"}", {});
  exchange.request.endpoint = "speech";
  exchange.request.format = "http";
  exchange.request.url = "https://speech.example/v1/say";
  exchange.key = KeyOf(exchange.request, 0, {});
  exchange.model = {};
  exchange.reply.headers = {{"content-type", "audio/wav"}};
  exchange.reply.body = reply_body;
  return exchange;
}

void WriteCassette(const std::string& path, const std::vector<Exchange>& exchanges, CassetteWriter::Form form,
                   const Rules& rules, const std::string& session) {
  CassetteHead head;
  head.session = session;
  head.rules = rules;
  CassetteWriter::Options options;
  options.form = form;
  Result<std::unique_ptr<CassetteWriter>> writer = CassetteWriter::Create(path, head, options);
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (const Exchange& exchange : exchanges) {
    const Status status = (*writer)->Append(exchange);
    ASSERT_TRUE(status.ok()) << status;
  }
  const Status sealed = (*writer)->Seal();
  ASSERT_TRUE(sealed.ok()) << sealed;
}

}  // namespace reprise::cli
