#include "examples/translator/translator.h"

#include <httplib.h>

#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

// The origin, for the client, and the path, which it does not keep.
std::pair<std::string, std::string> Split(const std::string& url) {
  const std::size_t slash = url.find('/', url.find("://") + 3);
  return {url.substr(0, slash), slash == std::string::npos ? "" : url.substr(slash)};
}

json Question(const std::string& text, bool stream) {
  return {{"model", "fake-small-2024-07-18"},
          {"temperature", 0},
          {"stream", stream},
          {"messages", json::array({{{"role", "system"}, {"content", "Translate into French. Keep names as they are."}},
                                    {{"role", "user"}, {"content", text}}})}};
}

}  // namespace

std::string Translator::ToFrench(const std::string& text) const {
  const auto [origin, path] = Split(base_url_);
  httplib::Client client(origin);
  client.set_bearer_token_auth(key_);
  const auto reply = client.Post(path + "/chat/completions", Question(text, false).dump(), "application/json");
  if (!reply || reply->status != 200) return "";
  return json::parse(reply->body)["choices"][0]["message"]["content"];
}

std::string Translator::ToFrench(const std::string& text,
                                 const std::function<void(const std::string& words)>& on_words) const {
  const auto [origin, path] = Split(base_url_);
  httplib::Client client(origin);
  httplib::Request request;
  request.method = "POST";
  request.path = path + "/chat/completions";
  request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + key_}};
  request.body = Question(text, true).dump();
  std::string answer, unread;
  // Events may come in any pieces: what is not a whole line yet waits for the rest.
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    unread.append(data, size);
    for (std::size_t end; (end = unread.find('\n')) != std::string::npos; unread.erase(0, end + 1)) {
      const std::string line = unread.substr(0, end);
      if (line.compare(0, 6, "data: ") != 0 || line == "data: [DONE]") continue;
      const std::string words = json::parse(line.substr(6))["choices"][0]["delta"].value("content", "");
      answer += words;
      on_words(words);
    }
    return true;
  };
  client.send(request);
  return answer;
}
