#include "tests/conformance/adapter_samples.h"

#include <initializer_list>

namespace reprise::format {
namespace {

// Named events, as Anthropic sends them: the JSON says the name again, and is padded with blanks.
std::string Events(std::initializer_list<const char*> events) {
  std::string out;
  for (const std::string json : events) {
    const std::size_t begin = json.find("\"type\":\"") + 8, end = json.find('"', begin);
    out += "event: " + json.substr(begin, end - begin) + "\ndata: " + json + std::string(out.size() % 5, ' ') + "\n\n";
  }
  return out;
}

std::string Data(std::initializer_list<const char*> chunks) {
  std::string out;
  for (const char* chunk : chunks) out += std::string("data: ") + chunk + "\r\n\r\n";
  return out;
}

std::string Lines(std::initializer_list<const char*> lines) {
  std::string out;
  for (const char* line : lines) out += std::string(line) + "\n";
  return out;
}

}  // namespace

AdapterSample OpenAiChatSample() {
  AdapterSample sample;
  sample.adapter = "openai.chat";
  sample.base_url = "https://api.openai.com/v1";
  sample.parameters = {{"seed", "42"}, {"temperature", "0.50"}};
  sample.text = "Grüezi 🙂";
  sample.finish = "tool_calls";
  sample.volatile_fields = {"/id",
                            "/created",
                            "/obfuscation",
                            "/system_fingerprint",
                            "/choices/*/message/tool_calls/*/id",
                            "/choices/*/delta/tool_calls/*/id"};
  sample.usage = {9, 4, 13};
  sample.whole =
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m-2025-01-01","choices":[{"index":0,)"
      R"("message":{"role":"assistant","content":"Grüezi 🙂","reasoning_content":"Swiss?","refusal":null,"tool_calls":[{"id":"call_1","type":"function",)"
      R"("function":{"name":"add","arguments":"{\"a\":1}"},"extra_content":{"google": {"thought_signature":"c2ln"}}}]},"logprobs":{"content":[{"token":"Grü","logprob":-0.25,)"
      R"("bytes":null,"top_logprobs":[{"token":"Hi","logprob":-2.5,"bytes":null}]}],"refusal":null},)"
      R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13},)"
      R"("system_fingerprint":"fp_1"})";
  const std::string head =
      R"(data: {"id":"chatcmpl-2","object":"chat.completion.chunk","created":2,"model":"m-2025-01-01",)"
      R"("system_fingerprint":"fp_1","obfuscation":"x7",)";
  for (
      const char* rest :
      {R"("choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"reasoning_content":"Swi"},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"reasoning_content":"ss?"},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"content":"Grü"},"logprobs":{"content":[{"token":"Grü","logprob":-0.25,)"
       R"("top_logprobs":[{"token":"Hi","logprob":-2.5}]}]},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"content":"ezi \ud83d\ude42"},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",)"
       R"("function":{"name":"add","arguments":""},"extra_content":{"google":{"thought_signature":"c2ln"}}}]},"finish_reason":null}],"usage":null})",
       R"("choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}}],"usage":null})",
       R"("choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null})",
       R"("choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}})"}) {
    sample.streamed += head + rest + "\n\n";
  }
  sample.streamed += "data: [DONE]\n\n";
  sample.goes_back =
      R"({"role":"assistant","content":"Grüezi 🙂","reasoning_content":"Swiss?","tool_calls":[{"id":"call_1","type":"function",)"
      R"("function":{"name":"add","arguments":"{\"a\":1}"},"extra_content":{"google":{"thought_signature":"c2ln"}}}]})";
  sample.goes_back_plain =
      R"({"role":"assistant","content":"Grüezi 🙂","tool_calls":[{"id":"call_1","type":"function",)"
      R"("function":{"name":"add","arguments":"{\"a\":1}"}}]})";
  sample.twins = {
      {"thoughts in details, in pieces",
       R"({"choices":[{"index":0,"message":{"content":null,"reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"Hm.",)"
       R"("signature":"c2ln","index":0},{"type":"reasoning.encrypted","data":"eA==","index":1}],"tool_calls":[{"index":0,"id":"c","function":{"name":"now","arguments":"{}"}}]}}]})",
       Data(
           {R"({"choices":[{"index":0,"delta":{"reasoning":"H","reasoning_details":[{"type":"reasoning.text","text":"H","index":0}]}}]})",
            R"({"choices":[{"index":0,"delta":{"reasoning":"m.","reasoning_details":[{"type":"reasoning.text","text":"m.","index":0}]}}]})",
            R"({"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"c2ln","index":0},{"type":"reasoning.encrypted","data":"eA==","index":1}]}}]})",
            R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"now","arguments":"{}"}}]}}]})"})}};
  sample.failure =
      R"({"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}})";
  sample.failure_message = "Rate limit reached";
  sample.idle = {": keep-alive\n\n", "event: surprise\ndata: {\"surprise\":true}\n\n", "retry: 3\n\n", "id: 7\n\n",
                 "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":null}\n\n"};
  const std::string hi = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
  sample.odd = {{"[DONE] too early", hi + "data: [DONE]\n\n" + hi, "Hi", ""},
                {"no [DONE]", hi, "Hi", ""},
                {"an error after 200", hi + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", "Hi", "overloaded"},
                {"an error before any text", "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", "", "overloaded"},
                {"cut in the middle of a frame", hi + hi.substr(0, hi.size() - 9), "Hi", ""},
                {"a stream under 500", hi, "Hi", "HTTP 500: " + hi.substr(0, hi.size() - 2), 500}};
  return sample;
}

