#include "tests/support/fake_chat.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/text_generator.h"

namespace reprise::support {
namespace {

using Json = nlohmann::json;             // sorted members: the canonical text of a request
using Ordered = nlohmann::ordered_json;  // members in the order a provider writes them

// The dated name behind an alias; any other name answers to itself.
std::string ResolveModel(const std::string& asked) {
  if (asked == "fake-small" || asked == "gpt-4o-mini") return asked + "-2024-07-18";
  if (asked == "fake-large") return "fake-large-2025-01-01";
  return asked;
}

std::string TextOf(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string out;
  if (!content.is_array()) return out;
  for (const Json& part : content) {
    if (part.is_object() && part.value("type", "") == "text") out += part.value("text", "");
  }
  return out;
}

// A value that fits a JSON schema of the simple kind that tools use.
Ordered Instance(const Json& schema, std::string_view name, Dice& dice, int depth) {
  if (!schema.is_object() || depth > 8) return nullptr;
  if (schema.contains("enum") && schema["enum"].is_array() && !schema["enum"].empty()) {
    return Ordered::parse(schema["enum"][dice.Below(schema["enum"].size())].dump());
  }
  const Json type = schema.value("type", Json("object"));
  const std::string kind = type.is_string() ? type.get<std::string>() : "string";
  if (kind == "integer") return dice.Below(100);
  if (kind == "number") return static_cast<double>(dice.Below(1000)) / 8;
  if (kind == "boolean") return dice.Below(2) == 1;
  if (kind == "null") return nullptr;
  if (kind == "array") {
    Ordered out = Ordered::array();
    for (std::size_t i = 0, n = 1 + dice.Below(3); i < n; ++i) {
      out.push_back(Instance(schema.value("items", Json::object({{"type", "string"}})), name, dice, depth + 1));
    }
    return out;
  }
  if (kind == "string") {
    const std::vector<std::string> words = {"Paris", "Oslo", "Lisbon", "Zürich", "tomorrow", "blue", "42-B"};
    return words[dice.Below(words.size())];
  }
  Ordered out = Ordered::object();
  if (schema.contains("properties") && schema["properties"].is_object()) {
    for (const auto& [key, value] : schema["properties"].items()) out[key] = Instance(value, key, dice, depth + 1);
  }
  return out;
}

struct Choice {
  std::vector<std::string> tokens;
  std::string refusal;
  Ordered tool_calls = Ordered::array();
  std::string finish = "stop";
};

std::vector<std::string> StopsOf(const Json& request) {
  std::vector<std::string> stops;
  if (!request.contains("stop")) return stops;
  const Json& stop = request["stop"];
  if (stop.is_string()) stops.push_back(stop);
  if (stop.is_array()) {
    for (const Json& s : stop) {
      if (s.is_string()) stops.push_back(s);
    }
  }
  return stops;
}

std::int64_t IntegerOr(const Json& object, const char* name, std::int64_t fallback) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number() ? it->get<std::int64_t>() : fallback;
}

// Tools are called when they are there, nobody forbids them and the last turn is not already a tool's result.
bool CallsTools(const Json& request) {
  if (!request.contains("tools") || !request["tools"].is_array() || request["tools"].empty()) return false;
  if (request.value("tool_choice", Json("auto")) == "none") return false;
  return request["messages"].back().value("role", "") != "tool";
}

Choice MakeChoice(const Json& request, const std::string& prompt, std::uint64_t seed) {
  Choice choice;
  Dice dice(seed);
  if (CallsTools(request)) {
    const std::size_t calls =
        request.value("parallel_tool_calls", true) ? std::min<std::size_t>(request["tools"].size(), 2) : 1;
    for (std::size_t i = 0; i < calls; ++i) {
      const Json function = request["tools"][i].value("function", Json::object());
      const Ordered arguments = Instance(function.value("parameters", Json::object()), "", dice, 0);
      choice.tool_calls.push_back(
          {{"id", NewId("call_")},
           {"type", "function"},
           {"function", {{"name", function.value("name", "")}, {"arguments", arguments.dump()}}}});
    }
    choice.finish = "tool_calls";
    return choice;
  }
  std::string text;
  const Json format = request.value("response_format", Json::object());
  if (request.value("model", "") == "refuse") {
    choice.refusal = "I am sorry, but I cannot help with that.";
  } else if (format.is_object() && format.value("type", "") == "json_schema") {
    text = Instance(format.value("json_schema", Json::object()).value("schema", Json::object()), "", dice, 0).dump();
  } else if (format.is_object() && format.value("type", "") == "json_object") {
    text = Ordered{{"answer", GenerateAnswer(prompt, seed)}}.dump();
  } else {
    text = GenerateAnswer(prompt, seed);
  }
  for (const std::string& stop : StopsOf(request)) {
    if (!stop.empty() && text.find(stop) != std::string::npos) text.erase(text.find(stop));
  }
  choice.tokens = SplitIntoTokens(text);
  const std::int64_t limit = IntegerOr(request, "max_completion_tokens", IntegerOr(request, "max_tokens", 1 << 20));
  if (limit >= 0 && choice.tokens.size() > static_cast<std::size_t>(limit)) {
    choice.tokens.resize(static_cast<std::size_t>(limit));
    choice.finish = "length";
  }
  return choice;
}

Ordered LogprobOf(const std::string& token, std::uint64_t seed, std::int64_t top) {
  const auto entry = [](const std::string& text, double logprob) {
    Ordered bytes = Ordered::array();
    for (const char c : text) bytes.push_back(static_cast<unsigned char>(c));
    return Ordered{{"token", text}, {"logprob", logprob}, {"bytes", bytes}};
  };
  Dice dice(seed ^ SeedOf(token));
  double logprob = -static_cast<double>(dice.Below(512)) / 1024;
  Ordered out = entry(token, logprob);
  out["top_logprobs"] = Ordered::array();
  const std::vector<std::string> others = {" a", " the", " an", " so", ".", " and"};
  for (std::int64_t i = 0; i < top && i < 7; ++i) {
    out["top_logprobs"].push_back(entry(i == 0 ? token : others[static_cast<std::size_t>(i - 1)], logprob));
    logprob -= 0.5 + static_cast<double>(dice.Below(512)) / 256;
  }
  return out;
}

std::string Join(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) out += token;
  return out;
}

Ordered Nullable(const std::string& text) { return text.empty() ? Ordered(nullptr) : Ordered(text); }

class Answer {
 public:
  Answer(const Json& request, std::uint64_t salt) : request_(request) {
    Json canonical = request;
    canonical.erase("stream");
    canonical.erase("stream_options");
    seed_ = SeedOf(canonical.dump()) + salt * 0x9E3779B97F4A7C15ULL;
    std::string prompt;
    for (const Json& message : request["messages"]) {
      const std::string text = TextOf(message.value("content", Json()));
      prompt_tokens_ += SplitIntoTokens(text).size() + 4;
      if (message.value("role", "") == "user") prompt = text;
    }
    const std::int64_t n = std::clamp<std::int64_t>(IntegerOr(request, "n", 1), 1, 16);
    for (std::int64_t i = 0; i < n; ++i) {
      choices_.push_back(MakeChoice(request, prompt, seed_ + static_cast<std::uint64_t>(i)));
    }
    wants_logprobs_ = request.value("logprobs", Json(false)) == true;
    top_ = IntegerOr(request, "top_logprobs", 0);
  }

  std::string Whole() const {
    Ordered out = Head("chat.completion");
    out["choices"] = Ordered::array();
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      const Choice& choice = choices_[i];
      const bool silent = !choice.tool_calls.empty() || !choice.refusal.empty();
      Ordered message = {{"role", "assistant"}, {"content", silent ? Ordered(nullptr) : Ordered(Join(choice.tokens))}};
      message["refusal"] = Nullable(choice.refusal);
      if (!choice.tool_calls.empty()) message["tool_calls"] = choice.tool_calls;
      out["choices"].push_back({{"index", i},
                                {"message", message},
                                {"logprobs", wants_logprobs_ ? Logprobs(choice.tokens) : Ordered(nullptr)},
                                {"finish_reason", choice.finish}});
    }
    out["usage"] = Usage();
    out["system_fingerprint"] = kFingerprint;
    return out.dump();
  }

  std::vector<std::string> Streamed() const {
    std::vector<std::string> events;
    const Json options = request_.value("stream_options", Json::object());
    const bool with_usage = options.is_object() && options.value("include_usage", Json(false)) == true;
    const Ordered head = Head("chat.completion.chunk");
    const auto add = [&](Ordered choices, Ordered usage) {
      Ordered event = head;
      event["system_fingerprint"] = kFingerprint;
      event["choices"] = std::move(choices);
      if (with_usage) event["usage"] = std::move(usage);
      events.push_back(event.dump());
    };
    const auto delta = [&](std::size_t index, Ordered part, Ordered finish, Ordered logprobs) {
      Ordered one = {{"index", index}, {"delta", std::move(part)}, {"logprobs", std::move(logprobs)}};
      one["finish_reason"] = std::move(finish);
      Ordered list = Ordered::array();
      list.push_back(std::move(one));
      add(std::move(list), nullptr);
    };
    std::size_t longest = 0;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      delta(i, {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}, nullptr, nullptr);
      longest = std::max(longest, choices_[i].tokens.size());
    }
    for (std::size_t t = 0; t < longest; ++t) {  // choices arrive interleaved
      for (std::size_t i = 0; i < choices_.size(); ++i) {
        if (t >= choices_[i].tokens.size()) continue;
        const std::string& token = choices_[i].tokens[t];
        delta(i, {{"content", token}}, nullptr, wants_logprobs_ ? Logprobs({token}) : Ordered(nullptr));
      }
    }
    for (std::size_t i = 0; i < choices_.size(); ++i) {
      const Choice& choice = choices_[i];
      for (const std::string& token : SplitIntoTokens(choice.refusal)) delta(i, {{"refusal", token}}, nullptr, nullptr);
      StreamToolCalls(choice, [&](Ordered part) { delta(i, std::move(part), nullptr, nullptr); });
      delta(i, Ordered::object(), choice.finish, nullptr);
    }
    if (with_usage) add(Ordered::array(), Usage());
    return events;
  }

 private:
  static constexpr const char* kFingerprint = "fp_fake_0001";

  Ordered Head(const char* object) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {{"id", id_},
            {"object", object},
            {"created", std::chrono::duration_cast<std::chrono::seconds>(now).count()},
            {"model", ResolveModel(request_.value("model", ""))}};
  }

  Ordered Usage() const {
    std::size_t completion = 0;
    for (const Choice& choice : choices_) {
      completion += choice.tokens.size() + SplitIntoTokens(choice.refusal).size() + 8 * choice.tool_calls.size();
    }
    return {{"prompt_tokens", prompt_tokens_},
            {"completion_tokens", completion},
            {"total_tokens", prompt_tokens_ + completion}};
  }

  Ordered Logprobs(const std::vector<std::string>& tokens) const {
    Ordered content = Ordered::array();
    for (const std::string& token : tokens) content.push_back(LogprobOf(token, seed_, top_));
    return {{"content", content}, {"refusal", nullptr}};
  }

  template <typename Emit>
  static void StreamToolCalls(const Choice& choice, Emit emit) {
    for (std::size_t c = 0; c < choice.tool_calls.size(); ++c) {
      Ordered first = choice.tool_calls[c];
      const std::string arguments = first["function"]["arguments"];
      first["function"]["arguments"] = "";
      const auto part = [&](Ordered call) {
        Ordered list = Ordered::array();
        list.push_back(std::move(call));
        emit(Ordered{{"tool_calls", list}});
      };
      Ordered opened = {{"index", c}};
      opened.update(first);
      part(opened);
      for (const std::string& piece : SplitIntoTokens(arguments)) {
        part({{"index", c}, {"function", {{"arguments", piece}}}});
      }
    }
  }

  const Json& request_;
  std::string id_ = NewId("chatcmpl-");
  std::uint64_t seed_ = 0;
  std::size_t prompt_tokens_ = 3;
  std::vector<Choice> choices_;
  bool wants_logprobs_ = false;
  std::int64_t top_ = 0;
};