AdapterSample AnthropicMessagesSample() {
  AdapterSample sample;
  sample.adapter = "anthropic.messages";
  sample.base_url = "https://api.anthropic.com";
  sample.parameters = {{"max_tokens", "42"}, {"temperature", "0.50"}};
  sample.text = "Grüezi 🙂";
  sample.finish = "tool_use";
  sample.volatile_fields = {"/id",
                            "/message/id",
                            "/content/*/id",
                            "/content/*/signature",
                            "/content_block/id",
                            "/delta/signature",
                            "/usage/cache_read_input_tokens",
                            "/request_id"};
  sample.tells_logprobs = false;
  sample.usage = {9, 5, 14};
  sample.whole =
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m-20250101","content":[)"
      R"({"type":"thinking","thinking":"Swiss?","signature":"c2ln"},{"type":"text","text":"Grüezi 🙂"},)"
      R"({"type":"tool_use","id":"toolu_1","name":"add","input":{"a": 1, "s": "\u00e9"}}],"stop_reason":"tool_use",)"
      R"("stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,)"
      R"("output_tokens":5,"service_tier":"standard"}})";
  sample.streamed = Events(
      {R"({"type":"message_start","message":{"id":"msg_2","type":"message","role":"assistant","model":"m-20250101","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":1}}})",
       R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
       R"({"type":"ping"})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Swi"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"ss?"}})",
       R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}})",
       R"({"type":"content_block_stop","index":0})",
       R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüe"}})",
       R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"zi \ud83d\ude42"}})",
       R"({"type":"content_block_stop","index":1})",
       R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"add","input":{}}})",
       R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}})",
       R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 1,"}})",
       R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":" \"s\":\"é\"}"}})",
       R"({"type":"content_block_stop","index":2})",
       R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":5}})",
       R"({"type":"message_stop"})"});
  sample.goes_back =
      R"({"role":"assistant","content":[{"signature":"c2ln","thinking":"Swiss?","type":"thinking"},)"
      R"({"text":"Grüezi 🙂","type":"text"},{"id":"toolu_1","input":{"a":1,"s":"é"},"name":"add","type":"tool_use"}]})";
  sample.goes_back_plain = R"({"role":"assistant","content":[{"type":"text","text":"Grüezi 🙂"},)"
                           R"({"type":"tool_use","id":"toolu_1","name":"add","input":{"a":1,"s":"é"}}]})";
  sample.failure = R"({"type":"error","error":{"type":"rate_limit_error","message":"Too many"},"request_id":"req_1"})";
  sample.failure_message = "Too many";
  sample.twins = {
      {"a character whose two halves come apart",
       R"({"type":"message","content":[{"type":"text","text":"a 🙂 b"}],"stop_reason":"end_turn"})",
       Events({R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a \ud83d"}})",
               R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ude42 b"}})",
               R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})"})},
      {"two calls, one without arguments",
       R"({"type":"message","content":[{"type":"tool_use","id":"t1","name":"now","input":{}},)"
       R"({"type":"tool_use","id":"t2","name":"add","input":{"n":[1,2.50]}}],"stop_reason":"tool_use"})",
       Events(
           {R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"now","input":{}}})",
            R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}})",
            R"({"type":"content_block_stop","index":0})",
            R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t2","name":"add","input":{}}})",
            R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"n\": [1, 2.50]}"}})",
            R"({"type":"content_block_stop","index":1})",
            R"({"type":"message_delta","delta":{"stop_reason":"tool_use"}})"})},
      {"a refusal, and usage that the end corrects",
       R"({"type":"message","content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"No."},)"
       R"("usage":{"input_tokens":90,"output_tokens":0}})",
       Events(
           {R"({"type":"message_start","message":{"content":[],"usage":{"input_tokens":9,"output_tokens":0}}})",
            R"({"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"explanation":"No."}},"usage":{"input_tokens":90,"output_tokens":0}})"})},
      {"the provider's own tools are no calls",
       R"({"type":"message","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":"x"}},)"
       R"({"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"text","text":"not said"}]},)"
       R"({"type":"text","text":"Found.","citations":[{"cited_text":"x"}]}],"stop_reason":"end_turn"})",
       Events(
           {R"({"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}})",
            R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"q\":\"x\"}"}})",
            R"({"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"text","text":"not said"}]}})",
            R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}})",
            R"({"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"cited_text":"x"}}})",
            R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Found."}})",
            R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})"})}};
  const std::string hi =
      Events({R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})"});
  const std::string error = Events({R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"});
  sample.odd = {
      {"a delta before its start",
       hi + Events({R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"}), "Hi",
       ""},
      {"blocks out of order",
       Events({R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" there"}})"}) + hi,
       "Hi there", ""},
      {"an error after 200", hi + error, "Hi", "Overloaded"},
      {"an error before any text", error, "", "Overloaded"},
      {"an error whose event is named and whose JSON is not",
       hi + "event: error\ndata: {\"error\":{\"message\":\"Overloaded\"}}\n\n", "Hi", "Overloaded"},
      {"[DONE], which is not Anthropic's", hi + "data: [DONE]\n\n", "Hi", ""},
      {"a delta of an unknown kind",
       hi + Events({R"({"type":"content_block_delta","index":0,"delta":{"type":"new_delta","text":"no"}})"}), "Hi", ""},
      {"cut in the middle of a frame", hi + hi.substr(0, hi.size() - 9), "Hi", ""}};
  sample.idle = {": comment\n\n", "event: ping\ndata: {\"type\": \"ping\"}\n\n",
                 "event: surprise\ndata: {\"type\":\"surprise\",\"text\":\"no\"}\n\n", "data: [DONE]\n\n"};
  return sample;
}

AdapterSample GeminiGenerateSample() {
  AdapterSample sample;
  sample.adapter = "gemini.generate";
  sample.base_url = "https://generativelanguage.googleapis.com";
  sample.parameters = {{"seed", "42"}, {"temperature", "0.50"}};
  sample.text = "Grüezi 🙂";
  sample.finish = "STOP";
  sample.volatile_fields = {"/responseId", "/candidates/*/content/parts/*/thoughtSignature", "/*/responseId",
                            "/candidates/*/content/parts/*/functionCall/id", "/candidates/*/avgLogprobs"};
  sample.usage = {9, 6, 15};
  sample.whole = R"({
  "candidates": [{"content": {"role": "model", "parts": [{"text": "Swiss?", "thought": true},
      {"text": "Grüezi 🙂"}, {"functionCall": {"id": "f1", "name": "add", "args": {"a": 1, "s": "\u00e9"}}, "thoughtSignature": "c2ln"}]},
    "finishReason": "STOP", "index": 0, "avgLogprobs": -0.1, "logprobsResult": {
      "chosenCandidates": [{"token": "Grü", "tokenId": 7, "logProbability": -0.25}],
      "topCandidates": [{"candidates": [{"token": "Hi", "logProbability": -2.5}]}]}}],
  "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 15},
  "modelVersion": "models/m-001", "responseId": "abc"})";
  sample.streamed = Data(
      {R"({"candidates":[{"content":{"role":"model","parts":[{"text":"Swi","thought":true}]},"index":0}],"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9},"modelVersion":"models/m-001","responseId":"xyz"})",
       R"({"candidates":[{"content":{"role":"model","parts":[{"text":"ss?","thought":true},{"text":"Grüe"}]},"index":0,"logprobsResult":{"chosenCandidates":[{"token":"Grü","tokenId":7,"logProbability":-0.25}],"topCandidates":[{"candidates":[{"token":"Hi","logProbability":-2.5}]}]}}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"cachedContentTokenCount":3,"totalTokenCount":11}})",
       R"({"candidates":[{"content":{"parts":[{"text":"zi \ud83d\ude42"}]}}]})",
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"id":"f1","name":"add","args":{"a":1,"s":"é"}},"thoughtSignature":"c2ln"}]},"index":0}]})",
       R"({"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"thoughtsTokenCount":2,"totalTokenCount":15}})"});
  sample.goes_back = R"({"role":"model","parts":[{"text":"Swiss?","thought":true},{"text":"Grüezi 🙂"},)"
                     R"({"functionCall":{"args":{"a":1,"s":"é"},"id":"f1","name":"add"},"thoughtSignature":"c2ln"}]})";
  sample.goes_back_plain =
      R"({"role":"model","parts":[{"text":"Grüezi 🙂"},{"functionCall":{"id":"f1","name":"add","args":{"a":1,"s":"é"}}}]})";
  sample.failure =
      R"({"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"48s"}]}})";
  sample.failure_message = "Quota exceeded";
  const std::string chunk = R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]})";
  const std::string hi = "data: " + chunk + "\r\n\r\n";
  sample.twins = {
      {"an array written piece by piece",
       R"({"candidates":[{"content":{"parts":[{"text":"HiHo"}]},"finishReason":"STOP"}]})",
       "[" + chunk + "\n,\r\n" + R"({"candidates":[{"content":{"parts":[{"text":"Ho"}]},"finishReason":"STOP"}]})" +
           "\n]\n"},
      {"two candidates, told apart by their index",
       R"({"candidates":[{"content":{"parts":[{"text":"A"}]},"index":0},{"content":{"parts":[{"text":"Bb"}]},"index":1}]})",
       Data(
           {R"({"candidates":[{"content":{"parts":[{"text":"B"}]},"index":1}]})",
            R"({"candidates":[{"content":{"parts":[{"text":"A"}]},"index":0},{"content":{"parts":[{"text":"b"}]},"index":1}]})"})},
      {"a blocked prompt", R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}})",
       Data({R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}})"})},
      {"arguments in pieces, each with its path",
       R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"book","args":{"stops":[{"city":"Paris"},{"city":"Oslo"}],"n":2,"ok":true,"x y":null}}},)"
       R"({"functionCall":{"name":"now","args":{}}}]},"finishReason":"STOP"}]})",
       Data(
           {R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"book","willContinue":true}}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.stops[0].city","stringValue":"Par","willContinue":true}],"willContinue":true}}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.stops[0].city","stringValue":"is"},{"jsonPath":"$.stops[1].city","stringValue":"Oslo"}],"willContinue":true}}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.n","numberValue":2},{"jsonPath":"$.ok","boolValue":true},{"jsonPath":"$['x y']","nullValue":"NULL_VALUE"}],"willContinue":true}}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"now"}}]},"finishReason":"STOP"}]})"})},
      {"signatures that come after their text, or with a call in pieces",
       R"({"candidates":[{"content":{"parts":[{"text":"Hi"},{"text":"","thoughtSignature":"YQ=="},{"functionCall":{"name":"book","args":{"n":2}},"thoughtSignature":"Yg=="}]}}]})",
       Data(
           {R"({"candidates":[{"content":{"parts":[{"text":"H"}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"text":"i"},{"text":"","thoughtSignature":"YQ=="}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"book","willContinue":true}}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.n","numberValue":2}],"willContinue":true},"thoughtSignature":"Yg=="}]}}]})",
            R"({"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]})"})},
      {"enums as numbers", R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"MAX_TOKENS"}]})",
       Data({R"({"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":2}]})"})}};
  sample.odd = {
      {"an error after 200, as plain JSON over several lines",
       hi + "{\r\n  \"error\": {\r\n    \"code\": 503,\r\n    \"message\": \"Overloaded\"\r\n  }\r\n}\r\n", "Hi",
       "Overloaded"},
      {"an error after 200, in an array", hi + "[{\"error\": {\"message\": \"Overloaded\"}}]\n", "Hi", "Overloaded"},
      {"an error after 200, as an event", hi + "data: {\"error\": {\"message\": \"Overloaded\"}}\r\n\r\n", "Hi",
       "Overloaded"},
      {"an error in an array", "[{\"error\": {\"message\": \"Bad key\"}}]", "", "Bad key", 400},
      {"an array that breaks off", "[" + chunk + ",\n" + chunk.substr(0, 40), "Hi", ""},
      {"cut in the middle of a frame", hi + hi.substr(0, hi.size() - 9), "Hi", ""}};
  sample.idle = {": comment\r\n\r\n", "event: surprise\r\ndata: {\"surprise\":[{\"text\":\"no\"}]}\r\n\r\n",
                 "data: {\"candidates\":[]}\r\n\r\n", "data: [DONE]\r\n\r\n", "surprise\r\n\r\n"};
  return sample;
}

AdapterSample OllamaChatSample() {
  AdapterSample sample;
  sample.adapter = "ollama.chat";
  sample.base_url = "http://127.0.0.1:11434";
  sample.parameters = {{"seed", "42"}, {"temperature", "0.50"}};
  sample.text = "Grüezi 🙂";
  sample.finish = "stop";
  sample.volatile_fields = {"/created_at",    "/total_duration",    "/load_duration",          "/prompt_eval_duration",
                            "/eval_duration", "/prompt_eval_count", "/message/tool_calls/*/id"};
  sample.usage = {9, 4, 13};
  sample.whole =
      R"({"model":"m:latest","created_at":"2026-01-01T00:00:00.1Z","message":{"role":"assistant","content":"Grüezi 🙂",)"
      R"("thinking":"Swiss?","tool_calls":[{"id":"call_1","function":{"index":0,"name":"add","arguments":{"a":1,"s":"\u00e9"}}}]},)"
      R"("done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":4,"total_duration":1,)"
      R"("logprobs":[{"token":"Grü","logprob":-0.25,"bytes":[71],"top_logprobs":[{"token":"Hi","logprob":-2.5}]}]})";
  sample.streamed = Lines(
      {R"({"model":"m:latest","created_at":"2026-01-01T00:00:00.2Z","message":{"role":"assistant","content":"","thinking":"Swi"},"done":false})",
       R"({"model":"m:latest","message":{"role":"assistant","content":"","thinking":"ss?"},"done":false})",
       R"({"model":"m:latest","message":{"role":"assistant","content":"Grüe"},"logprobs":[{"token":"Grü","logprob":-0.25,"top_logprobs":[{"token":"Hi","logprob":-2.5}]}],"done":false})",
       R"({"model":"m:latest","message":{"role":"assistant","content":"zi \ud83d\ude42"},"done":false})",
       R"({"model":"m:latest","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"index":0,"name":"add","arguments":{"a": 1, "s": "é"}}}]},"done":false})",
       R"({"model":"m:latest","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":9,"eval_count":4,"total_duration":2})"});
  sample.goes_back =
      R"({"role":"assistant","content":"Grüezi 🙂","thinking":"Swiss?","tool_calls":[{"id":"call_1","function":{"name":"add","arguments":{"a":1,"s":"é"}}}]})";
  sample.goes_back_plain =
      R"({"role":"assistant","content":"Grüezi 🙂","tool_calls":[{"id":"call_1","function":{"name":"add","arguments":{"a":1,"s":"é"}}}]})";
  sample.failure = R"({"error":"model \"m\" not found, try pulling it first"})";
  sample.failure_message = "model \"m\" not found, try pulling it first";
  sample.twins = {
      {"calls in several lines",
       R"({"message":{"content":"","tool_calls":[{"function":{"name":"a","arguments":{}}},{"function":{"name":"b","arguments":{"x":[]}}}]},"done":true})",
       Lines(
           {R"({"message":{"content":"","tool_calls":[{"function":{"name":"a","arguments":{}}}]},"done":false})",
            R"({"message":{"content":"","tool_calls":[{"function":{"name":"b","arguments":{"x":[]}}}]},"done":true})"})}};
  const std::string hi = "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n";
  sample.odd = {{"an error after 200", hi + "{\"error\":\"out of memory\"}\n", "Hi", "out of memory"},
                {"a line that breaks off inside a text, and more lines", hi + "{\"message\":{\"content\":\"lost\n" + hi,
                 "HiHi", ""},
                {"cut in the middle of a line", hi + hi.substr(0, hi.size() - 9), "Hi", ""},
                {"lines that run together", hi.substr(0, hi.size() - 1) + hi, "HiHi", ""},
                {"[DONE], which is not Ollama's", hi + "[DONE]\n", "Hi", ""}};
  sample.idle = {"\n", "{\"surprise\":{\"content\":\"no\"}}\n", "  \r\n",
                 "{\"message\":{\"content\":\"\"},\"done\":false}\n"};
  return sample;
}