ChatAnswer Refuse(int status, std::string_view detail) {
  ChatAnswer answer;
  answer.status = status;
  answer.body = ErrorBody(status, detail);
  return answer;
}

}  // namespace

std::string NewId(std::string_view prefix) {
  static std::atomic<std::uint64_t> counter{std::random_device{}()};
  Dice dice((counter.fetch_add(1) << 32) ^
            static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::string out(prefix);
  for (int i = 0; i < 24; ++i) out.push_back(kDigits[dice.Below(kDigits.size())]);
  return out;
}

std::string ErrorBody(int status, std::string_view detail) {
  const char* type = "invalid_request_error";
  Ordered code = nullptr;
  if (status == 401) code = "invalid_api_key";
  if (status == 403) code = "unsupported_country_region_territory";
  if (status == 404) code = "model_not_found";
  if (status == 429) type = "requests", code = "rate_limit_exceeded";
  if (status >= 500) type = "server_error";
  const Ordered error = {{"message", detail}, {"type", type}, {"param", nullptr}, {"code", code}};
  return Ordered{{"error", error}}.dump(2, ' ', false, Ordered::error_handler_t::replace);
}

ChatAnswer AnswerChat(std::string_view request_body, std::uint64_t salt) {
  try {
    const Json request = Json::parse(request_body, nullptr, false);
    if (request.is_discarded()) return Refuse(400, "We could not parse the JSON body of your request.");
    if (!request.is_object() || !request.value("model", Json()).is_string()) {
      return Refuse(400, "you must provide a model parameter");
    }
    if (!request.contains("messages") || !request["messages"].is_array() || request["messages"].empty()) {
      return Refuse(400, "Missing required parameter: 'messages'.");
    }
    const Answer made(request, salt);
    ChatAnswer answer;
    answer.model = request["model"];
    answer.stream = request.value("stream", Json(false)) == true;
    if (answer.stream) {
      answer.events = made.Streamed();
    } else {
      answer.body = made.Whole();
    }
    return answer;
  } catch (const Json::exception& e) {  // a member of an unexpected type
    return Refuse(400, std::string("Invalid type in the request: ") + e.what());
  }
}

}  // namespace reprise::support