AdapterSample OllamaGenerateSample() {
  AdapterSample sample = OllamaChatSample();
  sample.adapter = "ollama.generate";
  sample.calls_tools = false;
  sample.tells_logprobs = false;
  sample.whole =
      R"({"model":"m:latest","created_at":"2026-01-01T00:00:00.1Z","response":"Grüezi 🙂","thinking":"Swiss?","done":true,)"
      R"("done_reason":"stop","context":[1,2],"prompt_eval_count":9,"eval_count":4})";
  sample.streamed = Lines(
      {R"({"model":"m:latest","created_at":"2026-01-01T00:00:00.2Z","response":"","thinking":"Swiss?","done":false})",
       R"({"model":"m:latest","response":"Grüe","done":false})",
       R"({"model":"m:latest","response":"zi 🙂","done":false})",
       R"({"model":"m:latest","response":"","done":true,"done_reason":"stop","context":[1,2],"prompt_eval_count":9,"eval_count":4})"});
  sample.twins.clear();
  const std::string hi = "{\"response\":\"Hi\",\"done\":false}\n";
  sample.odd = {{"an error after 200", hi + "{\"error\":\"out of memory\"}\n", "Hi", "out of memory"},
                {"cut in the middle of a line", hi + hi.substr(0, hi.size() - 9), "Hi", ""}};
  sample.idle = {"\n", "{\"surprise\":true}\n"};
  return sample;
}

}  // namespace reprise::format
